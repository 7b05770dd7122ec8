"""What the store hands out: articles and lists with their ids, and what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from recsys.domain import Article, Kind, RankedList


@dataclass(frozen=True, slots=True)
class SeenHeadline:
    """One spelling that was printed for an article, and when it was first seen."""

    text: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it was known at a moment.

    `page_seen_at` is when its page was first seen, None while it is known by headline alone.
    `headlines` are the spellings on its pages and on lists, in order of time. Link texts
    (`related`, `inline`) stand there only when it is known through nothing else.
    """

    id: int
    article: Article
    page_seen_at: datetime | None
    headlines: tuple[SeenHeadline, ...]


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list with the article that each item names, in the order of the items.

    `page_article_id` is the article at `list.page_url`, None where that is no known article.
    The ids are those of `read_articles` without a bound: an article that is known by then only
    through a link may have a later `first_seen_at` than the list.
    """

    id: int
    list: RankedList
    article_ids: tuple[int, ...]
    page_article_id: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What adding pages did. Article records are new, changed or unchanged; sums with `+`.

    `headlines_new` counts the articles that became known by a headline alone, `items` the items
    of new lists.
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
    """What a store holds. `first_at` and `last_at` bound every sighting; None in an empty store."""

    articles: int = 0
    with_page: int = 0
    headline_only: int = 0
    headlines: int = 0
    lists: int = 0
    lists_by_kind: Mapping[Kind, int] = field(default_factory=dict)
    items: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
