"""Answers kept as bytes and sent again before a request is parsed: the cache, ETags and compression."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi import Response

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BYTES = 64_000_000
"""The size of the cache of one process, keys included."""
_MIN_COMPRESSED = 500  # bytes
_ENTRY_OVERHEAD = 500  # bytes


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response with its headers, plain and compressed."""

    etag: str
    headers: tuple[tuple[bytes, bytes], ...]
    plain: bytes
    compressed: bytes | None
    until: float
    version: object

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.plain) + len(self.compressed or b"") + _ENTRY_OVERHEAD


class ResponseCache:
    """Responses by path and query, each valid until its time or until the snapshot changes."""

    def __init__(self, most: int = MAX_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._responses: OrderedDict[bytes, StoredResponse] = OrderedDict()
        self._size, self._version = 0, object()
        self.hits = self.misses = 0

    def find(self, key: bytes, version: object) -> StoredResponse | None:
        """Return the response if it is still valid."""
        stored = self._responses.get(key)
        if stored is None or stored.version != version or stored.until <= self._clock():
            self.misses += 1
            return None
        self.hits += 1
        self._responses.move_to_end(key)
        return stored

    def add(self, key: bytes, stored: StoredResponse) -> None:
        """Keep a response; evicts those of other versions, and the least recently used over the limit."""
        if stored.version != self._version:
            self._responses.clear()
            self._size, self._version = 0, stored.version
        before = self._responses.pop(key, None)
        self._size += stored.size - (before.size if before else -len(key))
        self._responses[key] = stored
        while self._size > self._most and self._responses:
            oldest_key, oldest = self._responses.popitem(last=False)
            self._size -= oldest.size + len(oldest_key)

    def until(self, seconds: float) -> float:
        """Return the time on the cache's clock in so many seconds."""
        return self._clock() + seconds


class CachedResponse(Response):
    """A response that sends stored bytes: plain, compressed, or 304 if the client has them."""

    def __init__(self, stored: StoredResponse) -> None:
        super().__init__()
        self._stored = stored

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        """Send it."""
        is_head = scope["method"] == "HEAD"
        await send_stored(self._stored, dict(scope["headers"]), send, head=is_head)


async def send_stored(stored: StoredResponse, headers: dict[bytes, bytes], send: Send, *, head: bool) -> None:
    """Send a stored response to a client with these request headers."""
    sent_headers = list(stored.headers)
    if matches_etag(stored.etag, headers.get(b"if-none-match", b"")):
        await send({"type": "http.response.start", "status": 304, "headers": sent_headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = stored.plain
    if stored.compressed is not None and accepts_gzip(headers.get(b"accept-encoding", b"")):
        body = stored.compressed
        sent_headers.append((b"content-encoding", b"gzip"))
    sent_headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": sent_headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


def matches_etag(etag: str, if_none_match: bytes) -> bool:
    """Whether If-None-Match lists the tag (weak comparison, RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return etag.encode().removeprefix(b"W/") in tags


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Whether Accept-Encoding names gzip with a weight other than 0."""
    for each in accept_encoding.lower().split(b","):
        name, _, weight = each.replace(b" ", b"").partition(b";q=")
        if name == b"gzip":
            return weight.strip(b"0.") != b"" or not weight
    return False


def make_etag(content: bytes) -> str:
    """Return a weak tag: equal content may be sent with another `as_of`."""
    return f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def compress(plain: bytes) -> bytes | None:
    """Return the body compressed with gzip, or None if it is too small to be worth it."""
    if len(plain) < _MIN_COMPRESSED:
        return None
    return gzip.compress(plain, compresslevel=5, mtime=0)
