"""The curves' other basis, for fitting: hats, each 1 at one knot and 0 from the next ones on.

A curve as a sum of ramps and as a sum of hats is the same function; the weights of the hats are its heights
at the knots, the running sums of the weights of its ramps. A value lies between two knots, so it has two
hats at the most, and 0 has none: rows of hats are sparse where rows of ramps are not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.corpus.inverted_index import Floats

Weights = NDArray[np.float64]


def hats(values: Floats, knots: tuple[float, ...]) -> sparse.csr_matrix:
    """The basis: float32, shape (candidates, columns * (knots - 1)), the hats of a column side by side."""
    edges, each = np.array(knots, dtype=np.float32), len(knots) - 1
    rows, columns = np.nonzero(values > 0)
    found = np.minimum(values[rows, columns], edges[-1])
    segment = np.searchsorted(edges[1:-1], found, side="right")
    share = (found - edges[segment]) / np.diff(edges)[segment]
    # the knots below and above; that below the first segment is 0 and has no hat
    places = (columns * each + segment)[:, None] + np.array([-1, 0])
    heights = np.stack([np.where(segment > 0, 1 - share, 0), share], axis=1).astype(np.float32)
    kept = heights > 0
    ends = np.cumsum(np.bincount(rows, kept.sum(axis=1), minlength=len(values)))
    starts = np.concatenate([[0], ends]).astype(np.int32)
    shape = (len(values), values.shape[1] * each)
    return sparse.csr_matrix((heights[kept], places[kept].astype(np.int32), starts), shape=shape)


def stack_hats(values: Sequence[Floats], knots: tuple[float, ...]) -> sparse.csr_matrix:
    """The hats of several arrays of the same columns below each other, and a last column of ones."""
    found = hats(np.concatenate(values), knots)
    ones = sparse.csr_matrix(np.ones((found.shape[0], 1), dtype=np.float32))
    stacked: sparse.csr_matrix = sparse.hstack([found, ones], format="csr")
    stacked.sort_indices()
    return stacked


def with_last(stacked: sparse.csr_matrix, values: Floats) -> sparse.csr_matrix:
    """Stacked hats with other values, of shape (candidates,), in the last column; written into them."""
    stacked.data[stacked.indptr[1:] - 1] = values
    return stacked


def heights_of(weights: Weights, ramps: int) -> Weights:
    """Weights of `ramps` ramps a column, and of one thing more, as weights of hats and of the same thing."""
    curves: Weights = np.cumsum(weights[:-1].reshape(-1, ramps), axis=1).ravel()
    return np.append(curves, weights[-1])


def slope_of_ramps(slope: Weights, ramps: int) -> Weights:
    """A gradient by the weights of the hats, shape (weights, ...), as one by those of the ramps."""
    parts = slope[:-1].reshape(-1, ramps, *slope.shape[1:])
    curves = np.cumsum(parts[:, ::-1], axis=1)[:, ::-1].reshape(-1, *slope.shape[1:])
    return np.concatenate([curves, slope[-1:]])
