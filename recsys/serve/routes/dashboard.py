"""The page for people: what the service knows, an answer to try, and the editors' desk."""

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
from recsys.domain import Recommendation, format_time, parse_time
from recsys.errors import InvalidValueError, RecsysError, ServiceError, StoreError, UnknownArticleError
from recsys.request import LARGEST_K, Pin
from recsys.request import Request as Asked
from recsys.serve.answer_builder import find_row
from recsys.serve.api_keys import Right
from recsys.serve.app import AppState
from recsys.serve.dashboard_view import Overview, Tried, build_overview
from recsys.serve.error_responses import tell_fault
from recsys.serve.question_costs import EXPLAINED_WITHOUT_KEY, OVERVIEW_COST, question_cost
from recsys.serve.rejections import KeyRefusedError, OverloadError, RateError
from recsys.serve.request_bodies import client_of
from recsys.serve.routes.recommend import compute, room_of
from recsys.serve.service_clock import ServingSnapshot, clock

router = APIRouter(include_in_schema=False)
_LOG = logging.getLogger("recsys.serve")

MOST_URL = 2_000  # characters
MOST_SHOWN = EXPLAINED_WITHOUT_KEY
"""Headlines beside what is tried, where the newsroom did not set fewer: they are explained to anybody."""
SECURITY = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ACTIONS = ("pin", "block", "release")
PROBLEMS = {
    "model": "The current model cannot be loaded. Lists are made with the model named below until "
    "another one is trained, or chosen with recsys models use.",
    "overrides": "The file of pinned and blocked stories is damaged. Only what is listed under The desk "
    "holds; pin or block again what is missing.",
    "keys": "The file of keys is damaged. Some keys, or all of them, are refused until it is repaired.",
}
"""What is degraded, for editors; the log of the service says more."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is told at the top of the page, with the status that goes with it."""

    status: int = 200
    text: str = ""
    wait: int = 0
    about: str = ""
    """`try`, `overrides` or `key`: the field that it is about."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an editor asked of the desk, as it came."""

    action: str = ""
    url: str = ""
    position: str = "1"
    until: str = ""


@router.head("/")
@router.get("/")
async def show(request: Request) -> Response:
    """The page; with `?url=...&dial=0.5` what stands beside an article."""
    asked = request.query_params
    url, said = asked.get("url", "").strip(), Said()
    order = Order(url=asked.get("desk", "")[:MOST_URL])
    if not url:
        return await _page(request, said, order=order)
    tried = None
    try:
        tried = Tried(read_url(url), _read_dial(asked.get("dial"), room_of(request).live.snapshot.request))
    except InvalidValueError as error:
        said = Said(422, f"That cannot be tried: {error}.", about="try")
    return await _page(request, said, tried, order, typed=url[:MOST_URL])


@router.post("/desk")
async def decide(request: Request) -> Response:
    """Pin, block or release a story, with a key that may edit; then back to the page."""
    state, body, order = room_of(request), await request.body(), Order()
    try:
        form = _read_form(body)
        order = Order(*(form.get(name, "").strip() for name in ("action", "url", "position", "until")))
        given = form.get("key", "").strip() or None
        state.admission.check_key(given, Right.EDIT, client_of(request).address)
        await anyio.to_thread.run_sync(_follow_order, state, order)
    except KeyRefusedError as error:
        text = (
            f"Nothing was changed: {error}."
            if error.is_known
            else "Nothing was changed: the key is none of ours."
        )
        return await _page(request, Said(403 if error.is_known else 401, text, about="key"), order=order)
    except RateError as error:
        text = f"Nothing was changed: too many wrong keys. Try again in {error.wait} seconds."
        return await _page(request, Said(429, text, error.wait, "key"), order=order)
    except InvalidValueError as error:
        return await _page(request, Said(422, f"Nothing was changed: {error}.", about="desk"), order=order)
    except ServiceError as error:
        _LOG.error(json.dumps({"overrides": str(error)}))
        text = "Nothing was changed: the file of pinned and blocked stories cannot be written; see the log."
        return await _page(request, Said(503, text, wait=2), order=order)
    return RedirectResponse("/", 303, headers=SECURITY)


def _follow_order(state: AppState, order: Order) -> None:
    """Write the decision, and answer from it."""
    if order.action not in ACTIONS:
        raise InvalidValueError("action", expected=", ".join(ACTIONS), found=order.action[:40])
    if order.action == "release":
        state.live.overrides.release(order.url)
    elif order.action == "block":
        state.live.overrides.block(read_url(order.url))
    else:
        place = order.position or "1"
        if not (place.isascii() and place.isdecimal() and len(place) <= 4):
            raise InvalidValueError("position", expected=f"a place from 1 to {LARGEST_K}", found=place[:40])
        state.live.overrides.pin(Pin(read_url(order.url), int(place), _read_until(order.until)), clock())
    with suppress(StoreError):  # it is decided, and followed within a second
        state.live.follow()


async def _page(
    request: Request, said: Said, tried: Tried | None = None, order: Order | None = None, *, typed: str = ""
) -> Response:
    """The whole page, computed where everything is computed; a short one when there is no place for that."""
    state = room_of(request)
    snapshot, as_of = state.live.snapshot, clock()

    def look() -> tuple[Overview, Tried | None]:
        overview = build_overview(snapshot, state.live.manifest, state.live.overrides.decisions(), as_of)
        return overview, tried and _try(snapshot, tried, as_of)

    cost = OVERVIEW_COST + (question_cost(MOST_SHOWN, explain=True) if tried else 0)
    overview = None
    try:
        overview, tried = await compute(request, look, cost)
    except OverloadError:
        said = Said(503, "All places are taken just now. Try again in a second.", wait=1)
    except RecsysError as error:
        said = Said(503, f"{tell_fault(request, error, 'Not everything can be read just now')}.", wait=2)
    if overview is not None and tried is not None and tried.article is None:
        said = Said(404, "No article with this address is known here. Is it the canonical one?", about="try")
    problems = [PROBLEMS[name] for name in state.problems]
    html = render(
        overview=overview, said=said, tried=tried, order=order or Order(), typed=typed, problems=problems
    )
    headers = SECURITY | {"Content-Security-Policy": content_security()}
    headers |= {"Retry-After": str(said.wait)} if said.wait else {}
    headers |= {"WWW-Authenticate": "Bearer"} if said.status == 401 else {}
    return HTMLResponse(html, said.status, headers)


def _try(snapshot: ServingSnapshot, tried: Tried, as_of: datetime) -> Tried:
    """The answer; without an article where nobody knows it."""
    try:
        row = find_row(snapshot.corpus, url=tried.url, key=None)
    except UnknownArticleError:
        return tried
    base = snapshot.request
    asked = replace(base, k=min(base.k, MOST_SHOWN), dial=tried.dial, explain=True)
    found: tuple[Recommendation, ...] = tuple(snapshot.recommender.beside(row, as_of, asked))
    return replace(tried, article=snapshot.corpus.shown(row), found=found)


def read_url(text: str) -> str:
    """The canonical address of what somebody typed; InvalidValueError for what is none."""
    if len(text) > MOST_URL:
        raise InvalidValueError(
            "url", expected=f"at most {MOST_URL:,} characters", found=f"{text[:30]}… ({len(text):,})"
        )
    found = text if text.startswith("urn:recsys:") and text.split() == [text] else canonical_url(text)
    if found is None or not found.startswith(("http://", "https://", "urn:recsys:")):
        raise InvalidValueError("url", expected="an address that begins with https://", found=text[:200])
    return found


def _read_dial(text: str | None, base: Asked) -> float:
    if not text:
        return base.dial
    try:
        dial = float(text)
    except ValueError:
        dial = -1.0
    if not 0 <= dial <= 1:
        raise InvalidValueError("dial", expected="a number from 0 to 1", found=text[:40])
    return dial


def _read_until(text: str) -> datetime | None:
    """A time as a browser sends it, in UTC where no zone is said; None for none."""
    if not text:
        return None
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValueError("until", expected="a time such as 2026-03-01T22:00", found=text) from None
    return parse_time(format_time(until if until.tzinfo else until.replace(tzinfo=UTC)), "until")


def _read_form(body: bytes) -> Mapping[str, str]:
    """The last value of every field of a form."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        raise InvalidValueError("body", expected="a form", found=body[:40].decode("latin-1")) from None
    return {name: values[-1] for name, values in fields.items()}


def render(**told: object) -> str:
    """The page. Everything in it that was said by somebody else is text, never markup."""
    return _environment().get_template("people.html.jinja").render(style=Markup(_style()), **told)  # noqa: S704


@cache
def content_security() -> str:
    """What a browser may do with the page: apply this one sheet and send forms here, nothing else."""
    sheet = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{sheet}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _style() -> str:
    folder = resources.files("recsys.serve") / "templates"
    return (folder / "people.css").read_text(encoding="utf-8")


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
