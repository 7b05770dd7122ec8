"""Connections to exactly the addresses that were checked, closed at a deadline."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

import httpcore

from recsys.crawl.address_policy import Target, check_addresses

Resolve = Callable[[str, int], list[str]]
"""From a host and a port to IP addresses, in the order to try them; OSError if there are none."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class Deadline:
    """When the current request must be complete, however much data keeps coming."""

    def __init__(self) -> None:
        self._end = 0.0

    def start(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def within(self, timeout: float | None) -> float:
        """The time that one operation may take; a millisecond if none is left."""
        left = max(self._end - time.monotonic(), 0.001)
        return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to addresses that were resolved once and checked.

    The client uses the host name only for TLS and the `Host` header, so that a name which resolves to
    something else a moment later (DNS rebinding) changes nothing.
    """

    def __init__(self, allowed: Collection[str], deadline: Deadline, resolve: Resolve) -> None:
        self._allowed, self._deadline, self._resolve = allowed, deadline, resolve
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that accepts one; RefusedAddressError if one is not public."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name cannot be resolved: {_reason(error)}") from None
        check_addresses(Target(f"{host}:{port}", "", host, port), addresses, self._allowed)
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                within = self._deadline.within(timeout)
                stream = self._inner.connect_tcp(address, port, within, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection that ends at the deadline; a byte now and then does not extend it."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._deadline.is_over:
            raise httpcore.ReadTimeout("the time is up")
        return self._inner.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._deadline.is_over:
            raise httpcore.WriteTimeout("the time is up")
        self._inner.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        within = self._deadline.within(timeout)
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, within), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
