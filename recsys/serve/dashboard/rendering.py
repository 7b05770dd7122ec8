"""Rendering of the dashboard's pages, and what browsers may do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from recsys.errors import RecsysError
from recsys.serve.dashboard.catalogue import LANGUAGES, Messages
from recsys.serve.dashboard.forms import FormError
from recsys.serve.dashboard.visitors import Visitor, remember_language
from recsys.serve.error_responses import log_internal_error
from recsys.serve.fair_queue import OverloadError
from recsys.serve.response_cache import make_etag
from recsys.serve.state import compute, state_of

T = TypeVar("T")

SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    # not no-referrer: with that, browsers send our own forms without saying where they come from
    "Referrer-Policy": "same-origin",
    "Vary": "accept-language, cookie",
    "X-Content-Type-Options": "nosniff",
}
PAGES = {
    "stories": "/",
    "overrides": "/overrides",
    "decisions": "/decisions",
    "clicks": "/clicks",
    "models": "/models",
    "api": "/docs",
}
"""The pages in the navigation by the key of their name."""
PROBLEMS = ("model", "overrides", "keys")
STATIC = {"dashboard.css": "text/css", "dashboard.js": "text/javascript"}
_STATIC_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Notice:
    """The message at the top of a page, and the status of the response."""

    status: int = 200
    text: str = ""
    wait: int = 0
    field: str = ""
    """The form field that the message is about."""
    is_good: bool = False
    """Whether it says that something worked."""

    @classmethod
    def of(cls, error: FormError, messages: Messages, opening: str | None = None) -> Notice:
        """Return the notice about a field, after an opening such as that nothing was changed."""
        reason = messages.plain(error.message, **error.values)
        text = reason if opening is None else messages.plain(opening, reason=reason)
        return cls(422, text, field=error.field)


def render_page(
    request: Request, visitor: Visitor, page: str, notice: Notice | None = None, **values: object
) -> HTMLResponse:
    """Return a page by the name of its template, with values, which are escaped."""
    notice = notice or Notice()
    html = render(
        f"{page}.html.jinja",
        visitor.messages,
        visitor=visitor,
        notice=notice,
        page=page,
        pages=PAGES,
        languages=language_links(request),
        here=_here(request),
        problems=[each for each in PROBLEMS if each in state_of(request).problems],
        **values,
    )
    headers = SECURITY | ({"Retry-After": str(notice.wait)} if notice.wait else {})
    headers |= {"WWW-Authenticate": "Bearer"} if notice.status == 401 else {}
    response = HTMLResponse(html, notice.status, headers)
    remember_language(request, response)
    return response


def _here(request: Request) -> str:
    """Return where to come back to after signing in."""
    if request.method != "GET" or request.url.path not in PAGES.values():
        return "/"
    return page_after_sign_in(f"{request.url.path}?{request.url.query}")


async def compute_page(
    request: Request, visitor: Visitor, work: Callable[[], T], cost: float
) -> tuple[T | None, Notice]:
    """Return what a page shows, computed in the queue like every query; None and why if that failed."""
    try:
        return await compute(request, work, cost), Notice()
    except OverloadError:
        return None, Notice(503, visitor.messages.plain("overload"), wait=1)
    except RecsysError as error:
        log_internal_error(request, error, "the page cannot be shown")
        number = request.scope.get("state", {}).get("request_id", "-")
        return None, Notice(503, visitor.messages.plain("unavailable", number=number), wait=2)


def redirect(path: str, **params: str) -> Response:
    """Return a redirect to a page of the dashboard."""
    return RedirectResponse(f"{path}?{urlencode(params)}" if params else path, 303, headers=SECURITY)


def render(template: str, messages: Messages, **values: object) -> str:
    """Return a template with values, which are escaped."""
    return (
        _environment()
        .get_template(template)
        .render(t=messages.text, p=messages.plain, m=messages, language=messages.language, **values)
    )


def language_links(request: Request) -> list[tuple[str, str, str]]:
    """Return code, name and address of the page in each language."""
    params = {name: value for name, value in request.query_params.items() if name != "language"}
    path = request.url.path if request.method in {"GET", "HEAD"} else "/"
    path = path if path in PAGES.values() or path == "/sign-in" else "/"
    return [
        (code, name, f"{path}?{urlencode(params | {'language': code})}") for code, name in LANGUAGES.items()
    ]


def page_after_sign_in(text: str) -> str:
    """Return a page of the dashboard with its parameters, or the first page for any other address."""
    path, _, query = text.partition("?")
    if path not in PAGES.values():
        return "/"
    return f"{path}?{urlencode(parse_qsl(query))}" if query else path


def static_file(request: Request, name: str) -> Response:
    """Return the style sheet or the script."""
    content, etag = _static(name)
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={_STATIC_SECONDS}"}
    headers["X-Content-Type-Options"] = "nosniff"
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=STATIC[name])


@cache
def _static(name: str) -> tuple[bytes, str]:
    content = (resources.files("recsys.serve") / "static" / name).read_bytes()
    return content, make_etag(content)


@cache
def _environment() -> Environment:
    from recsys.evaluation.report.html_report import web_address

    environment = Environment(
        loader=PackageLoader("recsys.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: Mapping[str, object] = {
        "web": web_address,
        "iso": datetime.isoformat,
        "number": "{:,}".format,
        "rate": "{:.1%}".format,
        "parsed": datetime.fromisoformat,
    }
    environment.filters |= filters
    return environment
