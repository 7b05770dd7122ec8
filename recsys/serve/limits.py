"""Limits per client: requests a second, and things held open at once."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_REMEMBERED = 10_000  # clients
_IPV6_NETWORK = 64  # bits: what a provider gives to one customer, who has all addresses in it


def network_of(address: str) -> str:
    """The address that limits count by: an IPv4 address itself, the /64 network of an IPv6 address."""
    if ":" not in address:
        return address[:64]
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_NETWORK), strict=False))


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
        held = self._level(client)
        wait = 0 if held >= 1 else math.ceil((1 - held) / self.rate.per_second)
        self._keep(client, held if wait else held - 1)
        return wait

    def charge(self, client: str, cost: float) -> None:
        """Take the further cost of a request that was let in; a bucket below zero has to fill up again."""
        if cost > 0:
            self._keep(client, self._level(client) - cost)

    def _level(self, client: str) -> float:
        burst, now = float(self.rate.burst), self._clock()
        held, last = self._buckets.get(client, (burst, now))
        return min(held + (now - last) * self.rate.per_second, burst)

    def _keep(self, client: str, held: float) -> None:
        self._buckets[client] = (held, self._clock())
        self._buckets.move_to_end(client)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)


class ConcurrencyLimit:
    """How much may be open at once, in all and for one client."""

    def __init__(self, most: int, per_client: int) -> None:
        self.most, self.per_client = most, per_client
        self._open: Counter[str] = Counter()
        self.taken = 0

    def enter(self, client: str) -> bool:
        """Whether there was room; who got it leaves it again."""
        if self.taken >= self.most or self._open[client] >= self.per_client:
            return False
        self.taken += 1
        self._open[client] += 1
        return True

    def leave(self, client: str) -> None:
        """Give the room back."""
        self.taken -= 1
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]
