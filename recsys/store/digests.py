"""Prepares pages for writing: times as integers, digests, names for headlines without an address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from recsys.domain import (
    Article,
    ListItem,
    Page,
    RankedList,
    check_page_observed,
    from_microseconds,
    to_microseconds,
)
from recsys.errors import InvalidValueError
from recsys.text import headline_key

STUB_PREFIX = "urn:recsys:headline:"
"""The prefix of the name of an article that is known only by a headline without an address."""


def to_offset(moment: datetime) -> int:
    """The UTC offset of a time, in seconds."""
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def from_printed(count: int, offset: int) -> datetime:
    """A time with the UTC offset with which it was printed."""
    zone = timezone(timedelta(seconds=offset)) if offset else UTC
    return from_microseconds(count).astimezone(zone)


def key_hash(headline: str) -> bytes:
    """An eight-byte key that spellings of one headline share."""
    return _sha256(headline_key(headline))[:8]


def stub_url(site: str, key: bytes) -> str:
    """The name of an article that is known only by a headline with this key."""
    return f"{STUB_PREFIX}{site[:200]}:{key.hex()}"


def headline_digest(site: str, text: str) -> bytes:
    return _sha256([site, text])[:16]


def list_digest(ranked: RankedList) -> bytes:
    """A sixteen-byte digest of everything in a list."""
    items = [(item.position, item.headline, item.url, item.clicks) for item in ranked.items]
    head = [ranked.site, ranked.kind.value, ranked.title, ranked.scope, ranked.page_url]
    return _sha256([head, to_microseconds(ranked.observed_at), items])[:16]


def content_digest(article: Article) -> bytes:
    """A sixteen-byte digest of everything a page says about its article, whenever it was seen.

    A missing image is left out, so that digests from before there were images stay valid.
    """
    image = [] if article.image is None else [article.image]
    fields = [article.site, article.headline, article.body, article.section, article.tags, article.language]
    return _sha256(
        [
            [*fields, *image],
            None
            if article.published_at is None
            else (to_microseconds(article.published_at), to_offset(article.published_at)),
        ]
    )[:16]


def _sha256(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return hashlib.sha256(text.encode()).digest()
    except UnicodeEncodeError:
        raise InvalidValueError(
            "text", expected="characters that can be encoded as UTF-8", found=ascii(text)
        ) from None


@dataclass(frozen=True, slots=True)
class Record:
    """What a page says about its article, with its digest."""

    digest: bytes
    article: Article


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with its digest, and the url of the article that each item names."""

    digest: bytes
    list: RankedList
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """The contents of some pages."""

    records: tuple[Record, ...]
    listings: tuple[Listing, ...]


def build_batch(pages: Iterable[Page], now: datetime | None = None) -> Batch:
    """Prepare pages; InvalidValueError for text that is no UTF-8, and for observations after `now`."""
    records: list[Record] = []
    listings: list[Listing] = []
    for page in pages:
        if now is not None:
            check_page_observed(page, now)
        if page.article is not None:
            records.append(Record(content_digest(page.article), page.article))
        listings.extend(_listing(ranked) for ranked in page.lists)
    return Batch(tuple(records), tuple(listings))


def _listing(ranked: RankedList) -> Listing:
    urls = tuple(_url_of(ranked.site, item) for item in ranked.items)
    return Listing(list_digest(ranked), ranked, urls)


def _url_of(site: str, item: ListItem) -> str:
    return stub_url(site, key_hash(item.headline)) if item.url is None else item.url
