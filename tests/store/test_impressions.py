"""Impressions and clicks: each counts once, a click counts only within limits, and training reads both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from recsys.corpus import Corpus, CorpusFollower
from recsys.errors import InvalidValueError
from recsys.store import Click, ClickedImpression, Impression, ImpressionSummary, Store
from recsys.training.clicks import build_impression_log, impressions_with_clicks, learn_from_clicks
from tests.newsroom import SITE, address, at, story, text_of

ITEMS = tuple((address(slug), f"Story {slug}") for slug in (1, 2, 3))
STORIES = [story(n, n, f"Story {n}", text_of("Anslow" if n % 2 else "Eskvale", n)) for n in range(12)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all(STORIES)
        yield opened


def impression(name: str, hour: float = 20, beside: object = 9) -> Impression:
    return Impression(name, SITE, address(beside), at(hour), ITEMS)


def record(store: Store, *events: Impression | Click) -> list[bool]:
    return store.impressions.record(events)


def clicked(store: Store) -> dict[str, tuple[int, ...]]:
    return {each.impression.id: each.clicked for each in store.impressions.read()}


def test_an_impression_counts_once_however_often_it_is_reported(store: Store) -> None:
    state = store.state()
    assert record(store, impression("a")) == [True]
    assert record(store, impression("a", 21)) == [False]
    reports = [impression("a"), impression("b"), impression("c"), impression("b", 22)]
    assert record(store, *reports) == [False, True, True, False]
    assert record(store) == []
    assert store.state() == state  # the corpus does not depend on it
    assert [each.impression for each in store.impressions.read()] == [impression(name) for name in "abc"]


def test_equal_impressions_of_the_same_microsecond_are_all_read(store: Store) -> None:
    record(store, *(impression(f"{n:02}") for n in range(20)))
    assert len(list(store.impressions.read())) == 20
    assert store.counts().impressions == 20
    log = build_impression_log(Corpus.load(store, at(60)).at(at(60)), store.impressions.read())
    assert log.size == 20


def test_a_click_counts_once_at_each_position_that_was_shown(store: Store) -> None:
    record(store, impression("a"))
    assert record(store, Click("a", 2, at(20.1)), Click("a", 2, at(20.2)), Click("a", 3, at(20.2))) == [
        True,
        False,
        True,
    ]
    unknown = [
        Click(name, position, at(20.2)) for name, position in (("b", 1), ("a", 0), ("a", 4), ("a", -1))
    ]
    assert record(store, *unknown) == [False] * 4
    assert clicked(store) == {"a": (2, 3)}
    assert store.counts().clicks == 2


def test_a_click_counts_only_after_its_impression_and_within_the_click_window(store: Store) -> None:
    click = Click("a", 1, at(20.1))
    assert record(store, click, impression("a", 20)) == [False, True]
    assert record(store, click, impression("b", 20.5), Click("b", 1, at(20.5))) == [True, True, True]
    assert record(store, Click("b", 2, at(20.4))) == [False]
    late = Click("a", 2, at(21) + timedelta(microseconds=1))
    assert record(store, late) == [False]
    assert store.impressions.record([late], click_window=timedelta(hours=2)) == [True]
    assert store.impressions.record([Click("b", 3, at(20.6))], click_window=timedelta(minutes=5)) == [False]


def test_only_the_first_three_clicked_positions_of_an_impression_count(store: Store) -> None:
    items = tuple((address(slug), f"Story {slug}") for slug in range(1, 8))
    record(store, Impression("a", SITE, address(9), at(20), items))
    together = [Click("a", position, at(20.1)) for position in (5, 5, 6)]
    assert record(store, *together) == [True, False, True]
    one_by_one = [record(store, Click("a", position, at(20.2))) for position in (6, 7, 4, 3)]
    assert one_by_one == [[False], [True], [False], [False]]
    assert clicked(store) == {"a": (5, 6, 7)}


def test_events_are_recorded_together_or_not_at_all(store: Store) -> None:
    with closing(sqlite3.connect(store.name)) as other:
        other.executescript(
            "CREATE TRIGGER no BEFORE INSERT ON impression_clicks BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    events = [impression("a"), Click("a", 1, at(20.1))]
    with pytest.raises(Exception, match="no"):
        record(store, *events)
    with closing(sqlite3.connect(store.name)) as other:
        other.executescript("DROP TRIGGER no")
    assert record(store, *events) == [True, True]


def test_reading_as_of_a_moment_leaves_out_later_impressions_and_later_clicks(store: Store) -> None:
    record(store, impression("late", 25), impression("second", 21), impression("first", 20))
    record(store, Click("first", 1, at(20.2)), Click("first", 3, at(20.4)), Click("second", 1, at(21.5)))
    read = list(store.impressions.read(before=at(21.5)))
    assert read == [
        ClickedImpression(impression("first", 20), (1, 3)),
        ClickedImpression(impression("second", 21), ()),
    ]
    (first,) = store.impressions.read(before=at(20.4))
    assert first.clicked == (1,)
    assert list(store.impressions.read(before=at(20))) == []


def test_what_was_acknowledged_is_on_disk(store: Store) -> None:
    record(store, impression("a"), Click("a", 1, at(20.1)))
    with closing(sqlite3.connect(store.name)) as other:
        assert other.execute("SELECT count(*) FROM impressions").fetchone() == (1,)
        rows = other.execute("SELECT impression_id, position FROM impression_clicks").fetchall()
    assert rows == [("a", 1)]


def test_impressions_are_summed_up_by_site(store: Store) -> None:
    assert store.impressions.summary() == []
    record(store, impression("a", 20), impression("b", 22))
    assert store.impressions.summary() == [ImpressionSummary(SITE, 2, at(22))]


def test_clicks_are_learnt_from_as_they_are(store: Store) -> None:
    record(store, impression("a"), impression("b", 21), impression("c", 22))
    record(store, Click("a", 2, at(20.1)), Click("c", 3, at(22.1)))
    for corpus in (CorpusFollower(store).corpus(at(60)), Corpus.load(store, at(60))):
        view = corpus.at(at(60))
        log = build_impression_log(view, store.impressions.read(before=at(60)))
        assert impressions_with_clicks(log).tolist() == [0, 2]
        learnt = learn_from_clicks(view, log, weight=1.0, most=100)
        assert [group.relevance.tolist() for group in learnt.groups] == [[1, 0, 0], [1, 0, 0]]
        assert [corpus.stored[log.articles[item]].article.url for item in learnt.items.tolist()] == [
            address(2),
            address(3),
        ]


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
def test_an_impression_that_cannot_be_stored_is_refused(wrong: dict[str, object]) -> None:
    right = {"id": "a", "site": SITE, "page_url": address(9), "shown_at": at(0), "items": ITEMS}
    with pytest.raises(InvalidValueError):
        Impression(**right | wrong)  # type: ignore[arg-type]
