"""Pinned and blocked stories, and the log of decisions with its undo."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response

from recsys.corpus import Corpus
from recsys.errors import InvalidValueError, ModelError, ServiceError, StoreError
from recsys.ranking.model_files import use_bundle
from recsys.request import Rules
from recsys.serve.api_keys import Right
from recsys.serve.dashboard.decision_views import (
    DecisionRow,
    OverrideRow,
    decision_rows,
    marks_by_url,
    override_rows,
)
from recsys.serve.dashboard.forms import (
    MAX_QUERY,
    MAX_URL,
    FormError,
    OverrideForm,
    message_of,
    parse_url,
)
from recsys.serve.dashboard.rendering import Notice, compute_page, redirect, render_page
from recsys.serve.dashboard.stories import label_of, search
from recsys.serve.dashboard.visitors import (
    FormRefusedError,
    Visitor,
    check_editor,
    parse_form,
    visitor_of,
)
from recsys.serve.fair_queue import OVERVIEW_COST
from recsys.serve.overrides import Decision
from recsys.serve.state import AppState, clock, state_of

router = APIRouter(include_in_schema=False)
_LOG = logging.getLogger("recsys.serve")


@router.head("/overrides")
@router.get("/overrides")
async def show_overrides(request: Request) -> Response:
    """Return the page; `?q=` searches a story, `?url=` chooses one, and `&beside=` the one beside it."""
    params, visitor = request.query_params, visitor_of(request)
    form = OverrideForm(url=params.get("url", "").strip()[:MAX_URL])
    beside = params.get("beside", "").strip()[:MAX_URL]
    if beside:
        form = OverrideForm(url=form.url, scope="beside", beside=beside)
    return await _overrides_page(request, visitor, Notice(), form)


@router.post("/overrides")
async def change_overrides(request: Request) -> Response:
    """Pin, block or release a story; then redirect to the page."""
    state, visitor, body = state_of(request), visitor_of(request), await request.body()
    form = OverrideForm()

    def change() -> Decision | None:
        if form.action == "release":
            return state.live.overrides.release(form.url, form.beside or None, by=visitor.name, now=clock())
        override = form.override(state.zone, clock())
        return state.live.overrides.add(override, by=visitor.name, now=clock())

    try:
        fields = parse_form(body)
        form = OverrideForm.of(fields)
        check_editor(request, visitor, fields, Right.EDIT)
    except FormError as error:
        return await _overrides_page(request, visitor, Notice.of(error, visitor.messages, "unchanged"), form)
    except FormRefusedError as error:
        return await _overrides_page(request, visitor, _refusal(visitor, error), form)
    notice = await _decide(state, visitor, change)
    return redirect("/overrides") if notice is None else await _overrides_page(request, visitor, notice, form)


@router.head("/decisions")
@router.get("/decisions")
async def show_decisions(request: Request) -> Response:
    """Return the log of decisions, for who is signed in."""
    visitor = visitor_of(request)
    if visitor.signed_in is None:
        return redirect("/sign-in", next="/decisions")
    return await _decisions_page(request, visitor, Notice())


@router.post("/decisions")
async def undo_decision(request: Request) -> Response:
    """Undo a decision; then redirect to the log."""
    state, visitor, body = state_of(request), visitor_of(request), await request.body()
    try:
        fields = parse_form(body)
        decision = state.live.overrides.load().find_decision(fields.get("decision", ""))
        is_model = decision is not None and decision.is_about_model
        check_editor(request, visitor, fields, Right.OPERATE if is_model else Right.EDIT)
    except FormError as error:
        return await _decisions_page(request, visitor, Notice.of(error, visitor.messages, "unchanged"))
    except FormRefusedError as error:
        if visitor.signed_in is None:
            return redirect("/sign-in", next="/decisions")
        return await _decisions_page(request, visitor, _refusal(visitor, error))

    def undo() -> Decision:
        if decision is not None and is_model:
            return _undo_model(state, visitor, decision)
        return state.live.overrides.undo(fields.get("decision", ""), by=visitor.name, now=clock())

    notice = await _decide(state, visitor, undo)
    return redirect("/decisions") if notice is None else await _decisions_page(request, visitor, notice)


def _undo_model(state: AppState, visitor: Visitor, decision: Decision) -> Decision:
    models, overrides = Path(state.config.models), state.live.overrides
    current, before = state.current_model, decision.before
    if not isinstance(before, str) or not overrides.load().can_undo(decision, current):
        raise InvalidValueError("decision", expected="a model that is still current", found=decision.id)
    use_bundle(models, before)
    state.live.reload_model()
    return overrides.record_model(current, before, by=visitor.name, now=clock(), is_undo=True)


async def _decide(state: AppState, visitor: Visitor, decide: Callable[[], Decision | None]) -> Notice | None:
    """Carry a decision out, log it and make it visible; return the notice if it was refused or failed."""
    try:
        decision = await anyio.to_thread.run_sync(decide)
    except FormError as error:
        return Notice.of(error, visitor.messages, "unchanged")
    except InvalidValueError as error:
        known = FormError("error.superseded") if error.field == "decision" else message_of(error)
        return Notice.of(known, visitor.messages, "unchanged")
    except (ServiceError, ModelError) as error:
        _LOG.error(json.dumps({"overrides": str(error)}))
        return Notice(503, visitor.messages.plain("unwritten"), wait=2)
    if decision is not None:
        _LOG.info(
            json.dumps(
                {
                    "decision": decision.action,
                    "by": decision.by,
                    "subject": decision.subject,
                    "id": decision.id,
                }
            )
        )
    with suppress(StoreError):  # the decision is saved, and takes effect within a second
        await anyio.to_thread.run_sync(state.live.follow)
    return None


async def _overrides_page(request: Request, visitor: Visitor, notice: Notice, form: OverrideForm) -> Response:
    state, params = state_of(request), request.query_params
    query = params.get("q", "").strip()[:MAX_QUERY]
    snapshot, as_of = state.live.snapshot, clock()
    corpus = snapshot.corpus

    def view() -> tuple[list[OverrideRow], str, str]:
        rows = override_rows(corpus, state.live.overrides.load(), as_of)
        return rows, _label(corpus, form.url), _label(corpus, form.beside)

    matches = await search(request, query)
    found, failed = await compute_page(request, visitor, view, OVERVIEW_COST)
    rows, headline, beside = found or ([], form.url, form.beside)
    return render_page(
        request,
        visitor,
        "overrides",
        notice if notice.text else failed,
        rows=rows,
        matches=matches,
        marks=marks_by_url(snapshot.request.rules or Rules(), as_of),
        query=query,
        form=form,
        headline=headline,
        beside=beside,
        chooses_beside=params.get("choose") == "beside" and bool(form.url),
    )


async def _decisions_page(request: Request, visitor: Visitor, notice: Notice) -> Response:
    state = state_of(request)
    corpus = state.live.snapshot.corpus

    def view() -> list[DecisionRow]:
        return decision_rows(corpus, state.live.overrides.load(), state.current_model)

    rows, failed = await compute_page(request, visitor, view, OVERVIEW_COST)
    return render_page(request, visitor, "decisions", notice if notice.text else failed, rows=rows or [])


def _label(corpus: Corpus, typed: str) -> str:
    """Return the headline of a typed address, or what was typed."""
    if not typed:
        return ""
    with suppress(FormError):
        return label_of(corpus, parse_url(typed))
    return typed


def _refusal(visitor: Visitor, error: FormRefusedError) -> Notice:
    reason = visitor.messages.plain(error.message)
    return Notice(error.status, visitor.messages.plain("unchanged", reason=reason))
