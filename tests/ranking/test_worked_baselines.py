"""One worked example for every baseline."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from recsys.domain import Kind
from recsys.ranking import BASELINES, Baseline, persistence
from recsys.ranking.features import CandidateSet, QueryContext
from tests.features.worked import rarity, saturated
from tests.newsroom import address, article, at, corpus_of, shown, story

# Each word is in the primer and in one other story, so that all words are equally rare. Two hours are one
# half-life of popularity.
STORIES = (
    story("primer", 0, "red blue teal pink grey"),
    story(1, 0.5, "red"),
    story(2, 1, "blue teal"),
    story(3, 2, "pink"),
    story(4, 7, "grey"),
)
LISTS = (
    shown(4, 3, 1, title="Most read"),
    shown(6, 1, 2, title="Most read"),
    shown(6, 2, title="Most shared"),
    shown(7, 4, kind=Kind.FRONT_PAGE, title="Front"),
)
EXPECTED = {  # of stories 1 to 4 at hour 8
    "newest": (1 / 8.5, 1 / 8, 1 / 7, 1 / 2),
    "popularity": (0.9 / 4 + 1 / 2, 0.9 / 2 + 1 / 2, 1 / 4, 0),
    "persistence": (1, 1, 0, 0),  # the last list of each source, the better place
    "tfidf": (1 / sqrt(2), 1 / 2, 0, 0),
    "bm25": (rarity(2, 5) * saturated(1, 1 / 3), rarity(2, 5) * saturated(1, 2 / (8 / 3)), 0, 0),
}


def scores(baseline: Baseline) -> tuple[float, ...]:
    corpus = corpus_of([*STORIES, *LISTS], at(8))
    rows = np.array([corpus.row_of[address(slug)] for slug in (1, 2, 3, 4)])
    context = QueryContext(corpus.at(at(8)), corpus.query(article("query", 8, "red blue")))
    return tuple(baseline.score(CandidateSet(context, rows)).total.tolist())


@pytest.mark.parametrize("name", BASELINES)
def test_each_baseline_has_the_value_of_its_definition(name):
    assert scores(BASELINES[name]) == pytest.approx(EXPECTED[name], rel=1e-5)


def test_persistence_of_one_source_is_its_last_list():
    corpus = corpus_of([*STORIES, *LISTS], at(8))
    number = {source.title: n for n, source in enumerate(corpus.lists.sources)}
    assert scores(persistence(number["Most read"])) == pytest.approx((1, 0.9, 0, 0))
    assert scores(persistence(number["Most shared"])) == pytest.approx((0, 1, 0, 0))
