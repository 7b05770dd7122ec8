"""The stories and sitemaps in a feed or sitemap, recognised by content, whatever its Content-Type says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from recsys.documents.formats.feed import parse_feed
from recsys.documents.formats.sitemap import Location, check_tags, parse_sitemap
from recsys.documents.html.link_rules import looks_like_story
from recsys.documents.source import Source
from recsys.documents.streams import decompress, join_pieces
from recsys.errors import ReadError

RECENT = timedelta(days=7)
"""Older entries of a sitemap are ignored: many sitemaps list everything a site ever published."""
_MOST_SITEMAPS = 20  # of one index
_MOST_FEED_TAGS = 300_000  # thirty for each of ten thousand entries
_SITEMAP = re.compile(rb"<(?:\w{1,20}:)?(?:urlset|sitemapindex)\b")
_OPENING = 8 * 2**10  # bytes that are searched for the root element


@dataclass(frozen=True, slots=True)
class Story:
    """A story in a feed or sitemap, with its times."""

    url: str
    published_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """The stories in document order, the sitemaps of an index, and the errors of unreadable entries."""

    stories: tuple[Story, ...] = ()
    sitemaps: tuple[str, ...] = ()
    problems: tuple[ReadError, ...] = field(default=())


def read_announcement(data: bytes, source: Source, *, base: str) -> Announcement:
    """The content of a feed, sitemap or sitemap index, gzip or not; ReadError for anything else.

    Of a sitemap only entries dated within the week before `source.observed_at`, and those of a news sitemap.
    """
    content = join_pieces(decompress([data], source), source)
    if _SITEMAP.search(content[:_OPENING].replace(b"\0", b"")):
        sitemap = parse_sitemap(content, source, base=base)
        pages = (each for each in sitemap.pages if _is_news(each, source.observed_at))
        stories = (Story(each.url, each.published_at, each.changed_at) for each in pages)
        chosen = _choose_sitemaps(sitemap.sitemaps, source.observed_at)
        return Announcement(tuple(stories), chosen, sitemap.problems)
    check_tags(content, source, most=_MOST_FEED_TAGS)
    feed = parse_feed(content, source, base=base)
    entries = (Story(each.url, each.published_at, each.changed_at) for each in feed.entries)
    return Announcement(tuple(entries), (), feed.problems)


def _is_news(page: Location, now: datetime) -> bool:
    dates = [moment for moment in (page.published_at, page.changed_at) if moment is not None]
    if dates:
        is_story = page.headline is not None or looks_like_story(page.url)
        return is_story and max(dates) > now - RECENT
    return page.headline is not None


def _choose_sitemaps(sitemaps: Iterable[Location], now: datetime) -> tuple[str, ...]:
    """Sitemaps that may list news: called so, or not older than a week; in this order, newest first."""
    fresh = [each for each in sitemaps if each.changed_at is None or each.changed_at > now - RECENT]
    fresh.sort(key=lambda each: each.changed_at or now - RECENT, reverse=True)
    fresh.sort(key=lambda each: "news" not in each.url.lower())
    return tuple(each.url for each in fresh[:_MOST_SITEMAPS])
