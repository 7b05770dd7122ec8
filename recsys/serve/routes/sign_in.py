"""Signing in to the dashboard with an API key, once for a session, and signing out."""

from __future__ import annotations

import json
import logging

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response

from recsys.errors import ServiceError
from recsys.serve.api_keys import Right
from recsys.serve.auth import KeyRefusedError, RateError, client_of
from recsys.serve.dashboard.forms import FormError
from recsys.serve.dashboard.rendering import Notice, page_after_sign_in, redirect, render_page
from recsys.serve.dashboard.visitors import (
    FORM_COOKIE,
    SESSION_COOKIE,
    FormRefusedError,
    Visitor,
    check_form,
    delete_cookie,
    parse_form,
    read_cookie,
    set_cookie,
    visitor_of,
)
from recsys.serve.state import clock, state_of

router = APIRouter(include_in_schema=False)
_LOG = logging.getLogger("recsys.serve")


@router.head("/sign-in")
@router.get("/sign-in")
async def show_sign_in(request: Request) -> Response:
    """Return the form; `?next=` is the page to return to."""
    return _page(request, visitor_of(request), request.query_params.get("next", ""))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Start a session of the key in the form, and redirect to the page that asked for it."""
    state, visitor, body = state_of(request), visitor_of(request), await request.body()
    messages, next_page = visitor.messages, ""
    try:
        fields = parse_form(body)
        next_page = fields.get("next", "")
        check_form(request, visitor, fields)
        key = state.admission.find_key(fields.get("key") or None, client_of(request).address)
        if not key.rights & {Right.EDIT, Right.OPERATE}:
            raise FormRefusedError("sign_in.rights")
        token = await anyio.to_thread.run_sync(state.sessions.open, key, clock())
    except FormError as error:
        return _page(request, visitor, next_page, Notice.of(error, messages))
    except FormRefusedError as error:
        return _page(request, visitor, next_page, Notice(error.status, messages.plain(error.message)))
    except KeyRefusedError:
        return _page(request, visitor, next_page, Notice(401, messages.plain("sign_in.wrong"), field="key"))
    except RateError as error:
        text = messages.plain("sign_in.rate", n=error.wait)
        return _page(request, visitor, next_page, Notice(429, text, error.wait, "key"))
    except ServiceError as error:
        _LOG.error(json.dumps({"sessions": str(error)}))
        return _page(request, visitor, next_page, Notice(503, messages.plain("sign_in.unavailable"), wait=2))
    _LOG.info(json.dumps({"signed_in": key.name}))
    response = redirect(page_after_sign_in(next_page))
    set_cookie(request, response, SESSION_COOKIE, token)
    delete_cookie(request, response, FORM_COOKIE)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session."""
    state, visitor, body = state_of(request), visitor_of(request), await request.body()
    try:
        check_form(request, visitor, parse_form(body))
        if visitor.signed_in is not None:
            await anyio.to_thread.run_sync(state.sessions.close, visitor.signed_in.token, clock())
    except FormError as error:
        return _page(request, visitor, "", Notice.of(error, visitor.messages))
    except FormRefusedError as error:
        return _page(request, visitor, "", Notice(error.status, visitor.messages.plain(error.message)))
    except ServiceError as error:
        _LOG.error(json.dumps({"sessions": str(error)}))
        text = visitor.messages.plain("sign_in.unavailable")
        return _page(request, visitor, "", Notice(503, text, wait=2))
    response = redirect("/")
    delete_cookie(request, response, SESSION_COOKIE)
    return response


def _page(request: Request, visitor: Visitor, next_page: str, notice: Notice | None = None) -> Response:
    """Return the form, with the cookie from which its token is made."""
    response = render_page(request, visitor, "sign_in", notice, next_page=page_after_sign_in(next_page))
    if visitor.signed_in is None and read_cookie(request, FORM_COOKIE) != visitor.form_cookie:
        set_cookie(request, response, FORM_COOKIE, visitor.form_cookie)
    return response
