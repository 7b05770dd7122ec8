"""Untrained rankers for comparison: newest, popularity, persistence, TF-IDF cosine and BM25."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Contribution
from recsys.errors import InvalidValueError
from recsys.ranking.features import CandidateSet, Group, QueryContext
from recsys.ranking.ranker import Scores
from recsys.request import TRAINED_DIAL

POPULARITY_HALF_LIFE = 2.0
"""Hours, as in the reference implementation (+1h nDCG@10 .800 there, .806 here)."""


@dataclass(frozen=True)
class Baseline:
    """Ranks the whole corpus by one number per candidate, the largest first.

    `measure` receives the candidates and returns a finite number for each, in their order. It may use only
    what was known at the moment of the query: `CandidateSet` says what that is.
    """

    name: str
    group: Group
    """Where explanations and results show the number, as relatedness or as appeal; it does not affect the
    order. A measure that differs with and without an article belongs to one of the two all the same."""
    measure: Callable[[CandidateSet], ArrayLike]
    description: str = ""
    """A few words for reports, such as `newest first`."""
    needs_article: bool = False
    """Whether it says nothing without an article: tables of tasks without one leave it out."""

    def __post_init__(self) -> None:
        if self.group not in get_args(Group):
            raise InvalidValueError(
                f"baseline {self.name}: group", expected=" or ".join(get_args(Group)), found=self.group
            )

    def candidates(self, context: QueryContext) -> Ints:
        """All articles within the window that have a headline."""
        view = context.view
        rows = np.arange(context.first_row, view.size, dtype=np.int64)
        rows = rows[context.in_window(rows)]
        query = -1 if context.query is None else context.query.row
        candidates: Ints = rows[(view.corpus.named_at[rows] < view.moment) & (rows != query)]
        return candidates

    def score(self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL) -> Scores:  # noqa: ARG002
        """The measure in its group and zeros in the other; the dial has no effect."""
        values, zeros = self._measured(candidate_set), np.zeros(len(candidate_set.rows))
        relatedness, appeal = (values, zeros) if self.group == "relatedness" else (zeros, values)
        return Scores(relatedness, appeal, are_logits=False)

    def _measured(self, candidate_set: CandidateSet) -> NDArray[np.float64]:
        """The measure, checked: somebody else may have written it."""
        expected, count = "one finite number per candidate", len(candidate_set.rows)
        measured = self.measure(candidate_set)
        try:
            values = np.asarray(measured).astype(np.float64)
        except (TypeError, ValueError):
            raise InvalidValueError(f"ranker {self.name}", expected=expected, found=measured) from None
        if values.shape != (count,):
            raise InvalidValueError(
                f"ranker {self.name}: shape", expected=f"({count},), {expected}", found=values.shape
            )
        if not np.isfinite(values).all():
            place = int(np.flatnonzero(~np.isfinite(values))[0])
            found = float(values[place])
            raise InvalidValueError(
                f"ranker {self.name}, candidate {place} of {count}", expected=expected, found=found
            )
        return values

    def contributions(
        self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL, places: Sequence[int] | None = None
    ) -> list[tuple[Contribution, ...]]:
        """The measure as the only contribution."""
        values = self.score(candidate_set, dial=dial).total
        values = values if places is None else values[np.array(places, dtype=np.int64)]
        return [(Contribution(self.name, self.group, float(v), self.name, float(v)),) for v in values]


def _recency(candidate_set: CandidateSet) -> Floats:
    recency: Floats = (1 / (1 + candidate_set.hours)).astype(np.float32)
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

    return Baseline("persistence", "appeal", measure, "the current most-read list")


def _tfidf(candidate_set: CandidateSet) -> Floats:
    return candidate_set.context.similarity_to_all[candidate_set.rows]


def _bm25(candidate_set: CandidateSet) -> Floats:
    if candidate_set.context.query is None:
        return np.zeros(len(candidate_set.rows), dtype=np.float32)
    return candidate_set.context.search("text", "text", bm25=True)[candidate_set.rows]


BASELINES: Mapping[str, Baseline] = {
    ranker.name: ranker
    for ranker in (
        Baseline("newest", "appeal", _recency, "newest first"),
        Baseline("popularity", "appeal", _popularity, "past most-read lists, half-life 2 hours"),
        persistence(),
        Baseline("tfidf", "relatedness", _tfidf, "cosine similarity of the texts", needs_article=True),
        Baseline("bm25", "relatedness", _bm25, "BM25 of the texts", needs_article=True),
    )
}
"""By name. The command line, evaluations and reports take all of them from here."""
