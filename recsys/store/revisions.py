"""Assembles an article from its revisions and headlines before a moment; independent of order of arrival."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from recsys.domain import Article, earliest, from_microseconds
from recsys.errors import InvalidValueError
from recsys.store.records import SeenHeadline, StoredArticle

_T = TypeVar("_T")
_SEEN = "a page or a headline seen by then"


@dataclass(frozen=True, slots=True)
class Revision:
    """What a page said about its article, and each time it was read (microseconds)."""

    digest: bytes
    seen: Sequence[int]
    site: str
    headline: str | None
    published_at: datetime | None
    section: str | None
    tags: tuple[str, ...]
    language: str | None
    body: str | None
    image: str | None

    def newest_before(self, before: int | None) -> int | None:
        """The last time before a moment at which it was read."""
        return max((time for time in self.seen if before is None or time < before), default=None)


@dataclass(frozen=True, slots=True)
class Printed:
    """A headline, and when it was first seen on the article's page, on lists and in links (microseconds)."""

    site: str
    text: str
    paged_at: int | None
    listed_at: int | None
    linked_at: int | None

    @property
    def seen_at(self) -> int | None:
        return earliest(self.paged_at, self.listed_at)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything the store contains about one article."""

    id: int
    url: str
    first_seen_at: int
    revisions: Sequence[Revision]
    printed: Sequence[Printed]


def first_seen(paged_at: int | None, listed_at: int | None, linked_at: int | None) -> int | None:
    """When an article was first seen; links count only if there is nothing else.

    A link may have been edited into a page after the time of the page: of the links measured, one in 150
    named an article first seen later than the page around it.
    """
    seen_at = earliest(paged_at, listed_at)
    return linked_at if seen_at is None else seen_at


def build_article(known: Known, before: int | None) -> StoredArticle:
    """The article as known strictly before a moment (microseconds; None: as known now).

    Each field has its value from the newest revision that has one. An article whose page came later has only
    the newest headline of its lists. InvalidValueError if nothing of it was seen, as when rows are missing.
    """
    revisions = _newest_first(known.revisions, before)
    headlines = _headlines(known.printed, before, links=not revisions)
    newest = headlines[-1][1] if headlines else None
    sites = [each.site for each in revisions] or [site for _, _, site in headlines]
    if not sites:
        raise InvalidValueError("first_seen_at", expected=_SEEN, found="none")
    article = Article(
        site=sites[0],
        url=known.url,
        first_seen_at=from_microseconds(known.first_seen_at),
        headline=_first(each.headline for each in revisions) or newest,
        body=_first(each.body for each in revisions),
        published_at=_first(each.published_at for each in revisions),
        section=_first(each.section for each in revisions),
        tags=next((each.tags for each in revisions if each.tags), ()),
        language=_first(each.language for each in revisions),
        image=_first(each.image for each in revisions),
    )
    page_seen_at = min((time for each in revisions for time in each.seen), default=None)
    return StoredArticle(
        id=known.id,
        article=article,
        page_seen_at=None if page_seen_at is None else from_microseconds(page_seen_at),
        headlines=_distinct(headlines),
    )


def build_first(known: Known, before: int | None) -> StoredArticle:
    """The article with the first text of its page, or else the headline it was first known by.

    Later texts are left out: they must not be visible from earlier moments.
    """
    read = [time for each in known.revisions for time in each.seen if before is None or time < before]
    printed = [time for time, _, _ in _headlines(known.printed, before, links=not read)]
    if not read and not printed:
        raise InvalidValueError("first_seen_at", expected=_SEEN, found="none")
    return build_article(known, min(read or printed) + 1)


def _newest_first(revisions: Sequence[Revision], before: int | None) -> list[Revision]:
    dated = [(each.newest_before(before), each.digest, each) for each in revisions]
    visible = [(time, digest, each) for time, digest, each in dated if time is not None]
    return [each for _, _, each in sorted(visible, key=itemgetter(0, 1), reverse=True)]


def _headlines(printed: Sequence[Printed], before: int | None, *, links: bool) -> list[tuple[int, str, str]]:
    """Time, text and site of the headlines printed before a moment, in order of time."""
    seen = [(each.seen_at, each.text, each.site) for each in printed]
    if links and all(time is None for time, _, _ in seen):
        seen = [(each.linked_at, each.text, each.site) for each in printed]
    return sorted(
        (time, text, site)
        for time, text, site in seen
        if time is not None and (before is None or time < before)
    )


def _distinct(headlines: Iterable[tuple[int, str, str]]) -> tuple[SeenHeadline, ...]:
    first: dict[str, int] = {}
    for time, text, _ in headlines:
        first.setdefault(text, time)
    return tuple(SeenHeadline(text, from_microseconds(time)) for text, time in first.items())


def _first(values: Iterable[_T | None]) -> _T | None:
    return next((value for value in values if value is not None), None)
