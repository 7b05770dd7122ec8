"""The application: what it is made of, its errors, and what runs beside it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI

from recsys import __version__
from recsys.config.settings import Settings, load_settings
from recsys.documents import Profiles
from recsys.errors import RecsysError
from recsys.serve.admission import Admission
from recsys.serve.api_keys import KeyFile
from recsys.serve.coalescing import Coalescer
from recsys.serve.error_responses import ALWAYS, handle_errors
from recsys.serve.event_limits import EventLimits
from recsys.serve.event_writer import EventWriter
from recsys.serve.fair_queue import FairQueue
from recsys.serve.limits import Rate, RateLimit
from recsys.serve.middleware import App, EdgeMiddleware
from recsys.serve.overrides import OverridesFile
from recsys.serve.prometheus import Metrics
from recsys.serve.readiness import Follower, log_store
from recsys.serve.response_cache import AnswerCache
from recsys.serve.service_clock import LiveRecommender, clock
from recsys.serve.tracing import traced
from recsys.store import Store

VARIABLE = "RECSYS_SERVE"
"""How `recsys serve` tells its processes what to serve: JSON of a Serving. No setting of a user's."""
POLL = 0.25
"""Seconds after which every process has seen what another one wrote, or a new model."""
WRITER_WAIT = 3.0
"""Seconds that a write waits for other processes; with the wait for its turn it is answered within six."""
VECTORIZER = "sklearn.feature_extraction.text"
"""Counts the terms of a text; loaded at the start, because it takes half a second."""
_KEPT_AFTER = 200  # editions
_LOG = logging.getLogger("recsys.serve")


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """How it is served, beside the settings of every command."""

    store: str
    models: str
    keys: str
    overrides: str
    origins: tuple[str, ...] = ()
    rate: float = 500.0
    """What one client may ask a second that no cache answers; a plain question counts 1."""
    events: float = 50.0
    """Reports of widgets a second from one client."""
    click_minutes: float = 60.0
    """How long after an impression a click on it counts."""
    together: bool = False
    """Whether several processes count together."""


@dataclass
class AppState:
    """What the routes work with."""

    serving: ServeConfig
    live: LiveRecommender
    keys: KeyFile
    admission: Admission
    meter: Metrics
    follower: Follower
    shared: Coalescer
    """Through which routes wait for an edition with what they wrote."""
    events: EventWriter
    event_limits: EventLimits = field(default_factory=EventLimits)
    cache: AnswerCache = field(default_factory=AnswerCache)
    queue: FairQueue = field(default_factory=FairQueue)
    """In which questions wait to be computed, one at a time."""
    profiles: Profiles = field(default_factory=dict)
    """What sites say of the lists on their own pages."""

    @property
    def problems(self) -> dict[str, str]:
        """What is degraded, of `model`, `overrides` and `keys`: a line for operators, with paths."""
        keys = self.keys.problem
        return self.live.problems | ({} if keys is None else {"keys": keys})


def create_app(serving: ServeConfig, settings: Settings) -> EdgeMiddleware:
    """The whole service as one ASGI application."""
    from recsys.serve.routes import content, dashboard, operate, recommend, widget

    state = open_room(serving, settings)
    app = FastAPI(
        title="recsys",
        version=__version__,
        summary="Which headlines to show beside an article.",
        lifespan=_lifespan(state),
        redirect_slashes=False,  # a redirect names the host that the request names
        docs_url=None,  # its scripts would come from elsewhere; docs/http.md describes everything
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.state = state
    handle_errors(app)
    app.state.routes = []
    for module in (recommend, content, operate, widget, dashboard):
        app.include_router(module.router, responses=ALWAYS)
        app.state.routes += module.router.routes
    origins = frozenset(serving.origins)
    return EdgeMiddleware(
        app, live=state.live, cache=state.cache, meter=state.meter, origins=origins, admission=state.admission
    )


def app_from_environment() -> App:
    """The application of a process that `recsys serve` started, traced where that is asked for."""
    told = json.loads(os.environ[VARIABLE])
    serving = ServeConfig(**told | {"origins": tuple(told["origins"])})
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    return traced(create_app(serving, load_settings(Path(), environ)))


def told_to_processes(serving: ServeConfig) -> str:
    """What stands in VARIABLE."""
    return json.dumps(asdict(serving))


def open_room(serving: ServeConfig, settings: Settings) -> AppState:
    """Everything opened and ready to answer."""
    store = Store.open(serving.store, wait=WRITER_WAIT, warn=log_store)
    live = LiveRecommender(
        store, Path(serving.models), settings.request, OverridesFile(Path(serving.overrides))
    )
    keys = KeyFile(Path(serving.keys))
    keys.ring()
    admission = Admission(
        keys,
        questions=RateLimit(Rate(serving.rate, max(int(serving.rate * 2), 10))),
        reports=RateLimit(Rate(serving.events, max(int(serving.events * 4), 10))),
    )
    meter, follower = Metrics(together=serving.together), Follower(live.follow)
    events, shared = EventWriter(store, meter, timedelta(minutes=serving.click_minutes)), Coalescer(follower)
    return AppState(
        serving, live, keys, admission, meter, follower, shared, events, profiles=settings.profiles
    )


def _lifespan(state: AppState) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(each(state)) for each in (_warm, _follow)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            state.live.store.close()

    return run


async def _warm(state: AppState) -> None:
    """Ask once, so that no reader waits for what a process loads and compiles with its first answer."""
    snapshot = state.live.snapshot

    def ask() -> None:
        newest = snapshot.corpus.shown(snapshot.corpus.size - 1).url
        snapshot.recommender.recommend(newest, clock(), snapshot.request)

    if snapshot.corpus.size:
        try:
            await to_thread.run_sync(ask, limiter=state.queue.threads)
        except RecsysError as error:
            _LOG.warning(json.dumps({"warm": str(error)}))
    await to_thread.run_sync(import_module, VECTORIZER)


async def _follow(state: AppState) -> None:
    """Notice what other processes wrote, and models; keep on disk what was read."""
    while True:
        await asyncio.sleep(POLL)
        try:
            await asyncio.to_thread(state.follower)
            if state.live.unsaved >= _KEPT_AFTER:
                await asyncio.to_thread(state.live.save)
        except RecsysError as error:  # a locked store, a damaged model: what is there is answered from
            _LOG.warning(json.dumps({"follow": str(error)}))
            await asyncio.sleep(1)
