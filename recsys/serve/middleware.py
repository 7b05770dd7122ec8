"""The middleware in front of the application: cached responses, size and rate limits, CORS, request log."""

from __future__ import annotations

import json
import logging
import secrets
import time
from typing import Any

from recsys.serve.request_bodies import BoundedBody, Message, Receive, Scope
from recsys.serve.response_cache import Send, send_stored
from recsys.serve.state import AppState
from recsys.serve.telemetry import App

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Not rate limited."""
EVENTS = "/v1/events"
"""Parsed as JSON even if sent as text/plain, which needs no preflight from another origin."""
CACHED = frozenset({"/v1/related", "/v1/popular", "/v1/related/batch"})
MAX_TARGET = MAX_HEADERS = 32_768
"""Bytes of path and query, and of all headers; httptools sets no limit of its own."""
NOSNIFF = (b"x-content-type-options", b"nosniff")
VARY = (b"vary", b"origin")
"""Sent to everyone if origins are configured: the response to one origin must not be cached for another."""
PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)
"""What a widget needs to query and to report. Keys are for servers: no browser has one."""
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOG = logging.getLogger("recsys.serve")


class EdgeMiddleware:
    """Answers from the cache or passes a request on with a bounded body; measures and logs every request."""

    def __init__(self, app: App, state: AppState) -> None:
        self.app, self.state = app, state
        self.origins = frozenset(state.config.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        scope.setdefault("state", {})["request_id"] = secrets.token_hex(8)
        headers = dict(scope["headers"])
        sender = _HeaderSender(send, cors_headers(headers, self.origins))
        try:
            if not await self._answer_from_head(scope, headers, sender):
                await self._answer(scope, headers, receive, sender)
        finally:
            self._record(scope, sender.status, time.perf_counter() - began)

    async def _answer_from_head(self, scope: Scope, headers: dict[bytes, bytes], send: Send) -> bool:
        """Answer requests that are too long or compressed, and preflights. Return whether it was one."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET:
            await refuse(send, 414, "too_long", "the address is too long")
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            await refuse(send, 431, "too_long", "the headers are too long")
        elif is_preflight(scope, headers) and is_allowed_origin(headers, self.origins):
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
        path, admission = scope["path"], self.state.admission
        if path in CACHED and scope["method"] in {"GET", "HEAD"}:
            key = scope["raw_path"] + b"?" + scope["query_string"]
            stored = self.state.cache.find(key, self.state.live.snapshot.version)
            if stored is not None:
                await send_stored(stored, headers, send, head=scope["method"] == "HEAD")
                return
        client = admission.identify(str((scope.get("client") or ("unknown",))[0]), scope["headers"])
        scope["state"]["client"] = client
        if path not in PROBES:
            wait = (admission.events if path == EVENTS else admission.queries).take(client.name)
            if wait:
                await refuse(send, 429, "too_many", "too many requests from one client", wait=wait)
                return
        if path == EVENTS and headers.get(b"content-type", b"").startswith(b"text/plain"):
            others = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            scope["headers"] = [*others, (b"content-type", b"application/json")]
        body = BoundedBody(receive, scope, admission.bodies, client.name)
        try:
            await self.app(scope, body, send)
        finally:
            body.close()

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = str(getattr(route, "path", scope["path"] if scope["path"] in CACHED else "other"))
        self.state.metrics.observe_request(scope["method"], path, status, seconds)
        if _LOG.isEnabledFor(logging.INFO):
            entry: dict[str, Any] = {
                "request": scope["state"]["request_id"],
                "method": scope["method"],
                "path": path,
                "status": status,
                "ms": round(seconds * 1000, 2),
            }
            _LOG.info(json.dumps(entry))


class _HeaderSender:
    """Adds the headers that every response has, and remembers the status."""

    def __init__(self, send: Send, extra: list[tuple[bytes, bytes]]) -> None:
        self._send, self._extra, self.status = send, extra, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            if not any(name.lower() == NOSNIFF[0] for name, _ in headers):
                headers.append(NOSNIFF)
            message = {**message, "headers": [*headers, *self._extra]}
        await self._send(message)


def is_preflight(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Whether the request is a CORS preflight."""
    has_headers = b"origin" in headers and b"access-control-request-method" in headers
    return bool(scope["method"] == "OPTIONS" and has_headers)


def cors_headers(headers: dict[bytes, bytes], origins: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """Return the CORS headers of the response to a request with these headers."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if "*" in origins:
        return [(b"access-control-allow-origin", b"*")]
    allowed = [(b"access-control-allow-origin", origin.encode("latin-1"))] if origin in origins else []
    return [*allowed, VARY] if origins else []


def is_allowed_origin(headers: dict[bytes, bytes], origins: frozenset[str]) -> bool:
    """Whether pages of the request's origin may read the response."""
    return "*" in origins or headers.get(b"origin", b"").decode("latin-1") in origins


async def refuse(send: Send, status: int, code: str, message: str, *, wait: int = 0) -> None:
    """Send an error response before the application sees the request."""
    body = json.dumps({"error": {"code": code, "message": message, "field": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"retry-after", str(wait).encode())] if wait else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
