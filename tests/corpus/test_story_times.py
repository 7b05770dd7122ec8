"""Age counts from publication: an archive that is crawled today is not new."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.corpus.follower import CorpusFollower
from recsys.ranking.baselines import BASELINES
from recsys.ranking.candidates import CandidateLimits, find_candidates, newest
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.rules import Stories, same_story
from recsys.store import Store
from tests.newsroom import address, article, at, corpus_of, shown, story

CRAWL = 1000.0
"""The hour at which the pages of the archive are first seen, in an order that is not that of publication."""
PUBLISHED = {"old": 10.0, "newest": 995.0, "middle": 700.0, "undated": None}
TEXT = "The harbour bridge at Brackwater closes for repairs, the council said."


def crawled(slug: str, hour: float | None, seen: float = CRAWL):
    published = None if hour is None else at(hour)
    return story(slug, seen, f"Bridge {slug}", f"{TEXT} {slug}", published_at=published)


ARCHIVE = [crawled(slug, hour) for slug, hour in PUBLISHED.items()]


def ages(corpus: Corpus, hour: float) -> dict[str, float]:
    view = corpus.at(at(hour))
    rows = np.arange(view.size)
    return {
        corpus.stored[row].article.url.rsplit("/", 1)[-1]: float(hours)
        for row, hours in zip(rows.tolist(), CandidateSet(QueryContext(view), rows).hours, strict=True)
    }


def test_age_counts_from_publication_where_that_is_known():
    assert ages(corpus_of(ARCHIVE, at(1001)), 1001) == {"old": 991, "newest": 1, "middle": 301, "undated": 1}


def test_a_time_of_publication_that_was_not_known_yet_has_no_effect():
    pages = [shown(900, "old"), *ARCHIVE]
    corpus = corpus_of(pages, at(1001))
    assert ages(corpus, 950)["old"] == 50  # the headline was seen at 900, its page at 1000
    assert ages(corpus, 1001)["old"] == 991


def test_a_publication_in_the_future_has_no_effect():
    assert ages(corpus_of([crawled("early", 2000)], at(1001)), 1001) == {"early": 1}


def test_a_page_that_is_published_again_counts_from_its_latest_publication(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        store.add(crawled("live", 500, seen=501))
        follower = CorpusFollower(store)
        assert ages(follower.corpus(at(600)), 600) == {"live": 99}
        store.add(crawled("live", 590, seen=591))
        for corpus in (follower.corpus(at(600)), Corpus.load(store, at(600))):
            assert ages(corpus, 600) == {"live": 10}
            context = QueryContext(corpus.at(at(600)), corpus.query(article("query", 600, body=TEXT)), DAY)
            assert find_candidates(context).tolist() == [0]


DAY = timedelta(days=1)


@pytest.mark.parametrize("ranker", [None, *sorted(BASELINES)])
def test_a_window_admits_what_was_published_within_it(ranker):
    corpus = corpus_of(ARCHIVE, at(1001))
    context = QueryContext(corpus.at(at(1001)), corpus.query(article("query", 1001, body=TEXT)), DAY)
    rows = find_candidates(context) if ranker is None else BASELINES[ranker].candidates(context)
    urls = {corpus.stored[row].article.url for row in rows.tolist()}
    assert urls == {address("newest"), address("undated")}
    assert set(context.most_similar.rows.tolist()) <= set(rows.tolist())


def test_the_search_of_a_large_corpus_keeps_to_the_window(monkeypatch):
    corpus = corpus_of(ARCHIVE, at(1001))
    query = corpus.query(article("query", 1001, body=TEXT))
    every = QueryContext(corpus.at(at(1001)), query, DAY).nearest("text", "text", 3)
    monkeypatch.setattr("recsys.ranking.features.base.EXHAUSTIVE_SEARCH_SIZE", 0)
    best = QueryContext(corpus.at(at(1001)), query, DAY).nearest("text", "text", 3)
    assert best.rows.tolist() == every.rows.tolist() != []
    np.testing.assert_allclose(best.cosines, every.cosines, rtol=1e-6)


def test_the_newest_candidates_are_the_last_published():
    corpus = corpus_of(ARCHIVE, at(1001))
    urls = [corpus.stored[row].article.url for row in newest(corpus.at(at(1001)), 2).tolist()]
    assert sorted(urls) == [address("newest"), address("undated")]
    query = corpus.query(article("query", 1001, body="nothing in common"))
    limits = CandidateLimits(newest=1)
    (row,) = find_candidates(QueryContext(corpus.at(at(1001)), query), limits).tolist()
    assert corpus.stored[row].article.url == address("undated")


def test_ties_go_to_the_last_published():
    corpus = corpus_of(ARCHIVE, at(1001))
    ranking = Recommender(corpus, BASELINES["tfidf"]).recommend(
        article("query", 1001, body="nothing in common"), at(1001), Request(k=4)
    )
    assert [each.article.url for each in ranking] == [
        address(slug) for slug in ("undated", "newest", "middle", "old")
    ]


def test_an_archive_is_no_example_of_stories_that_nobody_read():
    """Their first day is over when they are first seen, so it is unknown whether they were listed."""
    listed = [crawled(f"live-{n}", CRAWL + n / 9, seen=CRAWL + n / 9) for n in range(20)]
    lists = [shown(CRAWL + 3, *[f"live-{n}" for n in range(20)])]
    later = crawled("next", CRAWL + 40, seen=CRAWL + 40)
    archive = [crawled(f"old-{n}", 10.0 + n) for n in range(200)]

    def prediction(*pages):
        corpus = corpus_of([*listed, *lists, *pages, later], at(CRAWL + 41))
        return corpus.predict_popularity().values["headline"][-1]

    np.testing.assert_allclose(prediction(*archive), prediction(), rtol=0.05)
    undated = [crawled(f"old-{n}", None) for n in range(200)]
    assert (prediction(*undated) < 0.7 * prediction()).all()


def test_the_reason_says_the_age_of_the_story():
    ranking = Recommender(corpus_of(ARCHIVE, at(1001)), BASELINES["newest"]).recommend(
        article("query", 1001, body="nothing in common"), at(1001), Request(k=4, explain=True)
    )
    assert [each.reasons[-1] for each in ranking] == [
        "1 hour old",
        "6 hours old",
        "12 days old",
        "41 days old",
    ]


def test_headlines_of_a_crawled_archive_that_were_published_months_apart_are_two_stories():
    pages = [
        story(slug, CRAWL, "Interest rate is held again", published_at=at(hour))
        for slug, hour in (("june", 10), ("july", 700), ("next-day", 720))
    ]
    pages.append(story("reworded", CRAWL, "Interest rate is held once again", published_at=at(730)))
    corpus = corpus_of(pages, at(1001))
    stories = Stories(corpus)
    june, reworded = (stories.of(corpus.row_of[address(slug)]) for slug in ("june", "reworded"))
    assert not same_story(june, reworded)
    assert same_story(stories.of(corpus.row_of[address("july")]), reworded)
