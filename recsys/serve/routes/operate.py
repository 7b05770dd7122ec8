"""Routes for operators: health, readiness, metrics, reloading the model."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from recsys.errors import StoreError
from recsys.serve.api_keys import Key, Right
from recsys.serve.auth import RequireRight
from recsys.serve.error_responses import WRITE_ERRORS, error_response
from recsys.serve.schemas import Health, Model, Problem
from recsys.serve.state import clock, state_of

router = APIRouter(tags=["operate"])
PARTS = ("model", "overrides", "keys")


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", response_model=Health)
async def healthz() -> Health:
    """Return 200 while the process runs."""
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False, response_model=None)
@router.get(
    "/readyz",
    response_model=Health,
    responses={503: {"model": Problem, "description": "Answers may lag behind the store"}},
)
async def readyz(request: Request) -> Health | JSONResponse:
    """Return 200 if the store can be read and answers are up to date with it.

    `degraded` names the damaged parts that the service runs without: `model`, `overrides`, `keys`.
    """
    state = state_of(request)
    reason = state.refresher.problem()
    try:
        await anyio.to_thread.run_sync(state.live.store.state)
    except StoreError:
        reason = "the store cannot be read; see the service log"
    if reason is not None:
        return error_response(503, "not_ready", reason, wait=2)
    snapshot = state.live.snapshot
    degraded = sorted(state.problems)
    return Health(status="ok", articles=snapshot.corpus.size, model=snapshot.model, degraded=degraded)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Return the metrics in the Prometheus text format."""
    state = state_of(request)
    snapshot, values = state.live.snapshot, state.metrics
    values.articles.set(snapshot.corpus.size)
    values.lists.set(len(snapshot.corpus.lists.times))
    for part in PARTS:
        values.degraded.labels(part).set(part in state.problems)
    if snapshot.trained_until is not None:
        trained = datetime.fromisoformat(snapshot.trained_until)
        values.model_age.set((clock() - trained).total_seconds())
    return Response(values.render(), media_type="text/plain; version=0.0.4")


@router.post("/v1/model/reload", response_model=Model, responses=WRITE_ERRORS)
async def reload_model(request: Request, _: Annotated[Key, Depends(RequireRight(Right.OPERATE))]) -> Model:
    """Load the current model of the models folder now. Every process also checks by itself each second."""
    state = state_of(request)
    name = await anyio.to_thread.run_sync(state.live.reload_model)
    return Model(model=name, trained_until=state.live.snapshot.trained_until)
