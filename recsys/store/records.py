"""Stored articles and lists with their ids, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from recsys.domain import Article, Kind, RankedList


@dataclass(frozen=True, slots=True)
class SeenHeadline:
    """A headline printed for an article, and when it was first seen."""

    text: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it was known at a moment.

    `page_seen_at` is when its page was first seen, None if it is known only by headline.
    `headlines` are those printed on its pages and on lists, in order of time; link texts
    (`related`, `inline`) are included only if there are no others.
    """

    id: int
    article: Article
    page_seen_at: datetime | None
    headlines: tuple[SeenHeadline, ...]


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list with the id of the article that each item names, in the order of the items.

    `page_article_id` is the article at `list.page_url`, None if it is unknown. The ids are those of
    `read_articles` without a moment: an article known only through a link when the list was seen may have a
    later `first_seen_at` than the list.
    """

    id: int
    list: RankedList
    article_ids: tuple[int, ...]
    page_article_id: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The effect of adding pages; can be summed with `+`.

    An article is new, changed or unchanged. `headlines_new` counts articles that became known by a headline
    alone, `items` the items of new lists.
    """

    articles_new: int = 0
    articles_changed: int = 0
    articles_unchanged: int = 0
    headlines_new: int = 0
    lists_new: int = 0
    lists_known: int = 0
    items: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Counts)))


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """The content of a store in numbers; all observations are between `first_at` and `last_at`."""

    articles: int = 0
    with_page: int = 0
    headline_only: int = 0
    headlines: int = 0
    lists: int = 0
    lists_by_kind: Mapping[Kind, int] = field(default_factory=dict)
    items: int = 0
    impressions: int = 0
    """Of our widget, without those that an earlier version converted into lists."""
    clicks: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
