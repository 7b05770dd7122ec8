"""How values are written: times as integers, digests that identify, names for headlines without address."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

from recsys.domain import Article, RankedList, from_microseconds, to_microseconds
from recsys.errors import InvalidValueError
from recsys.text import headline_key

STUB_PREFIX = "urn:recsys:headline:"
"""Begins the name of an article that is known by a headline without address."""


def to_offset(moment: datetime) -> int:
    """Seconds east of Greenwich, as the time was printed."""
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def from_printed(count: int, offset: int) -> datetime:
    """A time in the zone in which it was printed."""
    zone = timezone(timedelta(seconds=offset)) if offset else UTC
    return from_microseconds(count).astimezone(zone)


def key_hash(headline: str) -> bytes:
    """Eight bytes that two spellings of one headline share."""
    return _sha256(headline_key(headline))[:8]


def stub_url(site: str, key: bytes) -> str:
    """The name of an article that is known only by a headline with this key on this site."""
    return f"{STUB_PREFIX}{site[:200]}:{key.hex()}"


def headline_digest(site: str, text: str) -> bytes:
    return _sha256([site, text])[:16]


def list_digest(ranked: RankedList) -> bytes:
    """Sixteen bytes for everything that a list says; equal lists, and only they, share them."""
    items = [(item.position, item.headline, item.url, item.clicks) for item in ranked.items]
    head = [ranked.site, ranked.kind.value, ranked.title, ranked.scope, ranked.page_url]
    return _sha256([head, to_microseconds(ranked.observed_at), items])[:16]


def content_digest(article: Article) -> bytes:
    """Sixteen bytes for what a page says about its article, whenever it was seen.

    Without a picture they are those of the time before there were any.
    """
    image = [] if article.image is None else [article.image]
    told = [article.site, article.headline, article.body, article.section, article.tags, article.language]
    return _sha256(
        [
            [*told, *image],
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
            "text", expected="characters that UTF-8 can write", found=ascii(text)
        ) from None
