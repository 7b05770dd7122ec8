"""What the model knows: for every column a curve, piecewise linear over fixed knots on [0, 1].

The curve of a column is 0 at 0, so a feature that is absent adds nothing. In the basis of ramps (each
rises from 0 to 1 between two knots) the curve is linear in its weights; it spans the same functions as
scikit-learn's SplineTransformer(degree=1) with these knots, and a test holds it to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.inverted_index import Floats
from recsys.kernels import sum_splines

Weights = NDArray[np.float64]

RELATEDNESS_KNOTS = (0.0, 0.05, 0.15, 0.35, 0.65, 1.0)
"""Closer where most values are: cosines and shares of the best crowd near zero."""
APPEAL_KNOTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Even, as the places on a list are."""


@dataclass(frozen=True)
class Splines:
    """Named columns with the height of each ramp; `weights` has shape (columns, knots - 1)."""

    names: tuple[str, ...]
    knots: tuple[float, ...]
    weights: Weights

    def contributions(self, values: Floats) -> Weights:
        """What each column adds; shape (candidates, columns)."""
        heights, knots = self._heights, np.array(self.knots)
        segment = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
        share = (np.clip(values, 0, 1) - knots[segment]) / (knots[segment + 1] - knots[segment])
        column = np.arange(len(self.names))[None, :]
        below, above = heights[column, segment], heights[column, segment + 1]
        added: Weights = below + share * (above - below)
        return added

    def total(self, values: Floats) -> Weights:
        """The sum of the contributions; shape (candidates,)."""
        return sum_splines(
            np.ascontiguousarray(values, dtype=np.float32), np.array(self.knots), self._heights
        )

    @cached_property
    def _heights(self) -> Weights:
        """Of every curve at every knot; shape (columns, knots)."""
        return np.hstack([np.zeros((len(self.names), 1)), np.cumsum(self.weights, axis=1)])

    def refit(self, weights: Weights) -> Splines:
        """The same columns and knots with other heights, given flat or in shape."""
        return Splines(self.names, self.knots, weights.reshape(self.weights.shape))


def flat(names: tuple[str, ...], knots: tuple[float, ...]) -> Splines:
    """Curves that know nothing."""
    return Splines(names, knots, np.zeros((len(names), len(knots) - 1)))


def ramps(values: Floats, knots: tuple[float, ...]) -> Floats:
    """The basis: shape (candidates, columns * (knots - 1)), the ramps of a column side by side."""
    edges = np.array(knots, dtype=np.float32)
    stacked = np.clip((values[:, :, None] - edges[:-1]) / np.diff(edges), 0, 1)
    basis: Floats = stacked.reshape(len(values), -1).astype(np.float32)
    return basis
