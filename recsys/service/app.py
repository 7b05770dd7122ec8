"""The application: what it is made of, its errors, and what runs beside it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from recsys import __version__
from recsys.errors import (
    InputError,
    InvalidValueError,
    ModelError,
    RecsysError,
    ServiceError,
    StoreError,
    TokenError,
    UnknownArticleError,
)
from recsys.pages import Profiles
from recsys.service.asgi import App, Front, SlowBodyError, TooLargeError
from recsys.service.caching import AnswerCache
from recsys.service.editing import Desk
from recsys.service.event_limits import EventLimits
from recsys.service.event_writer import EventWriter
from recsys.service.following import Follower, log_store
from recsys.service.guarding import KeyRefusedError, OverloadError, RateError
from recsys.service.keys import KeyFile
from recsys.service.limits import Places, Rate, RateLimit
from recsys.service.live import Live, clock
from recsys.service.metering import Meter
from recsys.service.sharing import Shared
from recsys.service.tracing import traced
from recsys.service.wire import TAGS, Problem
from recsys.settings import Settings, load_settings
from recsys.store import Store

VARIABLE = "RECSYS_SERVE"
"""How `recsys serve` tells its processes what to serve: JSON of a Serving. No setting of a user's."""
POLL = 0.25
"""Seconds after which every process has seen what another one wrote, or a new model."""
WRITER_WAIT = 3.0
"""Seconds that a write waits for other processes; with the wait for its turn it is answered within six."""
_KEPT_AFTER = 200  # editions
_SETTLED_AT_ONCE = 500  # views; a fifth of a second for which others cannot write
_LOG = logging.getLogger("recsys.service")


@dataclass(frozen=True, slots=True)
class Serving:
    """How it is served, beside the settings of every command."""

    store: str
    models: str
    keys: str
    desk: str
    origins: tuple[str, ...] = ()
    rate: float = 500.0
    """Questions a second that one client may ask that are not in the cache."""
    events: float = 50.0
    """Reports of widgets a second from one client."""
    places: int = 32
    """Questions in work or waiting in one process; the next is told to come again."""
    settle_minutes: float = 60.0
    """After which a view and its clicks become something to learn from."""
    together: bool = False
    """Whether several processes count together."""


@dataclass
class Room:
    """What the routes work with."""

    serving: Serving
    live: Live
    keys: KeyFile
    meter: Meter
    follower: Follower
    shared: Shared
    """Through which routes wait for an edition with what they wrote."""
    events: EventWriter
    event_limits: EventLimits = field(default_factory=EventLimits)
    cache: AnswerCache = field(default_factory=AnswerCache)
    places: Places = field(default_factory=lambda: Places(32))
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    """One question at a time in a process: they are all computing, and would only share a core."""
    reports: RateLimit = field(default_factory=lambda: RateLimit(Rate(50, 200)))
    wrong_keys: RateLimit = field(default_factory=lambda: RateLimit(Rate(0.2, 10)))
    profiles: Profiles = field(default_factory=dict)
    """What sites say of the lists on their own pages."""

    @property
    def problems(self) -> dict[str, str]:
        """What is degraded, of `model`, `overrides` and `keys`: a line for operators, with paths."""
        keys = self.keys.problem
        return self.live.problems | ({} if keys is None else {"keys": keys})


def create_app(serving: Serving, settings: Settings) -> Front:
    """The whole service as one ASGI application."""
    from recsys.service import people, reading, running, widget, writing

    room = open_room(serving, settings)
    app = FastAPI(
        title="recsys",
        version=__version__,
        summary="Which headlines to show beside an article.",
        lifespan=_lifespan(room),
        docs_url=None,  # its scripts would come from elsewhere; docs/http.md describes everything
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.room = room
    _handle_errors(app)
    app.state.routes = []
    for module in (reading, writing, running, widget, people):
        app.include_router(module.router, responses=ALWAYS)
        app.state.routes += module.router.routes
    limit = RateLimit(Rate(serving.rate, max(int(serving.rate * 2), 10)))
    origins = frozenset(serving.origins)
    return Front(app, live=room.live, cache=room.cache, meter=room.meter, origins=origins, limit=limit)


def app_from_environment() -> App:
    """The application of a process that `recsys serve` started, traced where that is asked for."""
    told = json.loads(os.environ[VARIABLE])
    serving = Serving(**told | {"origins": tuple(told["origins"])})
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    return traced(create_app(serving, load_settings(Path(), environ)))


def told_to_processes(serving: Serving) -> str:
    """What stands in VARIABLE."""
    return json.dumps(asdict(serving))


def open_room(serving: Serving, settings: Settings) -> Room:
    """Everything opened and ready to answer."""
    store = Store.open(serving.store, wait=WRITER_WAIT, warn=log_store)
    live = Live(store, Path(serving.models), settings.request, Desk(Path(serving.desk)))
    keys = KeyFile(Path(serving.keys))
    keys.ring()
    meter, follower = Meter(together=serving.together), Follower(live.follow)
    events, shared, places = EventWriter(store, meter), Shared(follower), Places(serving.places)
    room = Room(
        serving, live, keys, meter, follower, shared, events, places=places, profiles=settings.profiles
    )
    room.reports = RateLimit(Rate(serving.events, max(int(serving.events * 4), 10)))
    return room


def _lifespan(room: Room) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(each(room)) for each in (_warm, _follow, _settle)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            room.live.store.close()

    return run


async def _warm(room: Room) -> None:
    """Ask once, so that no reader waits for what a process loads and compiles with its first answer."""
    edition = room.live.edition

    def ask() -> None:
        edition.recommender.beside(edition.archive.size - 1, clock(), edition.request)

    if edition.archive.size:
        try:
            await to_thread.run_sync(ask, limiter=room.threads)
        except RecsysError as error:
            _LOG.warning(json.dumps({"warm": str(error)}))


async def _follow(room: Room) -> None:
    """Notice what other processes wrote, and models; keep on disk what was read."""
    while True:
        await asyncio.sleep(POLL)
        try:
            await asyncio.to_thread(room.follower)
            if room.live.unsaved >= _KEPT_AFTER:
                await asyncio.to_thread(room.live.save)
        except RecsysError as error:  # a locked store, a damaged model: what is there is answered from
            _LOG.warning(json.dumps({"follow": str(error)}))
            await asyncio.sleep(1)


async def _settle(room: Room) -> None:
    """Let views that are over become lists with clicks."""
    after = timedelta(minutes=room.serving.settle_minutes)

    def settle(before: datetime) -> int:
        return room.live.store.settle_views(before, most=_SETTLED_AT_ONCE)

    while True:
        await asyncio.sleep(min(60.0, max(after.total_seconds() / 4, 1.0)))
        try:
            while await asyncio.to_thread(settle, clock() - after):
                await asyncio.sleep(0.1)
        except RecsysError as error:
            _LOG.warning(json.dumps({"settle": str(error)}))


STATUS: dict[type[Exception], tuple[int, str]] = {
    UnknownArticleError: (404, "unknown"),
    InvalidValueError: (422, "invalid"),
    TokenError: (403, "token"),
    InputError: (422, "invalid"),
    StoreError: (503, "store"),
    ModelError: (503, "model"),
    ServiceError: (503, "service"),
    TooLargeError: (413, "too_large"),
    SlowBodyError: (408, "slow"),
}
ALWAYS: dict[int | str, dict[str, Any]] = {
    400: {
        "model": Problem,
        "description": "No request that can be read; plain text when it is not even HTTP",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    },
    414: {"model": Problem, "description": "An address of too many bytes"},
    431: {"model": Problem, "description": "Headers of too many bytes"},
}
"""What every route may answer."""


def problem(status: int, code: str, message: str, *, name: str | None = None, wait: int = 0) -> JSONResponse:
    """An answer that is no success."""
    told = Problem.model_validate({"error": {"code": code, "message": message[:500], "field": name}})
    headers = {"Retry-After": str(wait)} if wait else None
    return JSONResponse(told.model_dump(), status, headers=headers)


def field_of(place: Sequence[str | int]) -> str | None:
    """What a client calls the field: `articles.0.url`; None for a whole body, and for one that is no JSON."""
    inside = [part for part in place[1:] if part not in TAGS]
    names = [str(part).encode("utf-8", "replace").decode() for part in inside]
    return ".".join(names)[:200] if isinstance(next(iter(inside), 0), str) else None


def _handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(Exception, _failed)
    app.add_exception_handler(KeyRefusedError, _no_key)
    app.add_exception_handler(RateError, _too_many)
    app.add_exception_handler(OverloadError, _overload)
    for kind in STATUS:
        app.add_exception_handler(kind, _said)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _said(_: Request, error: Exception) -> JSONResponse:
    status, code = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    wait = 2 if status == 503 else 0
    name = error.field if isinstance(error, InvalidValueError) else None
    if not isinstance(error, HTTPException):
        return problem(status, code, str(error), name=name, wait=wait)
    answer = problem(status, code, error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": "?"}
    said = str(first["msg"]).removeprefix("Value error, ")
    return problem(422, "invalid", said, name=field_of(first["loc"]))


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "failed"
    answer = problem(status, "http", str(detail))
    answer.headers.update((error.headers or {}) if isinstance(error, HTTPException) else {})
    if status == 405:
        answer.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """What the path of a request takes; the framework knows the first of its routes only."""
    routes = [each for each in request.app.state.routes if each.matches(request.scope)[0] != Match.NONE]
    return {method for each in routes for method in getattr(each, "methods", None) or ()}


async def _no_key(_: Request, error: Exception) -> JSONResponse:
    known = isinstance(error, KeyRefusedError) and error.is_known
    answer = problem(403 if known else 401, "key", str(error))
    if not known:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


async def _too_many(_: Request, error: Exception) -> JSONResponse:
    return problem(429, "too_many", str(error), wait=error.wait if isinstance(error, RateError) else 1)


async def _overload(_: Request, __: Exception) -> JSONResponse:
    return problem(503, "overload", "all places are taken, come again in a second", wait=1)


async def _failed(_: Request, __: Exception) -> JSONResponse:
    return problem(500, "failed", "this is a fault of the service, its log says more")
