"""Which lists with clicks are learnt from, where there are more than can be looked at."""

from __future__ import annotations

import numpy as np

from recsys.corpus.inverted_index import Ints
from recsys.corpus.list_history import HOUR, ListHistory

LISTS_OF_HOUR = 100
"""Lists with clicks of one hour that are looked at; of more, those of as many pages as there are."""


def choose_lists(lists: ListHistory, numbers: Ints, most: int) -> Ints:
    """Of lists with clicks (rising numbers) at the most `most`, evenly many over the period.

    No hour has more than LISTS_OF_HOUR of them, so that a burst does not crowd out the others, and within
    an hour every page has one before any has two.
    """
    hour = lists.times[numbers] // HOUR
    turn = _turns(number_groups(lists.pages[numbers], hour))  # the how many-th of its page in its hour
    order = np.lexsort((numbers, turn, hour))
    place = np.empty(len(numbers), dtype=np.int64)
    place[order] = _turns(hour[order])
    kept = numbers[place < LISTS_OF_HOUR]
    thinned: Ints = kept[:: -(-len(kept) // most) or 1]
    return thinned


def number_groups(*columns: Ints) -> Ints:
    """A number for each row that is the same where all columns are."""
    _, group = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    numbered: Ints = group.ravel().astype(np.int64)
    return numbered


def _turns(groups: Ints) -> Ints:
    """For each row how many rows of its group stand before it."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.searchsorted(ordered, ordered)
    turns = np.empty(len(groups), dtype=np.int64)
    turns[order] = np.arange(len(groups)) - first
    return turns
