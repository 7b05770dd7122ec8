"""The kernels as loops, which numba compiles; each does what its namesake in `arrays` says."""

from __future__ import annotations

import numpy as np

from recsys.kernels.numba_support import compiled
from recsys.kernels.numpy_kernels import (
    Doubles,
    Floats,
    Int32s,
    Ints,
    Postings,
    Rows,
    Scales,
    Seen,
    Slices,
    Touched,
)

FEW = 500
"""Up to so many values each is compared with each, 16 at a time: a third of the time of sorting them."""


@compiled
def divide_by_best(values: Floats) -> Floats:
    """Each value over the largest of its column."""
    rows, columns = values.shape
    best = np.zeros(columns, dtype=np.float32)
    for row in range(rows):
        for column in range(columns):
            best[column] = max(best[column], values[row, column])
    shares = np.zeros((rows, columns), dtype=np.float32)
    for row in range(rows):
        for column in range(columns):
            if values[row, column] > 0:
                shares[row, column] = values[row, column] / best[column]
    return shares


@compiled
def rank_reciprocally(values: Floats) -> Floats:
    """One over one more than how many of the column are larger."""
    rows, columns = values.shape
    ranks = np.zeros((rows, columns), dtype=np.float32)
    above, places = np.empty(rows, dtype=np.float32), np.empty(rows, dtype=np.int64)
    for column in range(columns):
        count = 0
        for row in range(rows):
            above[count], places[count] = values[row, column], row
            count += values[row, column] > 0
        ordered = np.sort(above[:count] if count > FEW else above[:0])
        for at in range(count):
            larger = 0
            if count > FEW:
                larger = count - np.searchsorted(ordered, above[at], side="right")
            else:
                for other in range(count):
                    larger += above[other] > above[at]
            ranks[places[at], column] = np.float32(1) / np.float32(larger + 1)
    return ranks


@compiled
def sum_splines(values: Floats, knots: Doubles, heights: Doubles) -> Doubles:
    """The sum over all columns of what its curve gives."""
    rows, columns = values.shape
    last = len(knots) - 1
    summed = np.zeros(rows)
    for row in range(rows):
        total = 0.0
        for column in range(columns):
            value = values[row, column]
            if value <= 0:  # half of the columns of most rows
                continue
            if value >= knots[last]:
                total += heights[column, last]
                continue
            at = 0
            while value >= knots[at + 1]:
                at += 1
            share = (value - knots[at]) / (knots[at + 1] - knots[at])
            total += heights[column, at] + share * (heights[column, at + 1] - heights[column, at])
        summed[row] = total
    return summed


@compiled
def count_dominating(similarity: Floats, recency: Floats) -> Floats:
    """For each place, how many others are at least as recent and more similar."""
    size = len(similarity)
    counted = np.zeros(size, dtype=np.float32)
    for at in range(size):
        count = 0
        for other in range(size):
            count += (similarity[other] > similarity[at]) & (recency[other] >= recency[at])
        counted[at] = count
    return counted


@compiled
def stand_on_lists(sightings: Seen, size: int, groups: int, moment: int, scales: Scales) -> Floats:
    """How rows stand on the lists of each group, from their sightings."""
    which, group, seen, replaced, place = sightings
    looks, half_lives, month, often = scales
    decays, width = len(half_lives), len(looks) + len(half_lives) + 5
    entered = len(looks) + decays
    stand = np.zeros((size, groups * width), dtype=np.float32)
    decayed = np.zeros((size * groups, decays))
    count = np.zeros(size * groups, dtype=np.int64)
    first, last = np.full(size * groups, -np.inf), np.full(size * groups, np.inf)
    for at in range(len(which)):
        if group[at] < 0:
            continue
        row, base, cell = which[at], group[at] * width, which[at] * groups + group[at]
        for look in range(len(looks)):
            if seen[at] < moment - looks[look] <= replaced[at]:
                stand[row, base + look] = max(stand[row, base + look], place[at])
        hours = (moment - seen[at]) / 3.6e9
        for half in range(decays):
            decayed[cell, half] += place[at] * np.exp2(-hours / half_lives[half])
        count[cell] += 1
        first[cell], last[cell] = max(first[cell], hours), min(last[cell], hours)
        stand[row, base + entered + 3] = max(stand[row, base + entered + 3], place[at])
    first_scaled, last_scaled = _scale_logs(first, count, month), _scale_logs(last, count, month)
    often_scaled = _scale_logs(count.astype(np.float64), count, often)
    best = np.zeros((groups, decays), dtype=np.float32)
    for row in range(size):
        for kind in range(groups):
            base, cell = kind * width, row * groups + kind
            if count[cell] == 0:
                continue
            stand[row, base + entered] = stand[row, base] > 0 and stand[row, base + 1] == 0
            stand[row, base + entered + 1] = np.float32(1) - np.float32(first_scaled[cell])
            stand[row, base + entered + 2] = np.float32(1) - np.float32(last_scaled[cell])
            stand[row, base + entered + 4] = often_scaled[cell]
            for half in range(decays):
                best[kind, half] = max(best[kind, half], np.float32(decayed[cell, half]))
    return _share_decays(stand, decayed, best, len(looks))


@compiled
def _share_decays(stand: Floats, decayed: Doubles, best: Floats, start: int) -> Floats:
    """`stand` with the decayed sums over the best of each, from column `start` of each group on."""
    groups, decays = best.shape
    width = stand.shape[1] // groups
    for row in range(len(stand)):
        for kind in range(groups):
            for half in range(decays):
                value = np.float32(decayed[row * groups + kind, half])
                if value > 0:
                    stand[row, kind * width + start + half] = value / best[kind, half]
    return stand


@compiled
def _scale_logs(values: Doubles, count: Ints, full: float) -> Doubles:
    """Where there is a count, log(1 + value) so that `full` becomes 1; larger values stay 1.

    Apart from the loop that asks for it: amid its other operations each logarithm took ten times as long.
    """
    scaled = np.zeros(len(values))
    for at in range(len(values)):
        if count[at]:
            scaled[at] = min(np.log1p(max(values[at], 0.0)) / np.log1p(full), 1.0)
    return scaled


@compiled
def spread_apart(values: Floats, unlisted: Ints, crossed: Ints, youth: int) -> Floats:
    """The columns twice, for rows whose first value is above 0 and for the others, and products of some."""
    (rows, columns), pairs = values.shape, len(crossed) * (len(crossed) - 1) // 2
    factors = np.empty(len(crossed), dtype=np.float32)
    spread = np.zeros((rows, 1 + columns + len(unlisted) + pairs), dtype=np.float32)
    for row in range(rows):
        if values[row, 0] > 0:
            spread[row, 0] = 1
            spread[row, 1 : 1 + columns] = values[row]
            continue
        for at in range(len(unlisted)):
            spread[row, 1 + columns + at] = values[row, unlisted[at]]
        for at in range(len(crossed)):
            value = values[row, crossed[at]]
            factors[at] = np.float32(1) - value if at == youth else value
        place = 1 + columns + len(unlisted)
        for one in range(len(crossed)):
            for other in range(one + 1, len(crossed)):
                spread[row, place] = factors[one] * factors[other]
                place += 1
    return spread


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
            if scores[row] == 0 and count < len(noted):  # weights of 0 would note a row twice
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
def multiply_rows(table: Rows, rows: Ints, place: Int32s, weights: Floats) -> Floats:
    """Sparse rows times a matrix."""
    indptr, columns, values = table
    width = weights.shape[1]
    found = np.zeros((len(rows), width), dtype=np.float32)
    for at in range(len(rows)):
        for held in range(indptr[rows[at]], indptr[rows[at] + 1]):
            term = place[columns[held]]
            if term > 0:
                for column in range(width):
                    found[at, column] += values[held] * weights[term - 1, column]
    return found


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
