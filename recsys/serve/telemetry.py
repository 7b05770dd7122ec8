"""Metrics for Prometheus, and traces for OpenTelemetry."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.util import find_spec
from typing import Any, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from recsys.errors import SettingsError

App = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]
"""An ASGI application."""
OTLP_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own environment variables; without either nothing is traced."""
_BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # events
_LATENCY_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)  # seconds


class Metrics:
    """The metrics of one process; with PROMETHEUS_MULTIPROC_DIR all processes are reported together."""

    def __init__(self, *, is_multiprocess: bool) -> None:
        self._is_multiprocess = is_multiprocess
        self._registry = CollectorRegistry()
        options: dict[str, Any] = {"registry": None if is_multiprocess else self._registry}
        self.latency = Histogram(
            "recsys_request_seconds",
            "Request duration by route and status.",
            ("method", "route", "status"),
            buckets=_LATENCY_BUCKETS,
            **options,
        )
        self.answers = Counter("recsys_answers", "Answers, cached or computed.", ("from_cache",), **options)
        self.fallbacks = Counter(
            "recsys_fallbacks", "Answers with popular stories because the article is unknown.", **options
        )
        self.empty_places = Counter("recsys_empty_places", "Places that the rules left empty.", **options)
        self.written = Counter("recsys_written", "Records written.", ("kind",), **options)
        self.events_ignored = Counter(
            "recsys_events_ignored",
            "Events from bots, over a limit, or already known.",
            ("reason",),
            **options,
        )
        self.event_batches = Histogram(
            "recsys_event_batch", "Events per transaction.", buckets=_BATCH_BUCKETS, **options
        )
        self.refused = Counter("recsys_refused", "Queries refused because the queue was full.", **options)
        gauge: dict[str, Any] = options | ({"multiprocess_mode": "mostrecent"} if is_multiprocess else {})
        self.waiting = Gauge("recsys_waiting", "Queries running or queued.", **gauge)
        self.articles = Gauge("recsys_articles", "Articles in the corpus.", **gauge)
        self.lists = Gauge("recsys_lists", "Lists in the corpus.", **gauge)
        self.degraded = Gauge(
            "recsys_degraded", "1 if a file is damaged and the service runs without it.", ("part",), **gauge
        )
        self.model_age = Gauge(
            "recsys_model_age_seconds", "Time since the end of the training data.", **gauge
        )

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Record one request."""
        self.latency.labels(method, route, str(status)).observe(seconds)

    def render(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        if not self._is_multiprocess:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def with_tracing(app: App) -> App:
    """Return the application with a span for every request, sent by OTLP over HTTP, if that is configured.

    Spans carry what OpenTelemetry's conventions name (method, route, status), no bodies.
    """
    if not any(os.environ.get(name) for name in OTLP_ENDPOINTS):
        return app
    if find_spec("opentelemetry") is None:
        raise SettingsError(f"{OTLP_ENDPOINTS[0]}: needs pip install 'recsys-headlines[otel]'")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    service_name = os.environ.get("OTEL_SERVICE_NAME", "recsys")
    provider = TracerProvider(resource=Resource.create({"service.name": service_name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return cast(
        "App", OpenTelemetryMiddleware(app, tracer_provider=provider, exclude_spans=["receive", "send"])
    )
