"""Metrics agree with ir_measures and keep their laws."""

from __future__ import annotations

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, R, Success, nDCG

from recsys.errors import InvalidValueError
from recsys.evaluation.metrics import METRICS, dcg, measure, ndcg

THEIRS = {
    "ndcg@5": nDCG @ 5,
    "ndcg@10": nDCG @ 10,
    "mrr": RR @ 100,
    "recall@10": R @ 10,
    "hit@10": Success @ 10,
    "map": AP @ 100,
}

stories = st.lists(st.integers(0, 10), min_size=1, max_size=130)
"""The gains of a list in its order."""
missed = st.lists(st.integers(1, 10), max_size=15)
"""The gains of what was relevant and is not in the list."""


def relevant_of(ranked: list[int], others: list[int]) -> list[int]:
    return [gain for gain in ranked if gain > 0] + others


@given(stories, missed)
def test_metrics_are_those_of_ir_measures(ranked, others):
    qrels = [ir_measures.Qrel("q", f"d{n}", gain) for n, gain in enumerate(ranked)]
    qrels += [ir_measures.Qrel("q", f"missed{n}", gain) for n, gain in enumerate(others)]
    run = [ir_measures.ScoredDoc("q", f"d{n}", float(-n)) for n in range(len(ranked))]
    theirs = ir_measures.calc_aggregate(list(THEIRS.values()), qrels, run)
    ours = measure(ranked, relevant_of(ranked, others))
    for name, found in ours.items():
        assert found == pytest.approx(theirs[THEIRS[name]], abs=1e-9), name


@given(stories, missed)
def test_every_value_lies_between_0_and_1(ranked, others):
    values = measure(ranked, relevant_of(ranked, others))
    assert set(values) == set(METRICS)
    assert all(0 <= value <= 1 + 1e-12 for value in values.values())


@given(st.lists(st.integers(1, 10), min_size=1, max_size=10))
def test_a_perfect_ranking_scores_1(gains):
    values = measure(sorted(gains, reverse=True), gains)
    assert values == pytest.approx(dict.fromkeys(values, 1.0) | {"recall@10": 1.0})


@given(stories, missed, st.randoms(use_true_random=False))
def test_neither_the_order_of_what_was_relevant_nor_what_stands_far_down_matters(ranked, others, chance):
    relevant = relevant_of(ranked, others)
    shuffled = chance.sample(relevant, len(relevant))
    assert measure(ranked, shuffled) == pytest.approx(measure(ranked, relevant))
    cut = [*ranked[:10], *([0] * len(ranked[10:]))]
    same = ("ndcg@5", "ndcg@10", "recall@10", "hit@10")
    assert [measure(cut, relevant)[name] for name in same] == [
        measure(ranked, relevant)[name] for name in same
    ]


@given(stories, missed, st.data())
def test_moving_a_story_that_is_right_up_never_costs(ranked, others, data):
    relevant = relevant_of(ranked, others)
    place = data.draw(st.integers(0, len(ranked) - 1))
    higher = [ranked[place], *ranked[:place], *ranked[place + 1 :]]
    if ranked[place] == max(ranked):
        before, after = measure(ranked, relevant), measure(higher, relevant)
        assert all(after[name] >= before[name] - 1e-12 for name in before)


def test_nothing_found_and_nothing_relevant_score_0():
    assert set(measure([], [1.0]).values()) == {0.0}
    assert set(measure([0.0, 0.0], [1.0]).values()) == {0.0}
    assert set(measure([0.0], []).values()) == {0.0}


def test_values_that_can_be_checked_in_the_head():
    assert dcg([1, 0, 1]) == 1 + 1 / 2
    assert ndcg([0, 0, 1], [1], 10) == 1 / 2
    assert measure([0, 1], [1, 1]) == pytest.approx(
        {
            "ndcg@5": 0.6309 / 1.6309,
            "ndcg@10": 0.6309 / 1.6309,
            "mrr": 1 / 2,
            "recall@10": 1 / 2,
            "hit@10": 1,
            "map": 1 / 4,
        },
        abs=1e-4,
    )


@pytest.mark.parametrize("value", ["high", None, float("nan"), [1.0], 1j])
def test_a_metric_that_is_no_finite_number_is_named(value):
    with pytest.raises(InvalidValueError, match="metric mine: expected a finite number per query, found "):
        measure([1.0], [1.0], {"mine": lambda *_: value})


def test_a_metric_may_be_any_kind_of_number():
    metrics = {"whole": lambda *_: 1, "numpy": lambda *_: np.float32(0.5), "truth": lambda *_: np.bool_(1)}
    assert measure([1.0], [1.0], metrics) == {"whole": 1.0, "numpy": 0.5, "truth": 1.0}
