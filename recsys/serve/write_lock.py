"""One writer at a time within a process: the store has only one anyway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio

from recsys.errors import StoreError

TURN_SECONDS = 2.5
"""For which a write waits for those before it in the same process."""
_WRITER = anyio.Lock()  # first come, first served
T = TypeVar("T")


@asynccontextmanager
async def write_turn() -> AsyncIterator[None]:
    """Hold the only turn to write; StoreError when it did not come in time."""
    try:
        with anyio.fail_after(TURN_SECONDS):
            await _WRITER.acquire()
    except TimeoutError:
        raise StoreError("others are writing, come again in a moment") from None
    try:
        yield
    finally:
        _WRITER.release()


async def run_in_turn(work: Callable[[], T]) -> T:
    """What `work` returns, done in a thread while nobody else in this process writes."""
    async with write_turn():
        return await anyio.to_thread.run_sync(work)
