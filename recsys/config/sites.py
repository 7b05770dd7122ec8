"""The sites of recsys.toml: what to crawl, how often, and how long to remember it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from recsys.documents import canonical_url, site_of
from recsys.documents.html.link_rules import is_same_site
from recsys.durations import parse_duration
from recsys.errors import SettingsError, shorten

EVERY = timedelta(minutes=15)
"""How often pages, feeds and sitemaps are fetched; most-read lists change every 10 to 60 minutes."""
KEEP = timedelta(days=90)
REQUESTS = 500
"""The maximum of requests to a site per crawl; a large site publishes some hundred stories a day."""
MAX_REQUESTS = 1_000_000
DELAY = 1.0  # seconds between two requests to one host; robots.txt may ask for more

_NAME = re.compile(r"[^\s/@:]{1,253}")
_ALLOWED = re.compile(r"(?:[^\s/@:\[\]]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Site:
    """A news site, by the name under which its articles are stored.

    `feeds`, `sitemaps` and `pages` are None to discover them, empty to use none.
    """

    name: str
    url: str
    feeds: tuple[str, ...] | None = None
    sitemaps: tuple[str, ...] | None = None
    pages: tuple[str, ...] | None = None
    every: timedelta = EVERY
    delay: float = DELAY
    allow: tuple[str, ...] = ()
    """Hosts with their ports, such as `127.0.0.1:8123`, that may be crawled although they are not public."""
    keep: timedelta = KEEP
    """How long a URL is remembered after it disappears from feeds, sitemaps and pages."""
    requests: int = REQUESTS
    """The maximum of requests per crawl."""


def site_at(url: str) -> Site | None:
    """Return the site with this front page and default settings; None if it is not a web address."""
    address = canonical_url(url if "://" in url else f"https://{url}")
    return None if address is None else Site(site_of(address), address)


def read_sites(table: object, *, where: str, others: Sequence[str] = ()) -> tuple[Site, ...]:
    """Return the sites of the table [sites]; SettingsError names the site, the key and the expected value.

    `others` are keys of a site that are read elsewhere; a site that has no other keys is not crawled.
    """
    if not isinstance(table, Mapping):
        raise SettingsError(f'{where}: expected tables such as [sites."example.org"], found {shorten(table)}')
    own = {name: _without(each, others) for name, each in table.items()}
    crawled = {name: each for name, each in own.items() if each or not table[name]}
    return tuple(_read_site(name, each, f'{where}."{name}"') for name, each in crawled.items())


def _without(table: object, others: Sequence[str]) -> object:
    if not isinstance(table, Mapping):
        return table
    return {key: value for key, value in table.items() if key not in others}


def _read_site(name: str, table: object, where: str) -> Site:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where}: expected the name of a host, found {shorten(name)}")
    if not isinstance(table, Mapping):
        raise SettingsError(f"{where}: expected a table, found {shorten(table)}")
    values: dict[str, Any] = {}
    url = _read("url", table.get("url", f"https://{name}/"), where, None)
    if not is_same_site(site_of(url), site_of(f"https://{name}/")):
        raise SettingsError(f"{where}.url: expected an address of {name}, found {shorten(url)}")
    for key, value in table.items():
        values[key] = _read(key, value, where, url)
    return Site(**{"name": name, "url": url} | values)


def _read(key: str, value: object, where: str, base: str | None) -> Any:
    if key not in READERS:
        raise SettingsError(f"{where}.{key}: unknown setting, expected one of {', '.join(READERS)}")
    expected, read = READERS[key]
    parsed = read(value, base)
    if parsed is None:
        raise SettingsError(f"{where}.{key}: expected {expected}, found {shorten(value)}")
    return parsed


def _duration(value: object, _base: str | None) -> timedelta | None:
    return parse_duration(value) if isinstance(value, str) else None


def _url(value: object, base: str | None) -> str | None:
    return canonical_url(value, base) if isinstance(value, str) and value.strip() else None


def _urls(value: object, base: str | None) -> tuple[str, ...] | None:
    """Parse absolute URLs or ones relative to the site, such as `/sport`."""
    if not isinstance(value, list):
        return None
    urls = [_url(each, base) for each in value]
    return None if None in urls else tuple(dict.fromkeys(each for each in urls if each))


def _delay(value: object, _base: str | None) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 3_600 else None  # type: ignore[operator, arg-type]


def _requests(value: object, _base: str | None) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 1 <= value <= MAX_REQUESTS else None  # type: ignore[operator,return-value]


def _allowed(value: object, _base: str | None) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(value) if all(isinstance(each, str) and is_host_and_port(each) for each in value) else None


def is_host_and_port(text: str) -> bool:
    """Whether a text names a host, or a host and a port: `intranet.example`, `127.0.0.1:8123`, `[::1]:80`."""
    return _ALLOWED.fullmatch(text) is not None


_ADDRESSES = "a list of web addresses"
READERS: Mapping[str, tuple[str, Callable[[object, str | None], object]]] = {
    "url": ("the web address of the front page", _url),
    "feeds": (_ADDRESSES, _urls),
    "sitemaps": (_ADDRESSES, _urls),
    "pages": (_ADDRESSES, _urls),
    "every": ("a time such as 15m or 1h", _duration),
    "delay": ("seconds from 0 to 3600", _delay),
    "allow": ("a list of hosts with ports, such as 127.0.0.1:8123", _allowed),
    "keep": ("a time such as 90d", _duration),
    "requests": ("a whole number from 1 to 1000000", _requests),
}
"""The keys of a site: the expected value, and its parser (None if invalid)."""
