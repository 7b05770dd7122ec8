"""Entries for the crawl frontier: which addresses are taken, and with which priority."""

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

USUAL_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")


def build_entry(
    url: str,
    role: Role,
    *,
    published_at: datetime | None = None,
    changed_at: datetime | None = None,
    is_given: bool = False,
    priority: Priority = Priority.LISTED,
    depth: int = 1,
) -> FrontierEntry | None:
    """The entry of an address; None for one that may not be fetched or whose path repeats itself.

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


def rejection_reason(url: str) -> str | None:
    """Why an address may never be fetched; None if it may."""
    try:
        parse_target(url)
    except RefusedAddressError as error:
        return str(error)
    return None


def entries_for(urls: Iterable[str], role: Role, *, is_given: bool = False) -> tuple[FrontierEntry, ...]:
    """The entries of addresses with one role, less those that may not be fetched."""
    return tuple(drop_missing(build_entry(url, role, is_given=is_given) for url in urls))


def linked_entries(urls: Iterable[str], depth: int) -> tuple[FrontierEntry, ...]:
    """The entries of the articles that an article at a depth links to; none at the greatest depth."""
    entries = (build_entry(url, Role.ARTICLE, priority=Priority.LINKED, depth=depth + 1) for url in urls)
    return tuple(drop_missing(entries)) if depth < MAX_DEPTH else ()


def drop_missing(entries: Iterable[FrontierEntry | None]) -> Iterator[FrontierEntry]:
    return (entry for entry in entries if entry is not None)


def usual_addresses(url: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Where the feeds or sitemaps of a site usually are, for sites that do not announce them."""
    return tuple(address for path in paths if (address := canonical_url(path, url)))


def is_guess(address: Address) -> bool:
    """Whether an address was only supposed to be a feed or a sitemap, and has never been one."""
    usual = {Role.FEED: USUAL_FEEDS, Role.SITEMAP: USUAL_SITEMAPS}.get(address.role, ())
    return not address.is_given and address.digest is None and urlsplit(address.url).path in usual


def validators(address: Address) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, 13.1)."""
    headers = {"If-None-Match": address.etag, "If-Modified-Since": address.modified}
    return {
        name: value for name, value in headers.items() if value and value.isascii() and value.isprintable()
    }


def leads_away(url: str, site: Site) -> bool:
    """Whether the address of an article was redirected to a front page or to another site."""
    parts = urlsplit(url)
    return parts.path in ("", "/") or not is_same_site(site_of(url), site.name)
