"""The training set: two bases of the same curves, and the same fit in any amount of memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsys.ranking import LogisticRanker, QueryGroup, RankerWeights, TrainingSet, training_set
from recsys.ranking.features import APPEAL, RELATEDNESS, columns
from recsys.ranking.splines import (
    APPEAL_KNOTS,
    RELATEDNESS_KNOTS,
    hat_basis,
    ramp_basis,
    set_last_column,
    stack_hat_bases,
    to_hat_weights,
    to_ramp_gradient,
)

KNOTS = [RELATEDNESS_KNOTS, APPEAL_KNOTS]
values = arrays(np.float32, (7, 3), elements=st.floats(0, 1, width=32))


def query_groups(count: int, seed: int = 0) -> list[QueryGroup]:
    """Groups without and with an article in turn; their first column decides what was chosen."""
    chance = np.random.default_rng(seed)
    groups = []
    for number in range(count):
        size = int(chance.integers(10, 40))
        parts = [chance.uniform(size=(size, len(columns(group)))) for group in (RELATEDNESS, APPEAL)]
        related, appeal = ((part * (part > 0.5)).astype(np.float32) for part in parts)
        if number % 2:
            relevance = (appeal[:, 0] > 0.7).astype(np.float32)
            groups.append(QueryGroup("popular", 5.0, related[:, :0], appeal, relevance))
        else:
            groups.append(
                QueryGroup("related", 5.0, related, appeal, (related[:, 0] > 0.7).astype(np.float32))
            )
    return groups


def furthest(one: RankerWeights, other: RankerWeights) -> float:
    """Largest difference between the scores of two rankers, on some candidates."""
    apart = 0.0
    for context in query_groups(10, seed=9):
        totals = [
            each.appeal.total(context.appeal)
            + (each.relatedness.total(context.relatedness) if context.relatedness.shape[1] else 0)
            for each in (one, other)
        ]
        apart = max(apart, float(np.abs(totals[0] - totals[1]).max()))
    return apart


@pytest.mark.parametrize("knots", KNOTS, ids=["relatedness", "appeal"])
@given(values=values, seed=st.integers(0, 99))
def test_both_bases_give_the_same_curve(values, knots, seed):
    weights = np.random.default_rng(seed).normal(size=3 * (len(knots) - 1) + 1)
    found = hat_basis(values, knots)
    assert found.shape == (7, 3 * (len(knots) - 1))
    assert found.nnz <= 2 * np.count_nonzero(values)
    heights = to_hat_weights(weights, len(knots) - 1)
    np.testing.assert_allclose(found @ heights[:-1], ramp_basis(values, knots) @ weights[:-1], atol=1e-5)


@pytest.mark.parametrize("knots", KNOTS, ids=["relatedness", "appeal"])
@given(values=values, away=arrays(np.float32, 7, elements=st.floats(-1, 1, width=32)))
def test_gradients_convert_between_the_bases(values, knots, away):
    gradient = np.append(hat_basis(values, knots).T @ away, 0.5)
    expected = np.append(ramp_basis(values, knots).T @ away, 0.5)
    np.testing.assert_allclose(to_ramp_gradient(gradient, len(knots) - 1), expected, atol=1e-5)


def test_the_last_column_is_one_until_it_gets_other_values():
    stacked = stack_hat_bases([np.array([[0.0, 1.0]]), np.array([[0.6, 0.0]])], APPEAL_KNOTS)
    assert stacked.toarray()[:, -1].tolist() == [1, 1]
    before = stacked.toarray()[:, :-1].tolist()
    changed = set_last_column(stacked, np.array([0.25, -3], dtype=np.float32)).toarray()
    assert changed[:, -1].tolist() == [0.25, -3]
    assert changed[:, :-1].tolist() == before


def test_the_fit_is_the_same_in_any_amount_of_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training_set, "BLOCK", 200)
    groups = query_groups(80)
    ample = LogisticRanker().fit(TrainingSet(groups)).weights_
    for memory in (0, 100_000):
        packed = TrainingSet(groups, memory=memory)
        assert len(packed.with_article) > 3
        assert packed.memory_used <= memory
        found = LogisticRanker().fit(packed).weights_
        np.testing.assert_allclose(found.relatedness.weights, ample.relatedness.weights, atol=1e-6)
        np.testing.assert_allclose(found.appeal.weights, ample.appeal.weights, atol=1e-6)
        assert found.appeal_scale == pytest.approx(ample.appeal_scale, abs=1e-6)


def test_where_the_search_begins_does_not_change_what_it_finds():
    packed, chance = TrainingSet(query_groups(80)), np.random.default_rng(3)
    first = LogisticRanker().fit(packed).weights_
    moved = RankerWeights(
        first.relatedness.refit(
            first.relatedness.weights + chance.normal(size=first.relatedness.weights.shape)
        ),
        first.appeal.refit(first.appeal.weights + chance.normal(size=first.appeal.weights.shape)),
        1.0,
    )
    for near in (first, moved):
        again = LogisticRanker().fit(packed, warm_start=near).weights_
        assert furthest(again, first) < 1e-3
        assert again.appeal_scale == pytest.approx(first.appeal_scale, abs=1e-3)


def test_all_groups_are_counted_and_informative_ones_are_packed():
    groups = query_groups(4)
    silent = [QueryGroup(c.source, c.weight, c.relatedness, c.appeal, 0 * c.relevance) for c in groups]
    packed = TrainingSet([*groups, *silent])
    assert packed.counts == {"popular": 4, "related": 4}
    assert [block.lengths.tolist() for block in packed.without_article] == [
        [len(c.relevance) for c in groups[1::2]]
    ]
    assert [block.lengths.tolist() for block in packed.with_article] == [
        [len(c.relevance) for c in groups[::2]]
    ]
