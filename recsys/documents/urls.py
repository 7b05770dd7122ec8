"""Addresses: the canonical spelling that identifies an article, and the site of an address."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from recsys.text import normalise

MAX_URL = 2_000  # characters, as in browsers and in the domain
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIXES = ("utm_", "at_", "ns_", "hsa_", "mtm_", "pk_", "mc_")
_TRACKING = """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igsh igshid mkt_tok
    ocid cmpid icid ref_src ref_url smid s_cid ftag xtor xtref wt_mc wt.mc_id _ga _gl _hsenc _hsmi
    vero_id oly_anon_id oly_enc_id"""
_TRACKING_NAMES = frozenset(_TRACKING.split())
_WHOLE = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_ROOT = re.compile(r"https?://[^/?#\s]+", re.IGNORECASE)
_SPACE = re.compile(r"\s")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HOST = re.compile(r"[^\s/<>\"\\^`{|}@%\[\]:]+|\[[0-9a-f:.]+\]")
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
"""Alphabets with letters that look like those of another, as the Unicode names of their letters begin."""
_PUNYCODE = "xn--"
_LABEL_END = re.compile("[.\u3002\uff0e\uff61]")  # the dots of IDNA
_LONGEST_LABEL = 63  # octets of a label (RFC 1035)
_HOST_PREFIX = re.compile(r"^(?:www|m|amp|mobile)\.(?=[^.]+\.)")


def canonical_url(url: str, base: str | None = None) -> str | None:
    """The canonical form of a web address, which identifies a page; None if there is none.

    Lower-case scheme and host, no fragment, default port or tracking parameter, `..` resolved against
    itself and `url` against `base`; spaces are percent-encoded. Everything else is unchanged: case and
    slashes of the path, order of the parameters. None for schemes other than http and https, for an
    address with a user name, an invalid host or one that mixes alphabets, and for more than 2,000 characters.
    """
    if len(url) > 4 * MAX_URL:
        return None
    try:
        parts = urlsplit(_absolute(url.strip(), base or ""))
        host, port = parts.hostname or "", parts.port
    except ValueError:  # an invalid port or IPv6 address
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or "@" in parts.netloc:
        return None
    shown_host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(shown_host) or _mixes_alphabets(host):
        return None
    shown_port = "" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}"
    path = _resolve_dots(parts.path) or "/"
    clean = urlunsplit((scheme, shown_host + shown_port, path, _without_tracking(parts.query), ""))
    clean = _SPACE.sub(lambda space: quote(space[0]), clean)
    return None if len(clean) > MAX_URL or _CONTROL.search(clean) else clean


def _absolute(url: str, base: str) -> str:
    """An address resolved against another; most are absolute or begin at the root, and `urljoin` is slow."""
    if _WHOLE.match(url):
        return url
    if url.startswith("/") and not url.startswith("//") and (root := _ROOT.match(base)):
        return root[0] + url
    return urljoin(base, url)


def site_of(url: str) -> str:
    """The host of a canonical address without `www.`, `m.` or `amp.`; empty for other names."""
    return _HOST_PREFIX.sub("", urlsplit(url).hostname or "")


def has_mixed_host(url: str) -> bool:
    """Whether the host of an address, canonical or not, mixes alphabets."""
    if url.isascii() and _PUNYCODE not in url.lower() and "%" not in url:
        return False
    try:
        return _mixes_alphabets(unquote(urlsplit(url.strip()).hostname or "").lower())
    except ValueError:  # an invalid address
        return False


def _mixes_alphabets(host: str) -> bool:
    """Whether a label of a host has letters of two look-alike alphabets, in Punycode or not.

    A Cyrillic е in a Latin name deceives readers. Han, Kana and Hangul next to Latin do not, nor do labels
    in different alphabets.
    """
    return not (host.isascii() and _PUNYCODE not in host) and _any_label_mixes(host)


@lru_cache(maxsize=1024)
def _any_label_mixes(host: str) -> bool:
    return any(len(_alphabets(_decode_label(label))) > 1 for label in _LABEL_END.split(host))


def _decode_label(label: str) -> str:
    """A label of a host as readers see it; invalid Punycode stays as it is."""
    if label.startswith(_PUNYCODE) and len(label) <= _LONGEST_LABEL:
        try:
            label = label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
        except UnicodeError:
            return label
    return normalise(label)


def _alphabets(label: str) -> set[str]:
    """The look-alike alphabets among the letters."""
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in label} & _LOOK_ALIKE


def _without_tracking(query: str) -> str:
    """The parameters that select a page, as written and in their order."""
    return "&".join(part for part in query.split("&") if part and not _tracks(part.partition("=")[0].lower()))


def _tracks(name: str) -> bool:
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)


def _resolve_dots(path: str) -> str:
    """`.` and `..` resolved (RFC 3986, 5.2.4); empty segments stay."""
    if "/." not in path:
        return path
    resolved: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            del resolved[-1:]
        elif segment != ".":
            resolved.append(segment)
    if segments[-1] in (".", ".."):
        resolved.append("")
    return "/" + "/".join(resolved)
