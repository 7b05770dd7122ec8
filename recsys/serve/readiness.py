"""Whether the process keeps up with its store: what is not followed is not ready."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

from recsys.errors import InputError, StoreError

_LOG = logging.getLogger("recsys.serve")
PATIENCE = 10.0
"""Seconds since the last look at the store after which answers may lag behind what was acknowledged."""


class Follower:
    """Calls `follow`, and remembers how that went."""

    def __init__(self, follow: Callable[[], bool]) -> None:
        self._follow = follow
        self._succeeded_at, self._has_failed = time.monotonic(), False

    def __call__(self) -> bool:
        """Take what is new of store, models and overrides; whether there was anything."""
        try:
            is_new = self._follow()
        except InputError as error:  # of what is stored already: no fault of the request that waits for it
            self._has_failed = True
            raise StoreError(f"what is stored cannot be read: {error}") from error
        except BaseException:
            self._has_failed = True
            raise
        self._succeeded_at, self._has_failed = time.monotonic(), False
        return is_new

    def problem(self) -> str | None:
        """Why answers may lag behind the store, in words that name no path; None when they do not."""
        if self._has_failed:
            return "what was written last could not be read; the log of the service says why"
        behind = time.monotonic() - self._succeeded_at
        if behind > PATIENCE:
            return f"the store was last followed {behind:.0f} seconds ago, expected within {PATIENCE:.0f}"
        return None


def log_store(text: str) -> None:
    """Log what a store says of itself: rows that it left out."""
    _LOG.warning(json.dumps({"store": text}, ensure_ascii=False))
