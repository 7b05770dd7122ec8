"""A withdrawn story is known and no candidate; its page brings it back; the past is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recsys.corpus import Corpus, CorpusFollower
from recsys.corpus.stored_fields import NEVER
from recsys.ranking import LogisticRanker
from recsys.ranking.features import QueryContext, find_candidates
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender
from recsys.request import Pin, Request, Rules
from recsys.store import Store
from tests.corpus.test_follower import after_all, assert_same, index_of
from tests.newsroom import END, address, newsroom, story, text_of

TAKEN = address(65)
HOUR = timedelta(hours=1)
LATER = END + 5 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all(newsroom())
        yield opened


def candidates_of(corpus: Corpus, url: str) -> list[str]:
    """The candidates for a story, and without an article."""
    view = corpus.at(corpus.as_of)
    beside = find_candidates(QueryContext(view, corpus.query_row(corpus.row_of[url])))
    rows = np.union1d(beside, find_candidates(QueryContext(view)))
    return [corpus.shown(row).url for row in rows.tolist()]


def test_a_withdrawn_story_is_known_and_no_candidate_until_its_page_is_seen_again(store: Store):
    follower, beside = CorpusFollower(store), address(71)
    before = follower.corpus(LATER)
    assert TAKEN in candidates_of(before, beside)
    assert store.unpublish(TAKEN, END + HOUR)
    taken = follower.corpus(LATER)
    row = taken.row_of[TAKEN]
    assert taken.is_unpublished(row)
    assert taken.named_at[row] == NEVER
    assert taken.size == before.size
    assert TAKEN not in candidates_of(taken, beside)
    assert not before.is_unpublished(row)  # who holds the earlier archive keeps it as it was
    assert_same(taken, Corpus.load(store, LATER))
    store.add(story(65, 219, "Corvin Delmoor again", text_of("Corvin Delmoor", 65)))
    back = follower.corpus(LATER)
    assert not back.is_unpublished(back.row_of[TAKEN])
    assert TAKEN in candidates_of(back, beside)
    assert_same(back, Corpus.load(store, LATER))


def test_nobody_pins_a_withdrawn_story(store: Store):
    def pinned(corpus: Corpus) -> bool:
        recommender = Recommender(corpus, LogisticRanker(prior=load_pretrained_weights()))
        query = corpus.article(address(71))
        found = recommender.recommend(query, LATER, Request(rules=Rules(pinned=(Pin(TAKEN, 1),))))
        return TAKEN in [each.article.url for each in found]

    follower = CorpusFollower(store)
    assert pinned(follower.corpus(LATER))
    store.unpublish(TAKEN, END + HOUR)
    assert not pinned(follower.corpus(LATER))


def test_what_is_kept_on_disk_is_asked_for_withdrawals_anew(store: Store):
    CorpusFollower(store, index_of(store)).save()
    store.unpublish(TAKEN, END + HOUR)
    opened = CorpusFollower(store, index_of(store))
    assert_same(opened.corpus(LATER), Corpus.load(store, LATER))
    assert opened.is_loaded
    opened.save()
    assert_same(opened.corpus(LATER), after_all(store).until(LATER))
    again = CorpusFollower(store, index_of(store)).corpus(LATER)
    assert again.is_unpublished(again.row_of[TAKEN])
    assert not store.unpublish(address("unknown"), LATER)


def test_before_it_was_withdrawn_a_story_was_a_candidate(store: Store):
    store.unpublish(TAKEN, END + HOUR)
    follower = CorpusFollower(store)
    for corpus in (Corpus.load(store, END + HOUR), follower.corpus(END + HOUR)):
        assert not corpus.is_unpublished(corpus.row_of[TAKEN])
    for retold in (follower.corpus(LATER, first_texts=True), Corpus.load(store, LATER, first_texts=True)):
        assert not retold.is_unpublished(retold.row_of[TAKEN])
        assert retold.named_at[retold.row_of[TAKEN]] < NEVER
    store.add(story(5, 217, "Another headline", text_of("Brackwater", 5)))
    assert_same(follower.corpus(LATER, first_texts=True), Corpus.load(store, LATER, first_texts=True))


def test_a_picture_is_shown_from_what_is_kept(store: Store):
    image = "https://harbour.example/65.jpg"
    store.add(story(65, 219, "Corvin Delmoor again", text_of("Corvin Delmoor", 65), image=image))
    CorpusFollower(store, index_of(store)).save()
    corpus = CorpusFollower(store, index_of(store)).corpus(LATER)
    row = corpus.row_of[TAKEN]
    assert corpus.shown(row).image == corpus.articles.summary(row).image == image
    assert corpus.shown(row - 1).image is None
