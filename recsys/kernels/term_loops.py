"""The kernels of term indexes as loops; each does what its namesake in `arrays` says."""

from __future__ import annotations

import numpy as np

from recsys.kernels.arrays import Floats, Int32s, Ints, Postings, Rows, Slices, Touched
from recsys.kernels.compiling import compiled

_SLOTS = 2**13
"""Of a hash table that stays near the processor, where a table of all terms would not."""


@compiled
def lower_bounds(values: Int32s, starts: Ints, ends: Ints, value: int) -> Ints:
    """The first place in each rising slice of `values` that holds `value` or more."""
    found = np.empty(len(starts), dtype=np.int64)
    for at in range(len(starts)):
        low, high = starts[at], ends[at]
        while low < high:
            middle = (low + high) >> 1
            if values[middle] < value:
                low = middle + 1
            else:
                high = middle
        found[at] = low
    return found


@compiled
def add_postings(scores: Floats, postings: Postings, starts: Ints, ends: Ints, weights: Floats) -> None:
    """Add to `scores`, in place, what the slices of posting lists hold, times the weight of each slice."""
    rows, values, shift = postings
    for at in range(len(starts)):
        for place in range(starts[at], ends[at]):
            scores[rows[place] + shift] += weights[at] * values[place]


@compiled
def touch_postings(
    scores: Floats, touched: Touched, postings: Postings, slices: Slices, weights: Floats
) -> int:
    """As `add_postings`, noting in `touched` each row that had no score; how many are noted by then."""
    rows, values, shift = postings
    starts, ends = slices
    noted, count = touched
    for at in range(len(starts)):
        for place in range(starts[at], ends[at]):
            row = rows[place] + shift
            if scores[row] == 0:
                noted[count] = row
                count += 1
            scores[row] += weights[at] * values[place]
    return count


@compiled
def best_touched(scores: Floats, touched: Touched, count: int) -> Ints:
    """The `count` noted rows with the largest scores, the best first; ties go to the higher row.

    A heap of the best so far, the worst of them on top: most rows are compared with that one alone.
    """
    noted, size = touched
    count = min(count, size)
    heap = np.empty(count, dtype=np.int64)
    held = 0
    for at in range(size):
        row = int(noted[at])
        score = scores[row]
        if held < count:
            place = held
            held += 1
            while place > 0:
                above = (place - 1) >> 1
                if scores[heap[above]] < score or (scores[heap[above]] == score and heap[above] < row):
                    break
                heap[place] = heap[above]
                place = above
            heap[place] = row
        elif count > 0 and (scores[heap[0]] < score or (scores[heap[0]] == score and heap[0] < row)):
            _sink(scores, heap, count, row)
    best = np.empty(count, dtype=np.int64)
    for last in range(count - 1, -1, -1):
        best[last] = heap[0]
        _sink(scores, heap, last, int(heap[last]))
    return best


@compiled
def _sink(scores: Floats, heap: Ints, size: int, row: int) -> None:
    """Put a row in the place of the top of a heap of `size` rows."""
    score, place = scores[row], 0
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size:
            other, mine = heap[below + 1], heap[below]
            if scores[other] < scores[mine] or (scores[other] == scores[mine] and other < mine):
                below += 1
        under = heap[below]
        if score < scores[under] or (score == scores[under] and row < under):
            break
        heap[place] = under
        place = below
    if size > 0:
        heap[place] = row


@compiled
def multiply_rows(table: Rows, rows: Ints, terms: Int32s, weights: Floats) -> Floats:
    """Sparse rows times a matrix."""
    indptr, columns, values = table
    width = weights.shape[1]
    found = np.zeros((len(rows), width), dtype=np.float32)
    heads, others = _chain(terms)
    for at in range(len(rows)):
        for held in range(indptr[rows[at]], indptr[rows[at] + 1]):
            term = heads[columns[held] % _SLOTS]
            while term >= 0 and terms[term] != columns[held]:
                term = others[term]
            if term >= 0:
                for column in range(width):
                    found[at, column] += values[held] * weights[term, column]
    return found


@compiled
def multiply_lists(table: Rows, rows: Ints, terms: Int32s, lists: Rows, width: int) -> Floats:
    """The same times a sparse matrix."""
    indptr, columns, values = table
    begins, where, weights = lists
    found = np.zeros((len(rows), width), dtype=np.float32)
    heads, others = _chain(terms)
    for at in range(len(rows)):
        for held in range(indptr[rows[at]], indptr[rows[at] + 1]):
            term = heads[columns[held] % _SLOTS]
            while term >= 0 and terms[term] != columns[held]:
                term = others[term]
            if term >= 0:
                for each in range(begins[term], begins[term + 1]):
                    found[at, where[each]] += values[held] * weights[each]
    return found


@compiled
def _chain(terms: Int32s) -> tuple[Int32s, Int32s]:
    """A hash table: of each slot the first of the terms that fall into it, of each term the next; else -1."""
    heads, others = np.full(_SLOTS, -1, dtype=np.int32), np.empty(len(terms), dtype=np.int32)
    for term in range(len(terms)):
        slot = terms[term] % _SLOTS
        others[term] = heads[slot]
        heads[slot] = term
    return heads, others


@compiled
def best_rows(scores: Floats, count: int) -> Ints:
    """Places of the `count` largest scores above zero, the best first; ties go to the higher place."""
    positive = 0
    for at in range(len(scores)):
        positive += scores[at] > 0
    rows, values = np.empty(positive, dtype=np.int64), np.empty(positive, dtype=np.float32)
    found = positive
    for at in range(len(scores)):  # the highest place first
        if scores[at] > 0:
            found -= 1
            rows[found], values[found] = at, -scores[at]
    if count == 0 or positive == 0:
        return rows[:0]
    if positive > count:
        kept = values <= np.partition(values, count - 1)[count - 1]
        rows, values = rows[kept], values[kept]
    return rows[np.argsort(values, kind="mergesort")][:count]
