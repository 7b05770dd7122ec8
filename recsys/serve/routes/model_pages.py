"""The models with their figures, and rolling back to one of them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response

from recsys.errors import ModelError, ServiceError
from recsys.manifest import Manifest
from recsys.ranking.model_files import check_name, list_bundles, use_bundle
from recsys.serve.api_keys import Right
from recsys.serve.dashboard.forms import FormError
from recsys.serve.dashboard.rendering import Notice, redirect, render_page
from recsys.serve.dashboard.visitors import (
    FormRefusedError,
    Visitor,
    check_editor,
    parse_form,
    visitor_of,
)
from recsys.serve.state import AppState, clock, state_of

router = APIRouter(include_in_schema=False)
_LOG = logging.getLogger("recsys.serve")


@router.head("/models")
@router.get("/models")
async def show_models(request: Request) -> Response:
    """Return the models, for who is signed in."""
    visitor = visitor_of(request)
    if visitor.signed_in is None:
        return redirect("/sign-in", next="/models")
    return await _page(request, visitor, Notice())


@router.post("/models")
async def use_model(request: Request) -> Response:
    """Make a model the current one and load it; then redirect to the page."""
    state, visitor, body = state_of(request), visitor_of(request), await request.body()
    messages = visitor.messages
    try:
        fields = parse_form(body)
        by = check_editor(request, visitor, fields, Right.OPERATE)
        await anyio.to_thread.run_sync(_switch, state, fields.get("model", ""), by)
    except FormRefusedError as error:
        if visitor.signed_in is None:
            return redirect("/sign-in", next="/models")
        text = messages.plain("unchanged", reason=messages.plain(error.message))
        return await _page(request, visitor, Notice(error.status, text))
    except FormError as error:
        return await _page(request, visitor, Notice.of(error, messages, "unchanged"))
    except ModelError as error:
        _LOG.error(json.dumps({"model": str(error)}))
        return await _page(request, visitor, Notice(422, messages.plain("models.unusable")))
    except ServiceError as error:
        _LOG.error(json.dumps({"overrides": str(error)}))
        return await _page(request, visitor, Notice(503, messages.plain("models.unlogged"), wait=2))
    return redirect("/models")


def _switch(state: AppState, name: str, by: str) -> None:
    models = Path(state.config.models)
    before = state.current_model
    use_bundle(models, check_name(name))
    state.live.reload_model()
    if before != name:
        decision = state.live.overrides.record_model(before, name, by=by, now=clock())
        _LOG.info(
            json.dumps({"decision": "model", "by": by, "subject": name, "before": before, "id": decision.id})
        )


async def _page(request: Request, visitor: Visitor, notice: Notice) -> Response:
    state = state_of(request)
    models = Path(state.config.models)

    def view() -> tuple[list[Manifest], int, str | None]:
        manifests, problems = list_bundles(models)
        return manifests[::-1], len(problems), state.current_model

    manifests, unreadable, current = await anyio.to_thread.run_sync(view)
    return render_page(
        request,
        visitor,
        "models",
        notice,
        manifests=manifests,
        unreadable=unreadable,
        current=current,
        used=state.live.manifest,
    )
