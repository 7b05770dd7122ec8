"""The kernels in numpy: used without numba, and the reference for the compiled loops."""

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
    """Concatenated posting lists: row and weight of each posting, and an offset to add to the rows."""

    rows: Int32s
    values: Floats
    shift: int


class Slices(NamedTuple):
    """Start and end of the postings of each term."""

    starts: Ints
    ends: Ints


class ScoredRows(NamedTuple):
    """The rows with a score: the first `filled` of `rows`, which has capacity for more."""

    rows: Int32s
    filled: int


class Rows(NamedTuple):
    """Sparse rows: row `i` has the entries `indptr[i]` to `indptr[i + 1]` of `columns` and `values`."""

    indptr: Ints
    columns: Int32s
    values: Floats


def divide_by_best(values: Floats) -> Floats:
    """Each value divided by the largest of its column, 0 where none is above 0; same shape."""
    best = values.max(axis=0, initial=0)
    shares: Floats = np.divide(np.maximum(values, 0), best, out=np.zeros_like(values), where=best > 0)
    return shares


def reciprocal_ranks(values: Floats) -> Floats:
    """The reciprocal rank of each value in its column, 0 for values up to 0; same shape."""
    negated = np.ascontiguousarray(-values.T)
    ordered = np.sort(negated, axis=1)
    ranks = np.empty_like(values)
    for column in range(values.shape[1]):
        ranks[:, column] = np.searchsorted(ordered[column], negated[column], side="left") + 1
    return np.where(values > 0, 1 / ranks, 0).astype(np.float32)


def sum_splines(values: Floats, knots: Doubles, heights: Doubles) -> Doubles:
    """The sum of the linear splines of all columns; shape (rows,).

    The spline of column c passes through `heights[c, i]` at `knots[i]`, beginning with 0 at 0; values outside
    the knots count as the first or the last of them.
    """
    total, share = np.zeros(len(values)), np.empty(values.shape)
    for at in range(len(knots) - 1):
        np.subtract(values, knots[at], out=share)
        share /= knots[at + 1] - knots[at]
        np.clip(share, 0, 1, out=share)
        total += share @ (heights[:, at + 1] - heights[:, at])
    return total


def count_dominating(similarity: Floats, recency: Floats) -> Floats:
    """For each element, how many others are at least as recent and more similar; same shape."""
    closer = similarity[None, :] > similarity[:, None]
    newer = recency[None, :] >= recency[:, None]
    counted: Floats = (closer & newer).sum(axis=1).astype(np.float32)
    return counted


class Seen(NamedTuple):
    """Sightings on lists; arrays of one length."""

    which: Ints
    """The row of the article."""
    group: NDArray[np.int8]
    """The group of its list, from 0; -1 for none."""
    times: Ints
    """The time in microseconds."""
    replaced: Ints
    """When the next list of the same source was seen."""
    places: Floats
    """Its position score, 1 at the top."""


class Scales(NamedTuple):
    """The scales of the features of sightings."""

    looks: Ints
    """Microseconds before the moment, two or more."""
    half_lives: Doubles
    """Hours."""
    month: float
    """Hours since a sighting from which on it counts as 0."""
    often: float
    """The number of sightings that counts as 1."""


def summarise_sightings(sightings: Seen, size: int, groups: int, moment: int, scales: Scales) -> Floats:
    """Features of rows from their sightings on lists; shape (size, groups * (looks + half-lives + 5)).

    The columns of a group of lists: the best position score on a list that was the latest of its source, at
    each look; the sum of position scores decayed with each half-life, divided by the best; whether listed at
    the first look but not at the second; 1 - log hours since the first and since the last sighting; the best
    position score ever; log of the number of sightings.
    """
    which, group, seen, replaced, place = sightings
    looks, half_lives, month, often = scales
    in_group = group >= 0
    at = which[in_group] * groups + group[in_group]
    seen, replaced, place, cells = seen[in_group], replaced[in_group], place[in_group], size * groups
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


def split_by_listed(values: Floats, unlisted: Ints, crossed: Ints, youth: int) -> Floats:
    """Separate columns for rows whose first value is above 0 and for the others, and products of some.

    In order: whether the first value is above 0; all columns where it is; the columns `unlisted` where it is
    not; and where it is not, the products of every two of the columns `crossed`, of which number `youth` is
    replaced by 1 minus its value. Shape (rows, 1 + columns + unlisted + pairs).
    """
    listed = values[:, :1] > 0
    first, second = np.triu_indices(len(crossed), 1)
    factors = values[:, crossed]
    factors[:, youth] = 1 - factors[:, youth]
    products = factors[:, first] * factors[:, second]
    columns: Floats = np.hstack(
        [
            listed,
            np.where(listed, values, 0),
            np.where(listed, 0, values[:, unlisted]),
            np.where(listed, 0, products),
        ]
    ).astype(np.float32)
    return columns


def lower_bounds(values: Int32s, starts: Ints, ends: Ints, value: int) -> Ints:
    """The first index in each sorted slice of `values` with `value` or more; shape (slices,)."""
    low, high = starts.copy(), ends.copy()
    last = len(values) - 1
    for _ in range(int((high - low).max(initial=0)).bit_length()):
        middle = (low + high) >> 1
        less = (values[np.minimum(middle, last)] < value) & (low < high)
        low, high = np.where(less, middle + 1, low), np.where(less, high, middle)
    return low


def add_postings(scores: Floats, postings: Postings, starts: Ints, ends: Ints, weights: Floats) -> None:
    """Add the slices of posting lists to `scores` in place, each times its weight."""
    rows, values, shift = postings
    for start, end, weight in zip(starts.tolist(), ends.tolist(), weights, strict=True):
        if start < end:
            scores[rows[start:end] + shift] += weight * values[start:end]


def accumulate_postings(
    scores: Floats, scored: ScoredRows, postings: Postings, slices: Slices, weights: Floats
) -> int:
    """Like `add_postings`; appends each row that had no score to `scored`, and returns its new length."""
    (rows, values, shift), (listed, count) = postings, scored
    for start, end, weight in zip(*(each.tolist() for each in slices), weights, strict=True):
        if start < end:
            matches = rows[start:end] + shift
            new = matches[scores[matches] == 0][
                : len(listed) - count
            ]  # weights of 0 would append a row twice
            listed[count : count + len(new)] = new
            count += len(new)
            scores[matches] += weight * values[start:end]
    return count


def top_scored(scores: Floats, scored: ScoredRows, count: int) -> Ints:
    """The `count` scored rows with the largest scores, best first; ties go to the higher row."""
    rows = scored.rows[: scored.filled].astype(np.int64)
    values = scores[rows]
    if len(rows) > count > 0:
        is_top = values >= np.partition(values, len(rows) - count)[len(rows) - count]
        rows, values = rows[is_top], values[is_top]
    return rows[np.lexsort((-rows, -values))][:count]


def multiply_rows(table: Rows, rows: Ints, place: Int32s, weights: Floats) -> Floats:
    """Sparse rows times a dense matrix; shape (rows, columns of `weights`).

    `place[column]` is the row of `weights` for a column, from 1; 0 if there is none.
    """
    indptr, columns, values = table
    starts = indptr[rows]
    lengths = indptr[rows + 1] - starts
    ends = np.cumsum(lengths)
    at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    padded = np.vstack([np.zeros((1, weights.shape[1]), dtype=np.float32), weights])
    entries = (values[at], place[columns[at]], np.concatenate([[0], ends]))
    products: Floats = sparse.csr_matrix(entries, shape=(len(rows), len(padded))) @ padded
    return products


def best_rows(scores: Floats, count: int) -> Ints:
    """Indices of the `count` largest scores above zero, best first; ties go to the higher index."""
    if count == 0:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(scores > 0)  # most scores are 0, and need no sorting
    if len(rows) > count:
        values = scores[rows]
        rows = rows[values >= np.partition(values, len(rows) - count)[len(rows) - count]]
    rows = rows[::-1]
    best_first: Ints = rows[np.argsort(-scores[rows], kind="stable")][:count]
    return best_first
