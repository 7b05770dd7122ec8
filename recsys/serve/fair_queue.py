"""The queue for the one compute slot: who used it least is next, so that nobody can starve the others.

Weighted fair queueing (Demers, Keshav and Shenker 1989), with the start of the question in work as virtual
time: a question is due when the earlier ones of its client and its own estimated cost are paid for, and the
one that is due first is next.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from recsys.serve.rejections import OverloadError

MOST_WAITING = 64
"""Questions in work or waiting in one process."""
PER_CLIENT = 32
"""Of them from one client: a site whose server asks for all its readers is one."""
_REMEMBERED = 10_000  # clients

T = TypeVar("T")


@dataclass(eq=False)
class _Ticket:
    """A question that waits. `start` and `due` are virtual time, in units of cost."""

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

    When it is full, a question displaces the one that is due last, if that is due later than itself: a client
    that asks little finds room beside any number that ask much.
    """

    def __init__(self, most: int = MOST_WAITING, per_client: int = PER_CLIENT) -> None:
        self.most, self.per_client = most, per_client
        self.threads = CapacityLimiter(1)
        """One: the work is computing, and more threads would only share a core."""
        self._waiting: list[_Ticket] = []
        self._serving: _Ticket | None = None
        self._held: Counter[str] = Counter()
        self._due: dict[str, float] = {}
        self._time, self._number = 0.0, 0

    @property
    def taken(self) -> int:
        """Questions in work or waiting."""
        return len(self._waiting) + (self._serving is not None)

    async def run(self, work: Callable[[], T], *, client: str, cost: float) -> T:
        """What the work returns; OverloadError when there is no room for it, or none any more."""
        ticket = self._join(client, cost)
        self._call_next()
        try:
            await ticket.turn
            return await to_thread.run_sync(work, limiter=self.threads)
        finally:
            self._leave(ticket)

    def _join(self, client: str, cost: float) -> _Ticket:
        if self._held[client] >= self.per_client:
            raise OverloadError
        start = max(self._time, self._due.get(client, 0.0))
        self._number += 1
        ticket = _Ticket(
            client, start, start + cost, self._number, asyncio.get_running_loop().create_future()
        )
        if self.taken >= self.most:
            self._displace(ticket)
        self._waiting.append(ticket)
        self._held[client] += 1
        self._due[client] = ticket.due
        return ticket

    def _displace(self, newcomer: _Ticket) -> None:
        last = max(self._waiting, key=lambda each: each.order, default=newcomer)
        if last.order <= newcomer.order:
            raise OverloadError
        self._waiting.remove(last)
        if not last.turn.done():
            last.turn.set_exception(OverloadError())

    def _call_next(self) -> None:
        if self._serving is None and self._waiting:
            ticket = min(self._waiting, key=lambda each: each.order)
            self._waiting.remove(ticket)
            self._serving, self._time = ticket, max(self._time, ticket.start)
            if not ticket.turn.done():  # cancelled, but not yet gone: it leaves at once
                ticket.turn.set_result(None)

    def _leave(self, ticket: _Ticket) -> None:
        self._held[ticket.client] -= 1
        if not self._held[ticket.client]:
            del self._held[ticket.client]
        if self._serving is ticket:
            self._serving = None
        elif ticket in self._waiting:  # who asked has been cancelled
            self._waiting.remove(ticket)
        if not self.taken:
            self._due.clear()
        elif len(self._due) > _REMEMBERED:
            self._due = {client: due for client, due in self._due.items() if due > self._time}
        self._call_next()
