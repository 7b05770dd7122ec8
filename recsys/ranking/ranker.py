"""The interface of all rankers, and their scores."""

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
    """Relatedness and appeal of every candidate; shape (candidates,) each. Logits, if the ranker learns.

    Both are weighted by the dial; `relatedness_weight` is that of relatedness, from 0 to 1.
    """

    relatedness: NDArray[np.float64]
    appeal: NDArray[np.float64]
    are_logits: bool = True
    relatedness_weight: float = 1.0

    @property
    def total(self) -> NDArray[np.float64]:
        """The sum, by which candidates are ranked."""
        return self.relatedness + self.appeal


class Ranker(Protocol):
    """Finds candidates for a query context and scores them as of its moment."""

    @property
    def name(self) -> str:
        """Its name in runs and reports."""

    def candidates(self, context: QueryContext) -> Ints:
        """Rows to score, within the context's window, ascending, without the query."""

    def score(self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL) -> Scores:
        """Scores of the candidates, in their order."""

    def contributions(
        self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL, places: Sequence[int] | None = None
    ) -> list[tuple[Contribution, ...]]:
        """What adds up to the score of the candidates at these indices; by default of all."""


def order(scores: NDArray[np.float64] | Floats, times: Ints, rows: Ints) -> Ints:
    """Indices from best to worst; of equal scores the newer story first, then the one that was seen later."""
    return np.lexsort((-rows, -times, -scores))
