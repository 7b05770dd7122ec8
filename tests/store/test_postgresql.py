"""The same store on PostgreSQL, in a schema of its own in the database that RECSYS_TEST_POSTGRESQL names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url

from recsys.errors import StoreError, StoreVersionError
from recsys.store import Click, Counts, Impression, ImpressionSummary, Store
from tests.store.examples import BRIDGE, FERRY, SITE, at, filled, invented, listed, paged


@pytest.fixture
def url() -> Iterator[str]:
    base = make_url(os.environ["RECSYS_TEST_POSTGRESQL"]).set(drivername="postgresql+psycopg")
    schema = f"recsys_{uuid4().hex}"
    engine = create_engine(base)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    own = base.update_query_dict({"options": f"-csearch_path={schema}"})
    yield own.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


def test_the_same_pages_make_the_same_store_as_on_sqlite(url: str, tmp_path: Path) -> None:
    pages = invented(300)
    with Store.open(url) as store:
        store.add_all(pages, batch=70)
        assert store.integrity.problems() == ()
        assert store.integrity.digest() == filled(tmp_path / "recsys.db", reversed(pages))
        assert store.add_all(pages[:20]) == Counts(articles_unchanged=20, lists_known=40)
        assert len(list(store.read_articles(before=at(10)))) < len(list(store.read_articles()))
    with Store.open(url, create=False) as store:
        assert store.counts().with_page == 300


def test_two_writers_take_turns(url: str, tmp_path: Path) -> None:
    pages = invented(200)
    with Store.open(url) as one, Store.open(url) as two, ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(store.add_all, pages[at::2], batch=10) for at, store in enumerate((one, two))]
        assert sum((half.result() for half in halves), Counts()).lists_new == 400
        assert one.integrity.digest() == filled(tmp_path / "recsys.db", pages)


def test_an_older_store_is_migrated(url: str) -> None:
    with Store.open(url) as store:
        store.add_all([paged(3), listed(1, "Ferry sinks")])
        expected = store.integrity.digest()
        with store._engine.begin() as connection:
            for line in (
                "DROP TABLE impression_clicks",
                "DROP TABLE impressions",
                "DROP TABLE unpublished",
                "DROP TABLE batches",
                "ALTER TABLE revisions DROP COLUMN image",
                "DROP INDEX articles_by_change",
                "ALTER TABLE articles DROP COLUMN changed_in",
                "DELETE FROM meta WHERE name != 'schema_version'",
                "ALTER TABLE revisions ADD COLUMN seen_at BIGINT",
                "UPDATE revisions SET seen_at = readings.seen_at FROM readings WHERE revision_id = id",
                "DROP TABLE readings",
                "UPDATE meta SET value = '1'",
            ):
                connection.exec_driver_sql(line)
    with Store.open(url) as store:
        assert store.integrity.digest() == expected
        with store._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE meta SET value = '99'")
    with pytest.raises(StoreVersionError, match="newer"):
        Store.open(url)


def test_stories_are_unpublished_and_impressions_recorded(url: str, tmp_path: Path) -> None:
    def fill(place: str | Path) -> str:
        with Store.open(place) as store:
            store.add_all(
                [paged(0, image="https://harbour.example/bridge.jpg"), paged(0, "Ferry sinks", FERRY)]
            )
            assert store.unpublish(BRIDGE, at(1))
            assert store.unpublish(BRIDGE, at(2))
            assert store.unpublish(FERRY, at(2))
            store.add(paged(3, "Ferry sinks", FERRY))
            assert store.unpublished() == [BRIDGE]
            shown = [Impression(name, SITE, FERRY, at(4), ((BRIDGE, "Bridge opens"),)) for name in "aab"]
            assert store.impressions.record(shown) == [True, False, True]
            clicks = [Click("a", 1, at(5)), Click("a", 1, at(5)), Click("b", 1, at(6))]
            assert store.impressions.record(clicks) == [True, False, False]
            assert [each.clicked for each in store.impressions.read()] == [(1,), ()]
            assert [each.clicked for each in store.impressions.read(before=at(5))] == [(), ()]
            assert store.impressions.summary() == [ImpressionSummary(SITE, 2, at(4))]
            assert store.integrity.problems() == ()
            return store.integrity.digest()

    assert fill(url) == fill(tmp_path / "recsys.db")


def test_no_store_is_made_where_none_was_asked_for(url: str) -> None:
    with pytest.raises(StoreError, match="no store there"):
        Store.open(url, create=False)
