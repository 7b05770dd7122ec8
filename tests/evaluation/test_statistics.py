"""Intervals and the paired test: laws, and values that theory gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recsys.evaluation.statistics import Bootstrap, compare, sign_flip_test

values = st.lists(st.floats(0, 1), min_size=2, max_size=60).map(np.array)


@given(values)
def test_an_interval_lies_around_its_mean_and_within_the_values(found):
    figure = Bootstrap(len(found)).mean(found)
    assert figure.low is not None and figure.high is not None  # noqa: PT018
    assert found.min() - 1e-9 <= figure.low <= figure.mean + 1e-9
    assert figure.mean - 1e-9 <= figure.high <= found.max() + 1e-9
    assert (figure.mean, figure.n) == (pytest.approx(found.mean()), len(found))


@given(values, st.floats(-5, 5))
def test_a_shift_of_all_values_shifts_the_interval(found, shift):
    here, there = Bootstrap(len(found)).mean(found), Bootstrap(len(found)).mean(found + shift)
    assert (there.low, there.high) == (pytest.approx(here.low + shift), pytest.approx(here.high + shift))


def test_the_interval_is_nearly_that_of_the_normal_distribution():
    found = np.random.default_rng(1).random(400)
    figure = Bootstrap(400).mean(found)
    half = 1.96 * found.std() / 20
    assert figure.low == pytest.approx(found.mean() - half, abs=0.005)
    assert figure.high == pytest.approx(found.mean() + half, abs=0.005)


def test_one_value_has_no_interval_and_none_has_mean_0():
    assert (Bootstrap(1).mean(np.array([0.5])).low, Bootstrap(0).mean(np.zeros(0)).mean) == (None, 0)


def test_the_interval_of_a_difference_is_paired():
    ours = np.random.default_rng(2).random(50)
    difference = compare(ours + 0.1, ours, Bootstrap(50), than="other", metric="ndcg@10")
    assert difference.figure.low == pytest.approx(0.1)
    assert (difference.better, difference.worse, difference.equal) == (50, 0, 0)


def test_a_ratio_is_of_sums_and_a_median_is_one_of_the_values():
    bootstrap = Bootstrap(3)
    assert bootstrap.ratio(np.array([1.0, 2, 3]), np.array([2.0, 4, 6])).low == pytest.approx(0.5)
    assert bootstrap.ratio(np.zeros(3), np.zeros(3)).mean == 0
    figure = bootstrap.median(np.array([3.0, 1.0, 9.0]))
    assert (figure.mean, figure.low, figure.high) == (3.0, 1.0, 9.0)


def test_the_paired_test_agrees_with_that_of_scipy():
    chance = np.random.default_rng(3)
    for shift in (0.0, 0.05, 0.3):
        apart = chance.normal(shift, 0.5, 80)
        theirs = stats.permutation_test(
            (apart,), np.mean, permutation_type="samples", n_resamples=10_000, rng=chance
        )
        assert sign_flip_test(apart) == pytest.approx(theirs.pvalue, abs=0.02)


@given(values)
def test_the_test_does_not_know_which_came_first(found):
    apart = found - 0.5
    assert sign_flip_test(apart) == pytest.approx(sign_flip_test(-apart), abs=0.03)
    assert 0 < sign_flip_test(apart) <= 1


def test_where_nothing_differs_chance_explains_everything():
    assert sign_flip_test(np.zeros(5)) == 1
