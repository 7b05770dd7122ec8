"""The classifier of relatedness, worked out by hand where a candidate shares nothing with the article."""

from __future__ import annotations

import numpy as np

from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.relatedness_classifier import INPUTS, are_related, inputs_of
from tests.newsroom import article, at, corpus_of, story


def candidates() -> CandidateSet:
    """Ten stories, of which headlines are known and nothing is shared with the article."""
    corpus = corpus_of([story(n, n, f"Ferry{n} late") for n in range(10)], at(20))
    view = corpus.at(at(20))
    return CandidateSet(QueryContext(view, corpus.query(article("query", 20, "潮見台が開通"))), np.arange(10))


def test_without_anything_shared_only_the_last_three_inputs_count():
    inputs = inputs_of(candidates(), np.full(10, 2.5))
    assert inputs.shape == (10, len(INPUTS))
    assert not inputs[:, :-3].any()
    np.testing.assert_allclose(inputs[:, -3:], [[2.5, 1.0, 0.0]] * 10)  # logit, log10 of 10, no text


def test_the_edge_of_what_is_related():
    """-2.599 + .432 x + .040 * log10(10) = 0 at x = 2.559 / .432 = 5.9236."""
    logits = np.array([5.92, 5.93] * 5)
    assert are_related(candidates(), logits).tolist() == [False, True] * 5
