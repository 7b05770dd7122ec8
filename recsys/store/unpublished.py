"""Stories that a newsroom took back: known still, but not shown until their page is seen again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from recsys.domain import is_stored_time, to_microseconds
from recsys.store.changes import next_batch, note_changes
from recsys.store.prepared import Record
from recsys.store.schema import articles, withdrawals
from recsys.store.unit_of_work import UnitOfWork, rows_in
from recsys.store.unreadable_rows import Report, readable


def withdraw(connection: Connection, url: str, at: datetime) -> bool:
    """Takes a story back inside the caller's transaction; False for an unknown address.

    A headline without address stands for the article that owns it. Once more changes nothing.
    """
    owner, moment = articles.alias(), to_microseconds(at)
    query = (
        select(owner.c.id, owner.c.url)
        .join(articles, owner.c.id == func.coalesce(articles.c.owner_id, articles.c.id))
        .where(articles.c.url == url)
    )
    found = connection.execute(query).first()
    if found is None:
        return False
    known = select(withdrawals.c.url).where(withdrawals.c.url == found[1])
    if connection.scalar(known) is None:
        connection.execute(insert(withdrawals).values(url=found[1], withdrawn_at=moment))
        note_changes(connection, next_batch(connection), [found[0]], moment)
    return True


def read_withdrawn(connection: Connection, before: int | None, report: Report) -> list[str]:
    """Addresses that were withdrawn strictly before a moment (None: all of them), in their order."""
    wanted = (withdrawals.c.url, withdrawals.c.withdrawn_at)
    query = select(*wanted).order_by(withdrawals.c.url)
    if before is not None:
        query = query.where(withdrawals.c.withdrawn_at < before)
    return [row[0] for row in readable(connection.execute(query), wanted, report, key=("url",))]


def end_withdrawals(connection: Connection, working: UnitOfWork, records: Iterable[Record]) -> None:
    """Shows again what a batch read later than it was withdrawn.

    A page that was seen earlier, or a record that is known already, brings nothing back: so a backfill or a
    retry never undoes what the newsroom decided since.
    """
    urls = {record.article.url for record in records}
    columns = (withdrawals.c.url, withdrawals.c.withdrawn_at)
    withdrawn = [(row[0], row[1]) for row in rows_in(connection, columns, withdrawals.c.url, urls)]
    if not withdrawn:
        return
    newest = working.read_anew()
    ended = [
        url
        for url, at in withdrawn
        if (seen_at := newest.get(working.articles[url].id)) is not None
        and (not is_stored_time(at) or seen_at > at)
    ]
    if ended:
        connection.execute(delete(withdrawals).where(withdrawals.c.url.in_(ended)))
