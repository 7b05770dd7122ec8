"""The curves, the pairs and the fit: each against a plain computation of the same thing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from sklearn.preprocessing import SplineTransformer

from recsys.features import APPEAL, RELATEDNESS, columns
from recsys.ranking import Context, Curves, PairwiseRanker
from recsys.ranking.curves import APPEAL_KNOTS, RELATEDNESS_KNOTS, flat, ramps
from recsys.ranking.pairwise import MOST_PAIRS, Comparisons, against_absent, fit_around, pair_differences

GRID = np.linspace(0, 1, 101, dtype=np.float32)[:, None]


def residual(target: np.ndarray, basis: np.ndarray) -> float:
    """How far the best combination of the basis stays from the target."""
    solution, *_ = np.linalg.lstsq(basis, target, rcond=None)
    return float(np.abs(basis @ solution - target).max())


@pytest.mark.parametrize("knots", [RELATEDNESS_KNOTS, APPEAL_KNOTS], ids=["relatedness", "appeal"])
def test_the_curves_span_what_scikit_learns_linear_splines_span(knots):
    ours = np.hstack([np.ones((len(GRID), 1)), ramps(GRID, knots)])
    spline = SplineTransformer(degree=1, knots=np.array(knots)[:, None], include_bias=True)
    theirs = spline.fit_transform(GRID.astype(np.float64))
    assert ours.shape == theirs.shape
    assert residual(theirs, ours) < 1e-5
    assert residual(ours, theirs) < 1e-5


heights = arrays(np.float64, (2, len(APPEAL_KNOTS) - 1), elements=st.floats(-5, 5))


@given(heights, arrays(np.float32, (7, 2), elements=st.floats(0, 1, width=32)))
def test_a_curve_adds_its_ramps_times_its_weights(weights, values):
    curves = Curves(("one", "other"), APPEAL_KNOTS, weights)
    expected = (ramps(values, APPEAL_KNOTS).reshape(7, 2, -1) * weights).sum(axis=2)
    np.testing.assert_allclose(curves.contributions(values), expected, atol=1e-4)
    np.testing.assert_allclose(curves.total(values), expected.sum(axis=1), atol=1e-4)


@given(heights)
def test_a_feature_that_is_absent_adds_nothing_and_a_full_one_all_its_weights(weights):
    curves = Curves(("one", "other"), APPEAL_KNOTS, weights)
    assert not curves.contributions(np.zeros((1, 2), dtype=np.float32)).any()
    full = curves.contributions(np.ones((1, 2), dtype=np.float32))
    np.testing.assert_allclose(full[0], weights.sum(axis=1), atol=1e-9)


def test_flat_curves_say_nothing_and_refit_gives_them_other_heights():
    curves = flat(("one", "other"), APPEAL_KNOTS)
    assert not curves.total(np.full((3, 2), 0.7, dtype=np.float32)).any()
    again = curves.refit(np.arange(8.0))
    assert (again.names, again.knots) == (curves.names, curves.knots)
    np.testing.assert_array_equal(again.weights, np.arange(8.0).reshape(2, 4))


def context(gains: list[float], weight: float = 1.0, features: np.ndarray | None = None) -> Context:
    empty = np.zeros((len(gains), 0), dtype=np.float32)
    return Context(
        "popular", weight, empty, empty if features is None else features, np.array(gains, dtype=np.float32)
    )


def pairs_of(contexts: list[tuple[np.ndarray, Context]]) -> tuple[np.ndarray, np.ndarray]:
    """The differences and their weights; a pair is never lost."""
    pairs = pair_differences(contexts)
    assert not pairs.lost.any()
    return pairs.differences, pairs.won


def fit(prior: np.ndarray, differences: np.ndarray, weights: np.ndarray, precision: float) -> np.ndarray:
    """Weights from differences that were all won."""
    return fit_around(prior, Comparisons(differences, weights, np.zeros(len(weights))), precision)


def test_a_candidate_wins_against_an_absent_story_as_often_as_its_place_says():
    features = np.array([[3, 0], [0, 2], [1, 1]], dtype=np.float32)
    nothing = (features, context([0.0, 0.0, 0.0]))
    seen = against_absent([(features, context([1.0, 0.25, 0.0], 2.0)), nothing])
    assert seen.differences.tolist() == [[3, 0, 1], [0, 2, 1], [1, 1, 1]]  # the last column is the edge
    np.testing.assert_allclose(seen.won, [2, 0.5, 0])
    np.testing.assert_allclose(seen.lost, [0, 1.5, 2])


gains = st.lists(st.sampled_from([0, 0.25, 0.5, 1]), min_size=1, max_size=8)


@given(st.lists(st.tuples(gains, st.floats(0.01, 9)), max_size=4))
def test_the_pairs_of_a_context_weigh_together_what_it_weighs(drawn):
    contexts = [(np.arange(len(g), dtype=np.float32)[:, None], context(g, w)) for g, w in drawn]
    differences, weights = pairs_of(contexts)
    telling = [(g, w) for g, w in drawn if len(set(g)) > 1]
    assert len(differences) == len(weights) == sum(a > b for g, _ in drawn for a in g for b in g)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(sum(w for _, w in telling))


def test_a_pair_is_what_was_preferred_less_what_was_not():
    features = np.array([[1, 0], [0, 3], [5, 5]], dtype=np.float32)
    differences, _ = pairs_of([(features, context([0.0, 1.0, 0.0]))])
    assert sorted(differences.tolist()) == [[-5, -2], [-1, 3]]


def test_a_pair_counts_by_what_turning_it_round_would_cost():
    _, weights = pairs_of([(np.zeros((3, 1), dtype=np.float32), context([1.0, 0.5, 0.0], 1.0))])
    discount = 1 / np.log2(np.array([2, 3, 4]))
    cost = np.array(
        [0.5 * (discount[0] - discount[1]), discount[0] - discount[2], 0.5 * (discount[1] - discount[2])]
    )
    np.testing.assert_allclose(weights, cost / cost.sum(), rtol=1e-6)


def test_of_many_pairs_some_are_drawn_and_weigh_as_much_together():
    chosen = [1.0] * 20 + [0.0] * 40
    features = np.arange(60, dtype=np.float32)[:, None]
    differences, weights = pairs_of([(features, context(chosen, 2.0))] * 2)
    assert len(differences) == len(weights) == 2 * MOST_PAIRS < 2 * 20 * 40
    assert weights.sum() == pytest.approx(4)
    assert (differences < 0).all()  # what was preferred stands first


def test_equal_gains_count_equally_whatever_their_order():
    _, weights = pairs_of([(np.zeros((4, 1), dtype=np.float32), context([1.0, 0.0, 1.0, 0.0]))])
    np.testing.assert_allclose(weights, 0.25)


def evidence(count: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A prior, and differences that a hidden weighting turns the right way round."""
    chance = np.random.default_rng(seed)
    differences = chance.uniform(-1, 1, (count, width)).astype(np.float32)
    differences *= np.where(differences @ chance.normal(size=width) > 0, 1, -1)[:, None].astype(np.float32)
    return chance.normal(scale=0.5, size=width), differences, chance.uniform(0.5, 1.5, count)


def directly(prior: np.ndarray, differences: np.ndarray, weights: np.ndarray, precision: float) -> np.ndarray:
    """The penalised likelihood, minimised as it stands."""
    rows = differences.astype(np.float64)

    def loss(found: np.ndarray) -> tuple[float, np.ndarray]:
        margin, away = rows @ found, found - prior
        value = (weights * np.logaddexp(0, -margin)).sum() + precision / 2 * (away**2).sum()
        return value, precision * away - rows.T @ (weights / (1 + np.exp(margin)))

    return minimize(loss, prior, jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10}).x


SIZES = [
    (40, 3, 5.0, 2.0),
    (400, 10, 30.0, 2.0),
    (400, 10, 30.0, 30.0),
    (3_000, 150, 5.0, 30.0),
    (3_000, 150, 300.0, 30.0),
]


@pytest.mark.parametrize(("count", "width", "mass", "precision"), SIZES)
def test_the_fit_is_the_minimum_of_the_penalised_likelihood(count, width, mass, precision):
    prior, differences, weights = evidence(count, width, seed=width)
    weights *= mass / weights.sum()
    expected = directly(prior, differences, weights, precision)
    moved = float(np.linalg.norm(expected - prior))
    found = fit(prior, differences, weights, precision)
    assert np.linalg.norm(found - expected) < 0.05 * moved + 0.005  # single precision


def test_without_evidence_the_fit_is_the_prior_exactly():
    prior = np.array([0.3, -2.0, 0.0])
    found = fit(prior, np.zeros((0, 3), dtype=np.float32), np.zeros(0), 2.0)
    np.testing.assert_array_equal(found, prior)


def test_little_evidence_moves_the_fit_a_little_and_much_moves_it_much():
    prior, differences, weights = evidence(400, 10, seed=1)
    moved = [
        float(np.linalg.norm(fit(prior, differences, weights * mass / weights.sum(), 2.0) - prior))
        for mass in (0.01, 1, 100, 10_000)
    ]
    assert moved == sorted(moved)
    assert moved[0] < 0.01
    assert moved[-1] > 100 * moved[0]


def telling_contexts(count: int, seed: int = 0, weight: float = 1.0) -> list[Context]:
    """Moments and articles beside which the first column of each group says what was preferred."""
    chance = np.random.default_rng(seed)
    made = []
    for number in range(count):
        related = chance.uniform(size=(20, len(columns(RELATEDNESS)))).astype(np.float32)
        appeal = chance.uniform(size=(20, len(columns(APPEAL)))).astype(np.float32)
        if number % 2:
            made.append(
                Context("popular", weight, related[:, :0], appeal, (appeal[:, 0] > 0.7).astype(np.float32))
            )
        else:
            made.append(Context("related", weight, related, appeal, (related[:, 0] > 0.7).astype(np.float32)))
    return made


def test_a_ranker_that_is_fit_on_nothing_is_its_prior():
    taught = PairwiseRanker().fit(telling_contexts(20)).weighting_
    again = PairwiseRanker(taught).fit([]).weighting_
    np.testing.assert_array_equal(again.relatedness.weights, taught.relatedness.weights)
    np.testing.assert_array_equal(again.appeal.weights, taught.appeal.weights)
    assert again.appeal_scale == taught.appeal_scale


def test_contexts_in_which_nothing_was_preferred_teach_nothing():
    silent = [Context(c.source, c.weight, c.relatedness, c.appeal, 0 * c.gains) for c in telling_contexts(6)]
    ranker = PairwiseRanker()
    assert not ranker.fit(silent).weighting_.relatedness.weights.any()
    assert not ranker.weighting_.appeal.weights.any()


def test_fit_twice_is_fit_once():
    contexts = telling_contexts(20)
    once, twice = (
        PairwiseRanker().fit(contexts),
        PairwiseRanker().fit(telling_contexts(9, seed=4)).fit(contexts),
    )
    np.testing.assert_array_equal(once.weighting_.relatedness.weights, twice.weighting_.relatedness.weights)
    np.testing.assert_array_equal(once.weighting_.appeal.weights, twice.weighting_.appeal.weights)
    assert once.weighting_.appeal_scale == twice.weighting_.appeal_scale


def test_the_column_that_tells_gets_the_greatest_weight():
    learnt = PairwiseRanker().fit(telling_contexts(40, weight=20)).weighting_
    assert learnt.relatedness.weights.sum(axis=1).argmax() == 0
    assert learnt.appeal.weights.sum(axis=1).argmax() == 0


def test_fitting_leaves_the_prior_as_it_was():
    ranker = PairwiseRanker()
    ranker.fit(telling_contexts(10))
    assert not ranker.prior.relatedness.weights.any()
