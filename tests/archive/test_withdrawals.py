"""A withdrawn story is known and no candidate; its page brings it back; the past is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recsys.archive import Archive, Keeper
from recsys.archive.telling import NEVER
from recsys.bundle import load_prior
from recsys.features import Reading, find_candidates
from recsys.ranking import PairwiseRanker
from recsys.recommender import Recommender
from recsys.request import Pin, Request, Rules
from recsys.store import Store
from tests.archive.test_keeper import after_all, assert_same, index_of
from tests.newsroom import END, address, newsroom, story, told

TAKEN = address(65)
HOUR = timedelta(hours=1)
LATER = END + 5 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all(newsroom())
        yield opened


def candidates_of(archive: Archive, url: str) -> list[str]:
    """What may stand beside a story, and beside none."""
    view = archive.at(archive.as_of)
    beside = find_candidates(Reading(view, archive.query_row(archive.row_of[url])))
    rows = np.union1d(beside, find_candidates(Reading(view)))
    return [archive.shown(row).url for row in rows.tolist()]


def test_a_withdrawn_story_is_known_and_no_candidate_until_its_page_is_seen_again(store: Store):
    keeper, beside = Keeper(store), address(71)
    before = keeper.archive(LATER)
    assert TAKEN in candidates_of(before, beside)
    assert store.withdraw(TAKEN, END + HOUR)
    taken = keeper.archive(LATER)
    row = taken.row_of[TAKEN]
    assert taken.is_withdrawn(row)
    assert taken.named_at[row] == NEVER
    assert taken.size == before.size
    assert TAKEN not in candidates_of(taken, beside)
    assert not before.is_withdrawn(row)  # who holds the earlier archive keeps it as it was
    assert_same(taken, Archive.load(store, LATER))
    store.add(story(65, 219, "Corvin Delmoor again", told("Corvin Delmoor", 65)))
    back = keeper.archive(LATER)
    assert not back.is_withdrawn(back.row_of[TAKEN])
    assert TAKEN in candidates_of(back, beside)
    assert_same(back, Archive.load(store, LATER))


def test_nobody_pins_a_withdrawn_story(store: Store):
    def pinned(archive: Archive) -> bool:
        recommender = Recommender(archive, PairwiseRanker(prior=load_prior()))
        query = archive.article(address(71))
        found = recommender.recommend(query, LATER, Request(rules=Rules(pinned=(Pin(TAKEN, 1),))))
        return TAKEN in [each.article.url for each in found]

    keeper = Keeper(store)
    assert pinned(keeper.archive(LATER))
    store.withdraw(TAKEN, END + HOUR)
    assert not pinned(keeper.archive(LATER))


def test_what_is_kept_on_disk_is_asked_for_withdrawals_anew(store: Store):
    Keeper(store, index_of(store)).save()
    store.withdraw(TAKEN, END + HOUR)
    opened = Keeper(store, index_of(store))
    assert_same(opened.archive(LATER), Archive.load(store, LATER))
    assert opened.is_opened
    opened.save()
    assert_same(opened.archive(LATER), after_all(store).until(LATER))
    again = Keeper(store, index_of(store)).archive(LATER)
    assert again.is_withdrawn(again.row_of[TAKEN])
    assert not store.withdraw(address("unknown"), LATER)


def test_before_it_was_withdrawn_a_story_was_a_candidate(store: Store):
    store.withdraw(TAKEN, END + HOUR)
    keeper = Keeper(store)
    for archive in (Archive.load(store, END + HOUR), keeper.archive(END + HOUR)):
        assert not archive.is_withdrawn(archive.row_of[TAKEN])
    for retold in (keeper.archive(LATER, first_texts=True), Archive.load(store, LATER, first_texts=True)):
        assert not retold.is_withdrawn(retold.row_of[TAKEN])
        assert retold.named_at[retold.row_of[TAKEN]] < NEVER
    store.add(story(5, 217, "Another headline", told("Brackwater", 5)))
    assert_same(keeper.archive(LATER, first_texts=True), Archive.load(store, LATER, first_texts=True))


def test_a_picture_is_shown_from_what_is_kept(store: Store):
    image = "https://harbour.example/65.jpg"
    store.add(story(65, 219, "Corvin Delmoor again", told("Corvin Delmoor", 65), image=image))
    Keeper(store, index_of(store)).save()
    archive = Keeper(store, index_of(store)).archive(LATER)
    row = archive.row_of[TAKEN]
    assert archive.shown(row).image == archive.teaser(row).image == image
    assert archive.shown(row - 1).image is None
