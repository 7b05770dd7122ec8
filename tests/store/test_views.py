"""What the widget showed: it counts once, takes clicks until it is settled, then is a list like others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from recsys.corpus import Corpus, CorpusFollower
from recsys.domain import Kind, RankedList
from recsys.errors import InvalidValueError
from recsys.store import Impression, Store, ViewClick
from recsys.training.clicks import learn_from_clicks, lists_that_teach
from tests.newsroom import SITE, address, at, story, told

ITEMS = tuple((address(slug), f"Story {slug}") for slug in (1, 2, 3))
STORIES = [story(n, n, f"Story {n}", told("Anslow" if n % 2 else "Eskvale", n)) for n in range(12)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all(STORIES)
        yield opened


def view(name: str, hour: float = 20, beside: object = 9) -> Impression:
    return Impression(name, SITE, address(beside), at(hour), ITEMS)


def served(store: Store) -> list[RankedList]:
    return [each.list for each in store.read_lists() if each.list.kind is Kind.SERVED]


def test_a_view_counts_once_however_often_it_arrives(store: Store) -> None:
    state = store.state()
    assert store.record_impression(view("a"))
    assert not store.record_impression(view("a", 21))
    assert store.record_impressions([view("a"), view("b"), view("c"), view("b", 22)]) == 2
    assert store.record_impressions([]) == 0
    assert store.state() == state  # nothing that an archive is made of
    assert store.close_impressions(at(30)) == 3
    assert not store.record_impression(view("a"))
    assert store.close_impressions(at(30)) == 0
    assert [each.observed_at for each in served(store)] == [
        at(20) + timedelta(microseconds=k) for k in range(3)
    ]


def test_a_click_counts_once_and_only_on_what_is_shown_and_not_settled(store: Store) -> None:
    store.record_impression(view("a"))
    assert store.record_click("a", 2, at(20.1))
    assert not store.record_click("a", 2, at(20.2))
    assert store.record_click("a", 3, at(20.2))
    for name, position in (("b", 1), ("a", 0), ("a", 4), ("a", -1)):
        assert not store.record_click(name, position, at(20.2))
    store.close_impressions(at(30))
    assert not store.record_click("a", 1, at(30))
    (found,) = served(store)
    assert [item.clicks for item in found.items] == [0, 1, 1]
    assert [(item.url, item.headline) for item in found.items] == list(ITEMS)
    assert (found.site, found.page_url, found.title, found.scope) == (SITE, address(9), None, None)


def test_a_click_needs_a_view_that_was_shown_before_it(store: Store) -> None:
    click = ViewClick("a", 1, at(20.1))
    assert store.add_events([click, view("a", 20)]) == [False, True]
    assert store.add_events([click, view("b", 20.5), ViewClick("b", 1, at(20.5))]) == [True, True, True]
    assert store.add_events([ViewClick("b", 2, at(20.4))]) == [False]


def test_of_one_view_only_the_first_three_places_that_are_clicked_count(store: Store) -> None:
    items = tuple((address(slug), f"Story {slug}") for slug in range(1, 8))
    store.record_impression(Impression("a", SITE, address(9), at(20), items))
    together = [ViewClick("a", place, at(20.1)) for place in (5, 5, 6)]
    assert store.add_events(together) == [True, False, True]
    one_by_one = [store.record_click("a", place, at(20.2)) for place in (6, 7, 4, 3)]
    assert one_by_one == [False, True, False, False]
    store.close_impressions(at(30))
    (found,) = served(store)
    assert [item.position for item in found.items if item.clicks] == [5, 6, 7]


def test_views_and_clicks_are_stored_together_or_not_at_all(store: Store) -> None:
    with closing(sqlite3.connect(store.name)) as other:
        other.executescript(
            "CREATE TRIGGER no BEFORE INSERT ON view_clicks BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        store.add_events([view("a"), ViewClick("a", 1, at(20.1))])
    with closing(sqlite3.connect(store.name)) as other:
        other.executescript("DROP TRIGGER no")
    assert store.add_events([view("a"), ViewClick("a", 1, at(20.1))]) == [True, True]


def test_only_what_was_shown_before_the_moment_is_settled_the_first_first(store: Store) -> None:
    store.record_impressions([view("late", 25), view("second", 21), view("first", 20)])
    assert store.close_impressions(at(25), most=1) == 1
    assert [each.observed_at for each in served(store)] == [at(20)]
    assert store.close_impressions(at(25)) == 1
    assert store.close_impressions(at(25)) == 0
    assert store.record_click("late", 1, at(26))
    assert store.close_impressions(at(25) + timedelta(microseconds=1)) == 1


def test_views_of_one_list_at_one_moment_stay_as_many_whenever_they_are_settled(store: Store) -> None:
    store.record_impressions([view(f"{n:02}") for n in range(20)])
    store.close_impressions(at(30), most=7)
    state = store.state()
    assert store.close_impressions(at(30)) == 13
    assert store.state().batch == state.batch + 1
    store.record_impressions([view(f"later-{n}") for n in range(3)])
    assert store.close_impressions(at(30)) == 3
    times = [each.observed_at for each in served(store)]
    assert times == [at(20) + timedelta(microseconds=n) for n in range(23)]
    assert store.problems() == ()


def test_what_was_acknowledged_is_there_for_who_opens_the_store_next(store: Store) -> None:
    store.record_impression(view("a"))
    store.record_click("a", 1, at(20.1))
    with closing(sqlite3.connect(store.name)) as other:
        assert other.execute("SELECT count(*) FROM views").fetchone() == (1,)
        assert other.execute("SELECT view_id, position FROM view_clicks").fetchall() == [("a", 1)]


def test_a_settling_that_fails_leaves_every_view_and_click_waiting(store: Store) -> None:
    store.record_impressions([view("a"), view("b", 21)])
    store.record_click("b", 1, at(21.1))
    with closing(sqlite3.connect(store.name)) as other:
        other.executescript(
            "CREATE TRIGGER no BEFORE UPDATE ON views WHEN old.id = 'b' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        store.close_impressions(at(30))
    assert served(store) == []
    with closing(sqlite3.connect(store.name)) as other:
        other.executescript("DROP TRIGGER no")
    assert store.close_impressions(at(30)) == 2
    assert [sum(item.clicks for item in each.items) for each in served(store)] == [0, 1]


def test_settled_views_teach(store: Store) -> None:
    store.record_impressions([view("a"), view("b", 21), view("c", 22)])
    store.record_click("a", 2, at(20.1))
    store.record_click("c", 3, at(22.1))
    keeper = CorpusFollower(store)
    keeper.refresh()
    store.close_impressions(at(30))
    for corpus in (keeper.corpus(at(60)), Corpus.load(store, at(60))):
        assert len(lists_that_teach(corpus.at(at(60)))) == 2
        learnt = learn_from_clicks(corpus.at(at(60)), weight=1.0, most=100)
        assert [context.gains.tolist() for context in learnt.contexts] == [[1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "a b"},
        {"id": "\ud800"},
        {"page_url": "no address"},
        {"site": ""},
        {"items": ()},
        {"items": (("https://x.example/1", "NUL \0"),)},
        {"items": (("https://x.example/1", "lone \ud800"),)},
        {"items": (("two words", "Story"),)},
        {"shown_at": at(0).replace(tzinfo=None)},
    ],
)
def test_what_no_store_could_settle_is_no_view(wrong: dict[str, object]) -> None:
    right = {"id": "a", "site": SITE, "page_url": address(9), "shown_at": at(0), "items": ITEMS}
    with pytest.raises(InvalidValueError):
        Impression(**right | wrong)  # type: ignore[arg-type]
