"""An archive that followed its store, on disk or not, is the one that is made anew; damage is made good."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recsys.corpus import FIELDS, Corpus, CorpusFollower, open_corpus
from recsys.corpus.persistence import MANIFEST, _write_manifest
from recsys.domain import Page, from_microseconds
from recsys.ranking import LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender
from recsys.store import Store
from tests.newsroom import END, at, newsroom, story, text_of

LIST_ARRAYS = ("times", "kinds", "pages", "source_of", "articles", "positions", "clicks", "places", "starts")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


def index_of(store: Store) -> Path:
    assert store.index_folder is not None
    return store.index_folder


def after_all(store: Store) -> Corpus:
    """Made anew, as of the moment after everything was seen."""
    return Corpus.load(store, from_microseconds(store.state().newest + 1))


def assert_same(ours: Corpus, theirs: Corpus) -> None:
    assert list(ours.stored) == list(theirs.stored)
    for name in ("first_seen", "page_seen", "named_at", "formats", "body_lengths"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), name)
    rows = range(theirs.size)
    assert [ours.is_unpublished(row) for row in rows] == [theirs.is_unpublished(row) for row in rows]
    for field in FIELDS:
        assert (ours.terms[field].counts != theirs.terms[field].counts).nnz == 0
    assert ours.lists.sources == theirs.lists.sources
    for name in LIST_ARRAYS:
        np.testing.assert_array_equal(getattr(ours.lists, name), getattr(theirs.lists, name), name)
    rows = np.arange(ours.size)
    for mine, yours in ((ours.links, theirs.links), (ours.boxes, theirs.boxes)):
        for found, expected in zip(mine.origins(rows, 2**62), yours.origins(rows, 2**62), strict=True):
            np.testing.assert_array_equal(found, expected)
    for name, found in ours.predict_popularity().values.items():
        np.testing.assert_allclose(found, theirs.predict_popularity().values[name], atol=1e-6)
    assert_answers_alike(ours, theirs)


def withdraw_some(store: Store, chance: random.Random) -> None:
    """Now and then a story is taken back, the moment after everything was seen."""
    for stored in list(store.read_articles()):
        if chance.random() < 0.02:
            store.unpublish(stored.article.url, from_microseconds(store.state().newest + 1))


def assert_answers_alike(ours: Corpus, theirs: Corpus) -> None:
    ranker, as_of = LogisticRanker(prior=load_pretrained_weights()), theirs.as_of
    for row in range(0, theirs.size, 9):
        query = theirs.stored[row].article
        found, expected = (Recommender(a, ranker).recommend(query, as_of) for a in (ours, theirs))
        assert [each.article for each in found] == [each.article for each in expected]
        np.testing.assert_allclose(
            [each.score for each in found], [each.score for each in expected], atol=1e-5
        )


@pytest.mark.parametrize("seed", range(4))
def test_an_archive_that_follows_its_store_is_the_one_made_anew(store: Store, seed: int):
    """Pages come one or many at a time, in and out of order; the follower goes on, saves and opens again."""
    chance, pages, follower = random.Random(seed), newsroom(), CorpusFollower(store, index_of(store))
    pages = list(pages)
    if seed % 2:
        chance.shuffle(pages)
    while pages:
        count = chance.choice([1, 2, 5, 30])
        store.add_all(pages[:count])
        del pages[:count]
        withdraw_some(store, chance)
        if chance.random() < 0.3:
            follower.save()
        if chance.random() < 0.3:
            follower = CorpusFollower(store, index_of(store))
        if chance.random() < 0.3 or not pages:
            expected = after_all(store)
            assert_same(follower.corpus(expected.as_of), expected)
    follower.save()
    expected = after_all(store)
    assert_same(open_corpus(store, expected.as_of), expected)


def test_an_earlier_moment_than_the_newest_is_answered_from_the_store(store: Store):
    store.add_all(newsroom())
    follower = CorpusFollower(store, index_of(store))
    follower.save()
    found = follower.corpus(at(100))
    assert list(found.stored) == list(Corpus.load(store, at(100)).stored)
    assert found.as_of == at(100)


def test_who_goes_back_in_time_finds_what_stories_first_said(store: Store):
    store.add_all(newsroom())
    changed = [
        story(each, 212 + each, f"Another headline {each}", text_of("Brackwater", each)) for each in (5, 30)
    ]
    store.add_all(changed)
    later = END + timedelta(days=1)
    found = CorpusFollower(store, index_of(store)).corpus(later, first_texts=True)
    assert_same(found, Corpus.load(store, later, first_texts=True))
    assert list(found.stored) != list(Corpus.load(store, later).stored)


def test_a_new_story_is_a_query_and_a_candidate_at_once(store: Store):
    store.add_all(newsroom())
    follower = CorpusFollower(store)
    before = follower.corpus(END)
    new = story(900, 216, "Anslow ferry again", text_of("Anslow", 900))
    store.add(new)
    after = follower.corpus(END + timedelta(hours=1))
    assert new.article is not None
    assert new.article.url not in before.row_of
    assert after.stored[after.row_of[new.article.url]].article == new.article
    recommender = Recommender(after, LogisticRanker(prior=load_pretrained_weights()))
    assert recommender.recommend(new.article, after.as_of)
    old = after.stored[3].article
    assert recommender.explain(old, new.article, after.as_of).rank >= 1
    assert before.size == after.size - 1  # who holds the earlier archive keeps it as it was
    assert len(before.first_seen) == before.size


def test_opening_what_is_kept_reads_no_article(store: Store, tmp_path: Path):
    store.add_all(newsroom())
    CorpusFollower(store, index_of(store)).save()
    follower = CorpusFollower(store, index_of(store))
    corpus = follower.corpus(END + timedelta(days=1))
    assert follower.is_loaded
    assert [each.name for each in index_of(store).iterdir() if each.name.startswith(".")] == []
    rows = range(corpus.size)
    told_of = [corpus.shown(row) for row in rows]
    assert [each.url for each in told_of] == [each.article.url for each in corpus.stored]
    assert all(each.body is None or each.headline is None for each in told_of)


@pytest.mark.parametrize("damage", ["manifest", "short", "gone", "first line", "another store's"])
def test_what_is_damaged_is_made_again(store: Store, tmp_path: Path, damage: str):
    store.add_all(newsroom())
    folder = index_of(store)
    CorpusFollower(store, folder).save()
    part = next(folder.glob("part-*"))
    if damage == "manifest":
        (folder / MANIFEST).write_text("{", encoding="utf-8")
    elif damage == "short":
        part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    elif damage == "gone":
        part.unlink()
    elif damage == "first line":
        part.write_bytes(b"\x80\x04K\x01." + part.read_bytes()[5:])
    else:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        del manifest["checksum"]
        manifest["state"]["identity"] = "0" * 16
        (folder / MANIFEST).unlink()
        _write_manifest(folder, manifest)
    expected = after_all(store)
    assert_same(open_corpus(store, expected.as_of), expected)
    follower = CorpusFollower(store, folder)
    follower.corpus()
    assert follower.is_loaded  # what was made again was kept


def test_a_folder_that_cannot_be_written_stops_nobody(store: Store):
    store.add_all(newsroom())
    index_of(store).write_text("no folder", encoding="utf-8")
    expected = after_all(store)
    assert list(open_corpus(store, expected.as_of).stored) == list(expected.stored)


def test_an_empty_store_has_an_empty_archive(store: Store):
    assert open_corpus(store, END).size == 0
    assert open_corpus(store, END).size == 0  # and from the disk too
    store.add(Page(story(1, 0, "Ferry", "A ferry came.").article))
    assert open_corpus(store, END).size == 1
