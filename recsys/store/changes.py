"""Change tracking: batches are numbered, and every article has the number of the last batch that changed it.

A number does not identify a batch: a store restored from a backup gives the same numbers to other batches. So
each batch draws a random token, and the store keeps the tokens of all its batches. A store that contains a
batch's number and token contains that batch and all before it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from recsys.domain import EARLIEST_STORED, LATEST_STORED
from recsys.errors import StoreError
from recsys.store.schema import articles, batches, lists, meta, readings, unpublished
from recsys.store.unit_of_work import rows_in, update_rows


@dataclass(frozen=True, slots=True)
class State:
    """The state of a store. Stores in equal states have equal contents."""

    identity: str
    """Random; shared by copies of a store, but not by another store with the same content."""
    batch: int
    """The number of the last batch that changed anything."""
    last_list: int
    """The highest id of a list; lists never change."""
    newest: int
    """The latest time at which anything was seen or unpublished, in microseconds."""
    token: str
    """Random, drawn by that batch: it differs between copies that have diverged. Empty if it was lost."""


@dataclass(frozen=True, slots=True)
class Change:
    """An article that a batch changed, possibly one with an owner or never seen."""

    id: int
    owner_id: int | None
    first_seen_at: int | None

    @property
    def is_known(self) -> bool:
        """Whether `read_articles` returns it."""
        return self.owner_id is None and self.first_seen_at is not None


def write_initial_state(connection: Connection) -> None:
    """Write the first state of a store that has none."""
    times = (readings.c.seen_at, lists.c.observed_at)
    newest = max(
        connection.scalar(select(func.max(time)).where(time <= LATEST_STORED)) or 0 for time in times
    )
    rows = {"identity": secrets.token_hex(8), "batch": "0", "newest": str(newest)}
    connection.execute(insert(meta), [{"name": name, "value": value} for name, value in rows.items()])


def renew_state(connection: Connection) -> None:
    """Give the store a new identity after rows were changed or removed, so that indexes are rebuilt."""
    last = select(func.max(articles.c.changed_in)).where(articles.c.changed_in < _MOST_BATCHES)
    batch = (connection.scalar(last) or 0) + 1
    connection.execute(delete(meta).where(meta.c.name.in_(("identity", "batch", "newest"))))
    connection.execute(delete(batches))
    write_initial_state(connection)
    times = unpublished.c.unpublished_at
    newest = connection.scalar(select(func.max(times)).where(times <= LATEST_STORED)) or 0
    record_changes(connection, batch, (), newest)


_MOST_BATCHES = 2**62  # larger values are not batch numbers


def read_state(connection: Connection) -> State:
    """The state of a store; StoreError if its rows are missing or not numbers."""
    values = {row[0]: row[1] for row in connection.execute(select(meta.c.name, meta.c.value))}
    last_list = connection.scalar(select(func.max(lists.c.id))) or 0
    try:
        batch, newest = int(values["batch"]), int(values["newest"])
        identity = values["identity"]
    except (KeyError, ValueError):
        raise StoreError(
            "the table meta lacks identity, batch or newest; `recsys check --fix` rewrites them"
        ) from None
    token = connection.scalar(select(batches.c.token).where(batches.c.number == batch))
    return State(identity, batch, last_list, min(max(newest, EARLIEST_STORED), LATEST_STORED), token or "")


def record_batch(connection: Connection, number: int) -> None:
    """Draw the token of a batch."""
    connection.execute(insert(batches).values(number=number, token=secrets.token_hex(8)))


def descends_from(connection: Connection, state: State) -> bool:
    """Whether the store was once in this state and has only grown since."""
    identity = connection.scalar(select(meta.c.value).where(meta.c.name == "identity"))
    token = connection.scalar(select(batches.c.token).where(batches.c.number == state.batch))
    return token is not None and (identity, token) == (state.identity, state.token)


def next_batch(connection: Connection) -> int:
    """The number of the batch being written, if it changes anything."""
    return read_state(connection).batch + 1


def record_changes(connection: Connection, batch: int, ids: Iterable[int], newest: int) -> None:
    """Mark articles as changed in this batch, whose latest observation is at `newest` (microseconds)."""
    rows = [{"row_id": each, "changed_in": batch} for each in sorted(set(ids))]
    update_rows(connection, articles, rows, ("changed_in",))
    state = read_state(connection)
    for name, value in (("batch", batch), ("newest", max(newest, state.newest))):
        connection.execute(update(meta).where(meta.c.name == name).values(value=str(value)))
    record_batch(connection, batch)


def changed_since(connection: Connection, batch: int) -> list[Change]:
    """The articles that later batches changed, and the owners of those that have one."""
    columns = (articles.c.id, articles.c.owner_id, articles.c.first_seen_at)
    changes = {
        row[0]: Change(*row)
        for row in connection.execute(select(*columns).where(articles.c.changed_in > batch))
    }
    owners = {each.owner_id for each in changes.values() if each.owner_id is not None} - changes.keys()
    changes |= {row[0]: Change(*row) for row in rows_in(connection, columns, articles.c.id, owners)}
    return list(changes.values())
