"""Limits on connections: their number, their time in each phase, and the size of requests.

uvicorn has none of these: a client that sends half a head, or never reads the response, would hold its
connection for ever.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from enum import Enum
from functools import lru_cache
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from recsys.serve.limits import network_of

MAX_CONNECTIONS = 512
"""Of one process. One more closes the connection that has been idle longest."""
MAX_PER_CLIENT = 64
"""Of one client that is not a trusted proxy."""
HEAD_SECONDS = 10.0
"""From the first byte of a request, or from connecting, to the end of its head."""
IDLE_SECONDS = 15.0
"""Between two requests."""
UNREAD_SECONDS = 5.0
"""How long the rest of a body is discarded after the response was sent."""
WRITE_SECONDS = 20.0
"""How long a client may take to read what was sent to it."""
MAX_HEAD = 65_536
"""Bytes of a head, including the trailers of the body."""
MAX_REQUEST = 32_000_000
"""Bytes of a whole request on the wire; the routes have lower limits."""
MAX_PIPELINED = 16
"""Requests that a client may send before it receives the first response."""
CHECK_SECONDS = 1.0


class Phase(Enum):
    """What a connection is waiting for, with its time limit in seconds."""

    HEAD = HEAD_SECONDS
    IDLE = IDLE_SECONDS
    UNREAD = UNREAD_SECONDS
    BUSY = float("inf")
    """For the application."""


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within the limits above."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, unless its client has too many."""
        super().connection_made(transport)
        self._answering: RequestResponseCycle | None = None
        self._phase, self._since = Phase.HEAD, time.monotonic()
        self._unwritten_since: float | None = None
        self._sent = self._head_bytes = self._begun = self._ended = 0
        self._peer = network_of(self.client[0] if self.client else "unknown")
        self._timer = self.loop.call_later(CHECK_SECONDS, self._check)
        if self._has_too_many() or not self._make_room():
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application that the client has disconnected."""
        self._timer.cancel()
        self._disconnect()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data, and close the connection if it exceeds a limit."""
        before = self._begun, self._ended
        super().data_received(data)
        self._sent = self._sent + len(data) if (self._begun, self._ended) == before else 0
        is_head = self._phase in {Phase.HEAD, Phase.IDLE}
        if self._head_bytes > MAX_HEAD or (is_head and self._sent > MAX_HEAD):
            self._refuse(431)
        elif self._sent > MAX_REQUEST:
            self._abort()

    def on_message_begin(self) -> None:
        """Start the time limit of the head."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError("too many pipelined requests")  # the parser stops: send_400_response
        super().on_message_begin()
        self._begun += 1
        self._head_bytes = 0
        if self._phase is not Phase.BUSY:
            self._enter(Phase.HEAD)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header within the limit; trailers of a body come here too."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes <= MAX_HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        self._enter(Phase.BUSY)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for the next request once an unread body has been discarded."""
        super().on_message_complete()
        self._ended += 1
        if self._phase is Phase.UNREAD:
            self._enter(Phase.IDLE)

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one."""
        if not self.pipeline:
            self._enter(Phase.UNREAD if self.cycle.more_body else Phase.IDLE)
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse malformed HTTP; the error must not end up inside a response that has begun."""
        if self._answering is None or self._answering.response_complete:
            super().send_400_response(msg)
        else:
            self._abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _enter(self, phase: Phase) -> None:
        self._phase, self._since = phase, time.monotonic()

    def _check(self) -> None:
        """Close the connection if a time limit has passed."""
        now = time.monotonic()
        self._timer = self.loop.call_later(CHECK_SECONDS, self._check)
        if not self.transport.get_write_buffer_size():
            self._unwritten_since = None
            if now - self._since > self._phase.value:
                self.transport.close()
        elif self._unwritten_since is None:
            self._unwritten_since = now
        elif now - self._unwritten_since > WRITE_SECONDS:
            self._abort()

    def _has_too_many(self) -> bool:
        if self.client is None:
            return False
        same_client = [
            each
            for each in self.connections
            if isinstance(each, LimitedProtocol) and each._peer == self._peer
        ]
        if len(same_client) <= MAX_PER_CLIENT:
            return False
        return not is_trusted(self.client[0], tuple(self.config.forwarded_allow_ips))

    def _make_room(self) -> bool:
        """Whether the connection may stay; if there are too many, close the one that waited longest."""
        if len(self.connections) <= MAX_CONNECTIONS:
            return True
        waiting = [
            each
            for each in self.connections
            if isinstance(each, LimitedProtocol) and each is not self and each._phase is not Phase.BUSY
        ]
        if not waiting:
            return False
        min(waiting, key=lambda each: each._since)._abort()
        return True

    def _refuse(self, status: int) -> None:
        """Respond with the status alone, unless a response has begun, and close the connection."""
        if self.transport.is_closing():
            return
        if self._answering is None or self._answering.response_complete:
            self.transport.write(
                STATUS_LINE[status] + b"content-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
            )
            self.transport.close()
        else:
            self._abort()

    def _abort(self) -> None:
        """Close the connection at once and drop unsent data."""
        self._disconnect()
        self.transport.abort()

    def _disconnect(self) -> None:
        """Notify the request being answered; uvicorn notifies the last one received."""
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
            self.flow.resume_writing()


@lru_cache(1_000)
def is_trusted(address: str, proxies: tuple[str, ...]) -> bool:
    """Whether an address is in the list of proxies, which are addresses and networks."""
    try:
        parsed: Any = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(each, strict=False) for each in proxies)
