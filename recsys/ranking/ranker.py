"""What every ranker offers, the learnt one and the baselines alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Contribution
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.request import TRAINED_DIAL


@dataclass(frozen=True, slots=True)
class Scores:
    """The two sums for every candidate; shape (candidates,) each. Those of what learns are logits."""

    relatedness: NDArray[np.float64]
    appeal: NDArray[np.float64]
    are_logits: bool = True

    @property
    def total(self) -> NDArray[np.float64]:
        """What candidates are ordered by."""
        return self.relatedness + self.appeal


class Ranker(Protocol):
    """Finds candidates for a reading and scores them as of its moment."""

    @property
    def name(self) -> str:
        """What it is called in runs and reports."""

    def candidates(self, context: QueryContext) -> Ints:
        """Rows of the reading's window worth scoring, rising; never the query's own."""

    def score(self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL) -> Scores:
        """Scores of the question's rows, in their order."""

    def contributions(
        self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL, places: Sequence[int] | None = None
    ) -> list[tuple[Contribution, ...]]:
        """What adds up to the score of each row at these places of `candidate_set.rows`; of every row without."""


def order(scores: NDArray[np.float64] | Floats, rows: Ints) -> Ints:
    """Indices from best to worst; ties go to the newer article (the higher row)."""
    return np.lexsort((-rows, -scores))
