"""What is asked, and what was right: queries with their judgments, taken from lists that came later.

The rules are those of the protocol that the measuring data is judged with, docs/evaluation.md has them in
words. Nothing here knows what any ranker answers.
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
"""Hours after a readers' ranking at which the next one is to be foretold."""
APART: Final = 3 * HOUR
"""Between two moments at which the readers' ranking is foretold."""
PLACES: Final = 10
"""Of a readers' ranking that count; the gain of place p is 11 - p."""
BESIDE: Final[Mapping[Kind, str]] = {Kind.RELATED: "related", Kind.INLINE: "links"}
"""The tasks beside an article."""

GainsOf = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query: an article (its row) at a moment, or a moment alone; and the gains of rows, by task."""

    id: str
    moment: int
    row: int | None
    gains: Mapping[str, GainsOf]
    source: int | None = None
    """Of a moment: the number of the readers' ranking that is foretold, in the archive's list history."""
    standing: frozenset[int] = frozenset()
    """Of a moment: what stands on that ranking already, and is left out of the tasks of new entries."""
    wanted: GainsOf = field(default_factory=dict)
    """Beside an article: what readers rank an hour later, for the trade-off of the dial."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """A readers' ranking that is foretold."""

    source: Source
    number: int
    """In the archive's list history."""
    label: str
    """What tells it from the others, behind the name of a task; empty where it is the only one."""


@dataclass(frozen=True)
class Judgments:
    """Queries in order of time, the readers' rankings among them, and which rows are never judged."""

    queries: tuple[JudgedQuery, ...]
    rankings: tuple[Ranking, ...]
    foreign: NDArray[np.bool_] = field(repr=False)


def judge(corpus: Corpus, lists: Sequence[StoredList], *, since: datetime, until: datetime) -> Judgments:
    """Everything that can be asked of a period, with what later lists say was right.

    `corpus` knows what was seen before `until`; `lists` are all there are, the later ones too.
    """
    foreign = known_from_links(corpus)
    rankings = find_rankings(corpus)
    labels = _Labels(corpus, foreign)
    first, end = to_microseconds(since), to_microseconds(until)
    queries = list(_beside(labels, lists, first, end))
    queries = _with_wanted(queries, labels, lists, rankings)
    for ranking in rankings:
        queries += _moments(labels, lists, ranking, first, end)
    return Judgments(tuple(sorted(queries, key=lambda each: (each.moment, each.id))), rankings, foreign)


def known_from_links(corpus: Corpus) -> NDArray[np.bool_]:
    """Which rows are known only as the target of a link or a related box: no story anybody could judge."""
    lists = corpus.lists
    shown = lists.articles[lists.standalone[lists.list_of]]
    listed = np.zeros(len(corpus.stored), dtype=bool)
    listed[shown[shown >= 0]] = True
    unknown: NDArray[np.bool_] = (corpus.page_seen == NEVER) & ~listed
    return unknown


def find_rankings(corpus: Corpus) -> tuple[Ranking, ...]:
    """The readers' rankings of an archive, those of the whole site first."""
    found = [(s, source) for s, source in enumerate(corpus.lists.sources) if source.kind is Kind.POPULAR]
    found.sort(key=lambda each: (each[1].site, each[1].scope or "", each[1].title or ""))
    sites = {source.site for _, source in found}
    scopes = {(source.site, source.scope) for _, source in found}
    return tuple(
        Ranking(
            source,
            number,
            ", ".join(
                part
                for part, needed in (
                    (source.site, len(sites) > 1),
                    (source.scope, True),
                    (source.title, len(scopes) < len(found)),
                )
                if part and needed
            ),
        )
        for number, source in found
    )


def task_name(name: str, label: str) -> str:
    """`appeal +1h`, or `appeal +1h (Sports)` of one ranking among several."""
    return f"{name} ({label})" if label else name


class _Labels:
    """Rows of what later lists show."""

    def __init__(self, corpus: Corpus, foreign: NDArray[np.bool_]) -> None:
        self.corpus, self.foreign = corpus, foreign
        self._rows = {stored.id: row for row, stored in enumerate(corpus.stored)}

    def places(self, stored: StoredList, before: int) -> dict[int, int]:
        """Rows with their positions, of the stories that were first seen before a moment."""
        rows = [self._rows.get(each, -1) for each in stored.article_ids]
        return {
            row: item.position
            for row, item in zip(rows, stored.list.items, strict=True)
            if row >= 0 and not self.foreign[row] and self.corpus.first_seen[row] < before
        }

    def page(self, stored: StoredList) -> int:
        """The row of the article that a list belongs to, or -1."""
        return -1 if stored.page_article_id is None else self._rows.get(stored.page_article_id, -1)


def _beside(labels: _Labels, lists: Iterable[StoredList], first: int, end: int) -> Iterator[JudgedQuery]:
    """A query for every article of the period beside which something was chosen, its lists put together."""
    corpus, chosen = labels.corpus, dict[int, dict[str, dict[int, float]]]()
    for stored in lists:
        row = labels.page(stored) if stored.list.kind in BESIDE else -1
        if row < 0 or labels.foreign[row] or not first <= corpus.first_seen[row] < end:
            continue
        if len(corpus.stored[row].article.body or "") < SHORTEST_QUERY:
            continue
        shown = labels.places(stored, int(corpus.first_seen[row]))
        if shown:
            task = chosen.setdefault(row, {}).setdefault(BESIDE[stored.list.kind], {})
            task.update(dict.fromkeys(shown, 1.0))
    for row, gains in chosen.items():
        yield JudgedQuery(corpus.stored[row].article.url, int(corpus.first_seen[row]), row, gains)


def _with_wanted(
    queries: Sequence[JudgedQuery], labels: _Labels, lists: Sequence[StoredList], rankings: Sequence[Ranking]
) -> list[JudgedQuery]:
    """The queries with their site's ranking an hour later, that of the whole site where there is one."""
    mine = {site: _seen(lists, first.source) for site, first in _first_by_site(rankings).items()}
    times = {site: np.array(sorted(seen), dtype=np.int64) for site, seen in mine.items()}
    found = []
    for each in queries:
        site = "" if each.row is None else labels.corpus.stored[each.row].article.site
        later = _later(times[site], each.moment, 1) if site in times else None
        wanted = {} if later is None else _top(labels.places(mine[site][later], each.moment))
        found.append(replace(each, wanted=wanted))
    return found


def _first_by_site(rankings: Sequence[Ranking]) -> dict[str, Ranking]:
    return {each.source.site: each for each in reversed(rankings)}


def _seen(lists: Iterable[StoredList], source: Source) -> dict[int, StoredList]:
    """The lists of a source by the time at which they were seen."""
    return {
        to_microseconds(stored.list.observed_at): stored
        for stored in lists
        if (stored.list.site, stored.list.kind, stored.list.scope, stored.list.title)
        == (source.site, source.kind, source.scope, source.title)
    }


def _moments(
    labels: _Labels, lists: Iterable[StoredList], ranking: Ranking, first: int, end: int
) -> Iterator[JudgedQuery]:
    """A query for every third hour at which a ranking was seen."""
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
                found = _top(labels.places(mine[later], at + 1))
                fresh = {row: gain for row, gain in found.items() if row not in now}
                for name, those in ((f"+{hours}h", found), (f"+{hours}h new", fresh)):
                    gains |= {task_name(f"appeal {name}", ranking.label): those} if those else {}
        if gains:
            stamp = format_time(mine[at].list.observed_at)
            where = f"/{'_'.join(ranking.label.split())}" if ranking.label else ""
            yield JudgedQuery(f"{stamp}{where}", at + 1, None, gains, ranking.number, frozenset(now))


def _top(places: Mapping[int, int]) -> dict[int, float]:
    return {row: float(PLACES + 1 - place) for row, place in places.items() if place <= PLACES}


def _later(times: NDArray[np.int64], at: int, hours: int) -> int | None:
    """The first time from half an hour before to an hour after `hours` later."""
    earliest = at + hours * HOUR - HOUR // 2
    found = int(np.searchsorted(times, earliest, side="left"))
    return int(times[found]) if found < len(times) and times[found] < at + (hours + 1) * HOUR else None
