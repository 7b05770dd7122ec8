"""Counts what a store holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from recsys.domain import EARLIEST_STORED, LATEST_STORED, Kind, from_microseconds
from recsys.store.records import StoreCounts
from recsys.store.revisions import earliest
from recsys.store.schema import articles, headlines, list_items, lists, readings


def count_store(connection: Connection) -> StoreCounts:
    """Everything in one look; owned headlines count as their owner."""
    root = func.coalesce(articles.c.owner_id, articles.c.id)
    roots = select(func.count(func.distinct(root)))
    total = _number(connection, roots.where(articles.c.first_seen_at.is_not(None)))
    paged = _number(connection, roots.where(articles.c.paged_at.is_not(None)))
    kinds = connection.execute(
        select(lists.c.kind, func.count()).group_by(lists.c.kind).order_by(lists.c.kind)
    )
    by_kind = {Kind(kind): number for kind, number in kinds if kind in set(Kind)}
    first, last = _bounds(connection)
    return StoreCounts(
        articles=total,
        with_page=paged,
        headline_only=total - paged,
        headlines=_number(connection, select(func.count()).where(headlines.c.text != "")),
        lists=sum(by_kind.values()),
        lists_by_kind=by_kind,
        items=_number(connection, select(func.count()).select_from(list_items)),
        first_at=None if first is None else from_microseconds(first),
        last_at=None if last is None else from_microseconds(last),
    )


def _number(connection: Connection, query: Select[Any]) -> int:
    return connection.scalar(query) or 0


def _bounds(connection: Connection) -> tuple[int | None, int | None]:
    """The first and the last moment at which anything was seen."""
    columns = (lists.c.observed_at, readings.c.seen_at)
    bounds = [(column, column.between(EARLIEST_STORED, LATEST_STORED)) for column in columns]
    first = [connection.scalar(select(func.min(column)).where(within)) for column, within in bounds]
    last = [connection.scalar(select(func.max(column)).where(within)) for column, within in bounds]
    return earliest(*first), max((time for time in last if time is not None), default=None)
