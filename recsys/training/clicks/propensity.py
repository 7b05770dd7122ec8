"""Estimates the propensity of each position of a list: the probability that a reader examines it.

The probability of a click is examination times attraction (the position-based model). The same story for
the same article on the same day is assumed equally attractive at every position, so that differences in its
clicks are due to the positions: intervention harvesting, which needs no deliberate shuffling (Agarwal,
Zaitsev, Wang, Li, Najork & Joachims 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from recsys.corpus.inverted_index import Ints
from recsys.corpus.list_history import HOUR
from recsys.errors import InvalidValueError
from recsys.training.clicks.impression_log import ImpressionLog

Chances = NDArray[np.float64]

FEWEST_CLICKS = 200
"""Clicks on stories shown at several positions; with fewer, the smoothing outweighs the evidence."""
PSEUDO_CLICKS = 10.0
"""For every position, following the default curve: a position without evidence keeps it."""
MOST_POSITIONS = 50
"""Positions further down count as the last of these."""
_ITERATIONS = 200
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Propensities:
    """`values[i]` is the probability that position i + 1 is examined, relative to the most examined position.

    `clicks` is the number of clicks behind the estimate: those on stories shown at several positions.
    """

    values: tuple[float, ...]
    origin: Literal["given", "estimated", "default"]
    clicks: int = 0

    def at(self, positions: Ints) -> Chances:
        """The propensity of each position; positions beyond the last known one have that of the last."""
        values: Chances = np.array(self.values)[np.minimum(positions, len(self.values)) - 1]
        return values


@dataclass(frozen=True, slots=True)
class ShownItems:
    """Items of impressions for known articles; shape (items,) each.

    Items of the same story for the same article on the same day have the same number in `stories`; `items`
    are their indices in the impression log, sorted.
    """

    items: Ints
    stories: Ints
    positions: Ints
    clicks: Ints

    def exposures(self, propensities: Propensities) -> Chances:
        """The mean propensity of the positions of each item's story that day."""
        chances = propensities.at(self.positions)
        mean = np.bincount(self.stories, chances) / np.maximum(np.bincount(self.stories), 1)
        exposures: Chances = mean[self.stories]
        return exposures


def default_propensities(count: int) -> Propensities:
    """One over the position: assumed by Joachims et al. (2017), and close to eye-tracking results."""
    return Propensities(tuple(1 / position for position in range(1, count + 1)), "default")


def given_propensities(values: Sequence[float]) -> Propensities:
    """Propensities known from an experiment; InvalidValueError unless all are above 0 and up to 1."""
    if not values or not all(0 < value <= 1 for value in values):
        raise InvalidValueError(
            "propensities",
            expected="probabilities above 0 and up to 1, from position 1 on",
            found=list(values),
        )
    return Propensities(tuple(values), "given")


def collect_shown(log: ImpressionLog) -> ShownItems:
    """All known articles that impressions showed for known articles."""
    number = log.impression_of
    items = np.flatnonzero((log.pages[number] >= 0) & (log.articles >= 0))
    number = number[items]
    days = log.times[number] // (24 * HOUR)
    key = np.column_stack([log.pages[number], log.articles[items], days])
    _, stories = np.unique(key, axis=0, return_inverse=True)
    return ShownItems(items, stories.ravel().astype(np.int64), log.positions[items], log.clicks[items])


def estimate_propensities(shown: ShownItems) -> Propensities:
    """The smoothed maximum-likelihood estimate for Poisson clicks with mean propensity x attractiveness.

    The attractiveness of each story is profiled out (a fixed effect: Hausman, Hall & Griliches 1984), so that
    the number of stories does not bias the positions; a story shown at only one position has no influence.
    """
    positions = min(int(shown.positions.max(initial=1)), MOST_POSITIONS)
    default = default_propensities(positions)
    views, clicked = _tables(shown, positions)
    moved = (views > 0).sum(axis=1) > 1
    views, clicked = views[moved], clicked[moved]
    clicks = int(clicked.sum())
    if clicks < FEWEST_CLICKS:
        return Propensities(default.values, "default", clicks)
    values = _solve(views, clicked, np.array(default.values))
    return Propensities(tuple(values.tolist()), "estimated", clicks)


def _tables(shown: ShownItems, positions: int) -> tuple[Chances, Chances]:
    """Impressions and clicks of the clicked stories at every position; shape (stories, positions)."""
    used = np.isin(shown.stories, shown.stories[shown.clicks > 0])
    distinct, stories = np.unique(shown.stories[used], return_inverse=True)
    cell = stories * positions + np.minimum(shown.positions[used], positions) - 1
    shape, size = (len(distinct), positions), len(distinct) * positions
    views = np.bincount(cell, minlength=size).reshape(shape)
    clicked = np.bincount(cell, shown.clicks[used], minlength=size).reshape(shape)
    return views.astype(np.float64), clicked.astype(np.float64)


def _solve(views: Chances, clicked: Chances, default: Chances) -> Chances:
    """Alternately estimate the attractiveness of stories and the propensity of positions."""
    by_story, by_position = clicked.sum(axis=1), clicked.sum(axis=0)
    values = default
    for _ in range(_ITERATIONS):
        attractiveness = by_story / (views @ values)
        expected = attractiveness @ views
        estimate = (by_position + PSEUDO_CLICKS) / (expected + PSEUDO_CLICKS / default)
        estimate = _make_decreasing(estimate, expected + PSEUDO_CLICKS / default)
        estimate /= estimate.max()
        change = float(np.abs(estimate - values).max())
        values = estimate
        if change < _TOLERANCE:
            break
    return values


def _make_decreasing(values: Chances, weights: Chances) -> Chances:
    """The nearest values that never increase: nobody looks more often at a position further down.

    Without this, clicks on the ends of lists by a program would make honest clicks on the top count tenfold.
    """
    fitted: Chances = isotonic_regression(values, weights=weights, increasing=False).x
    return fitted
