"""Refreshing the snapshot that answers come from: whether it keeps up, and one refresh for many writers."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable

import anyio

from recsys.errors import InputError, StoreError

_LOG = logging.getLogger("recsys.serve")
MAX_LAG = 10.0
"""Seconds since the last refresh after which answers may lag behind what was acknowledged."""
WRITE_PATIENCE = 1.0
"""Seconds that a write waits for its refresh. Most take milliseconds; sorting an old article into a large
corpus rebuilds everything after it, and takes seconds."""
_MAX_PAUSE = 5.0  # seconds; new articles must not wait a minute because one refresh took long
_PAUSE_FACTOR = 2.0
"""The pause after a refresh as a multiple of its duration: refreshes take a third of the time at most.

With a store of 72 articles a write takes 5 ms, a refresh 10 to 15 and the first query after it another 5: a
refresh for each of 50 writes per second would leave hardly any of a core for readers.
"""


class Refresher:
    """Calls `refresh`, and remembers when it last succeeded."""

    def __init__(self, refresh: Callable[[], bool]) -> None:
        self._refresh = refresh
        self._succeeded_at, self._has_failed = time.monotonic(), False

    def __call__(self) -> bool:
        """Load what changed in the store, models and overrides, and return whether anything did."""
        try:
            has_changed = self._refresh()
        except InputError as error:  # in stored data: not the fault of the request that waits for it
            self._has_failed = True
            raise StoreError(f"stored data cannot be read: {error}") from error
        except BaseException:
            self._has_failed = True
            raise
        self._succeeded_at, self._has_failed = time.monotonic(), False
        return has_changed

    def problem(self) -> str | None:
        """Return why answers may lag behind the store, without naming any path; None if they do not."""
        if self._has_failed:
            return "the latest changes could not be read; see the service log"
        lag = time.monotonic() - self._succeeded_at
        if lag > MAX_LAG:
            return f"the store was last read {lag:.0f} seconds ago, expected within {MAX_LAG:.0f}"
        return None


class Coalescer:
    """Runs `refresh` for all writers that wait for it, one run at a time."""

    def __init__(self, refresh: Callable[[], object]) -> None:
        self._refresh, self._turn = refresh, anyio.Lock()
        self._runs, self._not_before = 0, 0.0
        # the event loop holds only weak references to tasks
        self._running: set[asyncio.Future[None]] = set()

    async def catch_up(self) -> None:
        """Return when a run that started after this call has ended; raises what that run raises."""
        run = self._runs + 1
        async with self._turn:
            if self._runs >= run:
                return
            await anyio.sleep(max(self._not_before - time.monotonic(), 0))
            self._runs += 1
            began = time.monotonic()
            try:
                await anyio.to_thread.run_sync(self._refresh)
            except BaseException:
                self._runs -= 1  # those who wait have not been served
                raise
            ended = time.monotonic()
            self._not_before = ended + min(_PAUSE_FACTOR * (ended - began), _MAX_PAUSE)

    async def catch_up_within(self, seconds: float) -> bool:
        """Catch up and return True; return False after `seconds`, while the run continues."""
        run = asyncio.ensure_future(self.catch_up())
        done, _ = await asyncio.wait({run}, timeout=seconds)
        if done:
            run.result()
            return True
        self._running.add(run)
        run.add_done_callback(self._end)
        return False

    def _end(self, run: asyncio.Future[None]) -> None:
        self._running.discard(run)
        error = None if run.cancelled() else run.exception()
        if error is not None:
            _LOG.warning(json.dumps({"refresh": str(error)}))
