"""Bodies of requests: the key first, then so many bytes in so many seconds, parsed beside the event loop."""

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

from recsys.serve.admission import Admission, Client, bearer_of
from recsys.serve.api_keys import Right
from recsys.serve.limits import ConcurrencyLimit
from recsys.serve.rejections import RateError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

BODY_SECONDS = 10.0
"""In which a body has to be here."""
BODY_LIMITS = {
    "/v1/articles": 20_000_000,
    "/v1/lists": 5_000_000,
    "/v1/pages": 10_000_000,
    "/v1/related": 300_000,
}
"""Bytes of a body, by path; of all others SMALL_BODY."""
SMALL_BODY = 65_536
"""What a browser's sendBeacon takes, for reports of the widget and forms of the dashboard."""
PARSED_AT_ONCE = 4_096
"""Bytes up to which a body is parsed without a thread."""


class TooLargeError(HTTPException):
    """A body of more bytes than its route takes. An HTTPException: of others FastAPI makes a 400."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"expected a body of at most {most:,} bytes")


class SlowBodyError(HTTPException):
    """A body that did not come in time; the connection is closed, so that it cannot be held open."""

    def __init__(self) -> None:
        said = f"expected the body within {BODY_SECONDS:.0f} seconds"
        super().__init__(408, said, headers={"Connection": "close"})


class GoneError(HTTPException):
    """The client has closed the connection: nobody reads the answer, and nothing is wrong here."""

    def __init__(self) -> None:
        super().__init__(400, "the client has gone")


def body_limit(path: str) -> int:
    """How many bytes a body of a path may have."""
    return BODY_LIMITS.get(path, SMALL_BODY)


class BoundedBody:
    """Receives a body of so many bytes, in so many seconds, as one of so many of the same client."""

    def __init__(self, receive: Receive, scope: Scope, is_open: ConcurrencyLimit, client: str) -> None:
        self._receive, self._limit = receive, body_limit(scope["path"])
        self._left = self._limit
        self._until = time.monotonic() + BODY_SECONDS
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        self._is_too_large = declared.isdigit() and int(declared[:20]) > self._limit
        self._open, self._client = is_open, client
        self._has_place = self._is_done = False

    async def __call__(self) -> Message:
        if self._is_too_large:
            raise TooLargeError(self._limit)
        if self._is_done:
            return await self._receive()  # only to hear that the client has gone
        if not self._has_place:
            if not self._open.enter(self._client):
                raise RateError(1)
            self._has_place = True
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
        """Make room for another body; called again it does nothing."""
        if self._has_place:
            self._has_place = False
            self._open.leave(self._client)


class _ParsedRequest(Request):
    """A request whose JSON has been validated already."""

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
        """FastAPI's handler, behind the key and with the parsed body."""
        handle = super().get_route_handler()
        needed = (getattr(each.call, "right", None) for each in self.dependant.dependencies)
        rights = [right for right in needed if right is not None]
        adapter = None if self.body_field is None else _adapter_of(self.body_field.field_info)
        threads = CapacityLimiter(1)  # of each route: a public one does not wait for those with a key

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


def check_right(request: Request, right: Right) -> None:
    """KeyRefusedError unless the request brought a key with this right."""
    admission: Admission = request.app.state.state.admission
    admission.check_key(bearer_of(request.scope["headers"]), right, client_of(request).address)


def client_of(request: Request) -> Client:
    """Who sent the request, as the edge identified it."""
    found: Client = request.scope["state"]["client"]
    return found


def is_json(request: Request) -> bool:
    """Whether the body calls itself JSON; FastAPI refuses what does not."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


async def parse_body(body: bytes, adapter: TypeAdapter[Any], threads: CapacityLimiter) -> object:
    """The validated body; RequestValidationError for what it cannot be."""
    if len(body) <= PARSED_AT_ONCE:
        return _validate(body, adapter)
    return await to_thread.run_sync(_validate, body, adapter, limiter=threads)


def _validate(body: bytes, adapter: TypeAdapter[Any]) -> object:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from None
