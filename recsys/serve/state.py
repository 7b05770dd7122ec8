"""The state of the service: its configuration and everything that routes work with."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TypeVar, cast

import anyio
from anyio import CapacityLimiter
from fastapi import Request

import recsys.live
from recsys.config.settings import Settings, find_zone
from recsys.documents import Profiles
from recsys.errors import ModelError
from recsys.ranking.model_files import current_name
from recsys.serve.api_keys import KeyFile
from recsys.serve.auth import Admission, client_of
from recsys.serve.fair_queue import FairQueue, OverloadError
from recsys.serve.headlines import HeadlineCache
from recsys.serve.limits import EventLimits, Rate, RateLimit
from recsys.serve.overrides import OverridesFile
from recsys.serve.refresh import Coalescer, Refresher
from recsys.serve.response_cache import ResponseCache
from recsys.serve.sessions import SessionFile
from recsys.serve.telemetry import Metrics
from recsys.serve.writes import EventWriter, WriteLock
from recsys.store import Store

WRITER_WAIT = 3.0
"""Seconds that a write waits for other processes; with the wait for its turn it is answered within six."""
KEPT_SECONDS = 60.0
"""How long a summary of clicks is shown again: reading many impressions takes seconds."""
SESSIONS = "recsys-sessions.json"
"""The file next to the keys with the hashes of the dashboard's sessions."""
_LOG = logging.getLogger("recsys.serve")

LiveRecommender = recsys.live.LiveRecommender[OverridesFile]
T = TypeVar("T")


def clock() -> datetime:
    """Return the current time; nothing else in the service reads it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """What `recsys serve` adds to the settings of every command."""

    store: str
    models: str
    keys: str
    overrides: str
    origins: tuple[str, ...] = ()
    query_rate: float = 500.0
    """Uncached queries per second from one client, in units of a plain query."""
    event_rate: float = 50.0
    """Event reports per second from one client."""
    click_minutes: float = 60.0
    """Minutes after an impression during which a click on it counts."""
    is_multiprocess: bool = False
    """Whether several processes report their metrics together."""

    def to_json(self) -> str:
        """Return the configuration as JSON, for the processes that uvicorn starts."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ServeConfig:
        """Return the configuration that `to_json` wrote."""
        values = json.loads(text)
        return cls(**values | {"origins": tuple(values["origins"])})


class KeptValues:
    """Values that take seconds to compute, kept for a while and computed one at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._turn = seconds, anyio.Lock()
        self._values: dict[object, tuple[float, object]] = {}

    async def get(self, key: object, compute: Callable[[], T]) -> T:
        """Return the value of a key, computed in a thread unless it is kept; keys are few."""
        async with self._turn:
            until, value = self._values.get(key, (0.0, None))
            if time.monotonic() >= until:
                value = await anyio.to_thread.run_sync(compute)
                self._values[key] = (time.monotonic() + self._seconds, value)
            return cast(T, value)


@dataclass
class AppState:
    """What routes and background tasks work with."""

    config: ServeConfig
    live: LiveRecommender
    keys: KeyFile
    sessions: SessionFile
    """Who is signed in to the dashboard."""
    admission: Admission
    metrics: Metrics
    refresher: Refresher
    coalescer: Coalescer
    """Makes writes visible: one refresh for all that wait."""
    write_lock: WriteLock
    events: EventWriter
    event_limits: EventLimits = field(default_factory=EventLimits)
    cache: ResponseCache = field(default_factory=ResponseCache)
    queue: FairQueue = field(default_factory=FairQueue)
    """Where queries wait to be computed, one at a time."""
    kept: KeptValues = field(default_factory=lambda: KeptValues(KEPT_SECONDS))
    """Summaries of clicks."""
    headlines: HeadlineCache = field(default_factory=HeadlineCache)
    searches: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    """The thread that searches headlines."""
    profiles: Profiles = field(default_factory=dict)
    """The list selectors of each site."""
    zone: tzinfo = UTC
    """The time zone of the site's editors."""

    @property
    def current_model(self) -> str | None:
        """The name of the current model; None if there is none, or it cannot be read."""
        with suppress(ModelError):
            return current_name(Path(self.config.models))
        return None

    @property
    def problems(self) -> dict[str, str]:
        """What is degraded of `model`, `overrides` and `keys`: a line for operators, which may name paths."""
        keys = self.keys.problem
        return self.live.problems | ({} if keys is None else {"keys": keys})


def open_state(config: ServeConfig, settings: Settings) -> AppState:
    """Open the store and load everything that answers need."""
    store = Store.open(config.store, wait=WRITER_WAIT, warn=_log_store_warning)
    overrides = OverridesFile(Path(config.overrides))
    live = LiveRecommender(store, Path(config.models), settings.request, overrides)
    keys = KeyFile(Path(config.keys))
    keys.ring()  # creates the file: the first list token needs its secret
    metrics, refresher, write_lock = (
        Metrics(is_multiprocess=config.is_multiprocess),
        Refresher(live.follow),
        WriteLock(),
    )
    return AppState(
        config=config,
        live=live,
        keys=keys,
        sessions=SessionFile(Path(config.keys).with_name(SESSIONS)),
        admission=Admission(
            keys,
            queries=RateLimit(Rate(config.query_rate, max(int(config.query_rate * 2), 10))),
            events=RateLimit(Rate(config.event_rate, max(int(config.event_rate * 4), 10))),
        ),
        metrics=metrics,
        refresher=refresher,
        coalescer=Coalescer(refresher),
        write_lock=write_lock,
        events=EventWriter(store, write_lock, metrics, timedelta(minutes=config.click_minutes)),
        profiles=settings.profiles,
        zone=find_zone(settings.zone) or UTC,
    )


def state_of(request: Request) -> AppState:
    """Return the state of the application that handles a request."""
    state: AppState = request.app.state.recsys
    return state


async def compute(request: Request, work: Callable[[], T], cost: float, *, is_further: bool = False) -> T:
    """Run CPU-bound work when it is the client's turn; OverloadError if the queue is full.

    EdgeMiddleware has already charged 1 for the request, unless this is a further query of the same request.
    """
    state, client = state_of(request), client_of(request).name
    state.admission.queries.charge(client, cost if is_further else cost - 1)
    try:
        return await state.queue.run(work, client=client, cost=cost)
    except OverloadError:
        state.metrics.refused.inc()
        raise
    finally:
        state.metrics.waiting.set(state.queue.size)


def _log_store_warning(text: str) -> None:
    _LOG.warning(json.dumps({"store": text}, ensure_ascii=False))
