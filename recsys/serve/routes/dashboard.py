"""The dashboard for editors: what is stored, a preview of recommendations, pinned and blocked stories."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from urllib.parse import parse_qs

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from recsys.documents import canonical_url
from recsys.domain import format_time, parse_time
from recsys.errors import InvalidValueError, RecsysError, ServiceError, StoreError, UnknownArticleError
from recsys.live import ServingSnapshot
from recsys.request import LARGEST_K, Pin
from recsys.request import Request as RecommendRequest
from recsys.serve.api_keys import Right
from recsys.serve.auth import KeyRefusedError, RateError, client_of
from recsys.serve.convert import find_row
from recsys.serve.dashboard_view import Overview, Preview, build_overview
from recsys.serve.error_responses import log_internal_error
from recsys.serve.fair_queue import EXPLAINED_WITHOUT_KEY, OVERVIEW_COST, OverloadError, query_cost
from recsys.serve.state import AppState, clock, compute, state_of
from recsys.store import ImpressionSummary

router = APIRouter(include_in_schema=False)
_LOG = logging.getLogger("recsys.serve")

MAX_URL = 2_000  # characters
MAX_PREVIEW = EXPLAINED_WITHOUT_KEY
"""Headlines of a preview, unless fewer are configured: all have explanations, which anyone may read."""
SECURITY = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ACTIONS = ("pin", "block", "release")
PROBLEMS = {
    "model": "The current model cannot be loaded. The model named below is used until another one is "
    "trained, or chosen with recsys models use.",
    "overrides": "The file with pinned and blocked stories is damaged. Only the stories listed below are "
    "pinned or blocked; add again what is missing.",
    "keys": "The key file is damaged. Some or all keys are refused until it is repaired.",
}
"""What is degraded, in words for editors."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The message at the top of the page, and the status of the response."""

    status: int = 200
    text: str = ""
    wait: int = 0
    field: str = ""
    """`preview`, `override` or `key`: the form field that the message is about."""


@dataclass(frozen=True, slots=True)
class OverrideForm:
    """The form for pinning and blocking, as submitted."""

    action: str = ""
    url: str = ""
    position: str = "1"
    until: str = ""


@router.head("/")
@router.get("/")
async def show(request: Request) -> Response:
    """Return the dashboard; with `?url=...&dial=0.5` a preview of the recommendations for an article."""
    params = request.query_params
    url, notice = params.get("url", "").strip(), Notice()
    form = OverrideForm(url=params.get("override", "")[:MAX_URL])
    if not url:
        return await _page(request, notice, form=form)
    preview = None
    try:
        dial = _parse_dial(params.get("dial"), state_of(request).live.snapshot.request)
        preview = Preview(parse_url(url), dial)
    except InvalidValueError as error:
        notice = Notice(422, f"No preview: {error}.", field="preview")
    return await _page(request, notice, preview, form, typed=url[:MAX_URL])


@router.post("/overrides")
async def change_overrides(request: Request) -> Response:
    """Pin, block or release a story, given a key with the right to edit; then redirect to the page."""
    state, body, form = state_of(request), await request.body(), OverrideForm()
    try:
        fields = _parse_form(body)
        form = OverrideForm(
            *(fields.get(name, "").strip() for name in ("action", "url", "position", "until"))
        )
        token = fields.get("key", "").strip() or None
        state.admission.check_key(token, Right.EDIT, client_of(request).address)
        await anyio.to_thread.run_sync(_apply_form, state, form)
    except KeyRefusedError as error:
        reason = str(error) if error.is_known else "the key is not valid"
        status = 403 if error.is_known else 401
        return await _page(request, Notice(status, f"Nothing was changed: {reason}.", field="key"), form=form)
    except RateError as error:
        text = f"Nothing was changed: too many wrong keys. Try again in {error.wait} seconds."
        return await _page(request, Notice(429, text, error.wait, "key"), form=form)
    except InvalidValueError as error:
        return await _page(
            request, Notice(422, f"Nothing was changed: {error}.", field="override"), form=form
        )
    except ServiceError as error:
        _LOG.error(json.dumps({"overrides": str(error)}))
        text = "Nothing was changed: the file with pinned and blocked stories cannot be written."
        return await _page(request, Notice(503, f"{text} See the service log.", wait=2), form=form)
    return RedirectResponse("/", 303, headers=SECURITY)


def _apply_form(state: AppState, form: OverrideForm) -> None:
    if form.action not in ACTIONS:
        raise InvalidValueError("action", expected=", ".join(ACTIONS), found=form.action[:40])
    overrides = state.live.overrides
    if form.action == "release":
        overrides.release(form.url)
    elif form.action == "block":
        overrides.block(parse_url(form.url))
    else:
        position = form.position or "1"
        if not (position.isascii() and position.isdecimal() and len(position) <= 4):
            raise InvalidValueError(
                "position", expected=f"a number from 1 to {LARGEST_K}", found=position[:40]
            )
        overrides.pin(Pin(parse_url(form.url), int(position), _parse_until(form.until)), clock())
    with suppress(StoreError):  # the override is saved, and takes effect within a second
        state.live.follow()


async def _page(
    request: Request,
    notice: Notice,
    preview: Preview | None = None,
    form: OverrideForm | None = None,
    *,
    typed: str = "",
) -> Response:
    """Return the page, computed in the queue like every query; only the notice if that is full."""
    state = state_of(request)
    snapshot, as_of = state.live.snapshot, clock()

    def view() -> tuple[Overview, Preview | None]:
        overview = build_overview(
            snapshot,
            state.live.manifest,
            state.live.overrides.load(),
            _summarise_impressions(state),
            as_of,
        )
        return overview, preview and _recommend(snapshot, preview, as_of)

    cost = OVERVIEW_COST + (query_cost(MAX_PREVIEW, explain=True) if preview else 0)
    overview = None
    try:
        overview, preview = await compute(request, view, cost)
    except OverloadError:
        notice = Notice(503, "The server is overloaded. Try again in a second.", wait=1)
    except RecsysError as error:
        text = log_internal_error(request, error, "The page cannot be shown completely")
        notice = Notice(503, f"{text}.", wait=2)
    if overview is not None and preview is not None and preview.article is None:
        text = "No article with this address is known. Is it the canonical address?"
        notice = Notice(404, text, field="preview")
    html = render(
        overview=overview,
        notice=notice,
        preview=preview,
        form=form or OverrideForm(),
        typed=typed,
        problems=[PROBLEMS[name] for name in state.problems],
    )
    headers = SECURITY | {"Content-Security-Policy": content_security()}
    headers |= {"Retry-After": str(notice.wait)} if notice.wait else {}
    headers |= {"WWW-Authenticate": "Bearer"} if notice.status == 401 else {}
    return HTMLResponse(html, notice.status, headers)


def _summarise_impressions(state: AppState) -> list[ImpressionSummary]:
    """Return the impressions by site; none while the store cannot be read."""
    with suppress(StoreError):
        return state.live.store.impressions.summary()
    return []


def _recommend(snapshot: ServingSnapshot, preview: Preview, as_of: datetime) -> Preview:
    """Return the preview with recommendations, or unchanged if the article is unknown."""
    try:
        row = find_row(snapshot.corpus, url=preview.url, key=None)
    except UnknownArticleError:
        return preview
    base = snapshot.request
    query = replace(base, k=min(base.k, MAX_PREVIEW), dial=preview.dial, explain=True)
    article = snapshot.corpus.shown(row)
    recommendations = tuple(snapshot.recommender.recommend(article.url, as_of, query))
    return replace(preview, article=article, recommendations=recommendations)


def parse_url(text: str) -> str:
    """Return the canonical form of a typed URL."""
    if len(text) > MAX_URL:
        raise InvalidValueError(
            "url", expected=f"at most {MAX_URL:,} characters", found=f"{text[:30]}… ({len(text):,})"
        )
    url = text if text.startswith("urn:recsys:") and text.split() == [text] else canonical_url(text)
    if url is None or not url.startswith(("http://", "https://", "urn:recsys:")):
        raise InvalidValueError("url", expected="an address that begins with https://", found=text[:200])
    return url


def _parse_dial(text: str | None, base: RecommendRequest) -> float:
    if not text:
        return base.dial
    try:
        dial = float(text)
    except ValueError:
        dial = -1.0
    if not 0 <= dial <= 1:
        raise InvalidValueError("dial", expected="a number from 0 to 1", found=text[:40])
    return dial


def _parse_until(text: str) -> datetime | None:
    """Parse a time as browsers send it, in UTC if it has no zone; None for an empty field."""
    if not text:
        return None
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValueError("until", expected="a time such as 2026-03-01T22:00", found=text) from None
    return parse_time(format_time(until if until.tzinfo else until.replace(tzinfo=UTC)), "until")


def _parse_form(body: bytes) -> Mapping[str, str]:
    """Return the last value of every form field."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        raise InvalidValueError("body", expected="a form", found=body[:40].decode("latin-1")) from None
    return {name: values[-1] for name, values in fields.items()}


def render(**values: object) -> str:
    """Return the page. All values are escaped."""
    template = _environment().get_template("dashboard.html.jinja")
    return template.render(style=Markup(_style()), **values)  # noqa: S704


@cache
def content_security() -> str:
    """Return the Content-Security-Policy: this one style sheet, forms to this server, nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _style() -> str:
    folder = resources.files("recsys.serve") / "templates"
    return (folder / "dashboard.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from recsys.evaluation.report.html_report import moment, web_address

    environment = Environment(
        loader=PackageLoader("recsys.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"web": web_address, "moment": moment, "iso": datetime.isoformat, "utc": _in_utc}
    environment.filters["when"] = lambda text: moment(_in_utc(datetime.fromisoformat(text)))
    return environment


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC)
