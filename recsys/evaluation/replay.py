"""Replays a period: every system answers every query as of its own moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from recsys.corpus import Corpus, CorpusView
from recsys.corpus.inverted_index import Ints
from recsys.evaluation import beyond_accuracy
from recsys.evaluation.judgments import ARTICLE_TASKS, JudgedQuery, Judgments
from recsys.evaluation.metrics import DEPTH
from recsys.evaluation.results import MODEL
from recsys.evaluation.systems import Scorer, System
from recsys.ranking import LogisticRanker, Ranker, Scores, order
from recsys.ranking.dial import PartScores
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.recommender import rows_in_scope
from recsys.rules import Stories
from recsys.rules.duplicates import Story, same_story
from recsys.rules.similarity import Similarity

DIALS = tuple(step / 8 for step in range(9))
"""The positions of the dial at which lists are compared: every eighth."""
PAIRED = 20
"""Number of other candidates, a seeded sample, that every relevant story is compared with."""
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ListFacts:
    """Properties of a list of ten."""

    age: float
    duplicates: float
    diversity: float
    empty: float
    lift: float


@dataclass(frozen=True)
class Answer:
    """The answers of every system to a query: rows that can be relevant, best first, at most 100."""

    query: JudgedQuery
    rows: Mapping[str, Ints]
    facts: Mapping[str, ListFacts]
    dials: Mapping[float, Ints] = field(default_factory=dict)
    """The model's top rows for an article, at every position of the dial."""
    margins: Values = field(default_factory=lambda: np.zeros(0))
    """The model's scores of relevant stories minus those of other candidates, by pair."""


@dataclass(frozen=True)
class Replay:
    """A corpus, queries, and the systems that answer them."""

    corpus: Corpus
    judgments: Judgments
    systems: Sequence[System]

    @cached_property
    def stories(self) -> Stories:
        """Decides whether two rows are the same story."""
        return Stories(self.corpus)

    @cached_property
    def _several_sites(self) -> bool:
        return len({stored.article.site for stored in self.corpus.stored}) > 1

    def run(self) -> Iterator[Answer]:
        """Yield the answers in order of time."""
        work = Parallel(n_jobs=2, prefer="threads", return_as="generator", batch_size=4)
        yield from work(delayed(self.answer)(query) for query in self.judgments.queries)

    def read(self, corpus: Corpus, query: JudgedQuery) -> QueryContext:
        """The query in a corpus, which may be smaller than that of the replay."""
        view = corpus.at_microseconds(query.moment)
        if query.row is None:
            return QueryContext(view)
        return QueryContext(view, corpus.query(self.corpus.stored[query.row].article))

    def candidates(self, context: QueryContext, ranker: Ranker, query: JudgedQuery) -> CandidateSet:
        """The candidates of a ranker, limited to stories that can enter the list to be predicted."""
        rows = ranker.candidates(context)
        if query.source is None:
            return CandidateSet(context, rows)
        source = self.corpus.lists.sources[query.source]
        if source.scope is not None:
            rows = rows[np.isin(rows, rows_in_scope(context, source.scope))]
        if self._several_sites:
            stored = context.view.corpus.stored
            rows = rows[[stored[row].article.site == source.site for row in rows.tolist()]]
        return CandidateSet(context, rows)

    def answer(self, query: JudgedQuery) -> Answer:
        """The answers of every system to one query."""
        context = self.read(self.corpus, query)
        answers, model = dict[str, Ints](), None
        for system in self.systems:
            if isinstance(system, Scorer):
                ranker = system.ranker_at(query.moment, query.source)
                candidates = self.candidates(context, ranker, query)
                scores = ranker.score(candidates)
                best = candidates.rows[order(scores.total, candidates.times, candidates.rows)[:DEPTH]]
                model = (ranker, candidates, scores) if system.name == MODEL else model
            elif query.id in system.answers:
                best = np.array(system.answers[query.id][:DEPTH], dtype=np.int64)
                best = best[best >= 0]
            else:
                best = np.zeros(0, dtype=np.int64)
            answers[system.name] = best[~self.judgments.foreign[best]]
        facts = self._describe(
            context.view, {name: rows[: beyond_accuracy.PLACES] for name, rows in answers.items()}
        )
        if model is None or query.row is None:
            return Answer(query, answers, facts)
        return Answer(query, answers, facts, self._top_by_dial(query, *model), _margins(query, *model[1:]))

    def _top_by_dial(
        self, query: JudgedQuery, ranker: Ranker, candidates: CandidateSet, scores: Scores
    ) -> dict[float, Ints]:
        """The top rows at every position of the dial; scores are linear in relatedness and appeal."""
        if not isinstance(ranker, LogisticRanker) or not query.wanted:
            return {}
        scale = ranker.weights_.appeal_scale
        related, appeal = scores.relatedness, scores.appeal / scale
        parts = PartScores(candidates.times, candidates.rows, related, appeal)
        eligible = ~self.judgments.foreign[candidates.rows]
        rows, times, by_dial = candidates.rows[eligible], candidates.times[eligible], {}
        for dial in DIALS:
            for_related, for_appeal = parts.weigh(dial, scale)
            total = (related * for_related + appeal * for_appeal)[eligible]
            by_dial[dial] = rows[order(total, times, rows)[: beyond_accuracy.PLACES]]
        return by_dial

    def _describe(self, view: CorpusView, lists: Mapping[str, Ints]) -> dict[str, ListFacts]:
        rows = np.unique(np.concatenate([*lists.values(), np.zeros(0, dtype=np.int64)]))
        similarity = _similarity(view, rows)
        same = _same([self.stories.of(row) for row in rows.tolist()])
        popular, share = _most_read(view)
        facts = {}
        for name, shown in lists.items():
            at = np.searchsorted(rows, shown)
            grid = np.ix_(at, at)
            lift = (
                beyond_accuracy.popularity_lift(float(popular[shown].mean()), share) if len(shown) else np.nan
            )
            facts[name] = ListFacts(
                beyond_accuracy.median_age(view.hours_since(view.story_times(shown)).tolist()),
                beyond_accuracy.duplicates(same[grid]),
                beyond_accuracy.diversity(similarity[grid]),
                beyond_accuracy.empty_places(len(shown)),
                lift,
            )
        return facts


def _similarity(view: CorpusView, rows: Ints) -> NDArray[np.float32]:
    """Cosine of every row with every other; shape (rows, rows), symmetric."""
    cosine, grid = Similarity(view), np.zeros((len(rows), len(rows)), dtype=np.float32)
    for at, row in enumerate(rows.tolist()):
        grid[at] = cosine.between(row, rows.tolist())
    return ((grid + grid.T) / 2).astype(np.float32)


def _same(stories: Sequence[Story]) -> NDArray[np.bool_]:
    grid = np.zeros((len(stories), len(stories)), dtype=bool)
    for one, other in combinations(range(len(stories)), 2):
        grid[one, other] = grid[other, one] = same_story(stories[one], stories[other])
    return grid


def _most_read(view: CorpusView) -> tuple[NDArray[np.bool_], float]:
    """Which stories were on a most-read list before the moment, and their share of the view."""
    lists = view.corpus.lists
    items = slice(0, int(lists.starts[view.list_count]))
    shown = lists.articles[items][lists.by_readers[lists.list_of[items]]]
    popular = np.zeros(view.size, dtype=bool)
    popular[shown[(shown >= 0) & (shown < view.size)]] = True
    return popular, float(popular.mean()) if view.size else 0.0


def _margins(query: JudgedQuery, candidates: CandidateSet, scores: Scores) -> Values:
    """Scores of the relevant candidates minus those of others, PAIRED drawn at random for each."""
    gains = next(query.gains[task] for task in ARTICLE_TASKS.values() if task in query.gains)
    relevant = np.isin(candidates.rows, list(gains))
    ours, others = scores.total[relevant], scores.total[~relevant]
    if not len(ours) or not len(others):
        return np.zeros(0)
    drawn = np.random.default_rng(query.row).choice(others, (len(ours), min(PAIRED, len(others))))
    margins: Values = (ours[:, None] - drawn).ravel()
    return margins
