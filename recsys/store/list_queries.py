"""Queries for lists, in order of time, whole or as the rows that the corpus needs.

A row that cannot be read is reported and left out; so is a list without items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby, tee
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, not_, select, true

from recsys.domain import Kind, ListItem, RankedList, from_microseconds
from recsys.errors import InvalidValueError
from recsys.store.records import StoredList
from recsys.store.schema import articles, headlines, list_items, lists
from recsys.store.unit_of_work import portions
from recsys.store.unreadable_rows import MAX_ID, MAX_NUMBER, Fault, Report, readable

_ROOT = func.coalesce(articles.c.owner_id, articles.c.id)
_HEAD = (
    lists.c.id,
    lists.c.site,
    lists.c.kind,
    lists.c.title,
    lists.c.scope,
    lists.c.observed_at,
    lists.c.page_url,
)
_ITEM = (
    list_items.c.list_id,
    list_items.c.position,
    headlines.c.text,
    list_items.c.clicks,
    list_items.c.with_url,
    articles.c.url,
)


def read_lists(connection: Connection, before: int | None, report: Report) -> Iterator[StoredList]:
    """Lists observed strictly before a moment (None: all), in order of (observed_at, id)."""
    chosen = true() if before is None else lists.c.observed_at < before
    return _read_lists(connection, chosen, report)


def load_lists(connection: Connection, ids: Sequence[int], report: Report) -> Iterator[StoredList]:
    """The lists with these ids."""
    for some in portions(ids):
        yield from _read_lists(connection, lists.c.id.in_(some), report)


def _read_lists(connection: Connection, chosen: ColumnElement[bool], report: Report) -> Iterator[StoredList]:
    order = (lists.c.observed_at, lists.c.id)
    heads, others = tee(_streamed(connection, _heads().where(chosen).order_by(*order)))
    good = readable(others, _HEAD, report)
    upcoming = next(good, None)
    items = _streamed(connection, _items().where(chosen).order_by(*order, list_items.c.position))
    grouped = groupby(items, key=itemgetter(0))
    list_id, group = _next(grouped)
    for head in heads:
        rows: list[Sequence[Any]] = []
        if list_id == head[0]:
            rows = group
            list_id, group = _next(grouped)
        if upcoming is not None and head[0] == upcoming[0]:
            yield from _stored_list(head, rows, report)
            upcoming = next(good, None)


def _next(
    grouped: Iterator[tuple[int, Iterator[Sequence[Any]]]],
) -> tuple[int | None, list[Sequence[Any]]]:
    list_id, rows = next(grouped, (None, iter(())))
    return list_id, list(rows)


class ListHead(NamedTuple):
    """A list without its items."""

    id: int
    site: str
    kind: str
    title: str | None
    scope: str | None
    observed_at: int
    page_url: str | None


def list_heads(connection: Connection, after: int, report: Report) -> list[ListHead]:
    """Lists with an id above `after`, in order of their ids."""
    query = select(*_HEAD).where(lists.c.id > after).order_by(lists.c.id)
    rows = connection.execute(query)
    return [ListHead(*row) for row in readable(rows, _HEAD, report)]


def items_after(connection: Connection, after: int, report: Report) -> Iterator[Sequence[int]]:
    """Items of lists with an id above `after`, as (list id, position, article id, clicks), in this order.

    There are millions of them, so the database selects those that can be read.
    """
    columns = list_items.c
    wanted = (columns.list_id, columns.position, headlines.c.article_id, columns.clicks)
    item_is_good = and_(
        columns.list_id <= MAX_ID,
        columns.position.between(1, MAX_NUMBER),
        columns.clicks.between(0, MAX_NUMBER),
    )
    article_is_good = headlines.c.article_id.between(-MAX_ID, MAX_ID)
    is_good = and_(item_is_good, article_is_good)
    query = (
        select(*wanted)
        .join(headlines, headlines.c.id == columns.headline_id)
        .where(columns.list_id > after)
        .order_by(columns.list_id, columns.position)
    )
    if connection.scalar(select(exists().where(not_(item_is_good)) | exists().where(not_(article_is_good)))):
        bad = connection.execute(query.where(not_(is_good)))
        for _ in readable(bad, wanted, report, key=("list_id", "position")):
            pass
    return _streamed(connection, query.where(is_good))


def _stored_items(
    list_id: int, rows: Sequence[Sequence[Any]], report: Report
) -> tuple[list[ListItem], list[int]]:
    """The readable items, and the ids of the articles that they name."""
    with suppress(InvalidValueError, TypeError, UnicodeEncodeError):
        items = [ListItem(row[1], row[2], row[5] if row[4] else None, row[3]) for row in rows]
        "".join([row[2] + row[5] for row in rows]).encode()
        return items, [row[6] for row in rows]
    items, ids = [], []
    for row in readable(
        rows, _ITEM, report, key=("list_id", "position")
    ):  # slower, but reports each bad item
        try:
            items.append(ListItem(row[1], row[2], row[5] if row[4] else None, row[3]))
            ids.append(row[6])
        except InvalidValueError as error:
            report(Fault.of(list_items, {"list_id": list_id, "position": row[1]}, error))
    return items, ids


def _heads() -> Select[Any]:
    page = articles.alias()
    page_id = func.coalesce(page.c.owner_id, page.c.id)
    return select(*_HEAD, page_id).outerjoin(page, page.c.url == lists.c.page_url)


def _items() -> Select[Any]:
    return (
        select(*_ITEM, _ROOT)
        .select_from(lists)
        .join(list_items, list_items.c.list_id == lists.c.id)
        .join(headlines, headlines.c.id == list_items.c.headline_id)
        .join(articles, articles.c.id == headlines.c.article_id)
    )


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    return iter(connection.execute(query.execution_options(yield_per=5_000)))


def _stored_list(head: Sequence[Any], rows: Sequence[Sequence[Any]], report: Report) -> Iterator[StoredList]:
    """The list with its readable items; nothing if there are none."""
    list_id, site, kind, title, scope, observed_at, page_url, page_article_id = head
    items, ids = _stored_items(list_id, rows, report)
    try:
        ranked = RankedList(
            site=site,
            kind=Kind(kind),
            observed_at=from_microseconds(observed_at),
            items=tuple(items),
            title=title,
            scope=scope,
            page_url=page_url,
        )
    except InvalidValueError as error:
        report(Fault.of(lists, {"id": list_id}, error))
    else:
        yield StoredList(list_id, ranked, tuple(ids), page_article_id)
