"""What lists are like: coverage, Gini, duplicates, diversity, lift, churn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.evaluation.beyond_accuracy import (
    churn,
    coverage,
    diversity,
    duplicates,
    empty_places,
    gini,
    median_age,
    popularity_lift,
)

shown = st.lists(st.integers(0, 19), max_size=60)


@given(shown)
def test_shares_lie_between_0_and_1(found):
    assert 0 <= coverage(found, 20) <= 1
    assert -1e-9 <= gini(found, 20) < 1


@given(st.lists(st.integers(0, 19), min_size=1, max_size=60), st.integers(2, 5))
def test_showing_everything_again_changes_neither_coverage_nor_gini(found, times):
    assert coverage(found * times, 20) == coverage(found, 20)
    assert gini(found * times, 20) == pytest.approx(gini(found, 20))


def test_gini_is_0_where_all_have_as_many_and_nearly_1_where_one_has_all():
    assert gini(range(20), 20) == pytest.approx(0)
    assert gini([3] * 50, 20) == pytest.approx(1 - 1 / 20)
    assert gini([], 20) == 0
    assert coverage([1, 1, 2], 4) == 1 / 2
    assert coverage([], 0) == 0


def test_a_story_that_stands_above_already_is_a_duplicate():
    alone = np.eye(3, dtype=bool)
    assert duplicates(alone & False) == 0
    same = np.zeros((3, 3), dtype=bool)
    same[0, 2] = same[2, 0] = True
    assert duplicates(same) == pytest.approx(1 / 3)
    assert duplicates(np.zeros((0, 0), dtype=bool)) == 0


def test_diversity_is_one_less_the_mean_likeness_of_pairs():
    similarity = np.array([[1, 0.5], [0.5, 1]], dtype=np.float32)
    assert diversity(similarity) == 0.5
    assert math.isnan(diversity(similarity[:1, :1]))


def test_the_rest():
    assert median_age([1, 5, 100]) == 5
    assert math.isnan(median_age([]))
    assert empty_places(7) == pytest.approx(0.3)
    assert empty_places(12) == 0
    assert popularity_lift(0.6, 0.3) == 2
    assert math.isnan(popularity_lift(0.5, 0))
    assert churn([1, 2, 3, 4], [4, 3, 5, 6]) == 1 / 2
    assert churn([1], []) == 0
