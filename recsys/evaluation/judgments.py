"""Queries and relevance judgments, derived from lists that were observed later.

The rules are those of the protocol of the benchmark data; docs/evaluation.md describes them. Judgments do not
depend on any ranker.
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
"""Hours after a most-read list at which a later one is predicted."""
APART: Final = 3 * HOUR
"""Least time between two moments at which the most-read list is predicted."""
PLACES: Final = 10
"""Positions of a most-read list that count; the gain of position p is 11 - p."""
ARTICLE_TASKS: Final[Mapping[Kind, str]] = {Kind.RELATED: "related", Kind.INLINE: "links"}
"""The tasks whose query is an article."""

GainsOf = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query, an article (its row) at a moment or a moment alone, with the gains of rows by task."""

    id: str
    moment: int
    row: int | None
    gains: Mapping[str, GainsOf]
    source: int | None = None
    """Without an article: number of the predicted most-read list in the corpus's list history."""
    standing: frozenset[int] = frozenset()
    """Without an article: rows already on that list, which do not count as new entries."""
    wanted: GainsOf = field(default_factory=dict)
    """With an article: gains of the most-read list an hour later, for the trade-off of the dial."""


@dataclass(frozen=True, slots=True)
class PredictedList:
    """A most-read list that is predicted."""

    source: Source
    number: int
    """In the corpus's list history."""
    label: str
    """Distinguishes it from other lists in the name of a task; empty if it is the only one."""


@dataclass(frozen=True)
class Judgments:
    """Queries in order of time, the most-read lists they are about, and which rows are never judged."""

    queries: tuple[JudgedQuery, ...]
    rankings: tuple[PredictedList, ...]
    foreign: NDArray[np.bool_] = field(repr=False)


def judge(corpus: Corpus, lists: Sequence[StoredList], *, since: datetime, until: datetime) -> Judgments:
    """All queries of a period, with judgments from later lists.

    `corpus` contains what was observed before `until`; `lists` are all stored lists, later ones included.
    """
    foreign = known_from_links(corpus)
    rankings = find_rankings(corpus)
    labels = _Labels(corpus, foreign)
    first, end = to_microseconds(since), to_microseconds(until)
    queries = list(_article_queries(labels, lists, first, end))
    queries = _add_wanted(queries, labels, lists, rankings)
    for ranking in rankings:
        queries += _moment_queries(labels, lists, ranking, first, end)
    return Judgments(tuple(sorted(queries, key=lambda each: (each.moment, each.id))), rankings, foreign)


def known_from_links(corpus: Corpus) -> NDArray[np.bool_]:
    """Which rows are known only as targets of inline links or related lists, and cannot be judged."""
    lists = corpus.lists
    shown = lists.articles[lists.standalone[lists.list_of]]
    listed = np.zeros(len(corpus.stored), dtype=bool)
    listed[shown[shown >= 0]] = True
    only_linked: NDArray[np.bool_] = (corpus.page_seen == NEVER) & ~listed
    return only_linked


def find_rankings(corpus: Corpus) -> tuple[PredictedList, ...]:
    """The most-read lists of a corpus, by site, lists of the whole site first."""
    numbered = [(s, source) for s, source in enumerate(corpus.lists.sources) if source.kind is Kind.POPULAR]
    numbered.sort(key=lambda each: (each[1].site, each[1].scope or "", each[1].title or ""))
    sites = {source.site for _, source in numbered}
    scopes = {(source.site, source.scope) for _, source in numbered}
    return tuple(
        PredictedList(
            source,
            number,
            ", ".join(
                part
                for part, needed in (
                    (source.site, len(sites) > 1),
                    (source.scope, True),
                    (source.title, len(scopes) < len(numbered)),
                )
                if part and needed
            ),
        )
        for number, source in numbered
    )


def task_name(name: str, label: str) -> str:
    """`appeal +1h`, or `appeal +1h (Sports)` if there are several lists."""
    return f"{name} ({label})" if label else name


class _Labels:
    """Maps stored lists to rows of the corpus."""

    def __init__(self, corpus: Corpus, foreign: NDArray[np.bool_]) -> None:
        self.corpus, self.foreign = corpus, foreign
        self._rows = {stored.id: row for row, stored in enumerate(corpus.stored)}

    def places(self, stored: StoredList, before: int) -> dict[int, int]:
        """Positions by row, of the stories that were first seen before a moment."""
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
    """One query for every article of the period with related stories or inline links, its lists merged."""
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


def _add_wanted(
    queries: Sequence[JudgedQuery],
    labels: _Labels,
    lists: Sequence[StoredList],
    rankings: Sequence[PredictedList],
) -> list[JudgedQuery]:
    """The queries with the most-read list of their site an hour later, of the whole site if there is one."""
    lists_of = {site: _by_time(lists, first.source) for site, first in _first_by_site(rankings).items()}
    times = {site: np.array(sorted(by_time), dtype=np.int64) for site, by_time in lists_of.items()}
    completed = []
    for each in queries:
        site = "" if each.row is None else labels.corpus.stored[each.row].article.site
        later = _later(times[site], each.moment, 1) if site in times else None
        wanted = {} if later is None else _top(labels.places(lists_of[site][later], each.moment))
        completed.append(replace(each, wanted=wanted))
    return completed


def _first_by_site(targets: Sequence[PredictedList]) -> dict[str, PredictedList]:
    return {each.source.site: each for each in reversed(targets)}


def _by_time(lists: Iterable[StoredList], source: Source) -> dict[int, StoredList]:
    """The lists of a source by the time of their observation."""
    return {
        to_microseconds(stored.list.observed_at): stored
        for stored in lists
        if (stored.list.site, stored.list.kind, stored.list.scope, stored.list.title)
        == (source.site, source.kind, source.scope, source.title)
    }


def _moment_queries(
    labels: _Labels, lists: Iterable[StoredList], ranking: PredictedList, first: int, end: int
) -> Iterator[JudgedQuery]:
    """A query for every third hour at which a most-read list was observed."""
    by_time = _by_time(lists, ranking.source)
    times = np.array(sorted(by_time), dtype=np.int64)
    last = first - APART
    for at in times[(times >= first) & (times < end)].tolist():
        if at - last < APART:
            continue
        last = at
        now = _top(labels.places(by_time[at], at + 1))
        gains = dict[str, GainsOf]()
        for hours in HORIZONS:
            later = _later(times, at, hours)
            if later is not None:
                listed = _top(labels.places(by_time[later], at + 1))
                new = {row: gain for row, gain in listed.items() if row not in now}
                for name, relevant in ((f"+{hours}h", listed), (f"+{hours}h new", new)):
                    gains |= {task_name(f"appeal {name}", ranking.label): relevant} if relevant else {}
        if gains:
            stamp = format_time(by_time[at].list.observed_at)
            where = f"/{'_'.join(ranking.label.split())}" if ranking.label else ""
            yield JudgedQuery(f"{stamp}{where}", at + 1, None, gains, ranking.number, frozenset(now))


def _top(places: Mapping[int, int]) -> dict[int, float]:
    return {row: float(PLACES + 1 - place) for row, place in places.items() if place <= PLACES}


def _later(times: NDArray[np.int64], at: int, hours: int) -> int | None:
    """The first time within half an hour before and one hour after `hours` later, if any."""
    earliest = at + hours * HOUR - HOUR // 2
    first = int(np.searchsorted(times, earliest, side="left"))
    return int(times[first]) if first < len(times) and times[first] < at + (hours + 1) * HOUR else None
