"""Worked examples of the popularity model: outcomes, one step of learning, and when a story teaches."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest

from recsys.corpus.popularity_model import outcomes_of
from recsys.domain import Kind
from recsys.kernels import OnlineExamples, OnlineModel, Rates, Rows, learn_online
from tests.newsroom import address, at, corpus_of, shown, story

OUTCOMES = {  # lists: the highest place of story 1, and the hours of its first day on the list over 24
    "never listed": ((), (0, 0)),
    "at the top once": ((shown(1, 1),), (1, 1 / 24)),
    "second of two": ((shown(1, 2, 1),), (0.9, 1 / 24)),
    "twice within one hour": ((shown(1.2, 1), shown(1.8, 1)), (1, 1 / 24)),
    "in two hours, the better place counts": ((shown(1, 2, 1), shown(2, 1)), (1, 2 / 24)),
    "on two lists at once": ((shown(1, 1, title="Read"), shown(1, 2, 1, title="Shared")), (1, 1 / 24)),
    "every hour of the day": (tuple(shown(hour + 0.5, 1) for hour in range(24)), (1, 1)),
    "just within a day": ((shown(23.9, 1),), (1, 1 / 24)),
    "a day later": ((shown(24, 1),), (0, 0)),
    "on the front page": ((shown(1, 1, kind=Kind.FRONT_PAGE),), (0, 0)),
}


@pytest.mark.parametrize("what", OUTCOMES)
def test_outcomes_of_the_first_day(what):
    lists, expected = OUTCOMES[what]
    corpus = corpus_of([story(1, 0), story(2, 0), *lists], at(40))
    found = outcomes_of(corpus.lists, corpus.first_seen)
    assert found[corpus.row_of[address(1)]].tolist() == pytest.approx(expected)


def test_one_step_of_learning():
    """A story with the term at .6 came to the top: the error is 1/2 - 1, the slope .6 times that."""
    weights, squares, bias = np.zeros((1, 1)), np.full((1, 1), 0.07), np.zeros(1)
    rows = Rows(np.array([0, 1]), np.array([0], dtype=np.int32), np.array([0.6], dtype=np.float32))
    examples = OnlineExamples(rows, np.array([[1]], dtype=np.float32), np.array([True]))
    rates = Rates(step=0.5, bias_step=0.02, shrinkage=0.0)
    model = OnlineModel(weights, squares, bias)
    [[predicted]] = learn_online(examples, rows, np.array([1]), model, rates)
    assert bias.tolist() == pytest.approx([0.02 * 0.5])
    assert squares.tolist() == [pytest.approx([0.07 + 0.09])]
    assert weights.tolist() == [pytest.approx([0.5 * 0.3 / 0.4])]
    assert predicted == pytest.approx(1 / (1 + exp(-(0.6 * 0.375 + 0.01))))


def test_shrinkage_pulls_a_weight_towards_0():
    """The prediction is right, so the slope is shrinkage alone, .1 times 2."""
    weights, squares, bias = np.full((1, 1), 2.0), np.zeros((1, 1)), np.full(1, -2.0)
    rows = Rows(np.array([0, 1]), np.array([0], dtype=np.int32), np.array([1.0], dtype=np.float32))
    examples = OnlineExamples(rows, np.array([[0.5]], dtype=np.float32), np.array([True]))
    learn_online(examples, rows, np.array([1]), OnlineModel(weights, squares, bias), Rates(0.5, 0.02, 0.1))
    assert weights.tolist() == [pytest.approx([2 - 0.5 * 0.2 / sqrt(0.2**2)])]


ARRIVALS = {23.0: False, 24.0: False, 24.1: True}
"""A story teaches those that arrive more than a day after it."""


@pytest.mark.parametrize("hour", ARRIVALS)
def test_a_story_teaches_a_day_after_it_arrived(hour):
    corpus = corpus_of([story(1, 0, "red"), shown(1, 1), story(2, hour, "red")], at(48))
    predicted = corpus.predict_popularity().values["text"][corpus.row_of[address(2)]]
    assert (predicted > 0.5).tolist() == [ARRIVALS[hour], False]  # listed for one hour of 24: below a half
    assert (predicted == 0.5).all() == (not ARRIVALS[hour])
