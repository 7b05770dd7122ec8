"""Errors as HTTP answers. What a stranger reads of a fault names no file, path or statement: the log does."""

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
from recsys.serve.rejections import KeyRefusedError, OverloadError, RateError
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
PUBLIC = {
    "store": "the store cannot be used just now",
    "model": "the model cannot be loaded",
    "service": "a file of the service cannot be used",
}
"""What is said of a fault, by its code."""


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


def handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(Exception, _failed)
    app.add_exception_handler(KeyRefusedError, _no_key)
    app.add_exception_handler(RateError, _too_many)
    app.add_exception_handler(OverloadError, _overload)
    for kind in STATUS:
        app.add_exception_handler(kind, _said)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def tell_fault(request: Request, error: Exception, said: str) -> str:
    """What a client is told of a fault; the log has the rest under the same number."""
    number = request.scope.get("state", {}).get("request_id", "-")
    _LOG.error(json.dumps({"request": number, "error": type(error).__name__, "detail": str(error)[:2_000]}))
    return f"{said}; the log of the service says more under request {number}"


async def _said(request: Request, error: Exception) -> JSONResponse:
    status, code = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    name = error.field if isinstance(error, InvalidValueError) else None
    if status == 503:
        return problem(status, code, tell_fault(request, error, PUBLIC[code]), wait=2)
    if not isinstance(error, HTTPException):
        return problem(status, code, str(error), name=name)
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


async def _failed(request: Request, error: Exception) -> JSONResponse:
    return problem(500, "failed", tell_fault(request, error, "this is a fault of the service"))
