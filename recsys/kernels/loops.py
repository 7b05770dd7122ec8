"""The kernels as loops, which numba compiles; each does what its namesake in `arrays` says."""

from __future__ import annotations

import numpy as np

from recsys.kernels.arrays import (
    Doubles,
    Floats,
    Ints,
    Scales,
    Seen,
)
from recsys.kernels.compiling import compiled

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
def sum_curves(values: Floats, knots: Doubles, heights: Doubles) -> Doubles:
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
def spread_apart(values: Floats, crossed: Ints, youth: int) -> Floats:
    """The columns twice, for rows whose first value is above 0 and for the others, and products of some."""
    rows, columns = values.shape
    factors = np.empty(len(crossed), dtype=np.float32)
    spread = np.zeros((rows, 1 + 2 * columns + len(crossed) * (len(crossed) - 1) // 2), dtype=np.float32)
    for row in range(rows):
        if values[row, 0] > 0:
            spread[row, 0] = 1
            spread[row, 1 : 1 + columns] = values[row]
            continue
        spread[row, 1 + columns : 1 + 2 * columns] = values[row]
        for at in range(len(crossed)):
            value = values[row, crossed[at]]
            factors[at] = np.float32(1) - value if at == youth else value
        place = 1 + 2 * columns
        for one in range(len(crossed)):
            for other in range(one + 1, len(crossed)):
                spread[row, place] = factors[one] * factors[other]
                place += 1
    return spread
