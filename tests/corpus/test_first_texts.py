"""Who goes back in time reads the texts of that time; terms are counted once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys.corpus import FIELDS, Corpus
from recsys.domain import Kind
from recsys.store import Store
from tests.newsroom import address, at, newsroom, shown, story, text_of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all(
            [
                story("page", 10, "Ferry sails", "The first text."),
                story("page", 50, "Ferry sinks", "The second text."),
                shown(5, "stub", headlines=["Bridge opens"], kind=Kind.LATEST),
                shown(60, "stub", headlines=["Bridge closes"], kind=Kind.LATEST),
                shown(7, "target", headlines=["here"], kind=Kind.INLINE, beside="page"),
                shown(70, "target", headlines=["there"], kind=Kind.INLINE, beside="page"),
                shown(8, "late", headlines=["Ferry late"], kind=Kind.LATEST),
                story("late", 40, "Ferry very late", "A text."),
            ]
        )
        yield opened


def headlines(store: Store, hour: float, *, first: bool) -> dict[str, str | None]:
    corpus = Corpus.load(store, at(hour), first_texts=first)
    return {a.article.url.rpartition("/")[2]: a.article.headline for a in corpus.stored}


def test_stories_say_what_they_first_said(store):
    assert headlines(store, 100, first=True) == {
        "page": "Ferry sails",
        "stub": "Bridge opens",
        "target": "here",
        "late": "Ferry very late",
    }
    assert headlines(store, 100, first=False) == {
        "page": "Ferry sinks",
        "stub": "Bridge closes",
        "target": "there",
        "late": "Ferry very late",
    }


def test_what_was_said_later_changes_nothing_but_the_page_that_was_read_later(store):
    later = headlines(store, 100, first=True)
    for hour in (11, 45, 55, 65, 80):
        known = headlines(store, hour, first=True)
        changed = {slug for slug, said in known.items() if later[slug] != said}
        assert changed == ({"late"} if hour < 40 else set())


def test_the_body_is_that_of_the_first_page_and_its_time_stays(store):
    corpus = Corpus.load(store, at(100), first_texts=True)
    stored = corpus.stored[corpus.row_of[address("page")]]
    assert stored.article.body == "The first text."
    assert (stored.article.first_seen_at, stored.page_seen_at) == (at(10), at(10))


def test_an_archive_with_terms_taken_over_is_the_one_that_counted_them(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all(newsroom())
        later = Corpus.load(opened, at(200))
        opened.add(story(5, 90, "Another headline", text_of("Brackwater", 900)))
        counted = Corpus.load(opened, at(100))
        taken_over = Corpus.load(opened, at(100), analysed=later)
    for name in FIELDS:
        ours, theirs = taken_over.terms[name], counted.terms[name]
        assert (ours.counts != theirs.counts).nnz == 0
        for row in (0, 5, len(counted.stored) - 1):
            query = counted.query_row(row)
            asked = theirs.weigh(query.vectors[name], 30)
            np.testing.assert_array_equal(ours.search(asked, 30), theirs.search(asked, 30))
