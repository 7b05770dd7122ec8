"""Empty places: the minimum `auto`, and what fills the places that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from examples.newsrooms import NEWSROOMS, load_newsroom
from recsys.corpus import Corpus
from recsys.domain import Article, Recommendation
from recsys.ranking import BASELINES, LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender
from recsys.request import NO_MINIMUM, Pin, Request, Rules
from recsys.store import StoredArticle

ANY = Rules(minimum_relatedness=NO_MINIMUM)


@cache
def newsroom(name: str) -> tuple[Recommender, dict[str, str | None]]:
    """A newsroom an hour after it was crawled, and the topic of every address."""
    invented = load_newsroom(name)
    crawled = invented.newest_at + timedelta(days=1)
    articles = [
        StoredArticle(
            number,
            Article(
                "gazette.example",
                f"https://gazette.example/{story.id}",
                crawled,
                story.headline,
                story.body,
                story.published_at,
                story.section,
                story.tags,
                invented.language,
            ),
            crawled,
            (),
        )
        for number, story in enumerate(invented.stories, start=1)
    ]
    corpus = Corpus.of(articles, [], crawled + timedelta(hours=1))
    topics = {f"https://gazette.example/{each.id}": each.topic for each in invented.stories}
    return Recommender(corpus, LogisticRanker(load_pretrained_weights())), topics


def recommend(name: str, url: str, rules: Rules, k: int = 5, **options: object) -> list[Recommendation]:
    recommender, _ = newsroom(name)
    assert recommender.corpus.as_of is not None
    return recommender.recommend(url, recommender.corpus.as_of, Request(k, rules=rules, **options))  # type: ignore[arg-type]


def count(name: str, rules: Rules) -> tuple[int, int]:
    """How many of the first five stories are related, over all articles, and how many are not."""
    _, topics = newsroom(name)
    counts = [0, 0]
    for url, topic in list(topics.items())[::3]:
        for each in recommend(name, url, rules):
            counts[topic is None or topics[each.article.url] != topic] += 1
    return counts[0], counts[1]


@pytest.mark.parametrize("name", NEWSROOMS)
def test_by_default_most_unrelated_stories_go_and_related_ones_stay(name: str):
    related, unrelated = count(name, ANY)
    related_by_default, unrelated_by_default = count(name, Rules())
    assert related_by_default >= 0.95 * related  # without the lists and links of its pages
    assert unrelated_by_default <= 0.2 * unrelated


def lonely(name: str) -> str:
    """A story that no other story is related to, beside which the default leaves places empty."""
    _, topics = newsroom(name)
    return next(u for u, topic in topics.items() if topic is None and len(recommend(name, u, Rules())) < 3)


@pytest.mark.parametrize("name", NEWSROOMS)
@pytest.mark.parametrize("fill", ["popular", "latest"])
def test_empty_places_are_filled_and_say_so(name: str, fill: str):
    url = lonely(name)
    related = recommend(name, url, Rules())
    filled = recommend(name, url, Rules(fill=fill))  # type: ignore[arg-type]
    assert [each.rank for each in filled] == [1, 2, 3, 4, 5]
    assert filled[: len(related)] == related
    assert {each.fill for each in filled[len(related) :]} == {fill}
    urls = [each.article.url for each in filled]
    assert len({*urls, url}) == 6
    if fill == "latest":
        times = [each.article.published_at for each in filled[len(related) :]]
        assert times == sorted(times, reverse=True)  # type: ignore[type-var]


def test_what_fills_keeps_the_rules():
    url = lonely("english")
    filled = recommend("english", url, Rules(fill="latest"))
    first = next(each.article for each in filled if each.fill)
    rules = Rules(fill="latest", blocked=(first.url,), never_sections=(filled[-1].article.section or "",))
    others = [each.article for each in recommend("english", url, rules)]
    assert first.url not in [each.url for each in others]
    assert filled[-1].article.section not in [each.section for each in others]
    pinned = recommend("english", url, Rules(fill="latest", pinned=(Pin(first.url, 1),)))
    assert [each.article.url for each in pinned].count(first.url) == 1
    assert (pinned[0].article.url, pinned[0].fill) == (first.url, None)


def test_what_fills_is_explained_without_the_article():
    filled = recommend("english", lonely("english"), Rules(fill="popular"), explain=True)
    for each in filled:
        if each.fill:
            assert sum(part.amount for part in each.contributions) == pytest.approx(each.score, abs=1e-6)
            assert not any(reason.startswith("same ") for reason in each.reasons)


def test_nothing_fills_a_full_list_or_a_list_without_an_article():
    _, topics = newsroom("english")
    assert recommend("english", next(iter(topics)), replace(ANY, fill="popular")) == recommend(
        "english", next(iter(topics)), ANY
    )
    recommender, _ = newsroom("english")
    as_of = recommender.corpus.as_of
    assert as_of is not None
    everything = recommender.popular(as_of, request=Request(1000, rules=Rules(fill="latest")))
    assert {each.fill for each in everything} == {None}


def test_nothing_is_related_on_a_site_of_one_page():
    recommender, _ = newsroom("english")
    headlines: Sequence[str] = (
        "Ferry strike enters second week", "Museum reopens after repairs", "Rain expected on Sunday",
    )  # fmt: skip
    when = recommender.corpus.as_of
    assert when is not None
    stories = [
        StoredArticle(n, Article("x.example", f"urn:recsys:headline:x:{n}", when, headline), None, ())
        for n, headline in enumerate(headlines, start=1)
    ]
    page = Article("x.example", "https://x.example/1", when, None, "Orchard growers welcome a mild spring.")
    small = Recommender(
        Corpus.of(stories, [], when + timedelta(hours=1)), LogisticRanker(load_pretrained_weights())
    )
    assert small.recommend(page, when + timedelta(hours=1)) == []


@pytest.mark.parametrize("name", sorted(BASELINES))
def test_baselines_have_no_minimum(name: str):
    recommender, topics = newsroom("english")
    other = Recommender(recommender.corpus, BASELINES[name])
    assert other.corpus.as_of is not None
    url = next(iter(topics))
    assert len(other.recommend(url, other.corpus.as_of, Request(50))) == 50
