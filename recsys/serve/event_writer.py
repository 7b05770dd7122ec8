"""Group commit: the events of many requests in one transaction, so that they do not starve other writers.

A transaction costs a synced write to the disk, whether it holds one event or five hundred. A request is
answered when the transaction with its events has been committed: what was acknowledged is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import anyio

from recsys.errors import StoreError
from recsys.serve.prometheus import Metrics
from recsys.serve.write_lock import write_turn
from recsys.store import Event, Store

GATHER_SECONDS = 0.03
"""For which a transaction waits for more events. Nobody notices: a widget reads no answer to its reports."""
MOST_IN_BATCH = 500
"""Events of one transaction: some 20 ms, for which another writer waits."""
MOST_WAITING = 5_000
"""Events that wait for their transaction; 25 MB at the very most."""


@dataclass(eq=False)
class _Batch:
    """Events that go to disk together; `task` gives which of them counted."""

    events: list[Event] = field(default_factory=list)
    task: asyncio.Task[list[bool]] | None = None


class EventWriter:
    """Writes events in batches. All of its methods run on the event loop."""

    def __init__(self, store: Store, meter: Metrics, click_window: timedelta) -> None:
        """Clicks count up to `click_window` after their impression."""
        self._meter = meter
        self._record = partial(store.impressions.record, click_window=click_window)
        self._open: _Batch | None = None
        """The batch that still takes events: until its turn to write has come."""
        self._waiting = 0

    async def write(self, events: Sequence[Event]) -> list[bool]:
        """Which of the events counted, once they are on disk; StoreError when they could not be written."""
        if self._waiting + len(events) > MOST_WAITING:
            raise StoreError("too many reports are waiting to be written, come again in a moment")
        batch = self._open
        if batch is None or len(batch.events) + len(events) > MOST_IN_BATCH:
            batch = self._open = _Batch()
        first = len(batch.events)
        batch.events += events
        self._waiting += len(events)
        if batch.task is None:
            batch.task = asyncio.create_task(self._commit(batch))
        # a client that goes away must not take the events of the others with it
        counted = await asyncio.shield(batch.task)
        return counted[first : first + len(events)]

    async def _commit(self, batch: _Batch) -> list[bool]:
        try:
            await asyncio.sleep(GATHER_SECONDS)
            async with write_turn():
                self._close(batch)
                counted = await anyio.to_thread.run_sync(self._record, batch.events)
            self._meter.event_batches.observe(len(batch.events))
            return counted
        finally:
            self._close(batch)
            self._waiting -= len(batch.events)

    def _close(self, batch: _Batch) -> None:
        if self._open is batch:
            self._open = None
