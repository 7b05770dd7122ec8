"""Errors as HTTP responses, and their OpenAPI descriptions.

What a client reads about an internal error names no file, path or statement: those are in the log.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from recsys.errors import (
    InputError,
    InvalidValueError,
    ModelError,
    ServiceError,
    StoreError,
    TokenError,
    UnknownArticleError,
)
from recsys.serve.auth import KeyRefusedError, RateError
from recsys.serve.fair_queue import OverloadError
from recsys.serve.request_bodies import SlowBodyError, TooLargeError
from recsys.serve.schemas import TAGS, Problem

_LOG = logging.getLogger("recsys.serve")

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
PUBLIC_MESSAGES = {
    "store": "the store is temporarily unavailable",
    "model": "the model cannot be loaded",
    "service": "the service cannot use one of its files",
}
"""What clients read about an internal error, by its code."""

Descriptions = dict[int | str, dict[str, Any]]
COMMON_ERRORS: Descriptions = {
    400: {
        "model": Problem,
        "description": "Malformed request; plain text if it is not valid HTTP",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    },
    414: {"model": Problem, "description": "URL too long"},
    431: {"model": Problem, "description": "Headers too large"},
}
"""The errors of every route."""
BODY_ERRORS: Descriptions = {
    408: {"model": Problem, "description": "Body not received in time"},
    413: {"model": Problem, "description": "Body too large"},
    415: {"model": Problem, "description": "Compressed body"},
}
READ_ERRORS: Descriptions = {
    401: {"model": Problem, "description": "More than a few explanations require a key"},
    422: {"model": Problem, "description": "Invalid parameter"},
    429: {"model": Problem, "description": "Too many requests from this client"},
    503: {"model": Problem, "description": "Server overloaded, or the store is unavailable; try again"},
}
WRITE_ERRORS: Descriptions = {
    **BODY_ERRORS,
    401: {"model": Problem, "description": "Missing or invalid key"},
    403: {"model": Problem, "description": "The key lacks the required right, or the list token is invalid"},
    422: {"model": Problem, "description": "Invalid field value"},
    429: {"model": Problem, "description": "Too many requests with this key or from this client"},
    503: {"model": Problem, "description": "Nothing was written: the disk is full or the store is locked"},
}
UNKNOWN_ERROR: Descriptions = {404: {"model": Problem, "description": "Unknown article"}}


def error_response(
    status: int, code: str, message: str, *, field: str | None = None, wait: int = 0
) -> JSONResponse:
    """Return an error response; `wait` sets Retry-After."""
    body = Problem.model_validate({"error": {"code": code, "message": message[:500], "field": field}})
    headers = {"Retry-After": str(wait)} if wait else None
    return JSONResponse(body.model_dump(), status, headers=headers)


def field_of(location: Sequence[str | int]) -> str | None:
    """Return the path of the invalid field, such as `articles.0.url`; None if the whole body is invalid."""
    inside = [part for part in location[1:] if part not in TAGS]
    names = [str(part).encode("utf-8", "replace").decode() for part in inside]
    return ".".join(names)[:200] if isinstance(next(iter(inside), 0), str) else None


def handle_errors(app: FastAPI) -> None:
    """Register the handlers of all errors."""
    app.add_exception_handler(Exception, _internal_error)
    app.add_exception_handler(KeyRefusedError, _key_refused)
    app.add_exception_handler(RateError, _rate_exceeded)
    app.add_exception_handler(OverloadError, _overloaded)
    for kind in STATUS:
        app.add_exception_handler(kind, _known_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)


def log_internal_error(request: Request, error: Exception, message: str) -> str:
    """Log the details of an error, and return the message for the client with the request id to look up."""
    request_id = request.scope.get("state", {}).get("request_id", "-")
    entry = {"request": request_id, "error": type(error).__name__, "detail": str(error)[:2_000]}
    _LOG.error(json.dumps(entry))
    return f"{message}; see request {request_id} in the service log"


async def _known_error(request: Request, error: Exception) -> JSONResponse:
    status, code = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    field = error.field if isinstance(error, InvalidValueError) else None
    if status == 503:
        message = log_internal_error(request, error, PUBLIC_MESSAGES[code])
        return error_response(status, code, message, wait=2)
    if not isinstance(error, HTTPException):
        return error_response(status, code, str(error), field=field)
    response = error_response(status, code, error.detail)
    response.headers.update(error.headers or {})
    return response


async def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": "?"}
    message = str(first["msg"]).removeprefix("Value error, ")
    return error_response(422, "invalid", message, field=field_of(first["loc"]))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "failed"
    response = error_response(status, "http", str(detail))
    response.headers.update((error.headers or {}) if isinstance(error, HTTPException) else {})
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(_allowed_methods(request)))
    return response


def _allowed_methods(request: Request) -> set[str]:
    """Return the methods of a path; the framework considers only the first of its routes."""
    routes = [each for each in request.app.state.routes if each.matches(request.scope)[0] != Match.NONE]
    return {method for each in routes for method in getattr(each, "methods", None) or ()}


async def _key_refused(_: Request, error: Exception) -> JSONResponse:
    is_known = isinstance(error, KeyRefusedError) and error.is_known
    response = error_response(403 if is_known else 401, "key", str(error))
    if not is_known:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _rate_exceeded(_: Request, error: Exception) -> JSONResponse:
    return error_response(429, "too_many", str(error), wait=error.wait if isinstance(error, RateError) else 1)


async def _overloaded(_: Request, __: Exception) -> JSONResponse:
    return error_response(503, "overload", "the server is overloaded; try again in a second", wait=1)


async def _internal_error(request: Request, error: Exception) -> JSONResponse:
    return error_response(500, "failed", log_internal_error(request, error, "internal error"))
