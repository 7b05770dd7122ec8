"""Makes the tables of a new store, and brings an older one up to date in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine, insert, inspect, select, update

from recsys.errors import StoreError, StoreVersionError
from recsys.store import schema
from recsys.store.changes import begin_counting, record_batch
from recsys.store.database import name_of, reading_from, writing_to

Migration = Callable[[Connection], None]


def _keep_every_reading(connection: Connection) -> None:
    """2: a page that returns to what it said before is the newest again."""
    schema.readings.create(connection)
    connection.exec_driver_sql("INSERT INTO readings SELECT id, seen_at FROM revisions")
    connection.exec_driver_sql("ALTER TABLE revisions DROP COLUMN seen_at")


def _number_batches(connection: Connection) -> None:
    """3: what is made of a store beside it can ask what has changed since."""
    connection.exec_driver_sql("ALTER TABLE articles ADD COLUMN changed_in BIGINT NOT NULL DEFAULT 0")
    next(each for each in schema.articles.indexes if each.name == "articles_by_change").create(connection)
    begin_counting(connection)


def _serve(connection: Connection) -> None:
    """4: pictures, withdrawn stories, and what our widget showed with its clicks."""
    connection.exec_driver_sql("ALTER TABLE revisions ADD COLUMN image TEXT")
    for table in (schema.withdrawals, schema.views, schema.view_clicks):
        table.create(connection)


def _identify_batches(connection: Connection) -> None:
    """5: what is made of a store can tell whether it was made of this history, or of a copy that diverged."""
    schema.batches.create(connection)
    batch = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "batch"))
    record_batch(connection, int(batch or 0))


MIGRATIONS: Sequence[Migration] = (_keep_every_reading, _number_batches, _serve, _identify_batches)
"""The step at index i leads from version i + 1 to the next. A released step is never edited."""


def bring_up_to_date(engine: Engine, *, create: bool = True) -> None:
    """StoreVersionError for a newer store, StoreError for a database of somebody else's."""
    with reading_from(engine) as connection:
        version = _version(connection)
    if version == schema.VERSION:
        return
    if version is None and not create:
        raise StoreError(f"{name_of(engine.url)}: no store there")
    with writing_to(engine) as connection:
        _migrate(connection, _version(connection))  # asked again: another process may have been faster


def _version(connection: Connection) -> int | None:
    """The version of the tables, None for an empty database."""
    place = name_of(connection.engine.url)
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if schema.meta.name not in tables or schema.articles.name not in tables:
        raise StoreError(f"{place}: a database, but no recsys store")
    meta = schema.meta.c
    found = connection.scalar(select(meta.value).where(meta.name == "schema_version"))
    if found is None or not found.isdecimal() or int(found) < 1:
        raise StoreError(f"{place}: a database, but no recsys store")
    if int(found) > schema.VERSION:
        raise StoreVersionError(
            f"{place}: made by a newer recsys (store version {found}, this one reads up to {schema.VERSION})"
        )
    return int(found)


def _migrate(connection: Connection, version: int | None) -> None:
    meta = schema.meta
    if version is None:
        schema.metadata.create_all(connection)
        connection.execute(insert(meta).values(name="schema_version", value=str(schema.VERSION)))
        begin_counting(connection)
        record_batch(connection, 0)
        return
    for step in MIGRATIONS[version - 1 :]:
        step(connection)
    newest = update(meta).where(meta.c.name == "schema_version")
    connection.execute(newest.values(value=str(schema.VERSION)))
