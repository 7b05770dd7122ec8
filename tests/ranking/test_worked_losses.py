"""One worked example for every basis, curve, loss and fit, small enough to check in the head."""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np
import pytest

from recsys.ranking import LogisticRanker, QueryGroup, RankerWeights, Splines, TrainingSet
from recsys.ranking.features import APPEAL, RELATEDNESS, columns
from recsys.ranking.logistic_ranker import build_listwise_loss, build_pointwise_loss
from recsys.ranking.losses import ListwiseLoss, Loss, PointwiseLoss, SplineLoss, fit_map
from recsys.ranking.model_files import load_pretrained_weights
from recsys.ranking.splines import hat_basis, ramp_basis, stack_hat_bases, to_hat_weights, to_ramp_gradient

KNOTS = (0.0, 0.5, 1.0)

BASES = {  # value: the two ramps, the hat functions of the knots .5 and 1, the curve of the weights 2 and -1
    0.0: ((0, 0), (0, 0), 0),
    0.25: ((0.5, 0), (0.5, 0), 1),
    0.5: ((1, 0), (1, 0), 2),
    0.75: ((1, 0.5), (0.5, 0.5), 1.5),
    1.0: ((1, 1), (0, 1), 1),
}


def single(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize("value", BASES)
def test_each_basis_at_a_value(value):
    ramps, hats_at, height = BASES[value]
    column = single(value)[:, None]
    assert ramp_basis(column, KNOTS).tolist() == [pytest.approx(ramps)]
    assert hat_basis(column, KNOTS).toarray().tolist() == [pytest.approx(hats_at)]
    curve = Splines(("one",), KNOTS, np.array([[2.0, -1.0]]))
    assert curve.total(column).tolist() == pytest.approx([height])
    assert curve.contributions(column).tolist() == [pytest.approx([height])]


def test_the_score_is_the_sum_of_the_curves_of_all_columns():
    curves = Splines(("one", "other"), KNOTS, np.array([[2.0, -1.0], [10.0, 10.0]]))
    values = np.array([[0.75, 0.25], [0.0, 1.0]], dtype=np.float32)
    assert curves.contributions(values).tolist() == [[1.5, 5], [0, 20]]
    assert curves.total(values).tolist() == [6.5, 20]


def test_unequal_knots_share_out_a_segment_by_its_own_length():
    """.2 is three quarters of the way from .05 to .25."""
    knots, value = (0.0, 0.05, 0.25, 1.0), single(0.2)[:, None]
    assert ramp_basis(value, knots).tolist() == [pytest.approx([1, 0.75, 0])]
    assert hat_basis(value, knots).toarray().tolist() == [pytest.approx([0.25, 0.75, 0])]
    curve = Splines(("one",), knots, np.array([[1.0, 4.0, 100.0]]))
    assert curve.total(value).tolist() == pytest.approx([1 + 3])


def test_hat_weights_are_the_running_sums_of_ramp_weights():
    assert to_hat_weights(np.array([2.0, -1, 1, 1, 7]), 2).tolist() == [2, 1, 1, 2, 7]


def test_a_ramp_moves_every_knot_from_its_end_on():
    assert to_ramp_gradient(np.array([3.0, 5, 1, 1, 7]), 2).tolist() == [8, 5, 2, 1, 7]


class Worked(NamedTuple):
    """A loss, the weights at which it is computed, and the results."""

    loss: Loss
    weights: list[float]
    value: float
    gradient: list[float]
    curvature: list[list[float]]


def choice(features: list[list[float]], starts: list[int], shares: list[float], weights: list[float]) -> Loss:
    return ListwiseLoss(np.array(features, np.float32), np.array(starts), single(*shares), single(*weights))


def frequency(features: list[list[float]], targets: list[float], weights: list[float]) -> Loss:
    return PointwiseLoss(np.array(features, np.float32), single(*targets), single(*weights))


ODDS_3 = log(3)  # as a logit: a probability of 3/4

LOSSES = {
    "listwise: two equal candidates": Worked(
        choice([[1], [0]], [0], [1, 0], [1]), [0], log(2), [1 / 2 - 1], [[1 / 4]]
    ),
    "listwise: the one that scores higher is chosen": Worked(
        choice([[1], [0]], [0], [1, 0], [1]), [ODDS_3], log(4 / 3), [3 / 4 - 1], [[3 / 16]]
    ),
    "listwise: the one that scores lower is chosen": Worked(
        choice([[1], [0]], [0], [0, 1], [1]), [ODDS_3], log(4), [3 / 4], [[3 / 16]]
    ),
    "listwise: a group of twice the weight": Worked(
        choice([[1], [0]], [0], [1, 0], [2]), [ODDS_3], 2 * log(4 / 3), [2 * -1 / 4], [[2 * 3 / 16]]
    ),
    "listwise: a choice shared by both": Worked(
        choice([[1], [0]], [0], [0.5, 0.5], [1]),
        [ODDS_3],
        (log(4 / 3) + log(4)) / 2,
        [3 / 4 - 1 / 2],
        [[3 / 16]],
    ),
    "listwise: two groups add up": Worked(
        choice([[1], [0], [1], [0], [0]], [0, 2], [1, 0, 1, 0, 0], [1, 3]),
        [0],
        log(2) + 3 * log(3),
        [-1 / 2 + 3 * (1 / 3 - 1)],
        [[1 / 4 + 3 * 2 / 9]],
    ),
    "listwise: two columns": Worked(
        choice([[1, 0], [0, 1]], [0], [1, 0], [1]),
        [0, 0],
        log(2),
        [-1 / 2, 1 / 2],
        [[1 / 4, -1 / 4], [-1 / 4, 1 / 4]],
    ),
    "pointwise: at the top of the list": Worked(frequency([[1]], [1], [1]), [0], log(2), [-1 / 2], [[1 / 4]]),
    "pointwise: off the list": Worked(frequency([[1]], [0], [1]), [ODDS_3], log(4), [3 / 4], [[3 / 16]]),
    "pointwise: in second place of ten, twice the weight": Worked(
        frequency([[1]], [0.9], [2]),
        [ODDS_3],
        2 * (0.9 * log(4 / 3) + 0.1 * log(4)),
        [2 * (3 / 4 - 0.9)],
        [[2 * 3 / 16]],
    ),
    "pointwise: two candidates add up": Worked(
        frequency([[1], [2]], [1, 0], [1, 1]), [0], 2 * log(2), [-1 / 2 + 2 / 2], [[1 / 4 + 4 / 4]]
    ),
    # the value .75: ramps 1 and .5, and the last column 1
    "splines: the sum of two equal parts, by ramps": Worked(
        SplineLoss(
            lambda: (
                [PointwiseLoss(stack_hat_bases([single(0.75)[:, None]], KNOTS), single(1), single(1))] * 2
            ),
            2,
            2,
        ),
        [ODDS_3, 0, 0],
        2 * log(4 / 3),
        [2 * -1 / 4, 2 * -1 / 8, 2 * -1 / 4],
        [[2 * 3 / 16 * one * other for other in (1, 0.5, 1)] for one in (1, 0.5, 1)],
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_value_gradient_and_curvature_of_each_loss(name):
    loss, weights, value, gradient, curvature = LOSSES[name]
    found, slope = loss.value_and_gradient(np.array(weights, dtype=np.float64))
    assert found == pytest.approx(value, abs=1e-6)
    assert slope.tolist() == pytest.approx(gradient, abs=1e-6)
    np.testing.assert_allclose(loss.curvature(np.array(weights, dtype=np.float64)), curvature, atol=1e-6)


def test_the_curvature_of_every_second_observation_counts_double():
    groups = choice([[1], [0], [5], [0]], [0, 2], [1, 0, 1, 0], [1, 1])
    rows = frequency([[1], [5]], [1, 1], [1, 1])
    assert groups.curvature(np.zeros(1), every=2).tolist() == [[2 * 1 / 4]]
    assert rows.curvature(np.zeros(1), every=2).tolist() == [[2 * 1 / 4]]


FITS = {  # prior, precision: at the logit log 3 the loss falls by 1/4 a unit, which the prior holds back
    "half as precise": (ODDS_3 - 1 / 2, 0.5),
    "precision 1": (ODDS_3 - 1 / 4, 1.0),
    "twice as precise": (ODDS_3 - 1 / 8, 2.0),
}


@pytest.mark.parametrize("start", [None, -3.0, 5.0])
@pytest.mark.parametrize("name", FITS)
def test_the_fit_leaves_its_prior_until_the_pull_of_both_is_equal(name, start):
    prior, precision = FITS[name]
    begin = None if start is None else np.array([start])
    weights = fit_map(np.array([prior]), precision, frequency([[1]], [1], [1]), start=begin)
    assert weights.tolist() == pytest.approx([ODDS_3], abs=1e-4)


def test_without_evidence_the_fit_is_its_prior_wherever_it_starts():
    weights = fit_map(np.array([0.7]), 2.0, frequency([[1]], [1], [0]), start=np.array([4.0]))
    assert weights.tolist() == pytest.approx([0.7], abs=1e-6)


def two_candidates(source: str, *, has_article: bool, weight: float) -> QueryGroup:
    """The first has every feature at its full value and is chosen, the other has none."""
    related, appeal = (
        np.vstack([np.ones(len(columns(group))), np.zeros(len(columns(group)))]).astype(np.float32)
        for group in (RELATEDNESS, APPEAL)
    )
    return QueryGroup(source, weight, related if has_article else related[:, :0], appeal, single(1, 0))


def test_training_moves_the_pretrained_weights_as_far_as_their_prior_allows():
    """Where the fit ends, precision times the shift is the fall of the loss: 10 for appeal, else 30."""
    prior = load_pretrained_weights()
    groups = [
        two_candidates("popular", has_article=False, weight=2.0),
        two_candidates("related", has_article=True, weight=3.0),
    ]
    packed = TrainingSet(groups)
    fitted = LogisticRanker(prior).fit(packed).weights_
    shift = (fitted.appeal.weights - prior.appeal.weights).ravel()
    pointwise = build_pointwise_loss(packed.without_article, prior.appeal)
    # the intercept is fitted too: its prior is 0, and only the first candidate has ramps
    intercept = _intercept(pointwise, fitted)
    _, gradient = pointwise.value_and_gradient(np.append(fitted.appeal.weights.ravel(), intercept))
    np.testing.assert_allclose(10 * shift, -gradient[:-1], atol=1e-3)
    listwise = build_listwise_loss(packed.with_article, prior.relatedness, fitted.appeal)
    at = np.append(fitted.relatedness.weights.ravel(), fitted.appeal_scale)
    _, gradient = listwise.value_and_gradient(at)
    before = np.append(prior.relatedness.weights.ravel(), prior.appeal_scale)
    np.testing.assert_allclose(30 * (at - before), -gradient, atol=1e-3)


def _intercept(loss: SplineLoss, fitted: RankerWeights) -> float:
    """The intercept at which 10 times itself is minus the gradient, by bisection."""
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        _, gradient = loss.value_and_gradient(np.append(fitted.appeal.weights.ravel(), middle))
        low, high = (middle, high) if 10 * middle + gradient[-1] < 0 else (low, middle)
    return low
