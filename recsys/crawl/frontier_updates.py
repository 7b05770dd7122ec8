"""Addresses as the agenda takes them, and what is known of them as a request and its answer say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from recsys.config.sites import Site
from recsys.crawl.address_policy import parse_target
from recsys.crawl.frontier_schema import Address, FrontierEntry, Priority, Role
from recsys.crawl.url_patterns import MAX_DEPTH, is_looping, path_pattern, query_variant
from recsys.documents import canonical_url, site_of
from recsys.documents.html.link_rules import is_same_site
from recsys.errors import RefusedAddressError


def name(
    url: str,
    role: Role,
    *,
    published_at: datetime | None = None,
    changed_at: datetime | None = None,
    is_given: bool = False,
    priority: Priority = Priority.LISTED,
    depth: int = 1,
) -> FrontierEntry | None:
    """None for an address that could never be asked, or whose path goes in circles.

    `priority` and `depth` are those of articles; pages, feeds and sitemaps have their own.
    """
    try:
        origin = parse_target(url).origin
    except RefusedAddressError:
        return None
    if role is not Role.ARTICLE:
        priority = Priority.PAGE if role is Role.PAGE else Priority.FEED
        return FrontierEntry(url, origin, role, published_at, changed_at, is_given, priority)
    if is_looping(url):
        return None
    groups = path_pattern(url), query_variant(url)
    return FrontierEntry(url, origin, role, published_at, changed_at, is_given, priority, depth, *groups)


def why_never(url: str) -> str | None:
    """Why an address could never be asked, in a line; None where it could."""
    try:
        parse_target(url)
    except RefusedAddressError as error:
        return str(error)
    return None


def name_all(urls: Iterable[str], role: Role, *, is_given: bool = False) -> tuple[FrontierEntry, ...]:
    return tuple(kept(name(url, role, is_given=is_given) for url in urls))


def name_linked(urls: Iterable[str], depth: int) -> tuple[FrontierEntry, ...]:
    """The articles that an article of a depth links to."""
    found = (name(url, Role.ARTICLE, priority=Priority.LINKED, depth=depth + 1) for url in urls)
    return tuple(kept(found)) if depth < MAX_DEPTH else ()


def kept(named: Iterable[FrontierEntry | None]) -> Iterator[FrontierEntry]:
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
