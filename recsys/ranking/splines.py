"""Linear splines: for every column a piecewise linear curve over fixed knots on [0, 1], 0 at 0.

A curve is linear in its weights in either of two bases, which span the same functions as scikit-learn's
SplineTransformer(degree=1) with these knots:

- ramps, each rising from 0 to 1 between two knots. Models and priors hold their weights.
- hat functions, each 1 at one knot and 0 at the next ones. Their weights are the heights of the curve at the
  knots, the cumulative sums of the ramp weights. A value has at most two hat functions that are not 0, and 0
  has none, so rows of this basis are sparse: losses are computed in it.

A feature that is absent has the value 0 and contributes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.corpus.inverted_index import Floats
from recsys.kernels import sum_splines

Weights = NDArray[np.float64]

RELATEDNESS_KNOTS = (0.0, 0.05, 0.15, 0.35, 0.65, 1.0)
"""Denser near 0, where most cosines and most values over the maximum lie."""
APPEAL_KNOTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Evenly spaced, as the positions on a list are."""


@dataclass(frozen=True)
class Splines:
    """One curve per named column; `weights` are those of the ramps, shape (columns, knots - 1)."""

    names: tuple[str, ...]
    knots: tuple[float, ...]
    weights: Weights

    def contributions(self, values: Floats) -> Weights:
        """What each column adds to the score; shape (candidates, columns)."""
        heights, knots = self._heights, np.array(self.knots)
        segment = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
        fraction = (np.clip(values, 0, 1) - knots[segment]) / (knots[segment + 1] - knots[segment])
        column = np.arange(len(self.names))[None, :]
        below, above = heights[column, segment], heights[column, segment + 1]
        contributions: Weights = below + fraction * (above - below)
        return contributions

    def total(self, values: Floats) -> Weights:
        """The sum of the contributions; shape (candidates,)."""
        return sum_splines(
            np.ascontiguousarray(values, dtype=np.float32), np.array(self.knots), self._heights
        )

    @cached_property
    def _heights(self) -> Weights:
        """The height of every curve at every knot; shape (columns, knots)."""
        return np.hstack([np.zeros((len(self.names), 1)), np.cumsum(self.weights, axis=1)])

    def refit(self, weights: Weights) -> Splines:
        """The same columns and knots with other weights, flat or in shape."""
        return Splines(self.names, self.knots, weights.reshape(self.weights.shape))


def flat_splines(names: tuple[str, ...], knots: tuple[float, ...]) -> Splines:
    """Curves that are 0 everywhere."""
    return Splines(names, knots, np.zeros((len(names), len(knots) - 1)))


def ramp_basis(values: Floats, knots: tuple[float, ...]) -> Floats:
    """Ramps at each value; shape (candidates, columns * (knots - 1)), those of one column adjacent."""
    edges = np.array(knots, dtype=np.float32)
    stacked = np.clip((values[:, :, None] - edges[:-1]) / np.diff(edges), 0, 1)
    basis: Floats = stacked.reshape(len(values), -1).astype(np.float32)
    return basis


def hat_basis(values: Floats, knots: tuple[float, ...]) -> sparse.csr_matrix:
    """Hat functions at each value: float32, shape (candidates, columns * (knots - 1)), by column."""
    edges, per_column = np.array(knots, dtype=np.float32), len(knots) - 1
    rows, columns = np.nonzero(values > 0)
    positive = np.minimum(values[rows, columns], edges[-1])
    segment = np.searchsorted(edges[1:-1], positive, side="right")
    fraction = (positive - edges[segment]) / np.diff(edges)[segment]
    # the knots below and above; the one below the first segment is at 0 and has no hat function
    places = (columns * per_column + segment)[:, None] + np.array([-1, 0])
    heights = np.stack([np.where(segment > 0, 1 - fraction, 0), fraction], axis=1).astype(np.float32)
    is_stored = heights > 0
    ends = np.cumsum(np.bincount(rows, is_stored.sum(axis=1), minlength=len(values)))
    starts = np.concatenate([[0], ends]).astype(np.int32)
    shape = (len(values), values.shape[1] * per_column)
    return sparse.csr_matrix((heights[is_stored], places[is_stored].astype(np.int32), starts), shape=shape)


def stack_hat_bases(values: Sequence[Floats], knots: tuple[float, ...]) -> sparse.csr_matrix:
    """The hat bases of several arrays of the same columns, stacked, with a last column of ones."""
    basis = hat_basis(np.concatenate(values), knots)
    ones = sparse.csr_matrix(np.ones((basis.shape[0], 1), dtype=np.float32))
    stacked: sparse.csr_matrix = sparse.hstack([basis, ones], format="csr")
    stacked.sort_indices()
    return stacked


def set_last_column(stacked: sparse.csr_matrix, values: Floats) -> sparse.csr_matrix:
    """Overwrite the last column of a stacked hat basis in place; `values` has shape (candidates,)."""
    stacked.data[stacked.indptr[1:] - 1] = values
    return stacked


def to_hat_weights(weights: Weights, ramps: int) -> Weights:
    """Convert ramp weights, `ramps` per column and one last weight, to hat weights and the same last one."""
    heights: Weights = np.cumsum(weights[:-1].reshape(-1, ramps), axis=1).ravel()
    return np.append(heights, weights[-1])


def to_ramp_gradient(gradient: Weights, ramps: int) -> Weights:
    """Convert a gradient with respect to hat weights, shape (weights, ...), to one by ramp weights."""
    by_column = gradient[:-1].reshape(-1, ramps, *gradient.shape[1:])
    by_ramp = np.cumsum(by_column[:, ::-1], axis=1)[:, ::-1].reshape(-1, *gradient.shape[1:])
    return np.concatenate([by_ramp, gradient[-1:]])
