"""Beyond-accuracy metrics, as plain functions of what lists show.

A list is its top ten. An undefined value (the diversity of a single story, the lift without most-read
lists) is NaN, and the list does not count.
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
    """The share of the eligible stories that appear in some list; 0 if there are none."""
    return len(set(shown)) / possible if possible else 0.0


def gini(shown: Iterable[Hashable], possible: int) -> float:
    """Gini coefficient of the number of appearances over all eligible stories.

    0 if all appear equally often, nearly 1 if one has all appearances; 0 for empty lists.
    """
    counts = np.zeros(possible)
    appearances = sorted(Counter(shown).values())
    if not appearances:
        return 0.0
    counts[possible - len(appearances) :] = appearances
    ranks = np.arange(1, possible + 1)
    return float(2 * (ranks * counts).sum() / (possible * counts.sum()) - (possible + 1) / possible)


def median_age(hours: Sequence[float]) -> float:
    """The median of the hours since the stories of a list were first seen; NaN for an empty list."""
    return float(np.median(hours)) if len(hours) else nan


def duplicates(same: NDArray[np.bool_]) -> float:
    """The share of a list's stories that repeat one above; `same` is symmetric, (places, places).

    0 for an empty list.
    """
    repeated = sum(bool(same[place, :place].any()) for place in range(len(same)))
    return repeated / len(same) if len(same) else 0.0


def diversity(similarity: Matrix) -> float:
    """One minus the mean pairwise cosine similarity of a list; NaN for fewer than two stories."""
    pairs = [float(similarity[one, other]) for one, other in combinations(range(len(similarity)), 2)]
    return 1 - sum(pairs) / len(pairs) if pairs else nan


def empty_places(shown: int, places: int = PLACES) -> float:
    """The share of empty places."""
    return 1 - min(shown, places) / places


def popularity_lift(popular_shown: float, popular_corpus: float) -> float:
    """Share of recommended stories that were ever on a most-read list, relative to the share in the corpus.

    1 is what random recommendations would give; NaN if no story of the corpus was on such a list.
    """
    return popular_shown / popular_corpus if popular_corpus else nan


def churn(before: Sequence[Hashable], after: Sequence[Hashable]) -> float:
    """The share of a list's stories that were not in the list before it; 0 for an empty list."""
    return len(set(after) - set(before)) / len(after) if after else 0.0
