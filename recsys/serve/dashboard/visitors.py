"""Who looks at the dashboard: their session, their language, and whether a form comes from our own page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, Response

from recsys.serve.api_keys import Right
from recsys.serve.dashboard.catalogue import LANGUAGES, Messages, choose_language
from recsys.serve.dashboard.forms import FormError
from recsys.serve.sessions import SESSION_TIME, SignedIn, form_token, is_form_token
from recsys.serve.state import clock, state_of

SESSION_COOKIE, FORM_COOKIE, LANGUAGE_COOKIE = "recsys-session", "recsys-form", "recsys-language"
SECURE_PREFIX = "__Host-"
"""Over https, browsers accept a cookie of such a name only if it is secure and from this very host."""
_YEAR = 365 * 86_400


class FormRefusedError(Exception):
    """A form that was not sent from a page of this service, or by somebody who may not."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.message, self.status = message, status


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who looks at the dashboard."""

    messages: Messages
    signed_in: SignedIn | None
    form_cookie: str
    """The secret from which the token of forms is made: of the session, or of the form for signing in."""

    @property
    def name(self) -> str:
        """The name of the key that signed in; empty if none has."""
        return "" if self.signed_in is None else self.signed_in.key.name

    @property
    def form_token(self) -> str:
        """The token for forms."""
        return form_token(self.form_cookie)

    def may(self, right: str) -> bool:
        """Whether the visitor is signed in with a right."""
        return self.signed_in is not None and Right(right) in self.signed_in.key.rights


def visitor_of(request: Request) -> Visitor:
    """Return the visitor of a request."""
    state = state_of(request)
    token = read_cookie(request, SESSION_COOKIE)
    signed_in = state.sessions.find(token, state.keys.ring(), clock())
    chosen = (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE))
    language = choose_language(chosen, request.headers.get("accept-language", ""))
    cookie = read_cookie(request, FORM_COOKIE) if signed_in is None else signed_in.token
    return Visitor(Messages(language, state.zone), signed_in, cookie or secrets.token_urlsafe(32))


def parse_form(body: bytes) -> Mapping[str, str]:
    """Return the last value of every form field."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        raise FormError("error.form") from None
    return {name: values[-1].strip() for name, values in fields.items()}


def check_form(request: Request, visitor: Visitor, fields: Mapping[str, str]) -> None:
    """FormRefusedError unless a form was sent from a page of this service to this visitor."""
    if not is_same_origin(request) or not is_form_token(fields.get("token", ""), visitor.form_cookie):
        raise FormRefusedError("refused.origin")


def check_editor(request: Request, visitor: Visitor, fields: Mapping[str, str], right: Right) -> str:
    """Return the name of the key that is signed in and sent a form; FormRefusedError if it may not."""
    if visitor.signed_in is None:
        raise FormRefusedError("refused.signed_out", 401)
    check_form(request, visitor, fields)
    if not visitor.may(right):
        raise FormRefusedError(f"refused.{right}")
    return visitor.name


def is_same_origin(request: Request) -> bool:
    """Whether the browser says that a request comes from a page of this host.

    The scheme is not compared: behind a proxy that ends TLS the service may not know it.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(host) and host.lower() == request.headers.get("host", "").lower()


def read_cookie(request: Request, name: str) -> str | None:
    """Return the value of a cookie of ours."""
    return request.cookies.get(_cookie_name(request, name))


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and that is sent with requests from our own pages only."""
    response.set_cookie(
        _cookie_name(request, name),
        value,
        max_age=int(SESSION_TIME.total_seconds()),
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="strict",
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    """Delete a cookie of ours."""
    secure = _is_secure(request)
    response.delete_cookie(_cookie_name(request, name), secure=secure, httponly=True, samesite="strict")


def remember_language(request: Request, response: Response) -> None:
    """Set the language cookie if a language was just chosen."""
    chosen = request.query_params.get("language")
    if chosen in LANGUAGES:
        secure = _is_secure(request)
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=_YEAR, secure=secure, httponly=True, samesite="strict"
        )


def _cookie_name(request: Request, name: str) -> str:
    return f"{SECURE_PREFIX}{name}" if _is_secure(request) else name


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
