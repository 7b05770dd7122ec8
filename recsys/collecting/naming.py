"""Addresses as the agenda takes them, and what is known of them as a request and its answer say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from recsys.collecting.guard import parse_target
from recsys.errors import RefusedAddressError
from recsys.pages import canonical_url, site_of
from recsys.pages.links import is_same_site
from recsys.sites import Site
from recsys.store import Address, Named, Role


def name(
    url: str,
    role: Role,
    *,
    published_at: datetime | None = None,
    changed_at: datetime | None = None,
    is_given: bool = False,
) -> Named | None:
    """None for an address that could never be asked."""
    try:
        origin = parse_target(url).origin
    except RefusedAddressError:
        return None
    return Named(url, origin, role, published_at, changed_at, is_given)


def why_never(url: str) -> str | None:
    """Why an address could never be asked, in a line; None where it could."""
    try:
        parse_target(url)
    except RefusedAddressError as error:
        return str(error)
    return None


def name_all(urls: Iterable[str], role: Role, *, is_given: bool = False) -> tuple[Named, ...]:
    return tuple(kept(name(url, role, is_given=is_given) for url in urls))


def kept(named: Iterable[Named | None]) -> Iterator[Named]:
    return (each for each in named if each is not None)


def at_usual(url: str, places: Iterable[str]) -> tuple[str, ...]:
    return tuple(found for place in places if (found := canonical_url(place, url)))


def validators(address: Address) -> dict[str, str]:
    """Headers by which a server can say that nothing has changed (RFC 9110, 13.1)."""
    said = {"If-None-Match": address.etag, "If-Modified-Since": address.modified}
    return {name: value for name, value in said.items() if value and value.isascii() and value.isprintable()}


def leads_away(url: str, site: Site) -> bool:
    """Whether the address of an article has led to a front page or to another site."""
    parts = urlsplit(url)
    return parts.path in ("", "/") or not is_same_site(site_of(url), site.name)
