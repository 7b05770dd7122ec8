"""Checks the integrity of a store, and computes a digest of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Column, Connection, Table, func, select

from recsys.domain import CLOCK_TOLERANCE, LATEST_STORED, Article, to_microseconds
from recsys.errors import InvalidValueError, StoreError
from recsys.store import schema
from recsys.store.changes import read_state
from recsys.store.database import Transaction
from recsys.store.digests import list_digest
from recsys.store.impressions import parse_impression
from recsys.store.list_queries import read_lists
from recsys.store.queries import read_articles, read_pages
from recsys.store.repairs import Repair, repair
from recsys.store.schema import articles, list_items, lists
from recsys.store.unreadable_rows import RULES, Fault, Report, faults_of_row

_PORTION = 500  # rows with bodies that are in memory at once
_OBSERVED: tuple[tuple[Table, str], ...] = (
    (schema.readings, "seen_at"),
    (schema.lists, "observed_at"),
    (schema.impressions, "shown_at"),
    (schema.impression_clicks, "clicked_at"),
    (schema.unpublished, "unpublished_at"),
)
"""The columns with times of observations; all other times are derived from these."""


class Integrity:
    """Checks and repairs a store."""

    def __init__(self, reading: Transaction, writing: Transaction, report: Report) -> None:
        self._reading, self._writing, self._report = reading, writing, report

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of the articles and lists, whatever their ids and their order of arrival."""
        with self._reading() as connection:
            return digest(connection, self._report)

    def problems(self, *, now: datetime | None = None) -> tuple[Fault, ...]:
        """Rows that cannot be read or refer to missing rows, lists that lack items or differ from what was
        stored, and with `now` observations of the future. The text of each is one line.
        """
        with self._reading() as connection:
            return tuple(problems(connection, now))

    def repair(self, *, now: datetime | None = None) -> Repair:
        """Remove what `problems` reports and derive again what depends on it, in one transaction.

        The index of the store is rebuilt afterwards.
        """
        with self._writing() as connection:
            return repair(connection, lambda: problems(connection, now))


def digest(connection: Connection, report: Report) -> str:
    """SHA-256 of everything that was added and of everything that is read, in an order independent of ids."""
    lines = sorted(hashlib.sha256(line.encode()).digest() for line in _content(connection, report))
    return hashlib.sha256(b"".join(lines)).hexdigest()


def problems(connection: Connection, now: datetime | None) -> Iterator[Fault]:
    """Rows that cannot be read, lie after `now`, refer to missing rows, or differ from what was stored.

    Articles and lists as a whole are checked only if all rows are good.
    """
    any_bad = False
    for each in _row_faults(connection, now):
        any_bad = True
        yield each
    if not any_bad:
        yield from _content_faults(connection)


def _row_faults(connection: Connection, now: datetime | None) -> Iterator[Fault]:
    yield from _bad_state(connection)
    for name in RULES:
        yield from _bad_rows(connection, schema.metadata.tables[name])
    for table in schema.metadata.tables.values():
        for column in table.columns:
            yield from _orphans(connection, column)
    if now is not None:
        for table, name in _OBSERVED:
            yield from _later(connection, table, name, now)
    yield from _unread(connection)
    yield from _split_lists(connection)


def _content_faults(connection: Connection) -> Iterator[Fault]:
    """Faults that only show when articles and lists are assembled."""
    faults: list[Fault] = []
    for _ in read_articles(connection, None, faults.append):
        yield from faults
        faults.clear()
    stored = {row[0]: row[1] for row in connection.execute(select(lists.c.id, lists.c.digest))}
    for each in read_lists(connection, None, faults.append):
        if not faults and list_digest(each.list) != stored[each.id]:
            key = (("id", each.id),)
            yield Fault(lists.name, key, "digest", "the digest of its content", "another one")
        yield from faults
        faults.clear()
    yield from faults


def _bad_state(connection: Connection) -> Iterator[Fault]:
    try:
        read_state(connection)
    except StoreError:
        expected = "an identity, the number of a batch and the newest time"
        yield Fault(schema.meta.name, (), "value", expected, "none")


def _bad_rows(connection: Connection, table: Table) -> Iterator[Fault]:
    rows = connection.execute(select(table).execution_options(yield_per=_PORTION))
    for row in rows.mappings():
        bad = list(faults_of_row(table, dict(row)))
        yield from bad
        if not bad:
            yield from _bad_together(table, row)


def _bad_together(table: Table, row: object) -> Iterator[Fault]:
    """Columns that are valid alone, but not together."""
    values = dict(row)  # type: ignore[call-overload]
    try:
        if table is schema.revisions and values["headline"] is None and values["body"] is None:
            raise InvalidValueError("headline", expected="a headline or a body", found="neither")
        if table is schema.impressions and values["items"] != schema.CONVERTED:
            parse_impression([values[name] for name in ("id", "site", "page_url", "shown_at", "items")])
    except InvalidValueError as error:
        yield Fault.of(table, {"id": values["id"]}, error)


def _orphans(connection: Connection, column: Column[object]) -> Iterator[Fault]:
    """Rows that refer to a missing row."""
    table = column.table
    for reference in column.foreign_keys:
        other = reference.column.table.alias()
        target = other.c[reference.column.name]
        key = list(table.primary_key)
        query = (
            select(*key, column)
            .outerjoin(other, target == column)
            .where(column.is_not(None), target.is_(None))
        )
        for row in connection.execute(query):
            named = tuple((each.name, value) for each, value in zip(key, row, strict=False))
            expected = f"a row of {reference.column.table.name}"
            yield Fault(table.name, named, column.name, expected, f"{row[-1]}, which does not exist")


def _later(connection: Connection, table: Table, name: str, now: datetime) -> Iterator[Fault]:
    """Observations later than `now`."""
    key, column = list(table.primary_key), table.c[name]
    latest = to_microseconds(now + CLOCK_TOLERANCE)
    query = select(*key, column).where(column > latest, column <= LATEST_STORED)
    for row in connection.execute(query):
        named = tuple((each.name, value) for each, value in zip(key, row, strict=False))
        yield Fault(table.name, named, name, "an observation of the past", f"{row[-1]} microseconds")


def _unread(connection: Connection) -> Iterator[Fault]:
    """Revisions without a time at which they were read."""
    revisions, readings = schema.revisions.c, schema.readings.c
    query = select(revisions.id).outerjoin(schema.readings, readings.revision_id == revisions.id)
    for (revision_id,) in connection.execute(query.where(readings.revision_id.is_(None))):
        yield Fault("revisions", (("id", revision_id),), "readings", "a time at which it was read", "none")


def _split_lists(connection: Connection) -> Iterator[Fault]:
    items = func.count(list_items.c.list_id)
    query = (
        select(lists.c.id, lists.c.item_count, items)
        .outerjoin(list_items, list_items.c.list_id == lists.c.id)
        .group_by(lists.c.id, lists.c.item_count)
        .having(items != lists.c.item_count)
    )
    for list_id, expected, found in connection.execute(query):
        yield Fault(lists.name, (("id", list_id),), "items", f"{expected} items", str(found))


def _content(connection: Connection, report: Report) -> Iterator[str]:
    named = connection.execute(select(articles.c.id, articles.c.url))
    urls: dict[int, str] = {row[0]: row[1] for row in named}
    for page in read_pages(connection, report):
        yield f"page {page!r}{_image(page.article)}"
    for known in read_articles(connection, None, report):
        yield f"article {known.article!r} {known.page_seen_at} {known.headlines}{_image(known.article)}"
    for stored in read_lists(connection, None, report):
        names = [urls[each] for each in stored.article_ids]
        yield f"list {stored.list!r} {names} {urls.get(stored.page_article_id or 0)}"


def _image(article: Article | None) -> str:
    """The image, which the repr of an article leaves out; nothing if there is none."""
    return "" if article is None or article.image is None else f" {article.image!r}"
