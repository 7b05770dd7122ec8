"""Untrained rankers for comparison: newest, popularity, persistence, TF-IDF cosine and BM25."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Contribution
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.ranker import Scores
from recsys.request import TRAINED_DIAL

POPULARITY_HALF_LIFE = 2.0
"""Hours, as in the reference implementation (+1h nDCG@10 .800 there, .806 here)."""


@dataclass(frozen=True)
class Baseline:
    """Ranks the whole corpus by one number per candidate, which counts in one of the two groups."""

    name: str
    group: str
    measure: Callable[[CandidateSet], Floats]

    def candidates(self, context: QueryContext) -> Ints:
        """All articles within the window that have a headline."""
        view = context.view
        rows = np.arange(context.first_row, view.size, dtype=np.int64)
        query = -1 if context.query is None else context.query.row
        candidates: Ints = rows[(view.corpus.named_at[rows] < view.moment) & (rows != query)]
        return candidates

    def score(self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL) -> Scores:  # noqa: ARG002
        """The measure in its group and zeros in the other; the dial has no effect."""
        values, zeros = self.measure(candidate_set).astype(np.float64), np.zeros(len(candidate_set.rows))
        relatedness, appeal = (values, zeros) if self.group == "relatedness" else (zeros, values)
        return Scores(relatedness, appeal, are_logits=False)

    def contributions(
        self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL, places: Sequence[int] | None = None
    ) -> list[tuple[Contribution, ...]]:
        """The measure as the only contribution."""
        values = self.score(candidate_set, dial=dial).total
        values = values if places is None else values[np.array(places, dtype=np.int64)]
        return [(Contribution(self.name, self.group, float(v), self.name, float(v)),) for v in values]


def _recency(candidate_set: CandidateSet) -> Floats:
    hours = candidate_set.view.hours_since(candidate_set.view.corpus.first_seen[candidate_set.rows])
    recency: Floats = (1 / (1 + hours)).astype(np.float32)
    return recency


def _popularity(candidate_set: CandidateSet) -> Floats:
    corpus, moment = candidate_set.view.corpus, candidate_set.view.moment
    seen = corpus.lists.sightings(candidate_set.rows, moment)
    shown = corpus.lists.by_readers[seen.lists]
    weight = corpus.lists.places[seen.items] * np.exp2(
        -candidate_set.view.hours_since(seen.times) / POPULARITY_HALF_LIFE
    )
    total: Floats = np.bincount(seen.which[shown], weight[shown], minlength=len(candidate_set.rows)).astype(
        np.float32
    )
    return total


def persistence(source: int | None = None) -> Baseline:
    """Ranks by position on the last list of a source (its number in the list history).

    Without a source, by the best position on the last of every most-read list. Unlisted stories follow,
    newest first.
    """

    def measure(candidate_set: CandidateSet) -> Floats:
        lists, rows = candidate_set.view.corpus.lists, candidate_set.rows
        places = np.zeros(candidate_set.view.corpus.first_seen.size + 1, dtype=np.float32)
        for number in candidate_set.view.current_lists(candidate_set.view.moment):
            if lists.by_readers[number] and source in (None, lists.source_of[number]):
                shown, on_list = lists.items(int(number))
                np.maximum.at(places, shown, on_list)
        current: Floats = places[rows]
        return current

    return Baseline("persistence", "appeal", measure)


def _tfidf(candidate_set: CandidateSet) -> Floats:
    return candidate_set.context.similarity_to_all[candidate_set.rows]


def _bm25(candidate_set: CandidateSet) -> Floats:
    if candidate_set.context.query is None:
        return np.zeros(len(candidate_set.rows), dtype=np.float32)
    return candidate_set.context.search("text", "text", bm25=True)[candidate_set.rows]


BASELINES: Mapping[str, Baseline] = {
    ranker.name: ranker
    for ranker in (
        Baseline("newest", "appeal", _recency),
        Baseline("popularity", "appeal", _popularity),
        persistence(),
        Baseline("tfidf", "relatedness", _tfidf),
        Baseline("bm25", "relatedness", _bm25),
    )
}
