"""In front of the application: answers that are known, sizes of bodies, clients that ask too often."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable

from recsys.serve.admission import Admission
from recsys.serve.prometheus import Metrics
from recsys.serve.request_bodies import BoundedBody, Message, Receive, Scope
from recsys.serve.response_cache import AnswerCache, Stored
from recsys.serve.service_clock import LiveRecommender

Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

FREE = frozenset({"/healthz", "/readyz", "/metrics"})
"""What probes ask: counted against no client."""
REPORTED = "/v1/events"
"""What is read as JSON also when it is called text/plain: that needs no preflight from another origin."""
CACHED = frozenset({"/v1/related", "/v1/popular", "/v1/related/batch"})
MOST_TARGET = MOST_HEADERS = 32_768
"""Bytes of path and query, and of all headers; httptools sets no bound of its own."""
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOG = logging.getLogger("recsys.serve")


class EdgeMiddleware:
    """Answers from the cache, or hands on with a bounded body; counts and logs all that comes."""

    def __init__(
        self,
        app: App,
        *,
        live: LiveRecommender,
        cache: AnswerCache,
        meter: Metrics,
        origins: frozenset[str],
        admission: Admission,
    ) -> None:
        self.app, self.live, self.cache, self.meter = app, live, cache, meter
        self.origins, self.admission = origins, admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        scope.setdefault("state", {})["request_id"] = secrets.token_hex(8)
        headers = dict(scope["headers"])
        watched = _Watched(send, cors(headers, self.origins))
        try:
            if not await self._turn_away(scope, headers, watched):
                await self._answer(scope, headers, receive, watched)
        finally:
            self._note(scope, watched, time.perf_counter() - began)

    async def _turn_away(self, scope: Scope, headers: dict[bytes, bytes], send: Send) -> bool:
        """Whether it was answered by its head alone: too long, compressed, or a browser's preflight."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_TARGET:
            await refuse(send, 414, "too_long", "the address is too long")
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            await refuse(send, 431, "too_long", "the headers are too long")
        elif is_preflight(scope, headers) and is_allowed(headers, self.origins):
            await send({"type": "http.response.start", "status": 204, "headers": list(PREFLIGHT)})
            await send({"type": "http.response.body", "body": b""})
        elif (
            scope["method"] not in _BODILESS and headers.get(b"content-encoding", b"identity") != b"identity"
        ):
            await refuse(send, 415, "encoded", "expected a body that is not compressed")
        else:
            return False
        return True

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        if scope["path"] in CACHED and scope["method"] in {"GET", "HEAD"}:
            key = scope["raw_path"] + b"?" + scope["query_string"]
            found = self.cache.find(key, self.live.snapshot.version)
            if found is not None:
                await send_stored(found, headers, send, head=scope["method"] == "HEAD")
                return
        client = self.admission.identify(str((scope.get("client") or ("unknown",))[0]), scope["headers"])
        scope["state"]["client"] = client
        if scope["path"] not in FREE:
            limit = self.admission.reports if scope["path"] == REPORTED else self.admission.questions
            wait = limit.take(client.name)
            if wait:
                await refuse(send, 429, "too_many", "too many requests from one client", wait=wait)
                return
        if scope["path"] == REPORTED and headers.get(b"content-type", b"").startswith(b"text/plain"):
            others = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            scope["headers"] = [*others, (b"content-type", b"application/json")]
        body = BoundedBody(receive, scope, self.admission.bodies, client.name)
        try:
            await self.app(scope, body, send)
        finally:
            body.close()

    def _note(self, scope: Scope, watched: _Watched, seconds: float) -> None:
        route = scope.get("route")
        path = str(getattr(route, "path", scope["path"] if scope["path"] in CACHED else "other"))
        self.meter.note(scope["method"], path, watched.status, seconds)
        if _LOG.isEnabledFor(logging.INFO):
            told = {
                "request": scope["state"]["request_id"],
                "method": scope["method"],
                "path": path,
                "status": watched.status,
                "ms": round(seconds * 1000, 2),
            }
            _LOG.info(json.dumps(told))


class _Watched:
    """Sends on with what every answer says, and remembers the status."""

    def __init__(self, send: Send, more: list[tuple[bytes, bytes]]) -> None:
        self._send, self._more, self.status = send, more, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            told = list(message.get("headers", ()))
            if not any(name.lower() == NOSNIFF[0] for name, _ in told):
                told.append(NOSNIFF)
            message = {**message, "headers": [*told, *self._more]}
        await self._send(message)


async def send_stored(found: Stored, headers: dict[bytes, bytes], send: Send, *, head: bool) -> None:
    """An answer from the cache: whole, zipped, or that nothing has changed."""
    told = list(found.headers)
    if is_known(found.etag, headers.get(b"if-none-match", b"")):
        await send({"type": "http.response.start", "status": 304, "headers": told})
        await send({"type": "http.response.body", "body": b""})
        return
    body = found.plain
    if found.zipped is not None and takes_gzip(headers.get(b"accept-encoding", b"")):
        body = found.zipped
        told.append((b"content-encoding", b"gzip"))
    told += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": told})
    await send({"type": "http.response.body", "body": b"" if head else body})


def is_known(etag: str, tags: bytes) -> bool:
    """Whether a client that names these tags has what the tag stands for."""
    known = [tag.strip().removeprefix(b"W/") for tag in tags.split(b",")]
    return etag.encode().removeprefix(b"W/") in known


def takes_gzip(accepted: bytes) -> bool:
    """Whether a client wants its answer zipped: it names gzip, and not with a weight of 0."""
    for each in accepted.lower().split(b","):
        name, _, weight = each.replace(b" ", b"").partition(b";q=")
        if name == b"gzip":
            return weight.strip(b"0.") != b"" or not weight
    return False


def is_preflight(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Whether a browser asks if a page of another origin may ask."""
    asks = b"origin" in headers and b"access-control-request-method" in headers
    return bool(scope["method"] == "OPTIONS" and asks)


def cors(headers: dict[bytes, bytes], origins: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """What a browser has to be told of other origins."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if "*" in origins:
        return [(b"access-control-allow-origin", b"*")]
    allowed = [(b"access-control-allow-origin", origin.encode("latin-1"))] if origin in origins else []
    return [*allowed, VARY] if origins else []


def is_allowed(headers: dict[bytes, bytes], origins: frozenset[str]) -> bool:
    """Whether pages of the origin may ask."""
    return "*" in origins or headers.get(b"origin", b"").decode("latin-1") in origins


NOSNIFF = (b"x-content-type-options", b"nosniff")
VARY = (b"vary", b"origin")
"""Said to everybody where origins are configured: what one was told must not be kept for another."""
PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)
"""What a widget needs to ask and to report. Keys are for servers: they are in no browser."""


async def refuse(send: Send, status: int, code: str, message: str, *, wait: int = 0) -> None:
    """A problem, before anything else has looked at the request."""
    body = json.dumps({"error": {"code": code, "message": message, "field": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"retry-after", str(wait).encode())] if wait else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
