"""Checks for leaks: queries are answered again with everything from their moment on deleted.

For a sample of moments a corpus is loaded from the store with earlier observations only. Every feature of
every candidate, and the candidates and scores of every ranker, must equal those of the replay, whose corpus
holds the whole period.

Stories that were listed before their page was read need care (`early` counts them). The replay has the first
text of every story, which for them is that of the page; features use the headline alone until the page was
read, but the words of the page count in document frequencies from the start, which changes nearly every
feature a little. A corpus of what was known would report that instead of real leaks. So the corpus of such a
moment has the document frequencies of the replay, but nothing else of these pages: whoever reads the text,
the section or the weights of a page before it was read gets something different. Without such stories, as in
the benchmark data, the corpus holds what was known and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.article_table import ArticleTable
from recsys.domain import LATEST_STORED, from_microseconds
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
from recsys.store import Store, StoredArticle

MOMENTS = 5
QUERIES = 4
"""Maximum per moment; loading its corpus is what takes time."""
FEATURE_TOLERANCE = 1e-5
"""Sums in single precision may be added in a different order."""
SCORE_TOLERANCE = 1e-3
"""Splines magnify the differences of features."""
MOST_LEAKS = 10


def check_leaks(
    replay: Replay,
    store: Store,
    *,
    groups: tuple[ColumnGroup, ...] = RELATEDNESS + APPEAL,
    moments: int = MOMENTS,
    progress: Callable[[str, int, int], None] | None = None,
) -> LeakCheck:
    """Answer a sample of the queries without later observations; returns what differs, largest first."""
    sample = choose_queries(replay.judgments.queries, moments)
    compared, early, largest, leaks = 0, 0, 0.0, list[Leak]()
    for done, queries in enumerate(sample, start=1):
        past, changed = load_past(replay.corpus, store, queries[0].moment)
        early = max(early, changed)
        for query in queries:
            comparison = _Comparison(replay, past, query, groups)
            leaks += [*comparison.features(), *comparison.scores()]
            largest, compared = max(largest, comparison.largest), compared + 1
        if progress is not None:
            progress("checking for leaks", done, len(sample))
    return LeakCheck(
        moments=len(sample),
        queries=compared,
        features=len(columns(groups)),
        rankers=sum(isinstance(system, Scorer) for system in replay.systems),
        tolerance=FEATURE_TOLERANCE,
        largest=largest,
        early=early,
        leaks=tuple(worst_by_name(leaks)[:MOST_LEAKS]),
    )


def choose_queries(queries: Sequence[JudgedQuery], moments: int) -> list[list[JudgedQuery]]:
    """Up to QUERIES queries for each of some evenly spread moments, with and without an article."""
    chosen = []
    for has_article in (True, False):
        by_moment: dict[int, list[JudgedQuery]] = {}
        for query in queries:
            if (query.row is not None) is has_article:
                by_moment.setdefault(query.moment, []).append(query)
        share = moments - moments // 2 if has_article else moments // 2
        times = sorted(by_moment)
        places = np.unique(np.linspace(0, len(times) - 1, min(share, len(times))).astype(int))
        chosen += [by_moment[times[place]][:QUERIES] for place in places.tolist()]
    return sorted(chosen, key=lambda each: each[0].moment)


def load_past(corpus: Corpus, store: Store, moment: int) -> tuple[Corpus, int]:
    """The corpus before a moment, and the number of its stories whose text the later corpus has changed."""
    as_of = from_microseconds(moment)
    past = Corpus.load(store, as_of, first_texts=True, analysed=corpus)
    size = corpus.at(as_of).size
    later = corpus.stored[:size]
    changed = sum(ours.article != theirs.article for ours, theirs in zip(past.stored, later, strict=False))
    changed += abs(len(past.stored) - size)
    if not changed:
        return past, 0
    replayed = Corpus.of(later, store.read_lists(before=as_of), as_of, analysed=corpus)
    return hide_late_pages(replayed, past), changed


def hide_late_pages(corpus: Corpus, past: Corpus) -> Corpus:
    """The corpus with what `past` knew of stories whose page came later, but the same document frequencies.

    They keep the headline of the page, which a replay shows from the start, and weigh nothing in the fields
    that need the page.
    """
    late = np.flatnonzero(corpus.whole().page_came_later)
    stored = list(corpus.stored)
    for row in late.tolist():
        stored[row] = _without_page(stored[row], past)
    terms = {
        name: index if name == "headline" else index.without_weights(late)
        for name, index in corpus.terms.items()
    }
    return Corpus(ArticleTable.of(stored), terms, corpus.lists, corpus.as_of)


def _without_page(stored: StoredArticle, past: Corpus) -> StoredArticle:
    """A story as it was known in the past; its page is read at the end of time."""
    known = past.stored[past.row_of[stored.article.url]]
    article = replace(known.article, headline=stored.article.headline)
    return replace(known, article=article, page_seen_at=from_microseconds(LATEST_STORED))


def worst_by_name(leaks: Sequence[Leak]) -> list[Leak]:
    """The largest leak of each name; features first, then by size."""
    worst: dict[tuple[str, str], Leak] = {}
    for leak in leaks:
        known = worst.get((leak.what, leak.name))
        if known is None or _size(leak) > _size(known):
            worst[leak.what, leak.name] = leak
    order = ("feature", "candidates", "score")
    return sorted(worst.values(), key=lambda leak: (order.index(leak.what), -_size(leak)))


def _size(leak: Leak) -> float:
    return abs(leak.with_future - leak.without_future)


@dataclass
class _Comparison:
    """One query on the corpus of the replay and on that of its moment; rows are the same in both."""

    replay: Replay
    past: Corpus
    query: JudgedQuery
    groups: tuple[ColumnGroup, ...]
    largest: float = 0.0

    def __post_init__(self) -> None:
        self._with = self.replay.read(self.replay.corpus, self.query)
        self._without = self.replay.read(self.past, self.query)

    def features(self) -> Iterator[Leak]:
        """Yield a leak for every feature that differs, with the candidate that differs most."""
        rows = find_candidates(self._without)
        has_article = self.query.row is not None
        groups = tuple(g for g in self.groups if has_article or g.columns[0].group == "appeal")
        theirs = compute(groups, CandidateSet(self._without, rows))
        ours = compute(groups, CandidateSet(self._with, rows))
        difference = np.abs(ours.astype(np.float64) - theirs)
        if not difference.size:
            return
        self.largest = float(difference.max())
        for at, column in enumerate(columns(groups)):
            place = int(difference[:, at].argmax())
            if not difference[place, at] <= FEATURE_TOLERANCE:
                values = float(theirs[place, at]), float(ours[place, at])
                yield self._leak("feature", column.name, int(rows[place]), *values)

    def scores(self) -> Iterator[Leak]:
        """Yield a leak for every ranker with different candidates or scores."""
        for system in self.replay.systems:
            if isinstance(system, Scorer):
                yield from self._scores(system)

    def _scores(self, system: Scorer) -> Iterator[Leak]:
        ranker = system.ranker_at(self.query.moment, self.query.source)
        without, ours = (
            self.replay.candidates(context, ranker, self.query) for context in (self._without, self._with)
        )
        if not np.array_equal(without.rows, ours.rows):
            row = int(np.setxor1d(without.rows, ours.rows)[0])
            values = float(row in without.rows), float(row in ours.rows)
            yield self._leak("candidates", system.name, row, *values)
            return
        before, after = ranker.score(without).total, ranker.score(ours).total
        difference = np.abs(after - before)
        if len(difference) and not difference.max() <= SCORE_TOLERANCE:
            place = int(difference.argmax())
            yield self._leak(
                "score", system.name, int(without.rows[place]), float(before[place]), float(after[place])
            )

    def _leak(self, what: str, name: str, row: int, without: float, with_future: float) -> Leak:
        url = self.replay.corpus.stored[row].article.url
        as_of = from_microseconds(self.query.moment)
        return Leak(what, name, self.query.id, as_of, url, without, with_future)  # type: ignore[arg-type]
