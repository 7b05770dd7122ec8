"""How much was collected, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from recsys.corpus import Corpus
from recsys.domain import Kind, Page
from recsys.evaluation.data_quality import DataQuality, describe_data, measure_data
from recsys.store import Store
from tests.newsroom import at, newsroom, shown, story, text_of

SINCE, UNTIL = at(24), at(24 * 8)


def measured(folder: Path, pages: Iterable[Page]) -> DataQuality:
    with Store.open(folder / "news.db") as store:
        store.add_all(pages)
        return measure_data(Corpus.load(store, UNTIL), list(store.read_lists()), SINCE, UNTIL)


def dated(slug: str, hour: float) -> Page:
    return story(slug, hour, f"Story {slug}", text_of(slug, 1), published_at=at(hour))


def test_a_newsroom_is_counted_by_kind_and_by_day(tmp_path):
    found = measured(tmp_path, newsroom(64))
    assert (found.store.articles, found.store.without_text, found.store.undated) == (64, 0, 64)
    assert found.period.articles == 56
    assert found.sites == ("harbour.example",)
    by_kind = {each.kind: each for each in found.kinds}
    assert set(by_kind) == {"popular", "related"}
    assert (by_kind["popular"].lists, by_kind["popular"].sources) == (162, 1)
    assert len(found.days) == 7
    assert (found.days[0].day, found.days[0].articles) == ("2025-06-02", 8)
    assert found.days[1].lists == {"popular": 24, "related": 8}
    assert (found.judging, found.late, found.stale) == (56, 0, ())
    assert describe_data(found) == (
        "100 of 100 known articles have no time of publication: their age counts from when they were first"
        " seen. Ask your web team to supply the publication time.",
    )


def daily(*slugs: str, hours: Iterable[int], kind: Kind = Kind.POPULAR) -> list[Page]:
    return [shown(hour, *slugs, kind=kind, title="Most read") for hour in hours]


STORIES = [dated(slug, hour) for hour, slug in zip(range(0, 24 * 8, 12), "abcdefghijklmnop", strict=True)]
CONSPICUOUS = {
    "a list that stood still": (
        [*STORIES, *daily("a", "b", hours=range(30, 132, 6)), *daily("b", "a", hours=range(132, 192, 12))],
        "The list “Most read” (most read) of harbour.example did not change for 4 days from 2 June, 06:00"
        " UTC: figures on it are less reliable. Check that the site still updates it.",
    ),
    "a list that was not observed to the end": (
        [*STORIES, *daily("a", "b", hours=(30, 36)), *daily("b", "a", hours=(40, 60))],
        "The list “Most read” (most read) of harbour.example was not observed for 6 days from 3 June,"
        " 12:00 UTC: figures on it are less reliable. Check that it is still on the page and is read every"
        " day.",
    ),
    "headlines without texts": (
        [*STORIES, shown(30, *range(9), kind=Kind.LATEST), shown(50, *range(8), kind=Kind.RECOMMENDED)],
        "36 of 100 known articles have no text: only their headlines can show what they are related to."
        " Ask your web team to supply the text.",
    ),
    "related lists of long ago": (
        [*STORIES, shown(24 + 24 * 9, "a", kind=Kind.RELATED, beside="c")],
        "100 of 100 related lists and links were observed more than 7 days after their article: editors may"
        " have changed them since. Read new articles within a few days.",
    ),
    "days without anything": (
        [dated("a", 30), dated("b", 24 * 7)],
        "Nothing was observed on 5 of 7 days, the first 2025-06-03. Check that the site is read every day.",
    ),
}


@pytest.mark.parametrize("case", CONSPICUOUS)
def test_what_makes_figures_less_reliable_is_said_in_words(tmp_path, case):
    pages, expected = CONSPICUOUS[case]
    assert expected in describe_data(measured(tmp_path, pages))


def test_of_good_data_nothing_is_said(tmp_path):
    changing = [
        page for n, hour in enumerate(range(24, 192, 12)) for page in daily(*"abc"[n % 3 :], hours=(hour,))
    ]
    assert describe_data(measured(tmp_path, [*STORIES, *changing])) == ()
