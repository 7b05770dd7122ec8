"""The recommender applies the rules: minimum, pins that are no candidates, window without an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recsys.ranking import BASELINES, LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender, Request
from recsys.request import NO_MINIMUM, Pin, Rules
from tests.newsroom import END, address, article, at, corpus_of, newsroom_corpus, story, text_of

NEW = article("new", 216, "Anslow ferry", text_of("Anslow", 999))
ANY = Rules(minimum_relatedness=NO_MINIMUM)


def newsroom_recommender() -> Recommender:
    return Recommender(newsroom_corpus(), LogisticRanker(load_pretrained_weights()))


def ask(rules: Rules | bool, **more: object) -> list[str]:
    request = Request(rules=rules, **more)  # type: ignore[arg-type]
    return [each.article.url for each in newsroom_recommender().recommend(NEW, END, request)]


def test_a_higher_minimum_keeps_the_best_of_what_a_lower_one_keeps():
    everything = ask(ANY, k=50)
    fewer = ask(Rules(minimum_relatedness=2.0), k=50)
    assert 0 < len(fewer) < len(everything)
    assert fewer == [url for url in everything if url in set(fewer)]
    assert ask(Rules(minimum_relatedness=1e6)) == []


def test_with_a_minimum_no_story_is_shown_beside_an_article_that_nothing_is_related_to():
    corpus = corpus_of([story(n, n, f"Quiet day {n}", "Nothing to tell.") for n in range(5)], at(9))
    recommender = Recommender(corpus, LogisticRanker(load_pretrained_weights()))
    request = Request(rules=Rules(minimum_relatedness=2.6))
    assert recommender.recommend(article("other", 8, "潮見台が開通", "新しい駅。"), at(9), request) == []
    assert recommender.recommend(None, at(9), request)


@pytest.mark.parametrize("name", BASELINES)
def test_a_minimum_means_logits_and_leaves_baselines_alone(name: str):
    recommender = Recommender(newsroom_corpus(), BASELINES[name])
    strict, free = (
        recommender.recommend(NEW, END, Request(rules=rules))
        for rules in (Rules(minimum_relatedness=50), ANY)
    )
    assert strict == free != []


def test_the_dial_at_popular_asks_for_no_relatedness():
    assert len(ask(Rules(minimum_relatedness=1e6), dial=1.0, k=5)) == 5


def test_a_pin_that_is_no_candidate_is_shown_with_the_score_it_would_have():
    request = Request(k=4, window=timedelta(hours=30), rules=replace(ANY, pinned=(Pin(address(1), 2),)))
    recommender = newsroom_recommender()
    found = recommender.recommend(NEW, END, replace(request, explain=True))
    without = recommender.recommend(NEW, END, replace(request, rules=ANY))
    assert found[1].article.url == address(1)
    assert [each.rank for each in found] == [1, 2, 3, 4]
    assert [each.score for each in found if each.article.url != address(1)] == [e.score for e in without[:3]]
    for each in found:
        assert sum(part.amount for part in each.contributions) == pytest.approx(each.score, abs=1e-6)


def test_a_pin_is_shown_where_there_is_nothing_else():
    rules = Rules(minimum_relatedness=1e6, pinned=(Pin(address(1), 3),))
    assert ask(rules) == [address(1)]


def test_without_rules_nothing_is_blocked_and_nothing_is_pinned():
    blocked = Rules(minimum_relatedness=NO_MINIMUM, blocked=tuple(ask(False, k=3)))
    assert not set(blocked.blocked) & set(ask(blocked, k=3))
    assert len(ask(False, k=3)) == 3


def test_what_is_popular_keeps_window_and_blocks():
    recommender = newsroom_recommender()
    request = Request(k=20, window=timedelta(hours=24))
    found = recommender.popular(END, request=request)
    assert found
    assert min(each.article.first_seen_at for each in found) >= END - timedelta(hours=24)
    first = found[0].article.url
    blocked = recommender.popular(END, request=replace(request, rules=Rules(blocked=(first,))))
    assert [each.article.url for each in blocked] == [each.article.url for each in found[1:]]
