"""A text as a query: its terms, and what they weigh at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.term_segments import Floats, Ints, inverse_frequency


@dataclass(frozen=True, slots=True)
class TermVector:
    """The terms of one text: columns (rising) and how often each occurs."""

    columns: NDArray[np.int32]
    counts: Floats


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """A query's terms as of a moment: weight of unit length, and plain inverse document frequency."""

    columns: NDArray[np.int32]
    tfidf: Floats
    bm25: Floats


def weigh_terms(vector: TermVector, holding: Ints, before: int) -> WeightedTerms:
    """A query's weights, when so many of the rows before row `before` hold each of its terms."""
    rarity = inverse_frequency(holding, before)
    weights = (1 + np.log(vector.counts)) * rarity
    weights /= max(float(np.sqrt((weights**2).sum())), 1e-9)
    return WeightedTerms(vector.columns, weights.astype(np.float32), rarity.astype(np.float32))


def weights_table(columns: NDArray[np.int32], queries: Sequence[tuple[WeightedTerms, bool]]) -> Floats:
    """The weight of each term (columns, rising) in several queries with no others; True asks for BM25's.

    Shape (terms, queries).
    """
    weights = np.zeros((len(columns), len(queries)), dtype=np.float32)
    for at, (query, bm25) in enumerate(queries):
        weights[np.searchsorted(columns, query.columns), at] = query.bm25 if bm25 else query.tfidf
    return weights
