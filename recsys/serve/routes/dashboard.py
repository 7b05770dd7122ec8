"""The first page of the dashboard: search, a preview, what is stored; and the style sheet and script."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from recsys.errors import StoreError
from recsys.live import ServingSnapshot
from recsys.request import Rules
from recsys.serve.dashboard.decision_views import marks_by_url
from recsys.serve.dashboard.forms import (
    MAX_QUERY,
    MAX_URL,
    FormError,
    PreviewOptions,
    parse_preview,
    parse_url,
    site_minimum,
)
from recsys.serve.dashboard.overview import Overview, Preview, build_overview, build_preview
from recsys.serve.dashboard.rendering import (
    SECURITY,
    Notice,
    compute_page,
    render,
    render_page,
    static_file,
)
from recsys.serve.dashboard.stories import search
from recsys.serve.dashboard.visitors import Visitor, visitor_of
from recsys.serve.fair_queue import EXPLAINED_WITHOUT_KEY, OVERVIEW_COST, query_cost
from recsys.serve.state import AppState, clock, state_of
from recsys.store import ImpressionSummary

router = APIRouter(include_in_schema=False)

MAX_PREVIEW = EXPLAINED_WITHOUT_KEY
"""Headlines of a preview for anybody, unless fewer are configured: all have explanations."""
MAX_PREVIEW_SIGNED_IN = 20


@router.head("/")
@router.get("/")
async def show(request: Request) -> Response:
    """Return the page; with `?q=` what a search finds, with `?url=&dial=&own=&minimum=` a preview."""
    state, visitor, params = state_of(request), visitor_of(request), request.query_params
    snapshot, as_of = state.live.snapshot, clock()
    url, query = params.get("url", "").strip(), params.get("q", "").strip()[:MAX_QUERY]
    options, invalid = _read_options(snapshot, visitor, params if url else {})
    most = _most(visitor)

    def view() -> tuple[Overview, Preview | None]:
        preview = None
        if url and not invalid.text:
            preview = build_preview(snapshot, parse_url(url), options, most, as_of)
        return build_overview(snapshot, _summarise_impressions(state), as_of), preview

    matches = await search(request, query)
    cost = OVERVIEW_COST + (query_cost(most, explain=True) if url else 0)
    found, notice = await compute_page(request, visitor, view, cost)
    overview, preview = found or (None, None)
    if overview is not None and invalid.text:
        notice = invalid
    elif overview is not None and url and preview is None:
        notice = Notice(404, visitor.messages.plain("preview.unknown"), field="preview")
    return render_page(
        request,
        visitor,
        "stories",
        notice,
        overview=overview,
        preview=preview,
        matches=matches,
        marks=marks_by_url(snapshot.request.rules or Rules(), as_of),
        query=query,
        options=options,
        site_minimum=site_minimum(snapshot.request),
        typed=url[:MAX_URL],
    )


@router.get("/preview")
async def preview_only(request: Request) -> Response:
    """Return only the recommendations of a preview, which the page's script shows while the dial is moved."""
    state, visitor, params = state_of(request), visitor_of(request), request.query_params
    snapshot, as_of, most = state.live.snapshot, clock(), _most(visitor)
    options, notice = _read_options(snapshot, visitor, params)
    preview = None
    if not notice.text:
        url = parse_url(params.get("url", "").strip())
        preview, notice = await compute_page(
            request,
            visitor,
            lambda: build_preview(snapshot, url, options, most, as_of),
            query_cost(most, explain=True),
        )
        if preview is None and not notice.text:
            notice = Notice(404, visitor.messages.plain("preview.unknown"))
    html = render("answer.html.jinja", visitor.messages, preview=preview, notice=notice)
    return HTMLResponse(html, notice.status, SECURITY)


@router.get("/static/dashboard.css")
@router.get("/static/dashboard.js")
async def static(request: Request) -> Response:
    """Return the style sheet or the script."""
    return static_file(request, request.url.path.rpartition("/")[2])


def _read_options(
    snapshot: ServingSnapshot, visitor: Visitor, params: Mapping[str, str]
) -> tuple[PreviewOptions, Notice]:
    """Return the options of a preview, and what is invalid about it."""
    try:
        options = parse_preview(params, snapshot.request)
        if params:
            parse_url(params.get("url", "").strip())
        return options, Notice()
    except FormError as error:
        notice = Notice.of(error, visitor.messages, "preview.none")
        return PreviewOptions(snapshot.request.dial), Notice(422, notice.text, field="preview")


def _most(visitor: Visitor) -> int:
    return MAX_PREVIEW if visitor.signed_in is None else MAX_PREVIEW_SIGNED_IN


def _summarise_impressions(state: AppState) -> list[ImpressionSummary]:
    """Return the impressions by site; none while the store cannot be read."""
    with suppress(StoreError):
        return state.live.store.impressions.summary()
    return []
