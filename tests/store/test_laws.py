"""Laws of the store: order of arrival, batches, repetition, export, the past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.domain import Page
from recsys.store import Store, StoredArticle
from tests.store.examples import at, filled, pages, sure_pages

pytestmark = pytest.mark.slow

on_disk = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some_pages = st.lists(pages, max_size=8)


def seen_of(store: Store, before: datetime | None) -> list[str]:
    """What a store shows before a moment, without its ids and the order among equals."""
    known = [_shown(each) for each in store.read_articles(before=before)]
    return sorted(known) + sorted(repr(each.list) for each in store.read_lists(before=before))


def _shown(known: StoredArticle) -> str:
    return f"{known.article!r} {known.page_seen_at} {known.headlines}"


def arrived_before(page: Page, moment: datetime) -> Iterator[Page]:
    if page.article is not None and page.article.first_seen_at < moment:
        yield Page(article=page.article)
    yield Page(lists=tuple(each for each in page.lists if each.observed_at < moment))


@on_disk
@given(some_pages, st.data())
def test_any_order_of_arrival_ends_in_the_same_store(some: list[Page], data: st.DataObject) -> None:
    other = data.draw(st.permutations(some))
    batch = data.draw(st.integers(1, 3))
    with TemporaryDirectory() as folder, Store.open(Path(folder, "a.db")) as one:
        one.add_all(some)
        with Store.open(Path(folder, "b.db")) as two:
            two.add_all(other, batch=batch)
            assert one.integrity.digest() == two.integrity.digest()
            assert one.counts() == two.counts()
            for hour in range(7):
                assert seen_of(one, at(hour)) == seen_of(two, at(hour))


@on_disk
@given(some_pages)
def test_adding_the_same_again_changes_nothing(some: list[Page]) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder, "a.db")) as store:
        first = store.add_all(some, batch=2)
        before = store.integrity.digest(), store.counts()
        again = store.add_all(some)
        assert (store.integrity.digest(), store.counts()) == before
        assert (again.articles_new, again.articles_changed, again.lists_new, again.items) == (0, 0, 0, 0)
        assert again.lists_known == first.lists_new + first.lists_known
        assert again.headlines_new == 0


@on_disk
@given(some_pages)
def test_what_is_read_back_and_added_elsewhere_is_the_same_store(some: list[Page]) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder, "a.db")) as store:
        store.add_all(some)
        exported = list(store.read_pages())
        assert filled(Path(folder, "b.db"), exported, batch=1) == store.integrity.digest()


@on_disk
@given(some_pages)
def test_lists_come_back_as_they_were_observed(some: list[Page]) -> None:
    observed = {ranked for page in some for ranked in page.lists}
    with TemporaryDirectory() as folder, Store.open(Path(folder, "a.db")) as store:
        store.add_all(some)
        stored = list(store.read_lists())
        known = {each.id: each for each in store.read_articles()}
        assert {each.list for each in stored} == observed
        assert len(stored) == len(observed)
        assert store.integrity.problems() == ()
        for each in stored:
            printed = [
                row_id
                for item, row_id in zip(each.list.items, each.article_ids, strict=True)
                if item.headline
            ]
            assert set(printed) <= set(known)


@on_disk
@given(st.lists(sure_pages, max_size=8), st.integers(1, 5))
def test_before_a_moment_a_store_shows_what_one_that_ended_there_would(some: list[Page], hour: int) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder, "all.db")) as store:
        store.add_all(some)
        past = chain.from_iterable(arrived_before(page, at(hour)) for page in some)
        with Store.open(Path(folder, "past.db")) as earlier:
            earlier.add_all(past)
            assert seen_of(store, at(hour)) == seen_of(earlier, None)


@on_disk
@given(some_pages)
def test_articles_and_lists_come_in_order_of_time_and_a_moment_cuts_off_a_prefix(some: list[Page]) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder, "a.db")) as store:
        store.add_all(some)
        order = [(each.article.first_seen_at, each.id) for each in store.read_articles()]
        assert order == sorted(order)
        times = [(each.list.observed_at, each.id) for each in store.read_lists()]
        assert times == sorted(times)
        for hour in range(6):
            cut = [each.id for each in store.read_articles(before=at(hour))]
            assert cut == [row_id for seen_at, row_id in order if seen_at < at(hour)]
