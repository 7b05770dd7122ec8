"""What has changed since: batches are numbered, and every article bears the number of its last one.

A number does not identify a batch: a store that was restored from a backup gives the same numbers again to
other batches. So each batch draws a random token, and the store keeps the tokens of all its batches. A
batch is recorded once, in one history: whoever finds number and token in a store finds all that they stood
for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from recsys.domain import EARLIEST_STORED, LATEST_STORED
from recsys.errors import StoreError
from recsys.store.schema import articles, batches, lists, meta, readings, withdrawals
from recsys.store.unit_of_work import rows_in, update_rows


@dataclass(frozen=True, slots=True)
class State:
    """Where a store stands. Equal states hold the same."""

    identity: str
    """Random, of this very store: a copy has it too, another one of the same content has not."""
    batch: int
    """The number of the last batch that changed anything."""
    last_list: int
    """The highest id of a list; lists never change."""
    newest: int
    """The latest time at which anything was seen or withdrawn, in microseconds."""
    token: str
    """Random, drawn by that batch: copies of a store that diverged have other ones. Empty if it was lost."""


@dataclass(frozen=True, slots=True)
class Change:
    """An article that a batch touched. One with an owner, or never seen, is none of `read_articles`."""

    id: int
    owner_id: int | None
    first_seen_at: int | None

    @property
    def is_known(self) -> bool:
        """Whether `read_articles` has it."""
        return self.owner_id is None and self.first_seen_at is not None


def begin_counting(connection: Connection) -> None:
    """Writes the first state of a store that has none."""
    times = (readings.c.seen_at, lists.c.observed_at)
    newest = max(
        connection.scalar(select(func.max(time)).where(time <= LATEST_STORED)) or 0 for time in times
    )
    rows = {"identity": secrets.token_hex(8), "batch": "0", "newest": str(newest)}
    connection.execute(insert(meta), [{"name": name, "value": value} for name, value in rows.items()])


def renew_state(connection: Connection) -> None:
    """Makes another store of it, of which nothing has been made yet: rows were changed or removed."""
    last = select(func.max(articles.c.changed_in)).where(articles.c.changed_in < _MOST_BATCHES)
    batch = (connection.scalar(last) or 0) + 1
    connection.execute(delete(meta).where(meta.c.name.in_(("identity", "batch", "newest"))))
    connection.execute(delete(batches))
    begin_counting(connection)
    taken_back = withdrawals.c.withdrawn_at
    newest = connection.scalar(select(func.max(taken_back)).where(taken_back <= LATEST_STORED)) or 0
    note_changes(connection, batch, (), newest)


_MOST_BATCHES = 2**62  # what is larger is no number of a batch


def read_state(connection: Connection) -> State:
    """The state of a store; StoreError where the rows that say it are missing or no numbers."""
    values = {row[0]: row[1] for row in connection.execute(select(meta.c.name, meta.c.value))}
    last_list = connection.scalar(select(func.max(lists.c.id))) or 0
    try:
        batch, newest = int(values["batch"]), int(values["newest"])
        identity = values["identity"]
    except (KeyError, ValueError):
        raise StoreError(
            "the table meta lacks identity, batch or newest; `recsys check --fix` writes them anew"
        ) from None
    token = connection.scalar(select(batches.c.token).where(batches.c.number == batch))
    return State(identity, batch, last_list, min(max(newest, EARLIEST_STORED), LATEST_STORED), token or "")


def record_batch(connection: Connection, number: int) -> None:
    """Draws the token of a batch."""
    connection.execute(insert(batches).values(number=number, token=secrets.token_hex(8)))


def descends_from(connection: Connection, state: State) -> bool:
    """Whether the store was once in this state, and has only grown since."""
    identity = connection.scalar(select(meta.c.value).where(meta.c.name == "identity"))
    token = connection.scalar(select(batches.c.token).where(batches.c.number == state.batch))
    return token is not None and (identity, token) == (state.identity, state.token)


def next_batch(connection: Connection) -> int:
    """The number that the batch being written has if it changes anything."""
    return read_state(connection).batch + 1


def note_changes(connection: Connection, batch: int, ids: Iterable[int], newest: int) -> None:
    """Marks articles as changed in this batch, whose latest sighting is at `newest` (microseconds)."""
    rows = [{"row_id": each, "changed_in": batch} for each in sorted(set(ids))]
    update_rows(connection, articles, rows, ("changed_in",))
    state = read_state(connection)
    for name, value in (("batch", batch), ("newest", max(newest, state.newest))):
        connection.execute(update(meta).where(meta.c.name == name).values(value=str(value)))
    record_batch(connection, batch)


def changed_since(connection: Connection, batch: int) -> list[Change]:
    """The articles that later batches touched, and the owners of those that have one."""
    columns = (articles.c.id, articles.c.owner_id, articles.c.first_seen_at)
    found = {
        row[0]: Change(*row)
        for row in connection.execute(select(*columns).where(articles.c.changed_in > batch))
    }
    owners = {each.owner_id for each in found.values() if each.owner_id is not None} - found.keys()
    found |= {row[0]: Change(*row) for row in rows_in(connection, columns, articles.c.id, owners)}
    return list(found.values())
