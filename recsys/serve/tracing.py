"""Traces for OpenTelemetry, where the extra `otel` is installed and its own variables say where they go."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import cast

from recsys.errors import SettingsError
from recsys.serve.middleware import App

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Variables of OpenTelemetry; without one of them nothing is traced."""


def traced(app: App) -> App:
    """The application with a span for every request, sent by OTLP over HTTP; else as it is.

    Spans carry what OpenTelemetry's conventions name (method, route, status), no bodies.
    """
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return app
    if find_spec("opentelemetry") is None:
        raise SettingsError(f"{ENDPOINTS[0]}: needs pip install 'recsys-headlines[otel]'")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = os.environ.get("OTEL_SERVICE_NAME", "recsys")
    provider = TracerProvider(resource=Resource.create({"service.name": named}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return cast(
        "App", OpenTelemetryMiddleware(app, tracer_provider=provider, exclude_spans=["receive", "send"])
    )
