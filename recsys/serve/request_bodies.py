"""Request bodies: the key is checked first; size and time are limited; parsing happens off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from recsys.serve.auth import RateError, check_right
from recsys.serve.limits import ConcurrencyLimit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

BODY_SECONDS = 10.0
"""Time limit for receiving a body."""
BODY_LIMITS = {
    "/v1/articles": 20_000_000,
    "/v1/lists": 5_000_000,
    "/v1/pages": 10_000_000,
    "/v1/related": 300_000,
}
"""Largest body by path, in bytes; SMALL_BODY for all others."""
SMALL_BODY = 65_536
"""The limit of a browser's sendBeacon; for widget events and dashboard forms."""
PARSED_INLINE = 4_096
"""Bytes up to which a body is parsed on the event loop."""


class TooLargeError(HTTPException):
    """The body is larger than the route allows. An HTTPException: FastAPI turns others into a 400."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"expected a body of at most {most:,} bytes")


class SlowBodyError(HTTPException):
    """The body was not received in time. The connection is closed, so that it cannot be held open."""

    def __init__(self) -> None:
        message = f"expected the body within {BODY_SECONDS:.0f} seconds"
        super().__init__(408, message, headers={"Connection": "close"})


class GoneError(HTTPException):
    """The client closed the connection, so nobody reads the response."""

    def __init__(self) -> None:
        super().__init__(400, "the client has gone")


def body_limit(path: str) -> int:
    """Return the largest body of a path, in bytes."""
    return BODY_LIMITS.get(path, SMALL_BODY)


class BoundedBody:
    """Receives a body within the limits of size, time and concurrent bodies per client."""

    def __init__(self, receive: Receive, scope: Scope, slots: ConcurrencyLimit, client: str) -> None:
        self._receive, self._limit = receive, body_limit(scope["path"])
        self._left = self._limit
        self._until = time.monotonic() + BODY_SECONDS
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        self._is_too_large = declared.isdigit() and int(declared[:20]) > self._limit
        self._slots, self._client = slots, client
        self._has_slot = self._is_done = False

    async def __call__(self) -> Message:
        if self._is_too_large:
            raise TooLargeError(self._limit)
        if self._is_done:
            return await self._receive()  # http.disconnect
        if not self._has_slot:
            if not self._slots.enter(self._client):
                raise RateError(1)
            self._has_slot = True
        wait = max(self._until - time.monotonic(), 0)
        try:
            message = await asyncio.wait_for(self._receive(), wait)
        except TimeoutError:
            raise SlowBodyError from None
        if message["type"] == "http.disconnect":
            raise GoneError
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise TooLargeError(self._limit)
        if not message.get("more_body", False):
            self._is_done = True
            self.close()
        return message

    def close(self) -> None:
        """Release the slot; further calls do nothing."""
        if self._has_slot:
            self._has_slot = False
            self._slots.leave(self._client)


class _ParsedRequest(Request):
    """A request whose JSON is already validated."""

    def __init__(self, request: Request, parsed: object) -> None:
        super().__init__(request.scope, request.receive)
        self._body, self._parsed = b"-", parsed

    async def json(self) -> Any:
        return self._parsed


class BodyRoute(APIRoute):
    """A route that checks the key before it reads a body, and validates the body off the event loop.

    FastAPI reads and parses a body before it asks a dependency for the key, and does both on the event loop.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, behind the key check and with the parsed body."""
        handle = super().get_route_handler()
        candidates = (getattr(each.call, "right", None) for each in self.dependant.dependencies)
        rights = [right for right in candidates if right is not None]
        adapter = None if self.body_field is None else _adapter_of(self.body_field.field_info)
        threads = CapacityLimiter(1)  # per route, so that public routes do not wait for large writes

        async def guarded(request: Request) -> Response:
            for right in rights:
                check_right(request, right)
            if adapter is not None:
                body = await request.body()
                if is_json(request):
                    request = _ParsedRequest(request, await parse_body(body, adapter, threads))
            return await handle(request)

        return guarded


def _adapter_of(info: FieldInfo) -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]


def is_json(request: Request) -> bool:
    """Whether the content type is JSON; FastAPI refuses other types."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


async def parse_body(body: bytes, adapter: TypeAdapter[Any], threads: CapacityLimiter) -> object:
    """Return the validated body; RequestValidationError if it is invalid."""
    if len(body) <= PARSED_INLINE:
        return _validate(body, adapter)
    return await to_thread.run_sync(_validate, body, adapter, limiter=threads)


def _validate(body: bytes, adapter: TypeAdapter[Any]) -> object:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in errors]) from None
