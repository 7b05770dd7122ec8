"""An archive knows what was seen strictly before a moment, and refuses later questions."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import to_microseconds
from recsys.errors import LookAheadError, UnknownArticleError
from recsys.store import Store
from tests.newsroom import address, article, at, corpus_of, shown, story

TICK = timedelta(microseconds=1)
DAY = [story(hour, hour) for hour in range(24)]


def test_what_was_seen_at_the_moment_itself_was_not_seen_before_it(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        store.add_all([story(1, 1), story(2, 2), shown(2, 1)])
        just_at, just_after = Corpus.load(store, at(2)), Corpus.load(store, at(2) + TICK)
    assert list(just_at.row_of) == [address(1)]
    assert just_at.lists.before(to_microseconds(at(2))) == 0
    assert list(just_after.row_of) == [address(1), address(2)]
    assert just_after.at(at(2) + TICK).list_count == 1


def test_a_view_is_strict_too():
    corpus = corpus_of([*DAY, shown(5, 1)], at(24))
    assert (corpus.at(at(5)).size, corpus.at(at(5)).list_count) == (5, 0)
    assert (corpus.at(at(5) + TICK).size, corpus.at(at(5) + TICK).list_count) == (6, 1)


def test_a_later_moment_is_refused_in_one_line():
    corpus = corpus_of(DAY, at(24))
    assert corpus.at(at(24)).size == 24
    with pytest.raises(
        LookAheadError,
        match=r"^2025-06-02T00:00:00\.000001Z is later than the corpus, which ends before 2025-06-02T00",
    ):
        corpus.at(at(24) + TICK)


def test_a_view_refuses_the_lists_of_a_later_moment():
    view = corpus_of([*DAY, shown(5, 1)], at(24)).at(at(4))
    with pytest.raises(LookAheadError):
        view.current_lists(to_microseconds(at(5)))


def test_a_view_says_its_moment():
    assert corpus_of(DAY, at(24)).at(at(5)).as_of == at(5)


def test_articles_stand_in_the_order_in_which_they_were_first_seen():
    corpus = corpus_of([story(n, hour) for n, hour in enumerate((7, 3, 9, 1))], at(24))
    assert [each.article.url for each in corpus.stored] == [address(n) for n in (3, 1, 0, 2)]
    assert (np.diff(corpus.first_seen) > 0).all()


def test_a_window_is_the_articles_from_its_edge_on():
    view = corpus_of(DAY, at(24)).at(at(12))
    assert view.since(None) == 0
    assert view.since(timedelta(hours=5)) == 7
    assert view.since(timedelta(days=99)) == 0
    assert view.since(timedelta(0)) == view.size


def test_an_article_is_known_by_its_address():
    corpus = corpus_of(DAY, at(24))
    assert corpus.article(address(3)) == article(3, 3)
    with pytest.raises(UnknownArticleError, match="nowhere"):
        corpus.article(address("nowhere"))


def test_an_empty_archive_answers():
    corpus = corpus_of([], at(24))
    view = corpus.at(at(1))
    assert (view.size, view.list_count, view.since(timedelta(days=1))) == (0, 0, 0)
    assert corpus.query(article(1)).row == -1
