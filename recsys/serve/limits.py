"""Limits: requests per second, work in progress at once, and events that count in training.

Anyone can request a list and report clicks on it, so a click is a weak signal and many from one place are
none. Events over a limit are ignored, not refused: nobody can probe the limits, and exceeding one is not an
error. A site loses nothing by it: training uses a few thousand lists at most, and only so many of one page,
hour and token (recsys.training.clicks.influence). Each process counts on its own.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from recsys.serve.impression_tokens import LIFE, ShownList

HOUR = 3_600.0
_MAX_CLIENTS = 10_000  # with a token bucket
_MAX_WINDOWS = 50_000  # clients, pages or tokens with events
_IPV6_NETWORK = 64  # bits: what a provider assigns to one customer


def network_of(address: str) -> str:
    """Return the address that limits count by: an IPv4 address itself, the /64 network of an IPv6 address."""
    if ":" not in address:
        return address[:64]
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per second on average, and how many at once after a pause."""

    per_second: float
    burst: int


class RateLimit:
    """A token bucket per client. The clients that have been silent longest are forgotten first."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self._clock = rate, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> int:
        """Take one token and return 0, or return the seconds until one is available."""
        level = self._level(client)
        wait = 0 if level >= 1 else math.ceil((1 - level) / self.rate.per_second)
        self._set_level(client, level if wait else level - 1)
        return wait

    def charge(self, client: str, cost: float) -> None:
        """Charge the remaining cost of an admitted request; the level may become negative."""
        if cost > 0:
            self._set_level(client, self._level(client) - cost)

    def _level(self, client: str) -> float:
        burst, now = float(self.rate.burst), self._clock()
        level, last = self._buckets.get(client, (burst, now))
        return min(level + (now - last) * self.rate.per_second, burst)

    def _set_level(self, client: str, level: float) -> None:
        self._buckets[client] = (level, self._clock())
        self._buckets.move_to_end(client)
        if len(self._buckets) > _MAX_CLIENTS:
            self._buckets.popitem(last=False)


class ConcurrencyLimit:
    """How much may be open at once, in total and per client."""

    def __init__(self, most: int, per_client: int) -> None:
        self.most, self.per_client = most, per_client
        self._open: Counter[str] = Counter()
        self.taken = 0

    def enter(self, client: str) -> bool:
        """Take a slot and return True, or return False; each slot taken must be released with `leave`."""
        if self.taken >= self.most or self._open[client] >= self.per_client:
            return False
        self.taken += 1
        self._open[client] += 1
        return True

    def leave(self, client: str) -> None:
        """Release a slot."""
        self.taken -= 1
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]


@dataclass(frozen=True, slots=True)
class EventLimit:
    """The views and clicks that count within a window, which starts with the first of them."""

    views: int
    clicks: int
    seconds: float


PER_CLIENT = EventLimit(600, 30, HOUR)
"""An office or a mobile network may have hundreds of readers behind one address: 600 views an hour are those
of about two hundred, who click on one list in twenty. A server that reports for its readers sends a key and
has no such limit."""
PER_PAGE = EventLimit(3_600, 360, HOUR)
"""One view per second. An article that is read more often has more than enough of them to learn from."""
PER_TOKEN = EventLimit(10_000, 1_000, LIFE / 1e6)
"""All readers of a page share a token while the list or the page is cached: for a minute by the service, for
hours or days by a CMS. The window is the lifetime of a token."""


class _EventWindows:
    """Views and clicks per key in the current window of the limit."""

    def __init__(self, limit: EventLimit, clock: Callable[[], float]) -> None:
        self._limit, self._clock = limit, clock
        self._windows: OrderedDict[str, list[float]] = OrderedDict()
        """By key: the end of the window, views, clicks; least recently used first."""

    def allows(self, key: str, *, click: bool) -> bool:
        """Whether one more event is within the limit."""
        end, views, clicks = self._windows.get(key, (0.0, 0, 0))
        if self._clock() >= end:
            return True
        return clicks < self._limit.clicks if click else views < self._limit.views

    def add(self, key: str, *, click: bool) -> None:
        """Count one more event."""
        now = self._clock()
        window = self._windows.pop(key, None)
        if window is None or now >= window[0]:
            window = [now + self._limit.seconds, 0, 0]
        window[2 if click else 1] += 1
        self._windows[key] = window
        if len(self._windows) > _MAX_WINDOWS:
            self._windows.popitem(last=False)


class EventLimits:
    """The limits of events per client, per page and per token."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients, self._pages, self._tokens = (
            _EventWindows(limit, clock) for limit in (PER_CLIENT, PER_PAGE, PER_TOKEN)
        )

    def take(self, shown: ShownList, token: str, *, client: str | None, click: bool) -> bool:
        """Count a view or a click if it is within all limits, and return whether it is.

        `client` is the address that reports; None for a server with a key, which has no limit of its own.
        """
        windows = [(self._pages, shown.page_url), (self._tokens, token.rpartition(".")[2])]
        if client is not None:
            windows.append((self._clients, network_of(client)))
        if not all(each.allows(key, click=click) for each, key in windows):
            return False
        for each, key in windows:
            each.add(key, click=click)
        return True
