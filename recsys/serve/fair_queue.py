"""The queue for the one compute slot, fair between clients, and the estimated cost of a query.

Weighted fair queueing (Demers, Keshav and Shenker 1989), with the start of the running query as virtual
time: a query is due when the earlier ones of its client and its own estimated cost are paid for, and the one
that is due first is next.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

MAX_QUEUED = 64
"""Queries running or queued in one process."""
PER_CLIENT = 32
"""Of them from one client; a site whose server asks for all its readers is one client."""
PLAIN_HEADLINES = 20
"""Headlines of a query that costs 1."""
EXPLAINED_WITHOUT_KEY = 5
"""Headlines that anyone may have explained; more require a key."""
OVERVIEW_COST = 1.0
"""The cost of the dashboard without recommendations."""
SEARCH_COST = 10.0
"""The cost of a search among the headlines."""
_MAX_CLIENTS = 10_000  # whose due time is remembered

T = TypeVar("T")


class OverloadError(Exception):
    """The queue is full."""


def query_cost(headlines: int, *, explain: bool = False, characters: int = 0) -> float:
    """Estimate the cost of a query, in units of a plain one (about 8 ms of a core).

    `characters` is the length of a draft in the request. Measured on 2,400 articles: 100 headlines cost 2 to
    2.5, an explanation 4 plus 1 per headline, a draft of 300 kB 9. A window does not add to the cost: without
    one the whole store is searched, which is the default.
    """
    cost = 1.0 + max(headlines - PLAIN_HEADLINES, 0) / 80 + characters / 30_000
    return cost + 4 + headlines if explain else cost


@dataclass(eq=False)
class _Ticket:
    """A queued query. `start` and `due` are virtual time, in units of cost."""

    client: str
    start: float
    due: float
    number: int
    turn: asyncio.Future[None]

    @property
    def order(self) -> tuple[float, int]:
        return self.due, self.number


class FairQueue:
    """Runs one piece of work at a time in a thread, in fair order between clients.

    When it is full, a query displaces the one that is due last, if that is due later than itself: a client
    with few queries gets its turn however many others send.
    """

    def __init__(self, most: int = MAX_QUEUED, per_client: int = PER_CLIENT) -> None:
        self.most, self.per_client = most, per_client
        self.threads = CapacityLimiter(1)
        """One: the work is CPU-bound, and more threads would only share a core."""
        self._queued: list[_Ticket] = []
        self._running: _Ticket | None = None
        self._count_by_client: Counter[str] = Counter()
        self._due: dict[str, float] = {}
        self._time, self._number = 0.0, 0

    @property
    def size(self) -> int:
        """Queries running or queued."""
        return len(self._queued) + (self._running is not None)

    async def run(self, work: Callable[[], T], *, client: str, cost: float) -> T:
        """Return the result of the work; OverloadError if it is refused or displaced."""
        ticket = self._join(client, cost)
        self._call_next()
        try:
            await ticket.turn
            return await to_thread.run_sync(work, limiter=self.threads)
        finally:
            self._leave(ticket)

    def _join(self, client: str, cost: float) -> _Ticket:
        if self._count_by_client[client] >= self.per_client:
            raise OverloadError
        start = max(self._time, self._due.get(client, 0.0))
        self._number += 1
        ticket = _Ticket(
            client, start, start + cost, self._number, asyncio.get_running_loop().create_future()
        )
        if self.size >= self.most:
            self._displace(ticket)
        self._queued.append(ticket)
        self._count_by_client[client] += 1
        self._due[client] = ticket.due
        return ticket

    def _displace(self, newcomer: _Ticket) -> None:
        last = max(self._queued, key=lambda each: each.order, default=newcomer)
        if last.order <= newcomer.order:
            raise OverloadError
        self._queued.remove(last)
        if not last.turn.done():
            last.turn.set_exception(OverloadError())

    def _call_next(self) -> None:
        if self._running is None and self._queued:
            ticket = min(self._queued, key=lambda each: each.order)
            self._queued.remove(ticket)
            self._running, self._time = ticket, max(self._time, ticket.start)
            if not ticket.turn.done():  # one that was cancelled leaves as soon as its task runs
                ticket.turn.set_result(None)

    def _leave(self, ticket: _Ticket) -> None:
        self._count_by_client[ticket.client] -= 1
        if not self._count_by_client[ticket.client]:
            del self._count_by_client[ticket.client]
        if self._running is ticket:
            self._running = None
        elif ticket in self._queued:  # the request was cancelled
            self._queued.remove(ticket)
        if not self.size:
            self._due.clear()
        elif len(self._due) > _MAX_CLIENTS:
            self._due = {client: due for client, due in self._due.items() if due > self._time}
        self._call_next()
