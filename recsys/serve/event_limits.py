"""How many views and clicks count: for one client, beside one page and with one token.

Anybody can ask for lists and report clicks on them, so that a click is a weak sign and many from one place
are none. What is over a limit is ignored and not refused: nobody can see where the limits lie, and a report
over them is no error. A limit costs a site nothing: training takes some thousand lists at the most, and of
one page, hour and token only so much (recsys.training.clicks.influence). It counts in each process.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from recsys.serve.impression_tokens import LIFE, ShownList

HOUR = 3_600.0
_REMEMBERED = 50_000  # clients, pages or tokens; the longest silent are forgotten first


@dataclass(frozen=True, slots=True)
class EventLimit:
    """So many views and clicks within a time that begins with the first of them."""

    views: int
    clicks: int
    seconds: float


PER_CLIENT = EventLimit(600, 30, HOUR)
"""An office or a mobile network may have hundreds of readers behind one address: 600 views an hour are those
of some two hundred, and they click on one list in twenty. A server that reports for its readers sends a key
and has no such limit."""
PER_PAGE = EventLimit(3_600, 360, HOUR)
"""A view a second. A story that is read more often has more than enough of them to learn from."""
PER_TOKEN = EventLimit(10_000, 1_000, LIFE / 1e6)
"""All readers of a page share a token while the list or the page is cached: for a minute by the service, for
hours or days by a CMS. This is for as long as a token is taken."""


class _Counts:
    """Views and clicks by key, since the first within the time of the limit."""

    def __init__(self, limit: EventLimit, clock: Callable[[], float]) -> None:
        self._limit, self._clock = limit, clock
        self._windows: OrderedDict[str, list[float]] = OrderedDict()
        """By key: the end of the window, views, clicks; the longest silent first."""

    def has_room(self, key: str, *, click: bool) -> bool:
        """Whether one more is within the limit."""
        end, views, clicks = self._windows.get(key, (0.0, 0, 0))
        if self._clock() >= end:
            return True
        return clicks < self._limit.clicks if click else views < self._limit.views

    def add(self, key: str, *, click: bool) -> None:
        """Count one more."""
        now = self._clock()
        window = self._windows.pop(key, None)
        if window is None or now >= window[0]:
            window = [now + self._limit.seconds, 0, 0]
        window[2 if click else 1] += 1
        self._windows[key] = window
        if len(self._windows) > _REMEMBERED:
            self._windows.popitem(last=False)


class EventLimits:
    """The three limits together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients, self._pages, self._tokens = (
            _Counts(limit, clock) for limit in (PER_CLIENT, PER_PAGE, PER_TOKEN)
        )

    def take(self, shown: ShownList, token: str, *, client: str | None, click: bool) -> bool:
        """Count a view or a click when it is within all limits, and return whether it is.

        `client` is the address that reports; None for a server with a key, which has no limit of its own.
        """
        wanted = [(self._pages, shown.page_url), (self._tokens, token.rpartition(".")[2])]
        if client is not None:
            wanted.append((self._clients, network_of(client)))
        if not all(counts.has_room(key, click=click) for counts, key in wanted):
            return False
        for counts, key in wanted:
            counts.add(key, click=click)
        return True


def network_of(client: str) -> str:
    """What one subscriber has of addresses: one of IPv4, a network of 64 bits of IPv6."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
