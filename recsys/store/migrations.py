"""Creates the tables of a new store, and migrates an older one in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine, insert, inspect, select, update

from recsys.errors import StoreError, StoreVersionError
from recsys.store import schema
from recsys.store.changes import record_batch, write_initial_state
from recsys.store.database import NO_STORE, name_of, reading_from, writing_to

Migration = Callable[[Connection], None]


def _keep_every_reading(connection: Connection) -> None:
    """2: a page that returns to an earlier text is the newest again."""
    schema.readings.create(connection)
    connection.exec_driver_sql("INSERT INTO readings SELECT id, seen_at FROM revisions")
    connection.exec_driver_sql("ALTER TABLE revisions DROP COLUMN seen_at")


def _number_batches(connection: Connection) -> None:
    """3: an index can ask what has changed since."""
    connection.exec_driver_sql("ALTER TABLE articles ADD COLUMN changed_in BIGINT NOT NULL DEFAULT 0")
    next(each for each in schema.articles.indexes if each.name == "articles_by_change").create(connection)
    write_initial_state(connection)


def _serve(connection: Connection) -> None:
    """4: images, unpublished stories, and the views of our widget with their clicks."""
    connection.exec_driver_sql("ALTER TABLE revisions ADD COLUMN image TEXT")
    connection.exec_driver_sql(
        "CREATE TABLE withdrawals (url TEXT NOT NULL PRIMARY KEY, withdrawn_at BIGINT NOT NULL)"
    )
    connection.exec_driver_sql(
        "CREATE TABLE views (id TEXT NOT NULL PRIMARY KEY, site TEXT NOT NULL, page_url TEXT NOT NULL,"
        " shown_at BIGINT NOT NULL, items TEXT NOT NULL, settled_at BIGINT)"
    )
    connection.exec_driver_sql("CREATE INDEX views_to_settle ON views (settled_at, shown_at)")
    connection.exec_driver_sql(
        "CREATE TABLE view_clicks (view_id TEXT NOT NULL REFERENCES views (id), position INTEGER NOT NULL,"
        " clicked_at BIGINT NOT NULL, PRIMARY KEY (view_id, position))"
    )


def _identify_batches(connection: Connection) -> None:
    """5: an index can tell the history that it was built from from that of a copy that has diverged."""
    schema.batches.create(connection)
    batch = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "batch"))
    record_batch(connection, int(batch or 0))


def _train_on_impressions(connection: Connection) -> None:
    """6: impressions are trained on as they are.

    Those that were converted into lists of kind `served` have no items, so that they are not counted twice.
    """
    schema.impressions.create(connection)
    schema.impression_clicks.create(connection)
    schema.unpublished.create(connection)
    connection.exec_driver_sql(
        "INSERT INTO impressions (id, site, page_url, shown_at, items)"
        " SELECT id, site, page_url, shown_at, items FROM views"
    )
    connection.exec_driver_sql(
        "INSERT INTO impression_clicks (impression_id, position, clicked_at)"
        " SELECT view_id, position, clicked_at FROM view_clicks"
    )
    connection.exec_driver_sql(
        "INSERT INTO unpublished (url, unpublished_at) SELECT url, withdrawn_at FROM withdrawals"
    )
    for table in ("view_clicks", "views", "withdrawals"):
        connection.exec_driver_sql(f"DROP TABLE {table}")


MIGRATIONS: Sequence[Migration] = (
    _keep_every_reading,
    _number_batches,
    _serve,
    _identify_batches,
    _train_on_impressions,
)
"""The step at index i migrates version i + 1 to the next. A released step is never edited."""


def bring_up_to_date(engine: Engine, *, create: bool = True) -> None:
    """StoreVersionError for a store of a newer version, StoreError for a database that is no store."""
    with reading_from(engine) as connection:
        version = _version(connection)
    if version == schema.VERSION:
        return
    if version is None and not create:
        raise StoreError(f"{name_of(engine.url)}: {NO_STORE}")
    with writing_to(engine) as connection:
        _migrate(connection, _version(connection))  # read again: another process may have migrated it


def _version(connection: Connection) -> int | None:
    """The version of the tables, None for an empty database."""
    place = name_of(connection.engine.url)
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if schema.meta.name not in tables or schema.articles.name not in tables:
        raise StoreError(f"{place}: a database, but not a recsys store")
    meta = schema.meta.c
    version = connection.scalar(select(meta.value).where(meta.name == "schema_version"))
    if version is None or not version.isdecimal() or int(version) < 1:
        raise StoreError(f"{place}: a database, but not a recsys store")
    if int(version) > schema.VERSION:
        raise StoreVersionError(
            f"{place}: made by a newer recsys (store version {version}, this reads up to {schema.VERSION})"
        )
    return int(version)


def _migrate(connection: Connection, version: int | None) -> None:
    meta = schema.meta
    if version is None:
        schema.metadata.create_all(connection)
        connection.execute(insert(meta).values(name="schema_version", value=str(schema.VERSION)))
        write_initial_state(connection)
        record_batch(connection, 0)
        return
    for step in MIGRATIONS[version - 1 :]:
        step(connection)
    newest = update(meta).where(meta.c.name == "schema_version")
    connection.execute(newest.values(value=str(schema.VERSION)))
