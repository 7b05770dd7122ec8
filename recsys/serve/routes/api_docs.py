"""The reference of the HTTP API as a page that loads nothing from elsewhere."""

from __future__ import annotations

from functools import partial

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response

from recsys.serve.dashboard.api_reference import build_reference
from recsys.serve.dashboard.rendering import render_page
from recsys.serve.dashboard.visitors import visitor_of
from recsys.serve.state import state_of

router = APIRouter(include_in_schema=False)


@router.head("/docs")
@router.get("/docs")
async def show_reference(request: Request) -> Response:
    """Return every route with its parameters, bodies, responses and examples."""
    reference = await state_of(request).kept.get("api", lambda: build_reference(request.app.openapi()))
    render = partial(render_page, request, visitor_of(request), "api", reference=reference)
    return await anyio.to_thread.run_sync(render)  # it is long
