"""Propensities estimated from clicks: worked examples, and against simulated readers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recsys.errors import InvalidValueError
from recsys.simulation import Plan, Policy, simulate
from recsys.training.clicks import (
    FEWEST_CLICKS,
    ShownItems,
    build_impression_log,
    collect_shown,
    estimate_propensities,
    given_propensities,
)
from tests.newsroom import corpus_of


def shown_of(rows: Sequence[tuple[int, int, int, int]]) -> ShownItems:
    """Rows of (story, position, views, clicks)."""
    items = [
        (story, position, int(view < clicks))
        for story, position, views, clicks in rows
        for view in range(views)
    ]
    story, position, clicks = np.array(items, dtype=np.int64).reshape(-1, 3).T
    return ShownItems(np.arange(len(items)), story, position, clicks)


TWO_PLACES = [(0, 1, 2_000, 1_000), (0, 2, 2_000, 500), (1, 1, 1_000, 200), (1, 2, 3_000, 300)]
"""One story is clicked by half, the other by a fifth of those who see it on top; half of them look below."""


def test_a_story_clicked_half_as_often_below_says_that_half_look_there():
    found = estimate_propensities(shown_of(TWO_PLACES))
    assert found.values == pytest.approx((1, 0.5), rel=0.01)
    assert (found.origin, found.clicks) == ("estimated", 2_000)


def test_what_stood_at_one_position_alone_says_nothing():
    fixed = [(2, 2, 5_000, 5_000), (3, 1, 5_000, 1), (4, 3, 100, 50)]
    found = estimate_propensities(shown_of([*TWO_PLACES, *fixed]))
    assert found.values[:2] == pytest.approx(estimate_propensities(shown_of(TWO_PLACES)).values, abs=1e-3)
    assert found.values[2] == pytest.approx(1 / 3, rel=0.01), "no evidence about the third: as assumed"
    assert found.clicks == 2_000


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(0, 1, 10, 0), (0, 3, 10, 0)],
        [(0, 1, 500, FEWEST_CLICKS - 1), (0, 3, 500, 0)],
        [(0, 1, 900, 900), (1, 3, 900, 900)],
    ],
)
def test_too_few_clicks_leave_one_over_the_position(rows: list[tuple[int, int, int, int]]):
    found = estimate_propensities(shown_of(rows))
    assert found.origin == "default"
    assert found.clicks < FEWEST_CLICKS
    assert found.values == pytest.approx([1 / k for k in range(1, (3 if rows else 1) + 1)])


@pytest.mark.parametrize(("policy", "eta"), [(Policy.NEWEST, 0.5), (Policy.RANDOM, 1.5)])
def test_the_estimate_comes_near_what_simulated_readers_did(policy: Policy, eta: float):
    true = tuple(k**-eta for k in range(1, 9))
    plan = Plan(days=10, articles_per_day=10, views_per_day=500, policy=policy, propensities=true)
    log = build_impression_log(corpus_of(simulate(plan).pages(), plan.end).at(plan.end))
    found = estimate_propensities(collect_shown(log))
    assert found.origin == "estimated"
    errors = abs(np.log(np.array(found.values) / true))
    assumed = abs(np.log(1 / np.arange(1, 9) / true))
    assert errors.mean() < 0.3
    assert errors.mean() < 0.6 * assumed.mean()


def test_a_position_far_down_costs_no_memory_and_counts_as_the_last():
    found = estimate_propensities(shown_of([*TWO_PLACES, (0, 2_000_000_000, 10, 1)]))
    assert len(found.values) == 50
    assert found.at(np.array([50, 51, 2_000_000_000])).tolist() == [found.values[-1]] * 3


@pytest.mark.parametrize("values", [[], [1.0, 0.0], [1.5], [-1.0], [float("nan")]])
def test_given_chances_must_be_chances(values: list[float]):
    with pytest.raises(InvalidValueError, match="propensities"):
        given_propensities(values)


def test_a_story_is_exposed_by_the_mean_of_its_positions():
    shown = shown_of([(0, 1, 1, 0), (0, 3, 1, 1), (1, 2, 1, 1)])
    exposed = shown.exposures(given_propensities([1.0, 0.5, 0.2]))
    assert exposed.tolist() == pytest.approx([0.6, 0.6, 0.5])


def test_ten_clicks_at_the_default_curve_smooth_the_estimate():
    """One story has 100 clicks of 1,000 views at each of two positions, as if both were examined equally.

    Its attractiveness explains x clicks at the first position. Ten more at the first and, at half the default
    propensity, ten of twenty at the second pull the second down to (x + 10) / (x + 20).
    """
    first, second = estimate_propensities(shown_of([(0, 1, 1_000, 100), (0, 2, 1_000, 100)])).values
    x = 200 / (1 + second)
    assert first == 1
    assert second == pytest.approx((x + 10) / (x + 20), abs=1e-3)
    assert second == pytest.approx(0.9195, abs=1e-3)


def test_a_position_further_down_is_never_examined_more():
    """More clicks below than above, on stories at both: equal propensities are the nearest falling ones."""
    found = estimate_propensities(shown_of([(0, 1, 1_000, 100), (0, 2, 1_000, 300)]))
    assert found.values == pytest.approx((1, 1))
