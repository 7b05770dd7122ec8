"""Whether a store is whole, and whether two stores hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Column, Connection, Table, func, select

from recsys.domain import CLOCK_TOLERANCE, LATEST_STORED, Article, to_microseconds
from recsys.errors import InvalidValueError, StoreError
from recsys.store import schema
from recsys.store.changes import read_state
from recsys.store.digests import list_digest
from recsys.store.impressions import parse_view
from recsys.store.list_queries import read_lists
from recsys.store.queries import read_articles, read_pages
from recsys.store.schema import articles, list_items, lists
from recsys.store.unreadable_rows import RULES, Fault, Report, faults_of_row

_PORTION = 500  # rows with bodies that are in memory at once
_OBSERVED: tuple[tuple[Table, str], ...] = (
    (schema.readings, "seen_at"),
    (schema.lists, "observed_at"),
    (schema.views, "shown_at"),
    (schema.view_clicks, "clicked_at"),
    (schema.withdrawals, "withdrawn_at"),
)
"""Where the time of an observation stands; all other times follow from these."""


def digest(connection: Connection, report: Report) -> str:
    """SHA-256 over what was added and over what is read, in an order that ids do not decide."""
    lines = sorted(hashlib.sha256(line.encode()).digest() for line in _content(connection, report))
    return hashlib.sha256(b"".join(lines)).hexdigest()


def problems(connection: Connection, now: datetime | None) -> Iterator[Fault]:
    """What cannot be read, lies after `now`, belongs to no other row, or is not what was stored.

    Where there is any of it, what would follow from it is not looked for.
    """
    found = False
    for each in _of_rows(connection, now):
        found = True
        yield each
    if not found:
        yield from _of_content(connection)


def _of_rows(connection: Connection, now: datetime | None) -> Iterator[Fault]:
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


def _of_content(connection: Connection) -> Iterator[Fault]:
    """What only shows when articles and lists are put together."""
    faults: list[Fault] = []
    for _ in read_articles(connection, None, faults.append):
        yield from faults
        faults.clear()
    stored = {row[0]: row[1] for row in connection.execute(select(lists.c.id, lists.c.digest))}
    for each in read_lists(connection, None, faults.append):
        if not faults and list_digest(each.list) != stored[each.id]:
            key = (("id", each.id),)
            yield Fault(lists.name, key, "digest", "the list that was stored", "another one")
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
    """Columns each of which could be, but not beside the others."""
    values = dict(row)  # type: ignore[call-overload]
    try:
        if table is schema.revisions and values["headline"] is None and values["body"] is None:
            raise InvalidValueError("headline", expected="a headline or a body", found="neither")
        if table is schema.views and values["settled_at"] is None:
            parse_view([values[name] for name in ("id", "site", "page_url", "shown_at", "items")])
    except InvalidValueError as error:
        yield Fault.of(table, {"id": values["id"]}, error)


def _orphans(connection: Connection, column: Column[object]) -> Iterator[Fault]:
    """Rows that refer to a row which is not there."""
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
            place = f"a row of {reference.column.table.name}"
            yield Fault(table.name, named, column.name, place, f"{row[-1]}, which is none")


def _later(connection: Connection, table: Table, name: str, now: datetime) -> Iterator[Fault]:
    """Observations of the future."""
    key, column = list(table.primary_key), table.c[name]
    latest = to_microseconds(now + CLOCK_TOLERANCE)
    query = select(*key, column).where(column > latest, column <= LATEST_STORED)
    for row in connection.execute(query):
        named = tuple((each.name, value) for each, value in zip(key, row, strict=False))
        yield Fault(table.name, named, name, "an observation of the past", f"{row[-1]} microseconds")


def _unread(connection: Connection) -> Iterator[Fault]:
    """What a page said at no time."""
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
        yield f"page {page!r}{_pictured(page.article)}"
    for known in read_articles(connection, None, report):
        yield f"article {known.article!r} {known.page_seen_at} {known.headlines}{_pictured(known.article)}"
    for stored in read_lists(connection, None, report):
        names = [urls[each] for each in stored.article_ids]
        yield f"list {stored.list!r} {names} {urls.get(stored.page_article_id or 0)}"


def _pictured(article: Article | None) -> str:
    """The picture, which the name of an article leaves out; nothing where there is none."""
    return "" if article is None or article.image is None else f" {article.image!r}"
