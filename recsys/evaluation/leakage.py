"""Does anything know the future? Queries are answered again with everything from their moment on deleted.

For some moments of the replay an archive is read from the store that holds what was seen before, and nothing
else. Every feature of every candidate, the candidates and the scores of every ranker have to be the same as
in the replay, whose archive holds the whole period and looks at its past only.

One thing stays out of it. A replay takes the first text of every story, so that nothing that it said later
can be met too early; but of a story that was listed before its page was read, that is the text of the page.
Until then features use its headline alone, yet the words of the page count in document frequencies. That is
no feature's fault and would hide those that have one. Where a moment knows such stories its archive is
therefore built from the replay's texts, and they are counted (`early`). Where there are none, as on the
measuring data, it is that of the store alone and the comparison is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.corpus import Corpus
from recsys.domain import from_microseconds
from recsys.evaluation.judgments import JudgedQuery
from recsys.evaluation.replay import Replay
from recsys.evaluation.results import Leak, LeakCheck
from recsys.evaluation.systems import Scorer
from recsys.ranking.features import (
    APPEAL,
    RELATEDNESS,
    CandidateSet,
    ColumnGroup,
    columns,
    compute,
    find_candidates,
)
from recsys.store import Store

MOMENTS = 5
QUERIES = 4
"""Of one moment, at the most: its archive is what takes time."""
FEATURE_TOLERANCE = 1e-5
"""Sums of single precision may be added in another order."""
SCORE_TOLERANCE = 1e-3
"""The same, as curves magnify it."""
MOST_LEAKS = 10


def check_leaks(
    replay: Replay,
    store: Store,
    *,
    groups: tuple[ColumnGroup, ...] = RELATEDNESS + APPEAL,
    moments: int = MOMENTS,
    progress: Callable[[str, int, int], None] | None = None,
) -> LeakCheck:
    """Answer some of the replay's queries without the future; what differs is named, the largest first."""
    sample = choose_queries(replay.judgments.queries, moments)
    compared, early, largest, leaks = 0, 0, 0.0, list[Leak]()
    for done, queries in enumerate(sample, start=1):
        past, changed = load_past(replay.corpus, store, queries[0].moment)
        early = max(early, changed)
        for query in queries:
            found = _Compared(replay, past, query, groups)
            leaks += [*found.features(), *found.scores()]
            largest, compared = max(largest, found.largest), compared + 1
        if progress is not None:
            progress("looking for leaks", done, len(sample))
    return LeakCheck(
        moments=len(sample),
        queries=compared,
        features=len(columns(groups)),
        rankers=sum(isinstance(entrant, Scorer) for entrant in replay.entrants),
        tolerance=FEATURE_TOLERANCE,
        largest=largest,
        early=early,
        leaks=tuple(worst_by_name(leaks)[:MOST_LEAKS]),
    )


def choose_queries(queries: Sequence[JudgedQuery], moments: int) -> list[list[JudgedQuery]]:
    """Up to QUERIES of some moments, evenly spread over the period, beside an article and without one."""
    found = []
    for beside in (True, False):
        asked: dict[int, list[JudgedQuery]] = {}
        for query in queries:
            if (query.row is not None) is beside:
                asked.setdefault(query.moment, []).append(query)
        share = moments - moments // 2 if beside else moments // 2
        times = sorted(asked)
        places = np.unique(np.linspace(0, len(times) - 1, min(share, len(times))).astype(int))
        found += [asked[times[place]][:QUERIES] for place in places.tolist()]
    return sorted(found, key=lambda each: each[0].moment)


def load_past(corpus: Corpus, store: Store, moment: int) -> tuple[Corpus, int]:
    """The archive of a moment from the store, and how many of its texts had to be those of the later one."""
    as_of = from_microseconds(moment)
    past = Corpus.load(store, as_of, first_texts=True, analysed=corpus)
    size = corpus.at(as_of).size
    later = corpus.stored[:size]
    changed = sum(ours.article != theirs.article for ours, theirs in zip(past.stored, later, strict=False))
    changed += abs(len(past.stored) - size)
    if not changed:
        return past, 0
    return Corpus.of(later, store.read_lists(before=as_of), as_of, analysed=corpus), changed


def worst_by_name(leaks: Sequence[Leak]) -> list[Leak]:
    """One leak a name, that with the largest difference; features first, then the larger first."""
    worst: dict[tuple[str, str], Leak] = {}
    for leak in leaks:
        held = worst.get((leak.what, leak.name))
        if held is None or _size(leak) > _size(held):
            worst[leak.what, leak.name] = leak
    order = ("feature", "candidates", "score")
    return sorted(worst.values(), key=lambda leak: (order.index(leak.what), -_size(leak)))


def _size(leak: Leak) -> float:
    return abs(leak.with_future - leak.without_future)


@dataclass
class _Compared:
    """One query, asked of the replay's archive and of that of its moment. Rows are the same in both."""

    replay: Replay
    past: Corpus
    query: JudgedQuery
    groups: tuple[ColumnGroup, ...]
    largest: float = 0.0

    def __post_init__(self) -> None:
        self._with = self.replay.read(self.replay.corpus, self.query)
        self._without = self.replay.read(self.past, self.query)

    def features(self) -> Iterator[Leak]:
        """A leak for every feature that differs, at the candidate where it differs most."""
        rows = find_candidates(self._without)
        beside = self.query.row is not None
        groups = tuple(g for g in self.groups if beside or g.columns[0].group == "appeal")
        theirs = compute(groups, CandidateSet(self._without, rows))
        ours = compute(groups, CandidateSet(self._with, rows))
        apart = np.abs(ours.astype(np.float64) - theirs)
        if not apart.size:
            return
        self.largest = float(apart.max())
        for at, column in enumerate(columns(groups)):
            place = int(apart[:, at].argmax())
            if not apart[place, at] <= FEATURE_TOLERANCE:
                values = float(theirs[place, at]), float(ours[place, at])
                yield self._leak("feature", column.name, int(rows[place]), *values)

    def scores(self) -> Iterator[Leak]:
        """A leak for every ranker that finds other candidates, or scores one of them otherwise."""
        for entrant in self.replay.entrants:
            if isinstance(entrant, Scorer):
                yield from self._scores(entrant)

    def _scores(self, entrant: Scorer) -> Iterator[Leak]:
        ranker = entrant.ranker_at(self.query.moment, self.query.source)
        without, ours = (
            self.replay.question(reading, ranker, self.query) for reading in (self._without, self._with)
        )
        if not np.array_equal(without.rows, ours.rows):
            row = int(np.setxor1d(without.rows, ours.rows)[0])
            held = float(row in without.rows), float(row in ours.rows)
            yield self._leak("candidates", entrant.name, row, *held)
            return
        before, after = ranker.score(without).total, ranker.score(ours).total
        apart = np.abs(after - before)
        if len(apart) and not apart.max() <= SCORE_TOLERANCE:
            place = int(apart.argmax())
            yield self._leak(
                "score", entrant.name, int(without.rows[place]), float(before[place]), float(after[place])
            )

    def _leak(self, what: str, name: str, row: int, without: float, found: float) -> Leak:
        url = self.replay.corpus.stored[row].article.url
        as_of = from_microseconds(self.query.moment)
        return Leak(what, name, self.query.id, as_of, url, without, found)  # type: ignore[arg-type]
