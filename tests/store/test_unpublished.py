"""Withdrawing: a story is taken back until its page is seen again; nothing else brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.domain import Article
from recsys.errors import InvalidValueError
from recsys.store import Store
from recsys.store.digests import content_digest
from tests.store.examples import BRIDGE, FERRY, article, at, listed, paged


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "recsys.db") as opened:
        opened.add_all([paged(0), paged(1, "Ferry sinks", FERRY)])
        yield opened


def test_a_withdrawn_story_stays_known_and_followers_notice(store: Store) -> None:
    before, digest = store.state(), store.integrity.digest()
    assert store.unpublish(BRIDGE, at(2))
    assert store.unpublished() == [BRIDGE]
    assert store.article(BRIDGE) is not None
    assert store.state().batch == before.batch + 1
    with store.snapshot() as snapshot:
        assert snapshot.unpublished() == [BRIDGE]
        assert len(snapshot.changed_since(before.batch)) == 1
    assert store.integrity.digest() == digest


def test_withdrawing_again_changes_nothing_and_an_unknown_address_is_said_so(store: Store) -> None:
    assert store.unpublish(BRIDGE, at(2))
    state = store.state()
    assert store.unpublish(BRIDGE, at(3))
    assert not store.unpublish("https://harbour.example/unknown", at(3))
    assert store.state() == state
    assert store.unpublished() == [BRIDGE]
    assert store.unpublished(before=at(2)) == []


def test_a_page_that_is_seen_later_ends_it_whatever_it_says(store: Store) -> None:
    store.unpublish(BRIDGE, at(2))
    state = store.state()
    store.add(paged(3))
    assert store.unpublished() == []
    assert store.state().batch == state.batch + 1


def test_what_was_seen_earlier_what_is_known_and_lists_do_not_end_it(store: Store) -> None:
    store.add(paged(5))  # by a clock that goes ahead
    store.unpublish(BRIDGE, at(2))
    store.add_all([paged(1, "Bridge to open"), paged(5), listed(3, ("Bridge opens", BRIDGE)), paged(2)])
    assert store.unpublished() == [BRIDGE]


def test_a_headline_without_address_stands_for_the_story_that_owns_it(store: Store) -> None:
    store.add(listed(3, "Bridge opens"))
    (stub,) = (page.url for page in _stubs(store))
    assert store.unpublish(stub, at(4))
    assert store.unpublished() == [BRIDGE]


def _stubs(store: Store) -> list[Article]:
    """The headline as a store has it that knows no page."""
    with Store.open(Path(store.name).parent / "other.db") as other:
        other.add(listed(3, "Bridge opens"))
        return [each.article for each in other.read_articles()]


PICTURE = "https://harbour.example/bridge.jpg"


def test_a_picture_comes_back_and_stays_where_a_newer_page_leaves_it_out(store: Store) -> None:
    store.add_all([paged(2, image=PICTURE), paged(3, body="It opened.")])
    known = store.article(BRIDGE)
    assert known is not None
    assert (known.article.image, known.article.body) == (PICTURE, "It opened.")
    assert [page.article.image for page in store.read_pages() if page.article] == [None, None, PICTURE, None]


def test_pictures_tell_stores_and_pages_apart(tmp_path: Path) -> None:
    digests = set()
    for place, image in enumerate((None, PICTURE, f"{PICTURE}?2")):
        with Store.open(tmp_path / f"{place}.db") as store:
            store.add(paged(0, image=image))
            digests.add(store.integrity.digest())
    assert len(digests) == 3
    assert content_digest(article(image=PICTURE)) != content_digest(article())


@pytest.mark.parametrize(
    "image",
    [
        "",
        7,
        "ftp://harbour.example/a.jpg",
        "data:image/png;base64,AA",
        "//harbour.example/a.jpg",
        "https://harbour.example/a b.jpg",
        "https://harbour.example/" + "a" * 2_000,
    ],
)
def test_a_picture_without_a_web_address_is_refused(image: object) -> None:
    with pytest.raises(InvalidValueError, match="image"):
        article(image=image)
