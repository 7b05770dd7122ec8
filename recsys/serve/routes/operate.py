"""How the service is: alive, ready, what it counts; and taking another model."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from recsys.errors import StoreError
from recsys.serve.api_keys import Key, Right
from recsys.serve.app import AppState
from recsys.serve.error_responses import problem
from recsys.serve.routes.content import REFUSALS, KeyWith
from recsys.serve.schemas import Health, Model, Problem
from recsys.serve.service_clock import clock

router = APIRouter(tags=["operate"])
PARTS = ("model", "overrides", "keys")


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", response_model=Health)
async def healthz() -> Health:
    """Whether the process runs."""
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False, response_model=None)
@router.get(
    "/readyz",
    response_model=Health,
    responses={503: {"model": Problem, "description": "Answers may lag behind the store"}},
)
async def readyz(request: Request) -> Health | JSONResponse:
    """Whether it answers from what the store holds: the store can be read, and was followed lately.

    `degraded` names what is damaged and answered without: `model`, `overrides`, `keys`.
    """
    state: AppState = request.app.state.state
    reason = state.follower.problem()
    try:
        await anyio.to_thread.run_sync(state.live.store.state)
    except StoreError:
        reason = "the store cannot be read; the log of the service says why"
    if reason is not None:
        return problem(503, "not_ready", reason, wait=2)
    snapshot = state.live.snapshot
    degraded = sorted(state.problems)
    return Health(status="ok", articles=snapshot.corpus.size, model=snapshot.model, degraded=degraded)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """What is counted, as Prometheus reads it."""
    state: AppState = request.app.state.state
    snapshot, meter = state.live.snapshot, state.meter
    meter.articles.set(snapshot.corpus.size)
    meter.lists.set(len(snapshot.corpus.lists.times))
    for part in PARTS:
        meter.degraded.labels(part).set(part in state.problems)
    if snapshot.trained_until is not None:
        trained = datetime.fromisoformat(snapshot.trained_until)
        meter.model_age.set((clock() - trained).total_seconds())
    return Response(meter.tell(), media_type="text/plain; version=0.0.4")


@router.post("/v1/model/reload", response_model=Model, responses=REFUSALS)
async def reload_model(request: Request, _: Annotated[Key, Depends(KeyWith(Right.OPERATE))]) -> Model:
    """Take the current model of the models folder; every process does within a second, asked or not."""
    state: AppState = request.app.state.state
    name = await anyio.to_thread.run_sync(state.live.reload_model)
    return Model(model=name, trained_until=state.live.snapshot.trained_until)
