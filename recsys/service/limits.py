"""What the service takes at once: bytes of a body, requests of a client, questions in work."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_REMEMBERED = 10_000  # clients


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second on average, and so many at once after a pause."""

    per_second: float
    burst: int


class RateLimit:
    """A token bucket for each client; the longest silent are forgotten first."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self._clock = rate, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> int:
        """0 when the client may go on, else the seconds after which it may."""
        now = self._clock()
        held, last = self._buckets.pop(client, (float(self.rate.burst), now))
        held = min(held + (now - last) * self.rate.per_second, float(self.rate.burst))
        wait = 0 if held >= 1 else math.ceil((1 - held) / self.rate.per_second)
        self._buckets[client] = (held if wait else held - 1, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return wait


class Places:
    """How many questions may be in work or waiting; who finds none free is told so at once."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, 0

    def enter(self) -> bool:
        """Whether there was a place; who has one leaves it."""
        if self.taken >= self.most:
            return False
        self.taken += 1
        return True

    def leave(self) -> None:
        """Give the place back."""
        self.taken -= 1
