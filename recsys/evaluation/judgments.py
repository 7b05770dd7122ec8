"""Queries and their relevance judgments, taken from later lists.

The rules are those of the evaluation protocol, described in docs/evaluation.md. Nothing here depends on what
rankers answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recsys.corpus import Corpus
from recsys.corpus.list_history import HOUR, Source
from recsys.corpus.stored_fields import NEVER
from recsys.domain import Kind, format_time, to_microseconds
from recsys.store import StoredList
from recsys.training import SHORTEST_QUERY

HORIZONS: Final = (1, 6, 24)
"""Hours after a most-read list at which a later one is to be predicted."""
APART: Final = 3 * HOUR
"""Minimum time between two moments at which a most-read list is predicted."""
PLACES: Final = 10
"""Positions of a most-read list that count; the gain of position p is 11 - p."""
ARTICLE_TASKS: Final[Mapping[Kind, str]] = {Kind.RELATED: "related", Kind.INLINE: "links"}
"""The tasks for an article, by kind of list."""

GainsOf = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query (an article's row at a moment, or a moment alone) and the gains of rows by task."""

    id: str
    moment: int
    row: int | None
    gains: Mapping[str, GainsOf]
    source: int | None = None
    """Without an article: the number of the most-read list to predict, in the corpus's list history."""
    standing: frozenset[int] = frozenset()
    """Without an article: the current entries of that list, left out in the tasks of new entries."""
    wanted: GainsOf = field(default_factory=dict)
    """For an article: gains of the most-read list an hour later, for the trade-off of the dial."""


@dataclass(frozen=True, slots=True)
class PredictedList:
    """A most-read list to predict."""

    source: Source
    number: int
    """Of its source in the corpus's list history."""
    label: str
    """Distinguishes it in task names; empty if it is the only one."""


@dataclass(frozen=True)
class Judgments:
    """Queries in order of time, the most-read lists to predict, and the rows that are never relevant."""

    queries: tuple[JudgedQuery, ...]
    rankings: tuple[PredictedList, ...]
    foreign: NDArray[np.bool_] = field(repr=False)


def judge(corpus: Corpus, lists: Sequence[StoredList], *, since: datetime, until: datetime) -> Judgments:
    """All queries of a period with the judgments of later lists.

    `corpus` holds what was observed before `until`, `lists` all lists including later ones.
    """
    foreign = known_from_links(corpus)
    rankings = find_rankings(corpus)
    labels = _Labels(corpus, foreign)
    first, end = to_microseconds(since), to_microseconds(until)
    queries = list(_article_queries(labels, lists, first, end))
    queries = _with_wanted(queries, labels, lists, rankings)
    for ranking in rankings:
        queries += _moment_queries(labels, lists, ranking, first, end)
    return Judgments(tuple(sorted(queries, key=lambda each: (each.moment, each.id))), rankings, foreign)


def known_from_links(corpus: Corpus) -> NDArray[np.bool_]:
    """Which rows are known only as the target of a link or related box, and so cannot be evaluated."""
    lists = corpus.lists
    shown = lists.articles[lists.standalone[lists.list_of]]
    listed = np.zeros(len(corpus.stored), dtype=bool)
    listed[shown[shown >= 0]] = True
    unknown: NDArray[np.bool_] = (corpus.page_seen == NEVER) & ~listed
    return unknown


def find_rankings(corpus: Corpus) -> tuple[PredictedList, ...]:
    """The most-read lists of a corpus, those of the whole site first."""
    sources = [(s, source) for s, source in enumerate(corpus.lists.sources) if source.kind is Kind.POPULAR]
    sources.sort(key=lambda each: (each[1].site, each[1].scope or "", each[1].title or ""))
    sites = {source.site for _, source in sources}
    scopes = {(source.site, source.scope) for _, source in sources}
    return tuple(
        PredictedList(
            source,
            number,
            ", ".join(
                part
                for part, needed in (
                    (source.site, len(sites) > 1),
                    (source.scope, True),
                    (source.title, len(scopes) < len(sources)),
                )
                if part and needed
            ),
        )
        for number, source in sources
    )


def task_name(name: str, label: str) -> str:
    """`appeal +1h`, or `appeal +1h (Sports)` for one list among several."""
    return f"{name} ({label})" if label else name


class _Labels:
    """Maps the items of later lists to rows."""

    def __init__(self, corpus: Corpus, foreign: NDArray[np.bool_]) -> None:
        self.corpus, self.foreign = corpus, foreign
        self._rows = {stored.id: row for row, stored in enumerate(corpus.stored)}

    def places(self, stored: StoredList, before: int) -> dict[int, int]:
        """The positions of a list by row, for stories first seen before a moment."""
        rows = [self._rows.get(each, -1) for each in stored.article_ids]
        return {
            row: item.position
            for row, item in zip(rows, stored.list.items, strict=True)
            if row >= 0 and not self.foreign[row] and self.corpus.first_seen[row] < before
        }

    def page(self, stored: StoredList) -> int:
        """The row of the article that a list belongs to, or -1."""
        return -1 if stored.page_article_id is None else self._rows.get(stored.page_article_id, -1)


def _article_queries(
    labels: _Labels, lists: Iterable[StoredList], first: int, end: int
) -> Iterator[JudgedQuery]:
    """Yield a query for every article of the period with a related list or links, all its lists combined."""
    corpus, chosen = labels.corpus, dict[int, dict[str, dict[int, float]]]()
    for stored in lists:
        row = labels.page(stored) if stored.list.kind in ARTICLE_TASKS else -1
        if row < 0 or labels.foreign[row] or not first <= corpus.first_seen[row] < end:
            continue
        if len(corpus.stored[row].article.body or "") < SHORTEST_QUERY:
            continue
        places = labels.places(stored, int(corpus.first_seen[row]))
        if places:
            task = chosen.setdefault(row, {}).setdefault(ARTICLE_TASKS[stored.list.kind], {})
            task.update(dict.fromkeys(places, 1.0))
    for row, gains in chosen.items():
        yield JudgedQuery(corpus.stored[row].article.url, int(corpus.first_seen[row]), row, gains)


def _with_wanted(
    queries: Sequence[JudgedQuery],
    labels: _Labels,
    lists: Sequence[StoredList],
    targets: Sequence[PredictedList],
) -> list[JudgedQuery]:
    """The queries with the gains of their site's most-read list an hour later."""
    mine = {site: _seen(lists, first.source) for site, first in _first_by_site(targets).items()}
    times = {site: np.array(sorted(seen), dtype=np.int64) for site, seen in mine.items()}
    extended = []
    for each in queries:
        site = "" if each.row is None else labels.corpus.stored[each.row].article.site
        later = _later(times[site], each.moment, 1) if site in times else None
        wanted = {} if later is None else _top(labels.places(mine[site][later], each.moment))
        extended.append(replace(each, wanted=wanted))
    return extended


def _first_by_site(targets: Sequence[PredictedList]) -> dict[str, PredictedList]:
    return {each.source.site: each for each in reversed(targets)}


def _seen(lists: Iterable[StoredList], source: Source) -> dict[int, StoredList]:
    """The lists of a source by time of observation."""
    return {
        to_microseconds(stored.list.observed_at): stored
        for stored in lists
        if (stored.list.site, stored.list.kind, stored.list.scope, stored.list.title)
        == (source.site, source.kind, source.scope, source.title)
    }


def _moment_queries(
    labels: _Labels, lists: Iterable[StoredList], ranking: PredictedList, first: int, end: int
) -> Iterator[JudgedQuery]:
    """Yield a query for every third hour at which a most-read list was observed."""
    mine = _seen(lists, ranking.source)
    times = np.array(sorted(mine), dtype=np.int64)
    last = first - APART
    for at in times[(times >= first) & (times < end)].tolist():
        if at - last < APART:
            continue
        last = at
        now = _top(labels.places(mine[at], at + 1))
        gains = dict[str, GainsOf]()
        for hours in HORIZONS:
            later = _later(times, at, hours)
            if later is not None:
                entries = _top(labels.places(mine[later], at + 1))
                new = {row: gain for row, gain in entries.items() if row not in now}
                for name, relevant in ((f"+{hours}h", entries), (f"+{hours}h new", new)):
                    gains |= {task_name(f"appeal {name}", ranking.label): relevant} if relevant else {}
        if gains:
            stamp = format_time(mine[at].list.observed_at)
            where = f"/{'_'.join(ranking.label.split())}" if ranking.label else ""
            yield JudgedQuery(f"{stamp}{where}", at + 1, None, gains, ranking.number, frozenset(now))


def _top(places: Mapping[int, int]) -> dict[int, float]:
    return {row: float(PLACES + 1 - place) for row, place in places.items() if place <= PLACES}


def _later(times: NDArray[np.int64], at: int, hours: int) -> int | None:
    """The first time from half an hour before to an hour after `hours` later."""
    earliest = at + hours * HOUR - HOUR // 2
    index = int(np.searchsorted(times, earliest, side="left"))
    return int(times[index]) if index < len(times) and times[index] < at + (hours + 1) * HOUR else None
