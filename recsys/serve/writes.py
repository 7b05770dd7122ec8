"""Writing to the store: one writer at a time in a process, and events of many requests in one transaction.

A transaction costs one synced disk write, whether it holds one event or five hundred. A request is answered
once the transaction with its events is committed: what was acknowledged is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

import anyio

from recsys.errors import StoreError
from recsys.serve.telemetry import Metrics
from recsys.store import Event, Store

TURN_SECONDS = 2.5
"""How long a write waits for those before it in the same process."""
GATHER_SECONDS = 0.03
"""How long a transaction waits for more events. Nobody notices: a widget does not read the response."""
MAX_BATCH = 500
"""Events of one transaction: about 20 ms, for which another writer waits."""
MAX_PENDING = 5_000
"""Events that wait for their transaction; 25 MB at the very most."""

T = TypeVar("T")


class WriteLock:
    """One writer at a time, first come, first served; the store allows no more anyway."""

    def __init__(self) -> None:
        self._lock = anyio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the lock; StoreError if it was not free in time."""
        try:
            with anyio.fail_after(TURN_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise StoreError("other writes are in progress; try again in a moment") from None
        try:
            yield
        finally:
            self._lock.release()

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread while no other request of this process writes."""
        async with self.turn():
            return await anyio.to_thread.run_sync(work)


@dataclass(eq=False)
class _Batch:
    """Events that are committed together; the result of `task` says which of them counted."""

    events: list[Event] = field(default_factory=list)
    task: asyncio.Task[list[bool]] | None = None


class EventWriter:
    """Writes events in batches (group commit). All methods run on the event loop."""

    def __init__(self, store: Store, lock: WriteLock, metrics: Metrics, click_window: timedelta) -> None:
        """Clicks count up to `click_window` after their impression."""
        self._lock, self._metrics = lock, metrics
        self._record = partial(store.impressions.record, click_window=click_window)
        self._open: _Batch | None = None
        """The batch that still accepts events, until its turn to write."""
        self._pending = 0

    async def write(self, events: Sequence[Event]) -> list[bool]:
        """Return which of the events counted, once they are on disk; StoreError if they were not written."""
        if self._pending + len(events) > MAX_PENDING:
            raise StoreError("too many events are waiting to be written; try again in a moment")
        batch = self._open
        if batch is None or len(batch.events) + len(events) > MAX_BATCH:
            batch = self._open = _Batch()
        first = len(batch.events)
        batch.events += events
        self._pending += len(events)
        if batch.task is None:
            batch.task = asyncio.create_task(self._commit(batch))
        # a client that disconnects must not cancel the events of the others
        counted = await asyncio.shield(batch.task)
        return counted[first : first + len(events)]

    async def _commit(self, batch: _Batch) -> list[bool]:
        try:
            await asyncio.sleep(GATHER_SECONDS)
            async with self._lock.turn():
                self._close(batch)
                counted = await anyio.to_thread.run_sync(self._record, batch.events)
            self._metrics.event_batches.observe(len(batch.events))
            return counted
        finally:
            self._close(batch)
            self._pending -= len(batch.events)

    def _close(self, batch: _Batch) -> None:
        if self._open is batch:
            self._open = None
