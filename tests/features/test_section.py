"""Whether a candidate stands in the section of the article being read."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import Article, Kind
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.features.article_features import SECTION
from tests.newsroom import article, at, corpus_of, shown, story

PAGES = [
    story("sport", 1, section="Sport"),
    story("politics", 2, section="Politics"),
    story("none", 3),
    shown(4, "later", kind=Kind.LATEST),
    story("later", 9, section="Sport"),
]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of(PAGES, at(20))


def sections_shared(corpus: Corpus, query: Article, hour: float) -> dict[str, float]:
    view = corpus.at(at(hour))
    rows = np.arange(view.size)
    values = SECTION.compute(CandidateSet(QueryContext(view, corpus.query(query)), rows))
    return {
        corpus.stored[row].article.url.rpartition("/")[2]: value
        for row, value in enumerate(values[:, 0].tolist())
    }


def test_stories_of_the_same_section_have_1(corpus):
    query = article("new", 10, section="Sport")
    assert sections_shared(corpus, query, 10) == {"sport": 1, "politics": 0, "none": 0, "later": 1}


def test_a_page_that_came_later_has_told_no_section_yet(corpus):
    assert sections_shared(corpus, article("new", 5, section="Sport"), 5)["later"] == 0


@pytest.mark.parametrize("section", [None, "Weather"])
def test_no_section_or_one_that_nobody_had_is_shared_with_nothing(corpus, section):
    assert not any(sections_shared(corpus, article("new", 10, section=section), 10).values())
