"""Every kernel gives the same numbers in numpy and as loops."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from recsys.kernels import (
    Postings,
    Rows,
    Scales,
    ScoredRows,
    Seen,
    Slices,
    numba_kernels,
    numpy_kernels,
    online_learning,
)

GRID = st.integers(-2, 20).map(lambda n: n / 20)
"""Few values, so that there are ties, knots that are met, and best values of 0."""

tables = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9), elements=GRID)
unhurried = settings(deadline=None)  # the first call of a loop compiles it


def assert_same(name: str, *given_: object) -> None:
    plain, fast = getattr(numpy_kernels, name)(*given_), getattr(numba_kernels, name)(*given_)
    assert plain.dtype == fast.dtype
    assert plain.shape == fast.shape
    np.testing.assert_allclose(fast, plain, rtol=0, atol=2e-7)


@unhurried
@given(tables)
def test_shares_of_the_best_and_ranks(values):
    assert_same("divide_by_best", values)
    assert_same("reciprocal_ranks", values)


@pytest.mark.parametrize("rows", [numba_kernels.FEW, numba_kernels.FEW + 1, 3 * numba_kernels.FEW])
def test_ranks_of_many(rows):
    values = np.random.default_rng(rows).integers(-3, rows, size=(rows, 3))
    assert_same("reciprocal_ranks", values.astype(np.float32))


@unhurried
@given(tables, st.integers(0, 9), st.data())
def test_sums_of_curves(values, seed, data):
    knots = data.draw(st.sampled_from([(0.0, 1.0), (0.0, 0.05, 0.15, 0.35, 0.65, 1.0), (0.0, 0.5, 1.0)]))
    heights = np.random.default_rng(seed).normal(size=(values.shape[1], len(knots)))
    heights[:, 0] = 0
    assert_same("sum_splines", values, np.array(knots), heights)


@unhurried
@given(st.lists(st.tuples(GRID, GRID), max_size=20))
def test_how_many_are_newer_and_closer(places):
    similarity, recency = np.array(places, dtype=np.float32).reshape(-1, 2).T
    assert_same("count_dominating", np.ascontiguousarray(similarity), np.ascontiguousarray(recency))


@st.composite
def posting_lists(draw):
    """Rising rows of a few terms below 30, one list after the other, with where each begins and ends."""
    lists = draw(st.lists(st.sets(st.integers(0, 29), max_size=12).map(sorted), min_size=1, max_size=6))
    ends = np.cumsum([len(each) for each in lists]).astype(np.int64)
    starts = ends - np.array([len(each) for each in lists])
    rows = np.array([row for each in lists for row in each], dtype=np.int32)
    seed = draw(st.integers(0, 9))
    values = np.random.default_rng(seed).integers(1, 5, len(rows)).astype(np.float32) / 4
    weights = np.random.default_rng(seed).integers(1, 4, len(lists)).astype(np.float32) / 4
    return rows, values, starts, ends, weights


@unhurried
@given(posting_lists(), st.integers(0, 30))
def test_where_slices_reach_a_value(lists, value):
    rows, _, starts, ends, _ = lists
    assert_same("lower_bounds", rows, starts, ends, value)


@unhurried
@given(posting_lists(), st.integers(0, 3), st.integers(0, 40))
def test_searches_of_posting_lists(lists, shift, count):
    rows, values, starts, ends, weights = lists
    found = []
    for kernels in (numpy_kernels, numba_kernels):
        plain, scores = np.zeros((2, 40), dtype=np.float32)
        kernels.add_postings(plain, Postings(rows, values, shift), starts, ends, weights)
        noted = np.full(40, -1, dtype=np.int32)
        postings, slices = Postings(rows, values, shift), Slices(starts, ends)
        filled = kernels.accumulate_postings(scores, ScoredRows(noted, 0), postings, slices, weights)
        np.testing.assert_array_equal(plain, scores)
        assert sorted(noted[:filled].tolist()) == np.flatnonzero(plain).tolist()
        best = kernels.top_scored(scores, ScoredRows(noted, filled), count)
        np.testing.assert_array_equal(best, kernels.best_rows(plain, count))
        found.append((plain, best))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


@unhurried
@given(posting_lists(), st.integers(0, 9))
def test_sparse_rows_times_a_matrix(lists, seed):
    columns, values, starts, _, _ = lists
    table = Rows(np.append(starts, len(columns)).astype(np.int64), columns, values)
    chance = np.random.default_rng(seed)
    place = np.zeros(30, dtype=np.int32)
    place[chance.choice(30, 10, replace=False)] = np.arange(1, 11)
    rows = chance.integers(0, len(starts), 5)
    weights = chance.integers(0, 4, (10, 3)).astype(np.float32) / 4
    assert_same("multiply_rows", table, rows, place, weights)
    assert_same("multiply_rows", table, rows[:0], place, weights)


HOUR = 3_600_000_000
MOMENT = 1_764_000_000_000_000
sightings = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(-1, 2), st.integers(1, 60), st.integers(-60, 60), st.integers(1, 10)
    ),
    max_size=30,
)


@unhurried
@given(sightings)
def test_how_rows_stand_on_lists(seen):
    which, group, since, replaced, tenths = np.array(seen, dtype=np.int64).reshape(-1, 5).T.copy()
    before, after = MOMENT - since * HOUR // 2, MOMENT - replaced * HOUR // 2
    looks = np.array([0, 1, 2, 24], dtype=np.int64) * HOUR
    place = (tenths / 10).astype(np.float32)
    scales = Scales(looks, np.array([1.0, 8.0, 96.0]), 720.0, 200.0)
    asked = Seen(which, group.astype(np.int8), before, after, place)
    assert_same("summarise_sightings", asked, 5, 3, MOMENT, scales)
    assert_same("summarise_sightings", Seen(*(values[:0] for values in asked)), 0, 3, MOMENT, scales)


@unhurried
@given(arrays(np.float32, st.tuples(st.integers(0, 9), st.just(6)), elements=GRID))
def test_columns_for_what_is_listed_and_what_is_not(values):
    unlisted = np.array([1, 2, 4, 5], dtype=np.int64)
    assert_same("split_by_listed", values, unlisted, np.array([1, 4, 5], dtype=np.int64), 1)


def said_with(kernels: str, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"RECSYS_KERNELS": kernels},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_numpy_is_taken_when_it_is_asked_for_and_numba_is_then_never_imported():
    code = "import sys, recsys.kernels as k; print(k.sum_splines.__module__, 'numba' in sys.modules)"
    assert said_with("numpy", code).split() == ["recsys.kernels.numpy_kernels", "False"]


@pytest.mark.parametrize("word", ["fast", "0"])
def test_another_word_is_refused(word):
    assert "RECSYS_KERNELS: expected numba or numpy" in said_with(word, "import recsys.kernels")


@unhurried
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(0, 12))
def test_learning_in_order(seed, asked, lessons):
    chance, terms = np.random.default_rng(seed), 15

    def rows(count: int) -> Rows:
        found = [np.flatnonzero(chance.random(terms) < 0.4) for _ in range(count)]
        indptr = np.cumsum([0, *map(len, found)]).astype(np.int64)
        columns = np.concatenate([*found, []]).astype(np.int32)
        return Rows(indptr, columns, chance.random(len(columns)).astype(np.float32))

    outcomes, teaches = chance.random((lessons, 2)).astype(np.float32), chance.random(lessons) < 0.7
    of_lessons = online_learning.OnlineExamples(rows(lessons), outcomes, teaches)
    of_asked, known = rows(asked), np.sort(chance.integers(0, lessons + 1, asked))
    weights, bias = chance.normal(size=(terms, 2)), chance.normal(size=2)
    found = []
    for learn in (online_learning.learn_online_numpy, online_learning.learn_online_loops):
        model = online_learning.OnlineModel(weights.copy(), np.full((terms, 2), 0.1), bias.copy())
        predicted = learn(of_lessons, of_asked, known, model, online_learning.Rates(0.5, 0.02, 1e-4))
        found.append((predicted, *model))
    for plain, fast in zip(*found, strict=True):
        assert plain.dtype == fast.dtype
        np.testing.assert_allclose(fast, plain, rtol=0, atol=1e-6)


def test_weights_of_0_never_note_more_rows_than_there_is_room_for():
    """Kernels check no bounds: what is written behind the room is somebody else's memory."""
    postings = Postings(np.array([0, 1, 2] * 4, dtype=np.int32), np.zeros(12, dtype=np.float32), 0)
    slices = Slices(np.arange(0, 12, 3), np.arange(3, 15, 3))
    for kernels in (numpy_kernels, numba_kernels):
        scores, noted = np.zeros(3, dtype=np.float32), np.full(8, -1, dtype=np.int32)
        room = noted[:5]
        count = kernels.accumulate_postings(
            scores, ScoredRows(room, 0), postings, slices, np.ones(4, dtype=np.float32)
        )
        assert count == 5
        assert noted.tolist() == [0, 1, 2, 0, 1, -1, -1, -1]
