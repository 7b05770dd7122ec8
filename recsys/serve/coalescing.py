"""Writers that come close together share one new edition: making it takes computing time from readers."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable

import anyio

_LOG = logging.getLogger("recsys.serve")
PATIENCE = 1.0
"""Seconds for which a write waits for its edition. Most take milliseconds; one that sorts a story of last
year into a large archive makes all that follows it anew, and takes seconds."""
_LONGEST_PAUSE = 5.0  # seconds; after an edition of many seconds, new stories shall not wait for a minute

_SHARE = 2.0
"""Pause after an edition, as a multiple of what it took: editions never take more than a third of the time.

On a store of 72 stories a write costs 5 ms, an edition 10 to 15 and the first question of each another 5: an
edition for each of 50 writes a second would leave readers hardly anything of a core.
"""


class Coalescer:
    """Runs `follow` for all that wait, one run at a time."""

    def __init__(self, follow: Callable[[], object]) -> None:
        self._follow, self._turn = follow, anyio.Lock()
        self._runs, self._not_before = 0, 0.0
        # the event loop itself holds no more than a weak reference to a task
        self._going_on: set[asyncio.Future[None]] = set()

    async def catch_up(self) -> None:
        """Return when a run that began after this call has ended; raises what that run raises."""
        wanted = self._runs + 1
        async with self._turn:
            if self._runs >= wanted:
                return
            await anyio.sleep(max(self._not_before - time.monotonic(), 0))
            self._runs += 1
            began = time.monotonic()
            try:
                await anyio.to_thread.run_sync(self._follow)
            except BaseException:
                self._runs -= 1  # who waits has not been served
                raise
            ended = time.monotonic()
            self._not_before = ended + min(_SHARE * (ended - began), _LONGEST_PAUSE)

    async def catch_up_within(self, seconds: float) -> bool:
        """As `catch_up`, but return False when it takes longer; it goes on, and ends without us."""
        run = asyncio.ensure_future(self.catch_up())
        done, _ = await asyncio.wait({run}, timeout=seconds)
        if done:
            run.result()
            return True
        self._going_on.add(run)
        run.add_done_callback(self._end)
        return False

    def _end(self, run: asyncio.Future[None]) -> None:
        self._going_on.discard(run)
        error = None if run.cancelled() else run.exception()
        if error is not None:
            _LOG.warning(json.dumps({"follow": str(error)}))
