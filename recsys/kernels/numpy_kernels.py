"""The kernels in numpy: what is taken without numba, and what the loops are held to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Int32s = NDArray[np.int32]


class Postings(NamedTuple):
    """Posting lists, one after the other: the row and the weight of each place, and what is added to rows."""

    rows: Int32s
    values: Floats
    shift: int


class Slices(NamedTuple):
    """Where in posting lists the postings of each term begin and end."""

    starts: Ints
    ends: Ints


class Touched(NamedTuple):
    """The first `filled` of `rows` have a score; there is room for more."""

    rows: Int32s
    filled: int


class Rows(NamedTuple):
    """Sparse rows: row `i` has the places `indptr[i]` to `indptr[i + 1]` of `columns` and `values`."""

    indptr: Ints
    columns: Int32s
    values: Floats


def divide_by_best(values: Floats) -> Floats:
    """Each value over the largest of its column, 0 where nothing is above 0; shape kept."""
    best = values.max(axis=0, initial=0)
    shares: Floats = np.divide(np.maximum(values, 0), best, out=np.zeros_like(values), where=best > 0)
    return shares


def rank_reciprocally(values: Floats) -> Floats:
    """One over one more than how many of the column are larger, 0 for values up to 0; shape kept."""
    falling = np.ascontiguousarray(-values.T)
    ordered = np.sort(falling, axis=1)
    ranks = np.empty_like(values)
    for column in range(values.shape[1]):
        ranks[:, column] = np.searchsorted(ordered[column], falling[column], side="left") + 1
    return np.where(values > 0, 1 / ranks, 0).astype(np.float32)


def sum_splines(values: Floats, knots: Doubles, heights: Doubles) -> Doubles:
    """The sum over all columns of what its curve gives; shape (rows,).

    Column c rises in straight lines from `heights[c, 0]`, which is 0, at `knots[0]`, which is 0, through
    `heights[c, i]` at `knots[i]`; values below or above the knots count as the first or the last of them.
    """
    summed, risen = np.zeros(len(values)), np.empty(values.shape)
    for at in range(len(knots) - 1):
        np.subtract(values, knots[at], out=risen)
        risen /= knots[at + 1] - knots[at]
        np.clip(risen, 0, 1, out=risen)
        summed += risen @ (heights[:, at + 1] - heights[:, at])
    return summed


def count_dominating(similarity: Floats, recency: Floats) -> Floats:
    """For each place, how many others are at least as recent and more similar; shape (places,)."""
    closer = similarity[None, :] > similarity[:, None]
    newer = recency[None, :] >= recency[:, None]
    counted: Floats = (closer & newer).sum(axis=1).astype(np.float32)
    return counted


class Seen(NamedTuple):
    """Sightings on lists; arrays of one length."""

    which: Ints
    """The row that was seen."""
    group: NDArray[np.int8]
    """To which group of lists its list belongs, from 0; -1: to none."""
    times: Ints
    """When, in microseconds."""
    replaced: Ints
    """When the next list of the same source was seen."""
    places: Floats
    """Where it stood, 1 at the top."""


class Scales(NamedTuple):
    """By what a standing is measured."""

    looks: Ints
    """Microseconds before the moment, two or more."""
    half_lives: Doubles
    """Hours."""
    month: float
    """Hours that count as 0 when they have passed since a sighting."""
    often: float
    """Sightings that count as 1."""


def stand_on_lists(sightings: Seen, size: int, groups: int, moment: int, scales: Scales) -> Floats:
    """How rows stand on the lists of each group; shape (size, groups * (looks + half-lives + 5)).

    The columns of a group: the best place on a list that was the last of its source at each look; the places
    with each half-life, summed, over the best; whether at the first look but not at the second; 1 - log hours
    since first and since last seen; the best place ever; log of how often.
    """
    which, group, seen, replaced, place = sightings
    looks, half_lives, month, often = scales
    kept = group >= 0
    at = which[kept] * groups + group[kept]
    seen, replaced, place, cells = seen[kept], replaced[kept], place[kept], size * groups
    then = moment - looks
    sighting, look = np.nonzero((seen[:, None] < then) & (then <= replaced[:, None]))
    best = np.zeros(cells * len(looks), dtype=np.float32)
    np.maximum.at(best, at[sighting] * len(looks) + look, place[sighting])
    places = best.reshape(cells, len(looks))
    hours = (moment - seen) / 3.6e9
    decayed = [np.bincount(at, place * np.exp2(-hours / half), minlength=cells) for half in half_lives]
    count = np.bincount(at, minlength=cells)
    first, last, highest = np.full(cells, -np.inf), np.full(cells, np.inf), np.zeros(cells, np.float32)
    np.maximum.at(first, at, hours)
    np.minimum.at(last, at, hours)
    np.maximum.at(highest, at, place)
    since = np.where((count > 0)[:, None], np.column_stack([first, last]), month)
    by_group = np.column_stack(decayed).astype(np.float32).reshape(size, groups * len(half_lives))
    columns = [
        places,
        divide_by_best(by_group).reshape(cells, len(half_lives)),
        ((places[:, 0] > 0) & (places[:, 1] == 0))[:, None],
        1 - np.minimum(np.log1p(np.maximum(since, 0)) / np.log1p(month), 1).astype(np.float32),
        highest[:, None],
        np.minimum(np.log1p(count) / np.log1p(often), 1)[:, None],
    ]
    width = len(looks) + len(half_lives) + 5
    return np.hstack(columns).astype(np.float32).reshape(size, groups * width)


def spread_apart(values: Floats, unlisted: Ints, crossed: Ints, youth: int) -> Floats:
    """The columns twice, for rows whose first value is above 0 and for the others, and products of some.

    Whether the first value is above 0, the columns where it is, the columns `unlisted` where it is not, and
    there also the products of every two of the columns `crossed`, of which number `youth` counts as 1 less
    its value; shape (rows, 1 + columns + unlisted + pairs).
    """
    listed = values[:, :1] > 0
    first, second = np.triu_indices(len(crossed), 1)
    factors = values[:, crossed]
    factors[:, youth] = 1 - factors[:, youth]
    products = factors[:, first] * factors[:, second]
    spread: Floats = np.hstack(
        [
            listed,
            np.where(listed, values, 0),
            np.where(listed, 0, values[:, unlisted]),
            np.where(listed, 0, products),
        ]
    ).astype(np.float32)
    return spread


def lower_bounds(values: Int32s, starts: Ints, ends: Ints, value: int) -> Ints:
    """The first place in each rising slice of `values` that holds `value` or more; shape (slices,)."""
    low, high = starts.copy(), ends.copy()
    last = len(values) - 1
    for _ in range(int((high - low).max(initial=0)).bit_length()):
        middle = (low + high) >> 1
        less = (values[np.minimum(middle, last)] < value) & (low < high)
        low, high = np.where(less, middle + 1, low), np.where(less, high, middle)
    return low


def add_postings(scores: Floats, postings: Postings, starts: Ints, ends: Ints, weights: Floats) -> None:
    """Add to `scores`, in place, what the slices of posting lists hold, times the weight of each slice."""
    rows, values, shift = postings
    for start, end, weight in zip(starts.tolist(), ends.tolist(), weights, strict=True):
        if start < end:
            scores[rows[start:end] + shift] += weight * values[start:end]


def touch_postings(
    scores: Floats, touched: Touched, postings: Postings, slices: Slices, weights: Floats
) -> int:
    """As `add_postings`, noting in `touched` each row that had no score; how many are noted by then."""
    (rows, values, shift), (noted, count) = postings, touched
    for start, end, weight in zip(*(each.tolist() for each in slices), weights, strict=True):
        if start < end:
            found = rows[start:end] + shift
            fresh = found[scores[found] == 0][: len(noted) - count]  # weights of 0 would note a row twice
            noted[count : count + len(fresh)] = fresh
            count += len(fresh)
            scores[found] += weight * values[start:end]
    return count


def best_touched(scores: Floats, touched: Touched, count: int) -> Ints:
    """The `count` noted rows with the largest scores, the best first; ties go to the higher row."""
    rows = touched.rows[: touched.filled].astype(np.int64)
    found = scores[rows]
    if len(rows) > count > 0:
        kept = found >= np.partition(found, len(rows) - count)[len(rows) - count]
        rows, found = rows[kept], found[kept]
    return rows[np.lexsort((-rows, -found))][:count]


def multiply_rows(table: Rows, rows: Ints, place: Int32s, weights: Floats) -> Floats:
    """Sparse rows times a matrix; shape (rows, columns of `weights`).

    `place[column]` is the row of `weights` for a column, from 1; 0 for those that it has not.
    """
    indptr, columns, values = table
    starts = indptr[rows]
    lengths = indptr[rows + 1] - starts
    ends = np.cumsum(lengths)
    at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    padded = np.vstack([np.zeros((1, weights.shape[1]), dtype=np.float32), weights])
    held = (values[at], place[columns[at]], np.concatenate([[0], ends]))
    found: Floats = sparse.csr_matrix(held, shape=(len(rows), len(padded))) @ padded
    return found


def best_rows(scores: Floats, count: int) -> Ints:
    """Places of the `count` largest scores above zero, the best first; ties go to the higher place."""
    if count == 0:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(scores > 0)  # few of many: what is 0 is not sorted
    if len(rows) > count:
        found = scores[rows]
        rows = rows[found >= np.partition(found, len(rows) - count)[len(rows) - count]]
    rows = rows[::-1]
    best_first: Ints = rows[np.argsort(-scores[rows], kind="stable")][:count]
    return best_first
