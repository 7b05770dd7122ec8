"""Worked examples of training: what lists teach, and where the fit starts."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.domain import Kind, to_microseconds
from recsys.ranking.features import RELATEDNESS, CandidateSet, QueryContext, compute, find_candidates
from recsys.ranking.model_files import load_pretrained_weights
from recsys.training import train
from recsys.training.examples import build_query_groups, group_lists, query_moment
from tests.newsroom import address, at, corpus_of, shown, story, text_of


def test_relevance_is_the_mean_place_one_three_and_six_hours_later():
    """The list of hour 10 has a later one at each horizon, and weighs as much as three lists."""
    pages = [
        *(story(slug, 0) for slug in (1, 2, 3, 4)),
        shown(10, 1, 2, title="Most read"),
        shown(11, 2, 1, title="Most read"),
        shown(13, 2, 3, title="Most read"),
        shown(16, 3, 2, title="Most read"),
    ]
    corpus = corpus_of(pages, at(20))
    view = corpus.at(at(20))
    first, *others = [group for built in build_query_groups(view, group_lists(view)) for _, group in built]
    relevance = dict(zip((1, 2, 3, 4), first.relevance.tolist(), strict=True))
    assert relevance == pytest.approx({1: 0.9 / 3, 2: (1 + 1 + 0.9) / 3, 3: (0.9 + 1) / 3, 4: 0})
    assert first.weight == 3
    # from hour 11: no list one or six hours later, that of 13 is not within 1.5 to 4 hours after the third
    assert [each.weight for each in others] == [1]
    assert others[0].relevance.tolist() == pytest.approx([0, 0.9, 1, 0])


def related_list(hour: float) -> list[object]:
    return [
        story(1, 0, "Ferry", text_of("Anslow", 1)),
        story(2, 1, "Bridge", text_of("Anslow", 2)),
        story(3, 2, "Storm", text_of("Anslow", 3)),
        shown(hour, 1, kind=Kind.RELATED, beside=3),
    ]


MOMENTS = {2.5: 2, 1.5: 1.5}
"""When the related list of a story first seen at hour 2 is observed, and the moment it is predicted at."""


@pytest.mark.parametrize("hour", MOMENTS)
def test_a_related_list_is_predicted_when_it_or_its_article_was_first_seen(hour):
    corpus = corpus_of(related_list(hour), at(9))  # type: ignore[arg-type]
    assert query_moment(corpus, 0) == to_microseconds(at(MOMENTS[hour]))


def test_training_starts_at_the_pretrained_weights():
    """One related list moves its own features a little; all other weights stay as they were."""
    corpus = corpus_of(related_list(2.5), at(9))  # type: ignore[arg-type]
    before, after = load_pretrained_weights(), train(corpus, until=at(9)).ranker.weights_
    assert after.appeal.weights.tolist() == before.appeal.weights.tolist()
    shift = np.abs(after.relatedness.weights - before.relatedness.weights)
    assert 0 < shift.max() < 0.1 < np.abs(before.relatedness.weights).max()
    context = QueryContext(corpus.at(at(2)), corpus.query_row(corpus.row_of[address(3)]))
    values = compute(RELATEDNESS, CandidateSet(context, find_candidates(context)))
    assert shift[values.max(axis=0) == 0].max() < 1e-9
