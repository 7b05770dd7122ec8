"""Rankers that learn nothing, to compare with: newest, popularity, the list as it is, TF-IDF cosine, BM25."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.archive.terms import Floats, Ints
from recsys.domain import Contribution
from recsys.features import Question, Reading
from recsys.ranking.ranker import Scores
from recsys.request import LEARNT_DIAL

POPULARITY_HALF_LIFE = 2.0
"""Hours; that of the reference figure it stands beside (+1h nDCG@10 .800 there, .806 here)."""


@dataclass(frozen=True)
class Baseline:
    """One number per candidate, over the whole archive; it stands in one of the two groups."""

    name: str
    group: str
    measure: Callable[[Question], Floats]

    def candidates(self, reading: Reading) -> Ints:
        """Every article of the window that has a headline."""
        view = reading.view
        rows = np.arange(reading.first, view.size, dtype=np.int64)
        query = -1 if reading.query is None else reading.query.row
        kept: Ints = rows[(view.archive.named_at[rows] < view.moment) & (rows != query)]
        return kept

    def score(self, question: Question, *, dial: float = LEARNT_DIAL) -> Scores:  # noqa: ARG002
        """The measure in its group, zeros in the other; the dial changes nothing."""
        values, nothing = self.measure(question).astype(np.float64), np.zeros(len(question.rows))
        related, appealing = (values, nothing) if self.group == "relatedness" else (nothing, values)
        return Scores(related, appealing, are_logits=False)

    def contributions(
        self, question: Question, *, dial: float = LEARNT_DIAL, places: Sequence[int] | None = None
    ) -> list[tuple[Contribution, ...]]:
        """The measure itself."""
        values = self.score(question, dial=dial).total
        values = values if places is None else values[np.array(places, dtype=np.int64)]
        return [(Contribution(self.name, self.group, float(v), self.name, float(v)),) for v in values]


def _newness(question: Question) -> Floats:
    hours = question.view.hours_since(question.view.archive.first_seen[question.rows])
    newness: Floats = (1 / (1 + hours)).astype(np.float32)
    return newness


def _popularity(question: Question) -> Floats:
    archive, moment = question.view.archive, question.view.moment
    seen = archive.lists.sightings(question.rows, moment)
    shown = archive.lists.by_readers[seen.lists]
    weight = archive.lists.places[seen.items] * np.exp2(
        -question.view.hours_since(seen.times) / POPULARITY_HALF_LIFE
    )
    total: Floats = np.bincount(seen.which[shown], weight[shown], minlength=len(question.rows)).astype(
        np.float32
    )
    return total


def persistence(source: int | None = None) -> Baseline:
    """The last list of a source (its number in the list history), or of all readers' rankings the best place.

    What stands on none of them follows, the newest first.
    """

    def measure(question: Question) -> Floats:
        lists, rows = question.view.archive.lists, question.rows
        places = np.zeros(question.view.archive.first_seen.size + 1, dtype=np.float32)
        for number in question.view.current_lists(question.view.moment):
            if lists.by_readers[number] and source in (None, lists.source_of[number]):
                shown, standing = lists.items(int(number))
                np.maximum.at(places, shown, standing)
        now: Floats = places[rows]
        return now

    return Baseline("persistence", "appeal", measure)


def _tfidf(question: Question) -> Floats:
    return question.reading.similarity_to_all[question.rows]


def _bm25(question: Question) -> Floats:
    if question.reading.query is None:
        return np.zeros(len(question.rows), dtype=np.float32)
    return question.reading.search("text", "text", bm25=True)[question.rows]


BASELINES: Mapping[str, Baseline] = {
    ranker.name: ranker
    for ranker in (
        Baseline("newest", "appeal", _newness),
        Baseline("popularity", "appeal", _popularity),
        persistence(),
        Baseline("tfidf", "relatedness", _tfidf),
        Baseline("bm25", "relatedness", _bm25),
    )
}
