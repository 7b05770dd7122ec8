"""Splines, losses and the fit, each compared with a plain computation of the same thing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer

from recsys.ranking import LogisticRanker, QueryGroup, RankerWeights, Splines, TrainingSet
from recsys.ranking.features import APPEAL, RELATEDNESS, columns
from recsys.ranking.logistic_ranker import build_listwise_loss, build_pointwise_loss
from recsys.ranking.losses import ListwiseLoss, PointwiseLoss, fit_map
from recsys.ranking.splines import APPEAL_KNOTS, RELATEDNESS_KNOTS, flat_splines, ramp_basis

GRID = np.linspace(0, 1, 101, dtype=np.float32)[:, None]


def residual(target: np.ndarray, basis: np.ndarray) -> float:
    """How far the best combination of the basis stays from the target."""
    solution, *_ = np.linalg.lstsq(basis, target, rcond=None)
    return float(np.abs(basis @ solution - target).max())


@pytest.mark.parametrize("knots", [RELATEDNESS_KNOTS, APPEAL_KNOTS], ids=["relatedness", "appeal"])
def test_the_curves_span_what_scikit_learns_linear_splines_span(knots):
    ours = np.hstack([np.ones((len(GRID), 1)), ramp_basis(GRID, knots)])
    spline = SplineTransformer(degree=1, knots=np.array(knots)[:, None], include_bias=True)
    theirs = spline.fit_transform(GRID.astype(np.float64))
    assert ours.shape == theirs.shape
    assert residual(theirs, ours) < 1e-5
    assert residual(ours, theirs) < 1e-5


heights = arrays(np.float64, (2, len(APPEAL_KNOTS) - 1), elements=st.floats(-5, 5))


@given(heights, arrays(np.float32, (7, 2), elements=st.floats(0, 1, width=32)))
def test_a_curve_adds_its_ramps_times_its_weights(weights, values):
    curves = Splines(("one", "other"), APPEAL_KNOTS, weights)
    expected = (ramp_basis(values, APPEAL_KNOTS).reshape(7, 2, -1) * weights).sum(axis=2)
    np.testing.assert_allclose(curves.contributions(values), expected, atol=1e-4)
    np.testing.assert_allclose(curves.total(values), expected.sum(axis=1), atol=1e-4)


@given(heights)
def test_a_value_of_0_adds_nothing_and_of_1_all_weights(weights):
    curves = Splines(("one", "other"), APPEAL_KNOTS, weights)
    assert not curves.contributions(np.zeros((1, 2), dtype=np.float32)).any()
    full = curves.contributions(np.ones((1, 2), dtype=np.float32))
    np.testing.assert_allclose(full[0], weights.sum(axis=1), atol=1e-9)


def test_flat_curves_add_nothing_and_refit_replaces_their_weights():
    curves = flat_splines(("one", "other"), APPEAL_KNOTS)
    assert not curves.total(np.full((3, 2), 0.7, dtype=np.float32)).any()
    again = curves.refit(np.arange(8.0))
    assert (again.names, again.knots) == (curves.names, curves.knots)
    np.testing.assert_array_equal(again.weights, np.arange(8.0).reshape(2, 4))


def context(relevance: list[float], weight: float = 1.0, features: np.ndarray | None = None) -> QueryGroup:
    empty = np.zeros((len(relevance), 0), dtype=np.float32)
    return QueryGroup(
        "popular",
        weight,
        empty,
        empty if features is None else features,
        np.array(relevance, dtype=np.float32),
    )


def test_a_candidate_wins_against_an_absent_story_as_often_as_its_place_says():
    curves = flat_splines(("one",), APPEAL_KNOTS)
    features = np.array([[1.0], [0.5], [0.0]], dtype=np.float32)
    packed = TrainingSet([context([1.0, 0.25, 0.0], 2.0, features)])
    [seen] = build_pointwise_loss(
        packed.without_article, curves
    ).parts()  # the last column is the list's edge
    assert seen.features.toarray().tolist() == [
        [0, 0, 0, 1, 1],
        [0, 1, 0, 0, 1],
        [0, 0, 0, 0, 1],
    ]  # last: the edge
    assert seen.targets.tolist() == [1.0, 0.25, 0.0]
    assert seen.row_weights.tolist() == [2.0, 2.0, 2.0]


def evidence(count: int, width: int, seed: int) -> tuple[np.ndarray, ListwiseLoss]:
    """A prior, and choices between two that a hidden weighting makes; weights vary."""
    chance = np.random.default_rng(seed)
    features = chance.uniform(-1, 1, (count, 2, width)).astype(np.float32)
    better = (features @ chance.normal(size=width)).argmax(axis=1)
    shares = np.eye(2, dtype=np.float32)[better].ravel()
    weights = chance.uniform(0.5, 1.5, count).astype(np.float32)
    starts = np.arange(0, 2 * count, 2)
    return chance.normal(scale=0.5, size=width), ListwiseLoss(
        features.reshape(-1, width), starts, shares, weights
    )


def weighing(choices: ListwiseLoss, mass: float) -> ListwiseLoss:
    """The same choices, weighing that much together."""
    return replace(
        choices,
        group_weights=(choices.group_weights * (mass / choices.group_weights.sum())).astype(np.float32),
    )


SIZES = [(40, 3, 5.0, 2.0), (400, 10, 30.0, 2.0), (400, 10, 30.0, 30.0), (3_000, 150, 300.0, 30.0)]


@pytest.mark.parametrize(("count", "width", "mass", "precision"), SIZES)
def test_a_choice_between_two_is_logistic_regression_on_their_difference(count, width, mass, precision):
    _, choices = evidence(count, width, seed=width)
    choices = weighing(choices, mass)
    pairs = choices.features.reshape(count, 2, width)
    differences = (pairs[:, 0] - pairs[:, 1]).astype(np.float64)
    learner = LogisticRegression(C=1 / precision, fit_intercept=False, tol=1e-10, max_iter=1_000)
    learner.fit(differences, choices.shares[::2] > 0, sample_weight=choices.group_weights)
    found = fit_map(np.zeros(width), precision, choices)
    np.testing.assert_allclose(found, learner.coef_[0], atol=1e-3 * np.abs(learner.coef_).max())


@pytest.mark.parametrize(("count", "width", "mass", "precision"), SIZES)
def test_the_pointwise_loss_is_logistic_regression_with_frequencies(count, width, mass, precision):
    chance = np.random.default_rng(width)
    features = chance.uniform(-1, 1, (count, width)).astype(np.float32)
    places = chance.uniform(size=count).astype(np.float32)
    weights = np.full(count, mass / count, dtype=np.float32)
    learner = LogisticRegression(C=1 / precision, fit_intercept=False, tol=1e-10, max_iter=1_000)
    learner.fit(
        np.vstack([features, features]).astype(np.float64),
        np.repeat([1, 0], count),
        sample_weight=np.concatenate([weights * places, weights * (1 - places)]),
    )
    found = fit_map(np.zeros(width), precision, PointwiseLoss(features, places, weights))
    np.testing.assert_allclose(found, learner.coef_[0], atol=1e-3 * np.abs(learner.coef_).max())


@given(st.integers(0, 99))
def test_gradients_and_curvatures_are_those_of_the_losses(seed):
    chance = np.random.default_rng(seed)
    features = chance.uniform(size=(9, 4)).astype(np.float32)
    shares = np.array([1, 0, 0.5, 0.5, 0, 0, 0, 0, 1], dtype=np.float32)
    starts, weights = np.array([0, 2, 5]), np.array([1, 2, 0.5], dtype=np.float32)
    for evidence in (
        ListwiseLoss(features, starts, shares, weights),
        PointwiseLoss(features, shares, shares + 1),
    ):
        at, step = chance.normal(size=4), 1e-2
        _, gradient = evidence.value_and_gradient(at)
        for axis in np.eye(4):
            rise = (
                evidence.value_and_gradient(at + step * axis)[0]
                - evidence.value_and_gradient(at - step * axis)[0]
            )
            assert rise / (2 * step) == pytest.approx(float(gradient @ axis), abs=1e-3)
            turn = (
                evidence.value_and_gradient(at + step * axis)[1]
                - evidence.value_and_gradient(at - step * axis)[1]
            )
            np.testing.assert_allclose(evidence.curvature(at) @ axis, turn / (2 * step), atol=1e-3)


def test_the_chosen_one_of_three_is_given_by_its_share():
    features = np.array([[1.0], [0.0], [0.0]], dtype=np.float32)
    one = ListwiseLoss(features, np.array([0]), np.array([1, 0, 0], dtype=np.float32), np.ones(1, np.float32))
    assert one.value_and_gradient(np.zeros(1))[0] == pytest.approx(np.log(3))
    assert one.value_and_gradient(np.zeros(1))[1] == pytest.approx([1 / 3 - 1])


def test_relevance_is_a_choice_among_the_candidates_of_a_group():
    groups = query_groups(4, weight=2.0)[::2]
    blank = RankerWeights.blank()
    [choices] = build_listwise_loss(TrainingSet(groups).with_article, blank.relatedness, blank.appeal).parts()
    assert choices.features.shape == (40, blank.relatedness.weights.size + 1)
    assert choices.starts.tolist() == [0, 20]
    assert choices.group_weights.tolist() == [2.0, 2.0]
    np.testing.assert_allclose(np.add.reduceat(choices.shares, choices.starts), 1, rtol=1e-5)
    np.testing.assert_array_equal(choices.shares > 0, np.concatenate([c.relevance for c in groups]) > 0)


def test_little_evidence_moves_the_fit_a_little_and_much_moves_it_much():
    prior, choices = evidence(400, 10, seed=1)
    moved = [
        float(np.linalg.norm(fit_map(prior, 2.0, weighing(choices, mass)) - prior))
        for mass in (0.01, 1, 100, 10_000)
    ]
    assert moved == sorted(moved)
    assert moved[0] < 0.01
    assert moved[-1] > 100 * moved[0]


def query_groups(count: int, seed: int = 0, weight: float = 1.0) -> list[QueryGroup]:
    """Groups without and with an article; the first column decides what was chosen."""
    chance = np.random.default_rng(seed)
    groups = []
    for number in range(count):
        related = chance.uniform(size=(20, len(columns(RELATEDNESS)))).astype(np.float32)
        appeal = chance.uniform(size=(20, len(columns(APPEAL)))).astype(np.float32)
        if number % 2:
            groups.append(
                QueryGroup("popular", weight, related[:, :0], appeal, (appeal[:, 0] > 0.7).astype(np.float32))
            )
        else:
            groups.append(
                QueryGroup("related", weight, related, appeal, (related[:, 0] > 0.7).astype(np.float32))
            )
    return groups


def test_a_ranker_without_evidence_is_its_prior():
    trained = LogisticRanker().fit(query_groups(20)).weights_
    again = LogisticRanker(trained).fit([]).weights_
    np.testing.assert_array_equal(again.relatedness.weights, trained.relatedness.weights)
    np.testing.assert_array_equal(again.appeal.weights, trained.appeal.weights)
    assert again.appeal_scale == trained.appeal_scale


def test_groups_without_a_choice_change_nothing():
    silent = [
        QueryGroup(c.source, c.weight, c.relatedness, c.appeal, 0 * c.relevance) for c in query_groups(6)
    ]
    ranker = LogisticRanker()
    assert not ranker.fit(silent).weights_.relatedness.weights.any()
    assert not ranker.weights_.appeal.weights.any()


def test_fit_twice_is_fit_once():
    contexts = query_groups(20)
    once, twice = (
        LogisticRanker().fit(contexts),
        LogisticRanker().fit(query_groups(9, seed=4)).fit(contexts),
    )
    np.testing.assert_array_equal(once.weights_.relatedness.weights, twice.weights_.relatedness.weights)
    np.testing.assert_array_equal(once.weights_.appeal.weights, twice.weights_.appeal.weights)
    assert once.weights_.appeal_scale == twice.weights_.appeal_scale


def test_the_column_that_decides_gets_the_greatest_weight():
    learnt = LogisticRanker().fit(query_groups(40, weight=20)).weights_
    assert learnt.relatedness.weights.sum(axis=1).argmax() == 0
    assert learnt.appeal.weights.sum(axis=1).argmax() == 0


def test_fitting_leaves_the_prior_as_it_was():
    ranker = LogisticRanker()
    ranker.fit(query_groups(10))
    assert not ranker.prior.relatedness.weights.any()
