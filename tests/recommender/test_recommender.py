"""The recommender answers with what it is asked for: number, window, dial, scope, reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import Kind, ListItem, Page, RankedList, Recommendation
from recsys.errors import InvalidValueError, LookAheadError, StoreError, UnknownArticleError
from recsys.ranking import BASELINES, LogisticRanker, Ranker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import LARGEST_K, Recommender, Request
from recsys.request import NO_MINIMUM, Rules
from recsys.store import Store
from recsys.text import story_key
from tests.newsroom import (
    END,
    NAMES,
    SITE,
    address,
    article,
    at,
    corpus_of,
    newsroom_corpus,
    shown,
    story,
    text_of,
)


def full_text(found: Recommendation) -> str:
    """The body of what was recommended, which a list does not show."""
    return newsroom_corpus().article(found.article.url).body or ""


@pytest.fixture(params=["pretrained", *BASELINES])
def ranker(request: pytest.FixtureRequest) -> Ranker:
    return (
        BASELINES[request.param] if request.param in BASELINES else LogisticRanker(load_pretrained_weights())
    )


def prior() -> Ranker:
    return LogisticRanker(load_pretrained_weights())


def newsroom_recommender() -> Recommender:
    return Recommender(newsroom_corpus(), prior())


STORED = newsroom_corpus().stored[40].article
ANY = Request(rules=Rules(minimum_relatedness=NO_MINIMUM))
NEW = article("new", 216, "Anslow ferry", text_of("Anslow", 999))


def urls(found: list[Recommendation]) -> list[str]:
    return [each.article.url for each in found]


@pytest.mark.parametrize("k", [1, 3, 10])
def test_as_many_as_asked_for_best_first_ranked_from_1(ranker, k):
    found = Recommender(newsroom_corpus(), ranker).recommend(STORED, END, Request(k=k))
    assert [each.rank for each in found] == list(range(1, k + 1))
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert STORED.url not in urls(found)
    assert len(set(urls(found))) == k


def test_a_longer_list_begins_with_the_shorter_one(ranker):
    recommender = Recommender(newsroom_corpus(), ranker)
    ten = recommender.recommend(STORED, END, Request(k=10))
    assert recommender.recommend(STORED, END, Request(k=4)) == ten[:4]


def test_fewer_than_asked_for_when_there_are_no_more(ranker):
    corpus = corpus_of([story(n, n) for n in range(3)], at(9))
    assert len(Recommender(corpus, ranker).recommend(None, at(9))) == 3
    assert len(Recommender(corpus, ranker).recommend(corpus.article(address(0)), at(9))) == 2


def test_an_empty_archive_recommends_nothing(ranker):
    recommender = Recommender(corpus_of([], at(9)), ranker)
    assert recommender.recommend(None, at(9)) == []
    assert recommender.recommend(NEW, at(9), Request(explain=True)) == []
    assert recommender.popular(at(9)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_new_article_that_nobody_stored_finds_the_stories_of_its_name(name):
    query = article("brand-new", 216, None, text_of(name, 999))
    found = newsroom_recommender().recommend(query, END, Request(k=5, dial=0))
    assert sum(name in full_text(each) for each in found) >= 4


def test_a_new_article_is_served_as_soon_as_it_is_stored():
    corpus = corpus_of([story(1, 1, "Anslow bridge", text_of("Anslow", 1)), story(2, 2)], at(3))
    found = Recommender(corpus, prior()).recommend(NEW, at(3), Request(dial=0))
    assert urls(found)[0] == address(1)


def test_an_earlier_moment_recommends_only_what_was_known_then(ranker):
    found = Recommender(newsroom_corpus(), ranker).recommend(STORED, at(50), Request(k=100))
    assert found
    assert max(each.article.first_seen_at for each in found) < at(50)


def test_a_later_moment_than_the_archive_is_refused():
    with pytest.raises(LookAheadError):
        newsroom_recommender().recommend(STORED, END + timedelta(seconds=1))


def test_a_window_leaves_out_what_is_older(ranker):
    request = Request(k=100, window=timedelta(hours=12))
    for query in (STORED, None):
        found = Recommender(newsroom_corpus(), ranker).recommend(query, END, request)
        assert found
        assert min(each.article.first_seen_at for each in found) >= END - timedelta(hours=12)


def test_the_dial_turns_related_stories_into_popular_ones():
    recommender = newsroom_recommender()
    related, popular = (recommender.recommend(NEW, END, Request(k=5, dial=dial)) for dial in (0, 1))
    assert urls(related) != urls(popular)
    assert len(related) == len(popular) == 5
    assert all(each.appeal == 0 for each in related)
    assert all(each.relatedness == 0 for each in popular)
    assert sum("Anslow" in full_text(each) for each in related) >= 4


def test_reasons_are_given_when_asked_for_and_add_up(ranker):
    recommender = Recommender(newsroom_corpus(), ranker)
    for query in (STORED, NEW, None):
        for dial in (0.0, 0.3, 1.0):
            explained = recommender.recommend(query, END, Request(dial=dial, explain=True))
            assert len(explained) == 10
            for each in explained:
                assert sum(part.amount for part in each.contributions) == pytest.approx(each.score, abs=1e-6)
                assert each.relatedness + each.appeal == pytest.approx(each.score)
                assert all(part.feature and part.says for part in each.contributions)
    assert not any(each.contributions for each in recommender.recommend(STORED, END))


def test_asking_for_reasons_does_not_change_the_answer(ranker):
    recommender = Recommender(newsroom_corpus(), ranker)
    plain, explained = (
        recommender.recommend(STORED, END, Request(explain=wanted)) for wanted in (False, True)
    )
    assert [(e.rank, e.article, e.score) for e in plain] == [(e.rank, e.article, e.score) for e in explained]


def test_explain_agrees_with_recommend_on_rank_and_score(ranker):
    recommender = Recommender(newsroom_corpus(), ranker)
    ranked = recommender.recommend(STORED, END, Request(k=30, explain=True, rules=False))
    for each in ranked[::7]:
        found = recommender.explain(STORED, each.article, END)
        assert (found.rank, found.article) == (each.rank, each.article)
        assert found.score == pytest.approx(each.score, abs=1e-9)
        assert found.contributions


def test_explain_needs_a_candidate_that_was_known(ranker):
    recommender = Recommender(newsroom_corpus(), ranker)
    with pytest.raises(UnknownArticleError, match="new was not known before"):
        recommender.explain(STORED, NEW, END)
    with pytest.raises(UnknownArticleError):
        recommender.explain(STORED, newsroom_corpus().stored[60].article, at(50))


def test_the_rules_can_be_left_out_but_never_the_article_itself(ranker):
    pages = [
        story(1, 1, "Bridge opens"),
        story(2, 2, "Bridge opens (UPDATE 1)"),
        story(3, 3, "“Ferry” late"),
        story(4, 4, '"FERRY" late'),
    ]
    corpus = corpus_of(pages, at(9))
    recommender, query = Recommender(corpus, ranker), corpus.article(address(3))
    assert urls(recommender.recommend(query, at(9), ANY)) == [address(2)]
    assert set(urls(recommender.recommend(query, at(9), Request(rules=False)))) == {
        address(n) for n in (1, 2, 4)
    }
    found = recommender.recommend(None, at(9))
    assert len({story_key(each.article.headline or "") for each in found}) == len(found) == 2


def scoped() -> Corpus:
    lists = [
        shown(20, 1, 2, title="Most read"),
        shown(20, 3, 4, 5, title="Most read", scope="Sport"),
        shown(21, 5, 6, title="Most read", scope="経済"),
        shown(30, 7, title="Most read", scope="Sport"),
    ]
    return corpus_of([*(story(n, n) for n in range(10)), *lists], at(40))


def test_popular_in_a_scope_is_what_its_lists_showed_before_the_moment(ranker):
    recommender = Recommender(scoped(), ranker)
    assert set(urls(recommender.popular(at(25), scope="Sport"))) == {address(n) for n in (3, 4, 5)}
    assert set(urls(recommender.popular(at(35), scope="sport"))) == {address(n) for n in (3, 4, 5, 7)}
    assert set(urls(recommender.popular(at(35), scope="経済"))) == {address(n) for n in (5, 6)}
    assert len(recommender.popular(at(35), request=Request(k=3))) == 3
    assert recommender.popular(at(19), scope="Sport") == []


def test_popular_puts_first_what_stands_on_the_list():
    recommender = Recommender(scoped(), prior())
    assert set(urls(recommender.popular(at(20.5), request=Request(k=2)))) <= {address(n) for n in range(1, 6)}


def test_an_unknown_scope_is_answered_with_the_known_ones():
    with pytest.raises(InvalidValueError, match=r"^scope: expected one of Sport, 経済, found 'Weather'$"):
        Recommender(scoped(), prior()).popular(at(35), scope="Weather")
    with pytest.raises(InvalidValueError, match="no list has a scope"):
        newsroom_recommender().popular(END, scope="Weather")


@pytest.mark.parametrize(
    ("field", "value"),
    [("k", 0), ("k", LARGEST_K + 1), ("dial", -0.1), ("dial", 1.1), ("dial", float("nan"))],
)
def test_a_wrong_request_is_not_built(field, value):
    with pytest.raises(InvalidValueError, match=f"^{field}: expected"):
        Request(**{field: value})


def test_a_headline_without_address_can_be_recommended_and_explained():
    listed = Page(lists=(RankedList(SITE, Kind.POPULAR, at(3), (ListItem(1, "Ferry late"),)),))
    corpus = corpus_of([story(1, 1), listed], at(9))
    recommender = Recommender(corpus, prior())
    found = recommender.recommend(corpus.article(address(1)), at(9), replace(ANY, explain=True))
    assert [each.article.headline for each in found] == ["Ferry late"]
    assert not found[0].article.has_address
    assert recommender.explain(NEW, found[0].article, at(9)).rank in {1, 2}


def test_scores_are_plain_numbers(ranker):
    for each in Recommender(newsroom_corpus(), ranker).recommend(STORED, END):
        assert type(each.score) is type(each.relatedness) is type(each.appeal) is float
        assert np.isfinite(each.score)


@pytest.mark.parametrize("explain", [False, True])
def test_a_stored_article_can_be_given_by_its_address(explain: bool):
    recommender, request = newsroom_recommender(), Request(k=5, explain=explain)
    by_address = recommender.recommend(STORED.url, END, request)
    assert len(by_address) == 5
    assert by_address == recommender.recommend(STORED, END, request)


def test_an_unknown_address_is_named():
    with pytest.raises(UnknownArticleError, match="nonesuch"):
        newsroom_recommender().recommend(address("nonesuch"), END)
    with pytest.raises(UnknownArticleError, match="nonesuch"):
        newsroom_recommender().explain(STORED.url, address("nonesuch"), END)


def test_explaining_by_address_equals_explaining_by_article():
    recommender = newsroom_recommender()
    candidate = recommender.recommend(STORED.url, END)[0].article
    assert recommender.explain(STORED.url, candidate.url, END) == recommender.explain(STORED, candidate, END)


def test_a_loaded_recommender_owns_its_store_and_closes_it(tmp_path: Path):
    path = tmp_path / "news.db"
    with Store.open(path) as store:
        store.add_all([story(n, n, f"Story {n}", text_of("Anslow", n)) for n in range(12)])
    with Recommender.load(path, tmp_path / "models", as_of=at(20)) as recommender:
        assert recommender.recommend(address(11), at(20), replace(ANY, k=3, explain=True))
        assert repr(recommender) == (
            "<Recommender: LogisticRanker on <Corpus: 12 articles, 0 lists, as of 2025-06-01T20:00:00Z>>"
        )
    with pytest.raises(StoreError, match=r"news\.db: the store is closed"):
        recommender.recommend(address(10), at(20), Request(explain=True))


def test_a_recommender_that_cannot_be_loaded_leaves_no_store_open(tmp_path: Path):
    with pytest.raises(StoreError, match="no store there"):
        Recommender.load(tmp_path / "none.db", as_of=END)
