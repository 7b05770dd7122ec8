"""The stored fields of an article: a JSON summary without the body, and hashes that identify it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from recsys.domain import (
    ARTICLE_FIELDS,
    Article,
    format_time,
    from_microseconds,
    opening,
    parse_time,
    to_microseconds,
)
from recsys.store import StoredArticle

NEVER = np.iinfo(np.int64).max


def hash_address(url: str) -> int:
    """A 64-bit hash of an address."""
    return int.from_bytes(hashlib.blake2b(url.encode(), digest_size=8).digest(), "little")


def digest_article(article: Article) -> int:
    """A 64-bit hash of all fields of an article."""
    text = "\x1f".join(_encode(getattr(article, name)) for name in ARTICLE_FIELDS)
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
    )


def _encode(value: str | datetime | tuple[str, ...] | None) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "\x00"
    return format_time(value) if isinstance(value, datetime) else "\x1e".join(value)


def page_time(stored: StoredArticle) -> int:
    """When its page was first seen, in microseconds; NEVER if it was not."""
    return NEVER if stored.page_seen_at is None else to_microseconds(stored.page_seen_at)


def published_time(article: Article) -> int:
    """When it was published, in microseconds; NEVER if that is unknown."""
    return NEVER if article.published_at is None else to_microseconds(article.published_at)


def encode_summary(article: Article) -> bytes:
    """All fields but the body, whose opening replaces a missing headline, for `ArticleSummary.read`."""
    published = article.published_at
    fields = (
        article.site,
        article.url,
        to_microseconds(article.first_seen_at),
        article.headline,
        opening(article.body or "") if article.headline is None else None,
        None if published is None else format_time(published),
        article.section,
        article.tags,
        article.language,
        article.image,
    )
    return json.dumps(fields, separators=(",", ":")).encode()


class ArticleSummary(NamedTuple):
    """The stored fields of an article, unchecked: half the cost of an `Article`."""

    site: str
    url: str
    first_seen: int
    headline: str | None
    opening: str | None
    published: str | None
    section: str | None
    tags: Sequence[str]
    language: str | None
    image: str | None

    @classmethod
    def read(cls, data: bytes) -> ArticleSummary:
        """Parse the output of `encode_summary`."""
        return cls(*json.loads(data))

    def article(self) -> Article:
        """The article as a list shows it."""
        published = None if self.published is None else parse_time(self.published, "published_at")
        seen = from_microseconds(self.first_seen)
        text = (self.headline, self.opening, published, self.section, tuple(self.tags), self.language)
        return Article(self.site, self.url, seen, *text, self.image)
