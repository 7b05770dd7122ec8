"""Which addresses may be fetched: public ones, and those that are allowed by name.

Pure functions: nothing is resolved or sent here. A host is checked twice, by its name before it is resolved
and by the addresses it resolves to; `pinned_transport.py` connects to exactly those.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

from recsys.errors import RefusedAddressError

_PORTS = {"http": 80, "https": 443}
_LOWEST_PORT = 1_024  # below it, only the web's own ports: a page has no business with mail or name servers
_LABELS = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?+(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?+)*+"
)
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")

# IANA's registries of special-purpose addresses (RFC 6890) that are not globally reachable, and multicast.
_NOT_PUBLIC_4 = tuple(
    (ipaddress.IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")  # the only block that is assigned
_NOT_PUBLIC_6 = tuple(
    (ipaddress.IPv6Network(network), name)
    for network, name in (
        ("::1/128", "loopback"),
        ("::/96", "reserved"),  # unspecified, and the old form of an IPv4 address in it
        ("64:ff9b:1::/48", "translated by a local network"),
        ("2001::/23", "reserved"),  # Teredo, ORCHID, benchmarks
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a tunnel (6to4)"),
        ("3fff::/20", "for documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64 (RFC 6052): how IPv6 alone reaches IPv4
_ISATAP = (0x00005EFE, 0x02005EFE)  # the third quarter of a tunnel's address; the last is IPv4


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a URL; its host is ASCII as sent over the network (an IPv6 address without brackets)."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """`host:port`, as in lists of allowed hosts."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what robots.txt and politeness apply to."""
        return f"{self.scheme}://{self.authority}"


def parse_target(url: str) -> Target:
    """The target of a URL, its host normalised.

    Numbers that systems accept as an address (`127.1`, `2130706433`, `0x7f.1`) become that address, letters
    of other scripts their ASCII form, and a trailing dot is removed. RefusedAddressError for another scheme,
    a user name, an invalid host and a port other than those of the web.
    """
    if _UNSAFE.search(url):
        raise RefusedAddressError(url, "it is not a web address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise RefusedAddressError(url, "it is not a web address") from None
    if parts.scheme not in _PORTS:
        raise RefusedAddressError(url, "it is not a web address")
    if "@" in parts.netloc:
        raise RefusedAddressError(url, "it contains a user name")
    port = _PORTS[parts.scheme] if port is None else port
    if port < _LOWEST_PORT and port not in _PORTS.values():
        raise RefusedAddressError(url, f"port {port} is not one of the web")
    return Target(url, parts.scheme, _plain_host(url, host), port)


def is_allowed(target: Target, allowed: Collection[str]) -> bool:
    """Whether a target is among the hosts with ports that are allowed by name.

    An entry without a port allows the two ports of the web.
    """
    names = {target.authority} | ({target.host} if target.port in _PORTS.values() else set())
    return not names.isdisjoint(entry.lower().removesuffix(".") for entry in allowed)


def check_addresses(target: Target, addresses: Sequence[str], allowed: Collection[str] = ()) -> None:
    """RefusedAddressError unless all addresses of the host are public, or the host is allowed by name."""
    if not addresses:
        raise RefusedAddressError(target.url, f"{target.host} has no address")
    if is_allowed(target, allowed):
        return
    for address in addresses:
        if (kind := kind_of(address)) is not None:
            hint = f"if it is yours, --allow-private {target.authority}"
            raise RefusedAddressError(target.url, f"{address} is not a public address: {kind} ({hint})")


def kind_of(address: str) -> str | None:
    """Why an IP address is not public; None if it is. An IPv4 address embedded in IPv6 is checked itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "no address at all"
    if isinstance(parsed, ipaddress.IPv4Address):
        return next((name for network, name in _NOT_PUBLIC_4 if parsed in network), None)
    if parsed in _MAPPED or parsed in _TRANSLATED:
        return kind_of(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    for network, name in _NOT_PUBLIC_6:
        if parsed in network:
            return name
    if parsed not in _PUBLIC_6:
        return "reserved"
    return "a tunnel (ISATAP)" if int(parsed) >> 32 & 0xFFFFFFFF in _ISATAP else None


def _plain_host(url: str, host: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host.replace("%", "no zone")))
        except ValueError:
            raise RefusedAddressError(url, f"{host!r} is not a host") from None
    plain = _to_ascii(url, host).removesuffix(".")
    if not _LABELS.fullmatch(plain) or len(plain) > 253:
        raise RefusedAddressError(url, f"{host!r} is not a host")
    last = plain.rpartition(".")[2]
    return _parse_numbers(url, plain) if _NUMBER.fullmatch(last) else plain


def _to_ascii(url: str, host: str) -> str:
    """The host in ASCII by IDNA (UTS 46): full-width digits and dots are digits and dots."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise RefusedAddressError(url, f"{host!r} is not a host") from None


def _parse_numbers(url: str, host: str) -> str:
    """The IPv4 address of up to four numbers, decimal, octal or hexadecimal (WHATWG URL standard)."""
    parts = host.split(".")
    try:
        numbers = [_parse_number(part) for part in parts]
    except ValueError:
        raise RefusedAddressError(url, f"{host!r} is not a host") from None
    *first, last = numbers
    if len(parts) > 4 or any(number > 255 for number in first) or last >= 256 ** (5 - len(parts)):
        raise RefusedAddressError(url, f"{host!r} is not a host")
    value = last + sum(number << 8 * (3 - place) for place, number in enumerate(first))
    return str(ipaddress.IPv4Address(value))


def _parse_number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if len(text) > 1 and text.startswith("0") else 10)
