"""Pages made ready to be written: digests and names, computed before the transaction begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from recsys.domain import Article, ListItem, Page, RankedList, check_page_observed
from recsys.store.digests import content_digest, key_hash, list_digest, stub_url


@dataclass(frozen=True, slots=True)
class Record:
    """What a page says about its article."""

    digest: bytes
    article: Article


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, and for each item the url of the article that it names."""

    digest: bytes
    list: RankedList
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a portion of pages says."""

    records: tuple[Record, ...]
    listings: tuple[Listing, ...]


def build_batch(pages: Iterable[Page], now: datetime | None = None) -> Batch:
    """InvalidValueError for text that cannot be written as UTF-8, and for what was observed after `now`."""
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
    return Listing(list_digest(ranked), ranked, tuple(_named(ranked.site, item) for item in ranked.items))


def _named(site: str, item: ListItem) -> str:
    return stub_url(site, key_hash(item.headline)) if item.url is None else item.url
