"""The kernels as loops compiled by numba; their namesakes in `numpy_kernels` document them.

They are used where numba is installed, unless RECSYS_KERNELS says otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Final, TypeVar

import numpy as np

from recsys.errors import SettingsError, shorten
from recsys.kernels.numpy_kernels import (
    Doubles,
    Floats,
    Int32s,
    Ints,
    Postings,
    Rows,
    Scales,
    ScoredRows,
    Seen,
    Slices,
)

VARIABLE: Final = "RECSYS_KERNELS"
"""`numpy` disables numba, `numba` requires it; if unset, numba is used where it is installed."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def _choose(setting: str, *, installed: bool) -> bool:
    """Whether to compile; SettingsError for an unknown setting, and for `numba` where it is not installed."""
    if setting not in {"", "numba", "numpy"}:
        raise SettingsError(f"{VARIABLE}: expected numba or numpy, found {shorten(setting)}")
    if setting == "numba" and not installed:
        raise SettingsError(f"{VARIABLE}: numba is not installed: pip install 'recsys-headlines[fast]'")
    return installed and setting != "numpy"


IS_COMPILED: Final = _choose(os.environ.get(VARIABLE, ""), installed=find_spec("numba") is not None)
"""Decided once at import: calling a kernel takes microseconds."""


def compiled(function: _Function) -> _Function:
    """The function as machine code if kernels are compiled, else unchanged.

    Machine code is cached for the next process: next to the source, else in the user's cache folder or in
    NUMBA_CACHE_DIR. If none of them is writable, every process compiles again.
    """
    if not IS_COMPILED:
        return function
    from numba import njit

    try:
        machine_code: _Function = njit(function, cache=True, nogil=True, fastmath=False)
    except RuntimeError:  # "cannot cache function: no locator available"
        machine_code = njit(function, nogil=True, fastmath=False)
    return machine_code


FEW = 500
"""Up to this many values, comparing all pairs, 16 at a time, takes a third of the time of sorting."""


@compiled
def divide_by_best(values: Floats) -> Floats:
    """Each value divided by the largest of its column."""
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
def reciprocal_ranks(values: Floats) -> Floats:
    """The reciprocal rank of each value in its column."""
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
    """The sum of the splines of all columns."""
    rows, columns = values.shape
    last = len(knots) - 1
    summed = np.zeros(rows)
    for row in range(rows):
        total = 0.0
        for column in range(columns):
            value = values[row, column]
            if value <= 0:  # true of half of the columns of most rows
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
    """For each element, how many others are at least as recent and more similar."""
    size = len(similarity)
    counted = np.zeros(size, dtype=np.float32)
    for at in range(size):
        count = 0
        for other in range(size):
            count += (similarity[other] > similarity[at]) & (recency[other] >= recency[at])
        counted[at] = count
    return counted


@compiled
def summarise_sightings(sightings: Seen, size: int, groups: int, moment: int, scales: Scales) -> Floats:
    """Features of rows from their sightings on lists, by group of lists."""
    which, group, seen, replaced, place = sightings
    looks, half_lives, month, often = scales
    decays, width = len(half_lives), len(looks) + len(half_lives) + 5
    entered = len(looks) + decays
    features = np.zeros((size, groups * width), dtype=np.float32)
    decayed = np.zeros((size * groups, decays))
    count = np.zeros(size * groups, dtype=np.int64)
    first, last = np.full(size * groups, -np.inf), np.full(size * groups, np.inf)
    for at in range(len(which)):
        if group[at] < 0:
            continue
        row, base, cell = which[at], group[at] * width, which[at] * groups + group[at]
        for look in range(len(looks)):
            if seen[at] < moment - looks[look] <= replaced[at]:
                features[row, base + look] = max(features[row, base + look], place[at])
        hours = (moment - seen[at]) / 3.6e9
        for half in range(decays):
            decayed[cell, half] += place[at] * np.exp2(-hours / half_lives[half])
        count[cell] += 1
        first[cell], last[cell] = max(first[cell], hours), min(last[cell], hours)
        features[row, base + entered + 3] = max(features[row, base + entered + 3], place[at])
    first_scaled, last_scaled = _scale_logs(first, count, month), _scale_logs(last, count, month)
    often_scaled = _scale_logs(count.astype(np.float64), count, often)
    best = np.zeros((groups, decays), dtype=np.float32)
    for row in range(size):
        for kind in range(groups):
            base, cell = kind * width, row * groups + kind
            if count[cell] == 0:
                continue
            features[row, base + entered] = features[row, base] > 0 and features[row, base + 1] == 0
            features[row, base + entered + 1] = np.float32(1) - np.float32(first_scaled[cell])
            features[row, base + entered + 2] = np.float32(1) - np.float32(last_scaled[cell])
            features[row, base + entered + 4] = often_scaled[cell]
            for half in range(decays):
                best[kind, half] = max(best[kind, half], np.float32(decayed[cell, half]))
    return _share_decays(features, decayed, best, len(looks))


@compiled
def _share_decays(features: Floats, decayed: Doubles, best: Floats, start: int) -> Floats:
    """`features` with each decayed sum divided by the best, from column `start` of each group on."""
    groups, decays = best.shape
    width = features.shape[1] // groups
    for row in range(len(features)):
        for kind in range(groups):
            for half in range(decays):
                value = np.float32(decayed[row * groups + kind, half])
                if value > 0:
                    features[row, kind * width + start + half] = value / best[kind, half]
    return features


@compiled
def _scale_logs(values: Doubles, count: Ints, full: float) -> Doubles:
    """Where the count is not 0, log(1 + value) scaled so that `full` is 1; larger values are 1.

    A loop of its own: inside the caller's loop each logarithm took ten times as long.
    """
    scaled = np.zeros(len(values))
    for at in range(len(values)):
        if count[at]:
            scaled[at] = min(np.log1p(max(values[at], 0.0)) / np.log1p(full), 1.0)
    return scaled


@compiled
def split_by_listed(values: Floats, unlisted: Ints, crossed: Ints, youth: int) -> Floats:
    """Separate columns for rows whose first value is above 0 and for the others, and products of some."""
    (rows, columns), pairs = values.shape, len(crossed) * (len(crossed) - 1) // 2
    factors = np.empty(len(crossed), dtype=np.float32)
    result = np.zeros((rows, 1 + columns + len(unlisted) + pairs), dtype=np.float32)
    for row in range(rows):
        if values[row, 0] > 0:
            result[row, 0] = 1
            result[row, 1 : 1 + columns] = values[row]
            continue
        for at in range(len(unlisted)):
            result[row, 1 + columns + at] = values[row, unlisted[at]]
        for at in range(len(crossed)):
            value = values[row, crossed[at]]
            factors[at] = np.float32(1) - value if at == youth else value
        place = 1 + columns + len(unlisted)
        for one in range(len(crossed)):
            for other in range(one + 1, len(crossed)):
                result[row, place] = factors[one] * factors[other]
                place += 1
    return result


@compiled
def lower_bounds(values: Int32s, starts: Ints, ends: Ints, value: int) -> Ints:
    """The first index in each sorted slice of `values` with `value` or more."""
    bounds = np.empty(len(starts), dtype=np.int64)
    for at in range(len(starts)):
        low, high = starts[at], ends[at]
        while low < high:
            middle = (low + high) >> 1
            if values[middle] < value:
                low = middle + 1
            else:
                high = middle
        bounds[at] = low
    return bounds


@compiled
def add_postings(scores: Floats, postings: Postings, starts: Ints, ends: Ints, weights: Floats) -> None:
    """Add the slices of posting lists to `scores` in place, each times its weight."""
    rows, values, shift = postings
    for at in range(len(starts)):
        for place in range(starts[at], ends[at]):
            scores[rows[place] + shift] += weights[at] * values[place]


@compiled
def accumulate_postings(
    scores: Floats, scored: ScoredRows, postings: Postings, slices: Slices, weights: Floats
) -> int:
    """Like `add_postings`; appends each row that had no score to `scored`, and returns its new length."""
    rows, values, shift = postings
    starts, ends = slices
    listed, count = scored
    for at in range(len(starts)):
        for place in range(starts[at], ends[at]):
            row = rows[place] + shift
            if scores[row] == 0 and count < len(listed):  # weights of 0 would append a row twice
                listed[count] = row
                count += 1
            scores[row] += weights[at] * values[place]
    return count


@compiled
def top_scored(scores: Floats, scored: ScoredRows, count: int) -> Ints:
    """The `count` scored rows with the largest scores, best first; ties go to the higher row.

    A heap of the best rows so far, with the worst of them on top: most rows are compared only with that one.
    """
    listed, size = scored
    count = min(count, size)
    heap = np.empty(count, dtype=np.int64)
    held = 0
    for at in range(size):
        row = int(listed[at])
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
    """Replace the top of a heap of `size` rows."""
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
    """Sparse rows times a dense matrix."""
    indptr, columns, values = table
    width = weights.shape[1]
    products = np.zeros((len(rows), width), dtype=np.float32)
    for at in range(len(rows)):
        for entry in range(indptr[rows[at]], indptr[rows[at] + 1]):
            term = place[columns[entry]]
            if term > 0:
                for column in range(width):
                    products[at, column] += values[entry] * weights[term - 1, column]
    return products


@compiled
def best_rows(scores: Floats, count: int) -> Ints:
    """Indices of the `count` largest scores above zero, best first; ties go to the higher index."""
    positive = 0
    for at in range(len(scores)):
        positive += scores[at] > 0
    rows, values = np.empty(positive, dtype=np.int64), np.empty(positive, dtype=np.float32)
    end = positive
    for at in range(len(scores)):  # in descending order of index
        if scores[at] > 0:
            end -= 1
            rows[end], values[end] = at, -scores[at]
    if count == 0 or positive == 0:
        return rows[:0]
    if positive > count:
        is_top = values <= np.partition(values, count - 1)[count - 1]
        rows, values = rows[is_top], values[is_top]
    return rows[np.argsort(values, kind="mergesort")][:count]
