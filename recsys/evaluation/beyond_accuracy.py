"""What lists are like apart from being right: as plain functions of what they show.

A list is that of the first ten places. Where a figure cannot be said (the diversity of a list of one story,
a lift where readers rank nothing) the value is NaN and the list does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import NDArray

PLACES = 10
Matrix = NDArray[np.float32]


def coverage(shown: Iterable[Hashable], possible: int) -> float:
    """The share of the stories that could be shown which stood in some list; 0 where none could."""
    return len(set(shown)) / possible if possible else 0.0


def gini(shown: Iterable[Hashable], possible: int) -> float:
    """How unevenly places are given to the stories that could be shown, those that got none included.

    0 where all have as many, nearly 1 where one has all; 0 where nothing was shown.
    """
    counts = np.zeros(possible)
    had = sorted(Counter(shown).values())
    if not had:
        return 0.0
    counts[possible - len(had) :] = had
    ranks = np.arange(1, possible + 1)
    return float(2 * (ranks * counts).sum() / (possible * counts.sum()) - (possible + 1) / possible)


def median_age(hours: Sequence[float]) -> float:
    """The median of the hours since the stories of a list were first seen; NaN for an empty list."""
    return float(np.median(hours)) if len(hours) else nan


def duplicates(same: NDArray[np.bool_]) -> float:
    """The share of a list's stories that are one story with one above; `same` is symmetric, (places, places).

    0 for an empty list.
    """
    again = sum(bool(same[place, :place].any()) for place in range(len(same)))
    return again / len(same) if len(same) else 0.0


def diversity(similarity: Matrix) -> float:
    """One less the mean likeness (cosine) of any two stories of a list; NaN with fewer than two."""
    pairs = [float(similarity[one, other]) for one, other in combinations(range(len(similarity)), 2)]
    return 1 - sum(pairs) / len(pairs) if pairs else nan


def empty_places(shown: int, places: int = PLACES) -> float:
    """The share of the places that nothing stands on."""
    return 1 - min(shown, places) / places


def popularity_lift(popular_shown: float, popular_archive: float) -> float:
    """How many times as often as in the archive a shown story has ever stood on a readers' ranking.

    Both are shares; 1 is what a draw by lot would give. NaN where no story of the archive has.
    """
    return popular_shown / popular_archive if popular_archive else nan


def churn(before: Sequence[Hashable], after: Sequence[Hashable]) -> float:
    """The share of a list's stories that were not in the list before it; 0 for an empty list."""
    return len(set(after) - set(before)) / len(after) if after else 0.0
