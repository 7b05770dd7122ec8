"""What the model knows: for every column a curve, piecewise linear over fixed knots on [0, 1].

The curve of a column is 0 at 0, so a feature that is absent adds nothing. In the basis of ramps (each
rises from 0 to 1 between two knots) the curve is linear in its weights; it spans the same functions as
scikit-learn's SplineTransformer(degree=1) with these knots, and a test holds it to that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.archive.terms import Floats

KNOTS = np.array([0.0, 0.05, 0.15, 0.35, 0.65, 1.0])
"""Closer where most values are: cosines and shares of the best crowd near zero."""

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """Named columns with the height of each ramp; `weights` has shape (columns, knots - 1)."""

    names: tuple[str, ...]
    weights: Weights

    def contributions(self, values: Floats) -> Weights:
        """What each column adds; shape (candidates, columns)."""
        heights = np.hstack([np.zeros((len(self.names), 1)), np.cumsum(self.weights, axis=1)])
        segment = np.clip(np.searchsorted(KNOTS, values, side="right") - 1, 0, len(KNOTS) - 2)
        share = (np.clip(values, 0, 1) - KNOTS[segment]) / (KNOTS[segment + 1] - KNOTS[segment])
        column = np.arange(len(self.names))[None, :]
        below, above = heights[column, segment], heights[column, segment + 1]
        added: Weights = below + share * (above - below)
        return added

    def total(self, values: Floats) -> Weights:
        """The sum of the contributions; shape (candidates,)."""
        summed: Weights = self.contributions(values).sum(axis=1)
        return summed


def ramps(values: Floats) -> Floats:
    """The basis: shape (candidates, columns * (knots - 1)), the ramps of a column side by side."""
    starts, widths = KNOTS[:-1].astype(np.float32), np.diff(KNOTS).astype(np.float32)
    stacked = np.clip((values[:, :, None] - starts) / widths, 0, 1)
    return stacked.reshape(len(values), -1).astype(np.float32)
