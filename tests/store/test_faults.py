"""Rows that cannot be read are named and left out, whatever column is bad, and `repair` removes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.corpus import CorpusFollower
from recsys.domain import Page
from recsys.errors import InvalidValueError, StoreError
from recsys.store import Click, Impression, Store
from recsys.store.unreadable_rows import REPORTED
from tests.store.examples import SITE, at, filled, invented, listed, paged, pages

NOW = at(1000)
FUTURE = NOW + timedelta(days=1)
BEFORE_1900 = -2_208_992_400_000_000
AFTER_2200 = 7_289_654_400_000_000
FIRST_ITEM = "WHERE list_id = 3 AND position = 1"
NO_TEXT = "CAST(x'ff' AS TEXT)"

DAMAGE = {
    "articles.first_seen_at before 1900": f"UPDATE articles SET first_seen_at = {BEFORE_1900} WHERE id = 3",
    "articles.first_seen_at is text": "UPDATE articles SET first_seen_at = 'noon' WHERE id = 3",
    "articles.listed_at after 2200": f"UPDATE articles SET listed_at = {AFTER_2200} WHERE id = 3",
    "articles.url is no name": "UPDATE articles SET url = 'a b' WHERE id = 3",
    "articles.url is no UTF-8": f"UPDATE articles SET url = {NO_TEXT} WHERE id = 3",
    "articles.owner_id is nobody": "UPDATE articles SET owner_id = 999 WHERE id = 3",
    "articles.owner_id is text": "UPDATE articles SET owner_id = 'me' WHERE id = 3",
    "an article is missing": "DELETE FROM articles WHERE id = 3",
    "readings.seen_at before 1900": f"UPDATE readings SET seen_at = {BEFORE_1900} WHERE revision_id = 2",
    "readings.seen_at is text": "UPDATE readings SET seen_at = 'noon' WHERE revision_id = 2",
    "a reading is missing": "DELETE FROM readings WHERE revision_id = 2",
    "revisions.published_at after 2200": f"UPDATE revisions SET published_at = {AFTER_2200} WHERE id = 2",
    "revisions.published_offset is a day": (
        "UPDATE revisions SET published_at = 5, published_offset = 86400 WHERE id = 2"
    ),
    "revisions.tags are no JSON": "UPDATE revisions SET tags = 'nope' WHERE id = 2",
    "revisions.tags are numbers": "UPDATE revisions SET tags = '[1]' WHERE id = 2",
    "revisions.headline is empty": "UPDATE revisions SET headline = '' WHERE id = 2",
    "revisions.headline is a number": "UPDATE revisions SET headline = x'00ff' WHERE id = 2",
    "revisions.body is no UTF-8": f"UPDATE revisions SET body = {NO_TEXT} WHERE id = 2",
    "revisions say nothing": "UPDATE revisions SET headline = NULL, body = NULL WHERE id = 2",
    "revisions.image is no address": "UPDATE revisions SET image = 'javascript:1' WHERE id = 2",
    "revisions.digest is text": "UPDATE revisions SET digest = 'x' WHERE id = 2",
    "a revision is missing": "DELETE FROM revisions WHERE id = 2",
    "headlines.text is no UTF-8": f"UPDATE headlines SET text = {NO_TEXT} WHERE id = 4",
    "headlines.text is too long": "UPDATE headlines SET text = hex(zeroblob(2000)) WHERE id = 4",
    "headlines.paged_at is text": "UPDATE headlines SET paged_at = 'noon' WHERE id = 4",
    "headlines.listed_at before 1900": f"UPDATE headlines SET listed_at = {BEFORE_1900} WHERE id = 4",
    "headlines.key is text": "UPDATE headlines SET key = 'x' WHERE id = 4",
    "a headline is missing": "DELETE FROM headlines WHERE id = 4",
    "lists.kind is unknown": "UPDATE lists SET kind = 'odd' WHERE id = 3",
    "lists.observed_at after 2200": f"UPDATE lists SET observed_at = {AFTER_2200} WHERE id = 3",
    "lists.observed_at is text": "UPDATE lists SET observed_at = 'noon' WHERE id = 3",
    "lists.site is empty": "UPDATE lists SET site = '' WHERE id = 3",
    "lists.digest is another's": "UPDATE lists SET digest = x'00' WHERE id = 3",
    "a list is missing": "DELETE FROM lists WHERE id = 3",
    "list_items.position is negative": f"UPDATE list_items SET position = -4 {FIRST_ITEM}",
    "list_items.position is text": f"UPDATE list_items SET position = 'top' {FIRST_ITEM}",
    "list_items.clicks are text": f"UPDATE list_items SET clicks = 'many' {FIRST_ITEM}",
    "some items are missing": "DELETE FROM list_items WHERE list_id = 3 AND position > 2",
    "all items are missing": "DELETE FROM list_items WHERE list_id = 3",
    "unpublished.url is no name": "INSERT INTO unpublished VALUES ('a b', 5)",
    "unpublished.unpublished_at after 2200": (
        f"INSERT INTO unpublished VALUES ('https://harbour.example/1', {AFTER_2200})"
    ),
    "impressions.items are no JSON": (
        "INSERT INTO impressions VALUES ('v', 'harbour.example', 'u', 5, 'nope')"
    ),
    "impressions.items have no address": (
        "INSERT INTO impressions VALUES ('v', 'harbour.example', 'u', 5, '[[\"a b\", \"t\"]]')"
    ),
    "impressions.shown_at is text": (
        "INSERT INTO impressions VALUES ('v', 'harbour.example', 'u', 'noon', '[[\"u\", \"t\"]]')"
    ),
    "an observation of the future": (
        f"UPDATE readings SET seen_at = {int(FUTURE.timestamp() * 1e6)} WHERE revision_id = 2"
    ),
    "meta.newest is no number": "UPDATE meta SET value = 'soon' WHERE name = 'newest'",
    "meta.newest is too late": "UPDATE meta SET value = '99999999999999999999' WHERE name = 'newest'",
}
NOT_IN_THE_WAY = {"meta.newest is no number"}  # of reading and writing is everything else
NO_PROBLEM = {"meta.newest is too late"}


def damage(path: Path, statements: Iterable[str]) -> None:
    """What hand edits do: nothing is checked."""
    with closing(sqlite3.connect(path)) as connection:
        for each in statements:
            connection.execute(each)
        connection.commit()


def use_everything(store: Store) -> None:
    """Read and write a store in every way there is."""
    list(store.read_articles())
    list(store.read_articles(before=at(8), first_texts=True))
    list(store.read_lists())
    list(store.read_pages())
    store.counts()
    store.unpublished()
    store.find_by_headline(None, "Story 2")
    for number in range(12):
        store.article(f"https://harbour.example/{number}")
    shown = Impression(f"view-{number}", SITE, "https://harbour.example/1", at(20), ITEMS)
    assert store.impressions.record([shown, Click(shown.id, 1, at(20))]) == [True, True]
    assert store.impressions.record([Click("v", 1, at(20))]) == [False]
    assert [each.impression for each in store.impressions.read()] == [shown]
    store.impressions.summary()
    store.add_all([*invented(3), paged(40, "New story", "https://harbour.example/new")], now=NOW)
    assert store.unpublish("https://harbour.example/5", at(41), now=NOW)
    assert store.article("https://harbour.example/new") is not None


ITEMS = (("https://harbour.example/2", "Story 2"),)


@pytest.mark.parametrize("how", sorted(DAMAGE.keys() - NOT_IN_THE_WAY))
def test_a_row_that_cannot_be_read_is_left_out_and_stops_nothing(tmp_path: Path, how: str):
    path, said = tmp_path / "recsys.db", list[str]()
    filled(path, invented(12))
    with Store.open(path) as store:
        follower = CorpusFollower(store, store.index_folder)
        follower.save()
    damage(path, [DAMAGE[how]])
    with Store.open(path, warn=said.append) as store:
        assert bool(store.integrity.problems(now=NOW)) == (how not in NO_PROBLEM)
        use_everything(store)
        followed = CorpusFollower(store, store.index_folder).corpus()
        made = CorpusFollower(store).corpus()
        assert "https://harbour.example/new" in followed.row_of
        assert "https://harbour.example/new" in made.row_of
        assert [each.article.url for each in followed.stored]  # none is missing in the middle
        assert all(str(path) in line for line in said)


@pytest.mark.parametrize("how", sorted(DAMAGE.keys() - NO_PROBLEM))
def test_a_repair_leaves_the_store_that_the_facts_left_make(tmp_path: Path, how: str):
    path = tmp_path / "recsys.db"
    filled(path, invented(12))
    damage(path, [DAMAGE[how]])
    check_repair(path, tmp_path / "again.db")


@pytest.mark.attack
@given(
    st.lists(pages, min_size=2, max_size=8), st.sets(st.sampled_from(sorted(DAMAGE)), min_size=1, max_size=4)
)
@settings(max_examples=15, deadline=None)
def test_a_repair_of_any_store_with_any_damage(tmp_path_factory: pytest.TempPathFactory, known, ways):
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "recsys.db"
    filled(path, known)
    for way in ways:
        try:
            damage(path, [DAMAGE[way]])
        except sqlite3.IntegrityError:
            continue  # two rows would be one
    check_repair(path, folder / "again.db")


def check_repair(path: Path, again: Path) -> None:
    with Store.open(path, warn=lambda _: None) as store:
        store.integrity.repair(now=NOW)
        assert store.integrity.problems(now=NOW) == ()
        left: list[Page] = list(store.read_pages())
        digest = store.integrity.digest()
        assert store.integrity.repair(now=NOW).removed == 0
    assert filled(again, left) == digest


def test_a_repair_makes_what_lies_beside_the_store_anew(tmp_path: Path):
    path = tmp_path / "recsys.db"
    filled(path, invented(12))
    with Store.open(path) as store:
        running = CorpusFollower(store, store.index_folder)
        before = running.corpus()
        running.save()
        damage(path, [DAMAGE["revisions.body is no UTF-8"]])
        store.integrity.repair(now=NOW)
        assert before.stored[1].article.url == "https://harbour.example/1"  # a question that is still asked
        for follower in (running, CorpusFollower(store, store.index_folder)):
            corpus = follower.corpus()
            assert [each.article.body is None for each in corpus.stored].count(True) == 13


def test_every_fault_is_told_once_and_many_are_summed_up(tmp_path: Path):
    path, said = tmp_path / "recsys.db", list[str]()
    filled(path, invented(40))
    damage(path, ["UPDATE revisions SET tags = 'nope'"])
    with Store.open(path, warn=said.append) as store:
        for _ in range(3):
            list(store.read_articles())
    assert len(said) == REPORTED + 2
    assert said[0].endswith("revisions, id 1: tags: expected a JSON array of texts, found 'nope'")
    assert "recsys check" in said[1]
    assert "recsys check" in said[-1]


def test_a_row_that_could_not_be_read_is_healed_by_what_is_seen_next(tmp_path: Path):
    path = tmp_path / "recsys.db"
    filled(path, [paged(0), listed(1, "Bridge opens")])
    bad = f"SET paged_at = {BEFORE_1900}"
    damage(path, [f"UPDATE articles {bad}, first_seen_at = {BEFORE_1900}", f"UPDATE headlines {bad}"])
    with Store.open(path, warn=lambda _: None) as store:
        assert list(store.read_articles()) == []
        store.add(paged(5))
        (known,) = store.read_articles()
        assert known.article.first_seen_at >= at(0)


@pytest.mark.parametrize("moment", [NOW + timedelta(minutes=5, microseconds=1), FUTURE])
def test_an_observation_of_the_future_is_refused_before_anything_of_its_batch_is_written(
    tmp_path: Path, moment: datetime
):
    hours = (moment - at(0)) / timedelta(hours=1)
    late_article, late_list = paged(hours, url="https://harbour.example/late"), listed(hours, "Bridge")  # type: ignore[arg-type]
    with Store.open(tmp_path / "recsys.db") as store:
        before = store.state()
        for late in (late_article, late_list):
            with pytest.raises(InvalidValueError, match=r"5 minutes after now; .* published_at"):
                store.add_all([paged(0), late], now=NOW)
        for refused in (
            lambda: store.unpublish("https://harbour.example/bridge", moment, now=NOW),
            lambda: store.impressions.record(
                [Impression("v", SITE, "https://u.example/", moment, ITEMS)], now=NOW
            ),
            lambda: store.impressions.record([Click("v", 1, moment)], now=NOW),
        ):
            with pytest.raises(InvalidValueError, match="5 minutes"):
                refused()
        assert store.state() == before
        assert list(store.read_pages()) == []
        store.add_all([late_article, late_list])  # a replay has a time of its own
        assert len(list(store.read_pages())) == 2


def test_what_clocks_differ_by_is_no_future_and_a_planned_publication_no_observation(tmp_path: Path):
    page = paged(1000 + 4.9 / 60, published_at=FUTURE)  # type: ignore[arg-type]
    with Store.open(tmp_path / "recsys.db") as store:
        assert store.add(page, now=NOW).articles_new == 1


def test_a_store_without_its_state_says_what_to_do(tmp_path: Path):
    path = tmp_path / "recsys.db"
    filled(path, invented(2))
    damage(path, [DAMAGE["meta.newest is no number"]])
    with Store.open(path) as store:
        with pytest.raises(StoreError, match="recsys check --fix"):
            store.state()
        assert store.integrity.repair(now=NOW).corrected == 1
        store.add(paged(5))
