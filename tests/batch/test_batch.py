"""Many articles at once: the answers of one, in order, whoever finds them; and how a batch ends early."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from recsys.batch import Batch
from recsys.corpus import Corpus
from recsys.domain import Article, Kind, Recommendation
from recsys.errors import BatchError, InvalidValueError, StoreError
from recsys.ranking import BASELINES
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store
from tests.newsroom import END, SITE, address, at, newsroom, shown, story

pytestmark = pytest.mark.slow

STORIES = 40
RANKER = BASELINES["persistence"]
BROKEN = address(20)

Answer = tuple[str, tuple[str, ...]]


def urls_of(article: Article, found: Sequence[Recommendation]) -> Answer:
    return article.url, tuple(each.article.url for each in found)


def refuses_one(article: Article, found: Sequence[Recommendation]) -> Answer:
    if article.url == BROKEN:
        raise InvalidValueError("score", expected="a number", found="none")
    return urls_of(article, found)


def fails_at_one(article: Article, found: Sequence[Recommendation]) -> Answer:
    if article.url == BROKEN:
        raise ZeroDivisionError
    return urls_of(article, found)


def ends_its_process_at_one(article: Article, found: Sequence[Recommendation]) -> Answer:
    if article.url == BROKEN:
        os._exit(1)
    return urls_of(article, found)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with a newsroom."""
    path = tmp_path_factory.mktemp("batch") / "news.db"
    with Store.open(path) as store:
        store.add_all(newsroom(STORIES))
    return str(path)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_batch_gives_the_answers_of_one_question_each_in_the_order_of_the_archive(place: str, jobs: int):
    batch = Batch(place, END, RANKER, Request(k=4))
    urls = batch.find_articles()
    found = list(batch.recommend(urls, urls_of, jobs=jobs))
    with Store.open(place) as store:
        corpus = Corpus.load(store, END)
    one = Recommender(corpus, RANKER)
    asked = [each.article for each in corpus.stored]
    assert found == [urls_of(article, one.recommend(article, END, Request(k=4))) for article in asked]


def test_what_is_known_by_the_words_of_a_link_alone_or_was_seen_before_since_is_not_asked_about(
    tmp_path: Path,
):
    with Store.open(tmp_path / "news.db") as store:
        store.add_all(
            [
                story("old", 1),
                story("new", 5),
                shown(2, "named", title="Most read"),
                shown(6, "linked", kind=Kind.INLINE, beside="new"),
            ]
        )
    batch = Batch(str(tmp_path / "news.db"), at(9), RANKER)
    assert batch.find_articles() == [address(slug) for slug in ("old", "named", "new")]
    assert batch.find_articles(since=at(2)) == [address(slug) for slug in ("named", "new")]
    assert Batch(batch.store, at(2), RANKER).find_articles() == [address("old")]


def test_a_later_batch_sees_what_was_stored_meanwhile(tmp_path: Path):
    place = tmp_path / "news.db"
    for count in (20, 30):
        with Store.open(place) as store:
            store.add_all(newsroom(count))
        batch = Batch(str(place), END, RANKER)
        assert len(list(batch.recommend(batch.find_articles(), urls_of, jobs=2))) == count


def test_nothing_to_ask_about_gives_nothing(tmp_path: Path):
    with Store.open(tmp_path / "news.db"):
        pass
    batch = Batch(str(tmp_path / "news.db"), END, RANKER)
    assert list(batch.recommend(batch.find_articles(), urls_of)) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_names_its_article(place: str, jobs: int):
    batch = Batch(place, END, RANKER)
    urls = batch.find_articles()
    with pytest.raises(BatchError, match=f"https://{SITE}/20: score: expected a number"):
        list(batch.recommend(urls, refuses_one, jobs=jobs))
    with pytest.raises(ZeroDivisionError) as raised:
        list(batch.recommend(urls, fails_at_one, jobs=jobs))
    assert raised.value.__notes__ == [f"while recommending for {BROKEN}"]


def test_a_process_that_ends_early_ends_the_batch_with_one_line(place: str):
    batch = Batch(place, END, RANKER)
    with pytest.raises(BatchError, match="one of 2 processes ended early"):
        list(batch.recommend(batch.find_articles(), ends_its_process_at_one, jobs=2))


def test_a_store_that_is_gone_is_said_as_such(place: str, tmp_path: Path):
    with pytest.raises(StoreError):
        Batch(str(tmp_path / "none.db"), END, RANKER).find_articles()
    gone = Batch(str(tmp_path / "none.db"), END, RANKER)
    with pytest.raises(StoreError):
        list(gone.recommend(Batch(place, END, RANKER).find_articles(), urls_of, jobs=2))
