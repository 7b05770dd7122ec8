"""The application: the routes, error handlers and middleware put together."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from fastapi import FastAPI

from recsys import __version__
from recsys.config.settings import Settings, load_settings
from recsys.serve.background import lifespan
from recsys.serve.error_responses import COMMON_ERRORS, handle_errors
from recsys.serve.middleware import EdgeMiddleware
from recsys.serve.routes import (
    api_docs,
    click_pages,
    content,
    dashboard,
    model_pages,
    operate,
    override_pages,
    recommend,
    sign_in,
    widget,
)
from recsys.serve.state import ServeConfig, open_state
from recsys.serve.telemetry import App, with_tracing

CONFIG_VARIABLE = "RECSYS_SERVE"
"""The environment variable with which `recsys serve` configures its processes; not a user setting."""


def create_app(config: ServeConfig, settings: Settings | None = None) -> EdgeMiddleware:
    """Return the whole service as one ASGI application, with default settings unless some are given."""
    state = open_state(config, settings or Settings())
    app = FastAPI(
        title="recsys",
        version=__version__,
        summary="Related headlines for news sites.",
        lifespan=lifespan(state),
        redirect_slashes=False,  # a redirect would repeat the host that the request claims
        docs_url=None,  # its scripts would come from another host; routes/api_docs.py has a page of our own
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.recsys = state
    handle_errors(app)
    app.state.routes = []
    pages = (dashboard, override_pages, model_pages, click_pages, api_docs, sign_in)
    for module in (recommend, content, operate, widget, *pages):
        app.include_router(module.router, responses=COMMON_ERRORS)
        app.state.routes += module.router.routes
    return EdgeMiddleware(app, state)


def app_from_environment() -> App:
    """Return the application of a process that `recsys serve` started."""
    config = ServeConfig.from_json(os.environ[CONFIG_VARIABLE])
    environ = {name: value for name, value in os.environ.items() if name != CONFIG_VARIABLE}
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    return with_tracing(create_app(config, load_settings(Path(), environ)))
