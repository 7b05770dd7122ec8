"""Unpublished stories: still known, but not recommended until their page is seen again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from recsys.domain import is_stored_time, to_microseconds
from recsys.store.changes import next_batch, record_changes
from recsys.store.digests import Record
from recsys.store.schema import articles, unpublished
from recsys.store.unit_of_work import UnitOfWork, rows_in
from recsys.store.unreadable_rows import Report, readable


def unpublish(connection: Connection, url: str, at: datetime) -> bool:
    """Unpublish a story inside the caller's transaction; False for an unknown address.

    The name of a headline without an address stands for its owner. Repeating it changes nothing.
    """
    owner, moment = articles.alias(), to_microseconds(at)
    query = (
        select(owner.c.id, owner.c.url)
        .join(articles, owner.c.id == func.coalesce(articles.c.owner_id, articles.c.id))
        .where(articles.c.url == url)
    )
    row = connection.execute(query).first()
    if row is None:
        return False
    known = select(unpublished.c.url).where(unpublished.c.url == row[1])
    if connection.scalar(known) is None:
        connection.execute(insert(unpublished).values(url=row[1], unpublished_at=moment))
        record_changes(connection, next_batch(connection), [row[0]], moment)
    return True


def read_unpublished(connection: Connection, before: int | None, report: Report) -> list[str]:
    """Addresses that were unpublished strictly before a moment (None: all of them), sorted."""
    columns = (unpublished.c.url, unpublished.c.unpublished_at)
    query = select(*columns).order_by(unpublished.c.url)
    if before is not None:
        query = query.where(unpublished.c.unpublished_at < before)
    return [row[0] for row in readable(connection.execute(query), columns, report, key=("url",))]


def republish(connection: Connection, unit: UnitOfWork, records: Iterable[Record]) -> None:
    """Republish the stories whose page a batch saw later than they were unpublished.

    A page that was seen earlier, or a record that is already known, republishes nothing: a backfill or a
    retry never reverts a later decision of the newsroom.
    """
    urls = {record.article.url for record in records}
    columns = (unpublished.c.url, unpublished.c.unpublished_at)
    rows = [(row[0], row[1]) for row in rows_in(connection, columns, unpublished.c.url, urls)]
    if not rows:
        return
    newest = unit.newest_readings()
    seen_again = [
        url
        for url, at in rows
        if (seen_at := newest.get(unit.articles[url].id)) is not None
        and (not is_stored_time(at) or seen_at > at)
    ]
    if seen_again:
        connection.execute(delete(unpublished).where(unpublished.c.url.in_(seen_again)))
