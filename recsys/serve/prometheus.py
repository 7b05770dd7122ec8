"""What the service counts, as Prometheus reads it: requests by route, latencies, cache, places, writes."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # events
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """The instruments of one process; with PROMETHEUS_MULTIPROC_DIR all processes are told of together."""

    def __init__(self, *, together: bool) -> None:
        self._together = together
        self._registry = CollectorRegistry()
        where: dict[str, Any] = {"registry": None if together else self._registry}
        labels = ("method", "route", "status")
        self.latency = Histogram(
            "recsys_request_seconds", "By route and status.", labels, buckets=_BUCKETS, **where
        )
        self.answers = Counter("recsys_answers", "Cached or computed.", ("from_cache",), **where)
        self.fallbacks = Counter("recsys_fallbacks", "Popular instead of unknown.", **where)
        self.empty_places = Counter("recsys_empty_places", "Places that the rules left empty.", **where)
        self.written = Counter("recsys_written", "Records that were written.", ("kind",), **where)
        self.events_ignored = Counter(
            "recsys_events_ignored", "Of programs, over a limit, or known already.", ("reason",), **where
        )
        self.event_batches = Histogram(
            "recsys_event_batch", "Events of one transaction.", buckets=_BATCHES, **where
        )
        self.refused = Counter("recsys_refused", "Questions refused because all places were taken.", **where)
        gauge: dict[str, Any] = where | ({"multiprocess_mode": "mostrecent"} if together else {})
        self.waiting = Gauge("recsys_waiting", "Questions in work or waiting.", **gauge)
        self.articles = Gauge("recsys_articles", "Articles in the archive.", **gauge)
        self.lists = Gauge("recsys_lists", "Lists in the archive.", **gauge)
        self.degraded = Gauge(
            "recsys_degraded", "1 where a file is damaged and done without.", ("part",), **gauge
        )
        self.model_age = Gauge("recsys_model_age_seconds", "Since the end of its training.", **gauge)

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request."""
        self.latency.labels(method, route, str(status)).observe(seconds)

    def tell(self) -> bytes:
        """Everything in the text format."""
        if not self._together:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
