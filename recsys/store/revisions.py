"""One article out of everything that was seen of it before a moment. Pure; order of arrival cannot matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from recsys.domain import Article, from_microseconds, is_stored_time
from recsys.errors import InvalidValueError
from recsys.store.records import SeenHeadline, StoredArticle

_T = TypeVar("_T")
_SEEN = "a page or a headline that was seen by then"


@dataclass(frozen=True, slots=True)
class Revision:
    """What a page said about its article, and each time it did (microseconds)."""

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
        """The last time before a moment at which the page said this."""
        return max((time for time in self.seen if before is None or time < before), default=None)


@dataclass(frozen=True, slots=True)
class Printed:
    """A spelling and when it was first seen on the article's page, on lists, in links (microseconds)."""

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
    """Everything the store holds about one article."""

    id: int
    url: str
    first_seen_at: int
    revisions: Sequence[Revision]
    printed: Sequence[Printed]


def earliest(*times: int | None) -> int | None:
    """The first of the times; those that no store could have written count as unknown."""
    return min((time for time in times if is_stored_time(time)), default=None)  # type: ignore[type-var]


def first_seen(paged_at: int | None, listed_at: int | None, linked_at: int | None) -> int | None:
    """When an article was first seen. Links count only where there is nothing else.

    A link may have been edited into a page after the time that the page bears: one in 150 of the
    links measured named an article that was first seen later than the page around it.
    """
    seen_at = earliest(paged_at, listed_at)
    return linked_at if seen_at is None else seen_at


def build_article(known: Known, before: int | None) -> StoredArticle:
    """The article as it was known strictly before a moment (microseconds; None: all that is known).

    Of two pages the newer wins, field by field, and a field that it leaves out keeps its value.
    An article whose page came later has the newest headline of its lists alone. InvalidValueError where
    nothing of it was seen, as happens when rows are missing.
    """
    revisions = _newest_first(known.revisions, before)
    spellings = _spellings(known.printed, before, links=not revisions)
    newest = spellings[-1][1] if spellings else None
    sites = [each.site for each in revisions] or [site for _, _, site in spellings]
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
        headlines=_distinct(spellings),
    )


def build_first(known: Known, before: int | None) -> StoredArticle:
    """The article with the text that its page first had, or else with the headline it was first known by.

    What it came to say later is left out: who goes back to an earlier moment cannot meet it there.
    """
    read = [time for each in known.revisions for time in each.seen if before is None or time < before]
    spelt = [time for time, _, _ in _spellings(known.printed, before, links=not read)]
    if not read and not spelt:
        raise InvalidValueError("first_seen_at", expected=_SEEN, found="none")
    return build_article(known, min(read or spelt) + 1)


def _newest_first(revisions: Sequence[Revision], before: int | None) -> list[Revision]:
    dated = [(each.newest_before(before), each.digest, each) for each in revisions]
    visible = [(time, digest, each) for time, digest, each in dated if time is not None]
    return [each for _, _, each in sorted(visible, key=itemgetter(0, 1), reverse=True)]


def _spellings(printed: Sequence[Printed], before: int | None, *, links: bool) -> list[tuple[int, str, str]]:
    """Time, text and site of what was printed before a moment, in order of time."""
    seen = [(each.seen_at, each.text, each.site) for each in printed]
    if links and all(time is None for time, _, _ in seen):
        seen = [(each.linked_at, each.text, each.site) for each in printed]
    return sorted(
        (time, text, site)
        for time, text, site in seen
        if time is not None and (before is None or time < before)
    )


def _distinct(spellings: Iterable[tuple[int, str, str]]) -> tuple[SeenHeadline, ...]:
    first: dict[str, int] = {}
    for time, text, _ in spellings:
        first.setdefault(text, time)
    return tuple(SeenHeadline(text, from_microseconds(time)) for text, time in first.items())


def _first(values: Iterable[_T | None]) -> _T | None:
    return next((value for value in values if value is not None), None)
