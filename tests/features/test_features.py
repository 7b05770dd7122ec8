"""Properties of every column: range, name, and independence of the order of candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsys.corpus import Corpus
from recsys.domain import Article, Kind, to_microseconds
from recsys.ranking.features import (
    APPEAL,
    RELATEDNESS,
    CandidateSet,
    QueryContext,
    columns,
    compute,
    find_candidates,
)
from recsys.ranking.features.base import over_max, reciprocal_rank
from recsys.ranking.features.list_features import replaced_at
from tests.newsroom import article, at, corpus_of, newsroom_corpus, shown, story, text_of

GROUPS = {"relatedness": RELATEDNESS, "appeal": APPEAL}
EVERYTHING = RELATEDNESS + APPEAL

QUERIES = {
    "stored": newsroom_corpus().stored[40].article,
    "in Japanese": newsroom_corpus().stored[41].article,
    "new": article("new", 200, "Anslow ferry", text_of("Anslow", 999)),
    "without a known word": article("unknown", 200, "Xyzzy", "plugh " * 50),
    "without words": article("wordless", 200, "…", "— ! —"),
    "without a headline": article("untitled", 200, None, text_of("Eskvale", 999)),
    "without a body": article("unread", 200, "Eskvale ferry"),
}


def candidates_for(corpus: Corpus, query: Article | None, hour: float) -> CandidateSet:
    context = QueryContext(corpus.at(at(hour)), None if query is None else corpus.query(query))
    return CandidateSet(context, find_candidates(context))


def assert_in_range(values: np.ndarray, candidate_set: CandidateSet, groups: tuple[object, ...]) -> None:
    assert values.shape == (len(candidate_set.rows), len(columns(groups)))  # type: ignore[arg-type]
    assert np.isfinite(values).all()
    assert values.min(initial=0) >= 0
    assert values.max(initial=0) <= 1


@pytest.mark.parametrize("group", GROUPS)
def test_every_column_is_named_once_documented_and_in_its_group(group):
    found = columns(GROUPS[group])
    assert found
    assert {column.group for column in found} == {group}
    assert all(column.name and column.doc and column.says for column in found)
    assert len({column.name for column in columns(EVERYTHING)}) == len(columns(EVERYTHING))


@pytest.mark.parametrize("what", QUERIES)
@pytest.mark.parametrize("hour", [0.5, 2, 31, 150, 216])
def test_values_lie_between_0_and_1_for_an_article(what, hour):
    candidate_set = candidates_for(newsroom_corpus(), QUERIES[what], hour)
    assert_in_range(compute(EVERYTHING, candidate_set), candidate_set, EVERYTHING)


@pytest.mark.parametrize("hour", [0, 2, 31, 150, 216])
def test_values_lie_between_0_and_1_without_an_article(hour):
    candidate_set = candidates_for(newsroom_corpus(), None, hour)
    assert_in_range(compute(APPEAL, candidate_set), candidate_set, APPEAL)


SMALL = {
    "an empty corpus": [],
    "an corpus of one article": [story(1, 1, "Anslow ferry", text_of("Anslow", 1))],
    "an article without words": [story(1, 1, "…", None)],
    "an article without headline": [story(1, 1, None, text_of("Anslow", 1))],
    "one list": [shown(1, 1, 2, 3)],
    "one link": [story(1, 1), shown(1, 2, kind=Kind.INLINE, beside=1)],
    "two articles at the same moment": [story(1, 1), story(2, 1)],
}


@pytest.mark.parametrize("what", SMALL)
@pytest.mark.parametrize("query_name", QUERIES)
def test_little_is_enough(what, query_name):
    corpus = corpus_of(SMALL[what], at(2))
    candidate_set = candidates_for(corpus, QUERIES[query_name], 2)
    assert_in_range(compute(EVERYTHING, candidate_set), candidate_set, EVERYTHING)
    alone = candidates_for(corpus, None, 2)
    assert_in_range(compute(APPEAL, alone), alone, APPEAL)


@pytest.mark.parametrize("what", QUERIES)
def test_the_order_of_candidates_does_not_matter(what):
    candidate_set = candidates_for(newsroom_corpus(), QUERIES[what], 150)
    shuffled = np.random.default_rng(3).permutation(len(candidate_set.rows))
    again = compute(EVERYTHING, CandidateSet(candidate_set.context, candidate_set.rows[shuffled]))
    np.testing.assert_allclose(again, compute(EVERYTHING, candidate_set)[shuffled], rtol=0, atol=1e-6)


def test_a_shared_name_tells_related_stories_from_the_rest():
    corpus = newsroom_corpus()
    candidate_set = candidates_for(corpus, QUERIES["new"], 216)
    about = np.array(["Anslow" in (corpus.stored[row].article.body or "") for row in candidate_set.rows])
    found = compute(RELATEDNESS, candidate_set)
    assert about.any()
    assert not about.all()
    assert found[about].mean() > 1.3 * found[~about].mean()


def test_a_place_on_the_most_read_list_raises_appeal_features():
    pages = [story(1, 1), story(2, 1.01), shown(5, 1, title="Most read")]
    corpus = corpus_of(pages, at(6))
    candidate_set = candidates_for(corpus, None, 6)
    listed, other = compute(APPEAL, candidate_set)[np.argsort(candidate_set.rows)]
    assert listed.sum() > other.sum() + 1


@pytest.mark.parametrize("hour", [0, 1, 2, 31, 150, 150.5, 216])
def test_a_list_is_current_from_its_time_until_the_next_of_its_source(hour):
    corpus = newsroom_corpus()
    moment, replaced = to_microseconds(at(hour)), replaced_at(corpus.lists)
    current = np.flatnonzero((corpus.lists.times < moment) & (moment <= replaced))
    assert current.tolist() == sorted(corpus.at(at(216)).current_lists(moment).tolist())


values = arrays(
    np.float32, st.tuples(st.integers(0, 6), st.integers(1, 3)), elements=st.sampled_from([0, 0.5, 1, 3])
)


@given(values)
def test_over_the_maximum_the_largest_is_1_and_zeros_stay_0(found):
    shares = over_max(found)
    assert shares.shape == found.shape
    for before, after in zip(found.T, shares.T, strict=True):
        if len(before) and before.max() > 0:
            np.testing.assert_allclose(after, before / before.max())
        else:
            assert not after.any()


@given(values)
def test_the_rank_is_one_more_than_the_candidates_that_are_better(found):
    ranks = reciprocal_rank(found)
    assert ranks.shape == found.shape
    for before, after in zip(found.T, ranks.T, strict=True):
        expected = [1 / (1 + int((before > value).sum())) if value > 0 else 0 for value in before]
        np.testing.assert_allclose(after, expected, rtol=1e-6)


words = st.sampled_from(["harbour", "bridge", "Anslow", "Eskvale's", "橋", "カモメ", "3", "—"])
said = st.lists(words, max_size=6).map(" ".join)


@given(st.lists(st.tuples(said, said), max_size=5), said, said)
@settings(max_examples=25, deadline=None)  # every example writes a store
def test_any_few_articles_have_values_between_0_and_1(texts, headline, body):
    pages = [
        story(n, n, title or "…", text or None, section="Sport") for n, (title, text) in enumerate(texts)
    ]
    corpus = corpus_of(pages, at(9))
    candidate_set = candidates_for(corpus, article("new", 9, headline or "…", body or None), 9)
    assert_in_range(compute(EVERYTHING, candidate_set), candidate_set, EVERYTHING)


def test_no_candidates_give_an_empty_matrix():
    candidate_set = candidates_for(newsroom_corpus(), QUERIES["new"], 150)
    assert compute(EVERYTHING, CandidateSet(candidate_set.context, candidate_set.rows[:0])).shape == (
        0,
        len(columns(EVERYTHING)),
    )
