"""The chance that a reader examines each position of a list, from the clicks that it received.

A click is examination times attraction (the position-based model). The same story beside the same article
on the same day is taken to be as attractive at one position as at another, so that where it was clicked
more often than elsewhere is the position's doing: intervention harvesting, for which nothing need be
shuffled on purpose (Agarwal, Zaitsev, Wang, Li, Najork & Joachims 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from recsys.corpus import KIND_CODE, CorpusView
from recsys.corpus.inverted_index import Ints
from recsys.corpus.list_history import HOUR
from recsys.domain import Kind
from recsys.errors import InvalidValueError

Chances = NDArray[np.float64]

FEWEST_CLICKS = 200
"""Clicks on stories that stood at several positions; with fewer the smoothing outweighs what they say."""
PSEUDO_CLICKS = 10.0
"""For every position, at the default curve: a position without evidence keeps it."""
MOST_POSITIONS = 50
"""Those further down count as the last of these."""
_ROUNDS = 200
_SETTLED = 1e-4


@dataclass(frozen=True, slots=True)
class Propensities:
    """`values[i]` is the chance that position i + 1 is examined, over that of the position examined most.

    `clicks` counts those that the estimate rests on: stories that stood at several positions.
    """

    values: tuple[float, ...]
    origin: Literal["given", "estimated", "default"]
    clicks: int = 0

    def at(self, positions: Ints) -> Chances:
        """The chance at each position; beyond the last one known it is that of the last."""
        found: Chances = np.array(self.values)[np.minimum(positions, len(self.values)) - 1]
        return found


@dataclass(frozen=True, slots=True)
class ShownItems:
    """What served lists showed beside known articles; shape (items,) each.

    Items of one story beside one article on one day have one number in `stories`; `items` are their places
    among all items of the list history, rising.
    """

    items: Ints
    stories: Ints
    positions: Ints
    clicks: Ints

    def exposures(self, propensities: Propensities) -> Chances:
        """How much each item's story was examined: the mean propensity of its positions that day."""
        chances = propensities.at(self.positions)
        mean = np.bincount(self.stories, chances) / np.maximum(np.bincount(self.stories), 1)
        exposed: Chances = mean[self.stories]
        return exposed


def default_propensities(count: int) -> Propensities:
    """One over the position: the curve that Joachims et al. (2017) assume, and near what eyes do on lists."""
    return Propensities(tuple(1 / position for position in range(1, count + 1)), "default")


def given_propensities(values: Sequence[float]) -> Propensities:
    """Propensities known from an experiment, checked."""
    if not values or not all(0 < value <= 1 for value in values):
        raise InvalidValueError(
            "propensities", expected="chances above 0 and up to 1, from position 1 on", found=list(values)
        )
    return Propensities(tuple(values), "given")


def collect_shown(view: CorpusView) -> ShownItems:
    """All items that a view's served lists showed beside known articles."""
    lists = view.corpus.lists
    count = int(lists.starts[view.list_count])
    number = lists.list_of[:count]
    used = (lists.kinds[number] == KIND_CODE[Kind.SERVED]) & (lists.pages[number] >= 0)
    items = np.flatnonzero(used & (lists.articles[:count] >= 0))
    number = lists.list_of[items]
    days = lists.times[number] // (24 * HOUR)
    key = np.column_stack([lists.pages[number], lists.articles[items], days])
    _, stories = np.unique(key, axis=0, return_inverse=True)
    return ShownItems(items, stories.ravel().astype(np.int64), lists.positions[items], lists.clicks[items])


def estimate_propensities(shown: ShownItems) -> Propensities:
    """Maximum likelihood of clicks that are Poisson with mean propensity x attractiveness, smoothed.

    The attractiveness of each story is profiled out (a fixed effect: Hausman, Hall & Griliches 1984), so
    its number does not bias the positions; a story that stood at one position alone says nothing.
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
    """Views and clicks at every position of the stories that were clicked; shape (stories, positions)."""
    used = np.isin(shown.stories, shown.stories[shown.clicks > 0])
    found, stories = np.unique(shown.stories[used], return_inverse=True)
    cell = stories * positions + np.minimum(shown.positions[used], positions) - 1
    shape, size = (len(found), positions), len(found) * positions
    views = np.bincount(cell, minlength=size).reshape(shape)
    clicked = np.bincount(cell, shown.clicks[used], minlength=size).reshape(shape)
    return views.astype(np.float64), clicked.astype(np.float64)


def _solve(views: Chances, clicked: Chances, default: Chances) -> Chances:
    """In turn the attractiveness that positions leave to explain, and the positions that it leaves."""
    by_story, by_position = clicked.sum(axis=1), clicked.sum(axis=0)
    values = default
    for _ in range(_ROUNDS):
        attractive = by_story / (views @ values)
        expected = attractive @ views
        found = (by_position + PSEUDO_CLICKS) / (expected + PSEUDO_CLICKS / default)
        found = _falling(found, expected + PSEUDO_CLICKS / default)
        found /= found.max()
        moved = float(np.abs(found - values).max())
        values = found
        if moved < _SETTLED:
            break
    return values


def _falling(values: Chances, weights: Chances) -> Chances:
    """The nearest values that never rise: nobody looks more often at a place further down.

    Without this, clicks on the ends of lists by a program would make honest ones on the top count tenfold.
    """
    fitted: Chances = isotonic_regression(values, weights=weights, increasing=False).x
    return fitted
