"""In front of the application: answers that are known, sizes of bodies, clients that ask too often."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from recsys.service.caching import AnswerCache, Stored
from recsys.service.limits import RateLimit
from recsys.service.live import Live
from recsys.service.metering import Meter

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CACHED = frozenset({"/v1/related", "/v1/popular", "/v1/related/batch"})
BODY_SECONDS = 10.0
"""In which a body has to be here."""
_LOG = logging.getLogger("recsys.service")


class Front:
    """Answers from the cache, or hands on with a bounded body; counts and logs all that comes."""

    def __init__(
        self,
        app: App,
        *,
        live: Live,
        cache: AnswerCache,
        meter: Meter,
        origins: frozenset[str],
        limit: RateLimit,
    ) -> None:
        self.app, self.live, self.cache, self.meter = app, live, cache, meter
        self.origins, self.limit = origins, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        watched = _Watched(send)
        try:
            await self._answer(scope, receive, watched)
        finally:
            self._note(scope, watched, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if scope["path"] in CACHED and scope["method"] in {"GET", "HEAD"}:
            key = scope["raw_path"] + b"?" + scope["query_string"]
            found = self.cache.find(key, self.live.edition.version)
            if found is not None:
                await send_stored(found, headers, send, head=scope["method"] == "HEAD", origins=self.origins)
                return
            wait = self.limit.take(client_of(scope))
            if wait:
                await refuse(send, 429, "too_many", "too many questions from one client", wait=wait)
                return
        if headers.get(b"content-encoding", b"identity") != b"identity":
            await refuse(send, 415, "encoded", "expected a body that is not compressed")
            return
        await self.app(scope, _Bounded(receive, scope, headers), send)

    def _note(self, scope: Scope, watched: _Watched, seconds: float) -> None:
        route = scope.get("route")
        path = str(getattr(route, "path", scope["path"] if scope["path"] in CACHED else "other"))
        self.meter.note(scope["method"], path, watched.status, seconds)
        if _LOG.isEnabledFor(logging.INFO):
            told = {
                "request": scope.get("state", {}).get("request_id") or secrets.token_hex(8),
                "method": scope["method"],
                "path": path,
                "status": watched.status,
                "ms": round(seconds * 1000, 2),
            }
            _LOG.info(json.dumps(told))


class _Watched:
    """Sends on, and remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send, self.status = send, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


class TooLargeError(Exception):
    """A body of more bytes than its route takes."""


class _Bounded:
    """Receives a body of so many bytes, in so many seconds, and no more."""

    def __init__(self, receive: Receive, scope: Scope, headers: dict[bytes, bytes]) -> None:
        self._receive, self._left = receive, most_bytes(scope["path"])
        self._until = time.monotonic() + BODY_SECONDS
        declared = headers.get(b"content-length", b"0")
        self._is_too_large = declared.isdigit() and int(declared) > self._left
        self._done = False

    async def __call__(self) -> Message:
        if self._is_too_large:
            raise TooLargeError
        if self._done:
            return await self._receive()  # only to hear that the client has gone
        wait = max(self._until - time.monotonic(), 0)
        message = await asyncio.wait_for(self._receive(), wait)
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self._done = not message.get("more_body", False)
            if self._left < 0:
                raise TooLargeError
        return message


BODIES = {
    "/v1/articles": 20_000_000,
    "/v1/lists": 5_000_000,
    "/v1/pages": 10_000_000,
    "/v1/related": 3_000_000,
}
"""Bytes of a body, by path; of others SMALL."""
SMALL = 300_000


def most_bytes(path: str) -> int:
    """How many bytes a body of a path may have."""
    return BODIES.get(path, SMALL)


def client_of(scope: Scope) -> str:
    """Who asks: the address, kept in memory only."""
    return str((scope.get("client") or ("unknown",))[0])


async def send_stored(
    found: Stored, headers: dict[bytes, bytes], send: Send, *, head: bool, origins: frozenset[str]
) -> None:
    """An answer from the cache: whole, zipped, or that nothing has changed."""
    told = [*found.headers, *cors(headers, origins)]
    tags = [tag.strip() for tag in headers.get(b"if-none-match", b"").split(b",")]
    if found.etag.encode() in tags:
        await send({"type": "http.response.start", "status": 304, "headers": told})
        await send({"type": "http.response.body", "body": b""})
        return
    body = found.plain
    if found.zipped is not None and b"gzip" in headers.get(b"accept-encoding", b""):
        body = found.zipped
        told.append((b"content-encoding", b"gzip"))
    told += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": told})
    await send({"type": "http.response.body", "body": b"" if head else body})


def cors(headers: dict[bytes, bytes], origins: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """What a browser has to be told of other origins."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origins or not origin:
        return []
    if "*" in origins:
        return [(b"access-control-allow-origin", b"*")]
    allowed = [(b"access-control-allow-origin", origin.encode("latin-1"))] if origin in origins else []
    return [*allowed, (b"vary", b"origin")]


async def refuse(send: Send, status: int, code: str, message: str, *, wait: int = 0) -> None:
    """A problem, before anything else has looked at the request."""
    body = json.dumps({"error": {"code": code, "message": message, "field": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"retry-after", str(wait).encode())] if wait else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
