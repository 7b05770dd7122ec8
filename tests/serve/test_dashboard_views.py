"""What the pages are made of: counts of views and clicks, and the reference of the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from recsys.corpus import Corpus
from recsys.domain import Kind, ListItem, Page, RankedList
from recsys.serve.app import COMMON_ERRORS
from recsys.serve.dashboard import click_summary
from recsys.serve.dashboard.api_reference import ApiReference, build_reference
from recsys.serve.dashboard.click_summary import ClickSummary, Count, summarise_clicks
from recsys.serve.dashboard.stories import MAX_MATCHES, search_stories
from recsys.serve.headlines import HeadlineCache
from recsys.serve.routes import content, operate, recommend, widget
from recsys.store import Click, Impression, Store
from tests.newsroom import SITE, address, corpus_of, story

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 30, 10, tzinfo=UTC)  # clocks in Berlin were put forward the day before


def view(number: int, at: datetime, *slugs: object, site: str = SITE) -> Impression:
    items = tuple((address(slug), f"Story {slug}") for slug in slugs)
    return Impression(f"{number:032x}", site, address(0), at, items)


def click(number: int, at: datetime, position: int) -> Click:
    return Click(f"{number:032x}", position, at + timedelta(minutes=1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Four lists in the last week, one before it, and one that another system showed."""
    monday, late, early = (
        NOW - timedelta(hours=1),
        datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        NOW - timedelta(days=7),
    )
    items = (ListItem(1, "Story 1", address(1), 1), ListItem(3, "Story 3", address(3), 0))
    served = RankedList(SITE, Kind.SERVED, monday, items, page_url=address(0))
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all([*(story(n, n, f"Story {n}") for n in range(4)), Page(lists=(served,))])
        opened.impressions.record(
            [
                view(1, monday, 1, 2), click(1, monday, 2),
                view(2, monday, 2, 1), click(2, monday, 1), click(2, monday, 2),
                view(3, late, 1, 3),  # half past midnight in Berlin
                view(4, late - timedelta(hours=1), 3, "unknown", site="other.example"),
                view(5, early, 1, 2), click(5, early, 1),
            ]
        )  # fmt: skip
        yield opened


def summary_of(store: Store, days: int = 7) -> ClickSummary:
    return summarise_clicks(store, Corpus.load(store, NOW), days, NOW, BERLIN)


def test_views_and_clicks_are_counted_by_day_of_the_zone_position_story_and_site(store):
    summary = summary_of(store)
    assert summary.total == Count(5, 4)
    assert dict(summary.by_day) == dict.fromkeys(
        (date(2026, 3, day) for day in (24, 25, 26, 27)), Count()
    ) | {date(2026, 3, 28): Count(1, 0), date(2026, 3, 29): Count(1, 0), date(2026, 3, 30): Count(3, 4)}
    assert summary.by_position == ((1, Count(5, 2)), (2, Count(4, 2)), (3, Count(1, 0)))
    stories = [(each.article.url, each.count, each.average_position) for each in summary.by_story]
    assert stories == [
        (address(1), Count(4, 2), 1.25),  # positions 1, 2, 1 and 1
        (address(2), Count(2, 2), 1.5),
        (address(3), Count(3, 0), 2.0),
    ]
    assert summary.lists_clicked == 3  # one of them twice
    assert summary.by_site == ((SITE, Count(4, 4)), ("other.example", Count(1, 0)))
    assert summary.first_at is None
    assert summary_of(store, 28).total == Count(6, 5)


def test_days_before_the_first_view_are_named_unless_they_were_not_read(store, monkeypatch):
    assert summary_of(store).first_day == date(2026, 3, 28)
    assert summary_of(store, 3).first_day is None  # views on every day
    monkeypatch.setattr(click_summary, "MAX_IMPRESSIONS", 3)
    assert summary_of(store, 28).first_day is None


def test_of_very_many_views_the_latest_are_counted_and_since_when_is_said(store, monkeypatch):
    monkeypatch.setattr(click_summary, "MAX_IMPRESSIONS", 3)
    summary = summary_of(store, 28)
    assert summary.first_at == datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert summary.total == Count(4, 4)  # and the imported list


def test_without_views_there_is_nothing_to_divide(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        store.add_all([story(1, 1, "Story")])
        summary = summary_of(store)
    assert (summary.total, summary.by_day, summary.total.rate) == (Count(), (), 0.0)


def test_impressions_are_read_from_a_moment_on(store):
    since = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    ids = [int(each.impression.id, 16) for each in store.impressions.read(since=since)]
    assert ids == [3, 1, 2]
    assert store.impressions.latest_since(since, 2) == NOW - timedelta(hours=1)
    assert store.impressions.latest_since(since, 3) is None


def test_a_search_shows_the_newest_and_says_that_there_are_more():
    corpus = corpus_of([story(n, n, f"Harbour report {n}") for n in range(MAX_MATCHES + 2)], NOW)
    headlines = HeadlineCache()
    found = search_stories(corpus, "REPORT harb", headlines)
    assert [each.url for each in found.stories] == [address(n) for n in range(MAX_MATCHES + 1, 1, -1)]
    assert found.has_more
    assert not search_stories(corpus, "report 21", headlines).has_more
    for nothing in ("", " ", "　", "zzz"):
        assert search_stories(corpus, nothing, headlines).stories == ()


def test_a_search_finds_the_headlines_of_today_whatever_was_kept():
    """An article that changes, one that is older than all others, one that is gone: rows move each time."""
    headlines = HeadlineCache()
    stories = {n: f"Harbour report {n}" for n in range(3, 9)}
    for changed in ({}, {5: "Bridge opens"}, {1: "Bridge closes"}, {8: "Bridge of the year"}):
        stories |= changed
        corpus = corpus_of([story(n, n, text) for n, text in stories.items()], NOW)
        for word in ("bridge", "harbour"):
            found = [each.url for each in search_stories(corpus, word, headlines).stories]
            expected = [n for n, text in sorted(stories.items(), reverse=True) if word in text.lower()]
            assert found == [address(n) for n in expected]


@cache
def document() -> dict[str, Any]:
    app = FastAPI(title="recsys", version="1", summary="Related headlines.")
    for module in (recommend, content, operate, widget):
        app.include_router(module.router, responses=COMMON_ERRORS)
    return app.openapi()


@cache
def reference() -> ApiReference:
    return build_reference(document())


def test_every_route_parameter_schema_and_response_is_in_the_reference():
    operations = {(each.method.lower(), each.path): each for _, group in reference().groups for each in group}
    for path, methods in document()["paths"].items():
        for method, described in methods.items():
            operation = operations.pop((method, path))
            assert [each.name for each in operation.parameters] == [
                each["name"] for each in described.get("parameters", ())
            ]
            assert [each.status for each in operation.answers] == sorted(described["responses"])
            assert operation.needs_key == bool(described.get("security"))
            assert operation.description
            assert operation.example.startswith("curl ")
            assert bool(operation.bodies) == ("requestBody" in described)
            assert all(body.examples for body in operation.bodies)
    assert operations == {}
    schemas = {each.name: each for each in reference().schemas}
    assert set(schemas) == set(document()["components"]["schemas"])
    linked = {part.schema for each in schemas.values() for field in each.fields for part in field.type}
    assert linked - {""} <= set(schemas)


def test_a_type_is_described_in_words():
    schemas = {each.name: each for each in reference().schemas}
    fields = {each.name: each for each in schemas["ListIn"].fields}
    assert "".join(part.text for part in fields["items"].type) == (
        "array of ItemIn (at least 1 items, at most 1000 items)"
    )
    assert fields["site"].is_required
    assert not fields["title"].is_required
    related = next(each for _, group in reference().groups for each in group if each.path == "/v1/related")
    dial = next(each for each in related.parameters if each.name == "dial")
    assert "".join(part.text for part in dial.type) == "number (from 0, to 1) | null"
    assert dial.description == "from 0 (related) to 1 (popular)"
