"""How the service is: alive, ready, what it counts; and taking another model."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from recsys.errors import StoreError
from recsys.service.app import Room, problem
from recsys.service.keys import Key, Right
from recsys.service.live import clock
from recsys.service.wire import Health, Model, Problem
from recsys.service.writing import REFUSALS, needs

router = APIRouter(tags=["operate"])


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
    """Whether it answers from what the store holds: the store can be read, and was followed lately."""
    room: Room = request.app.state.room
    reason = room.follower.problem()
    try:
        await anyio.to_thread.run_sync(room.live.store.state)
    except StoreError:
        reason = "the store cannot be read; the log of the service says why"
    if reason is not None:
        return problem(503, "not_ready", reason, wait=2)
    edition = room.live.edition
    return Health(status="ok", articles=edition.archive.size, model=edition.model)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """What is counted, as Prometheus reads it."""
    room: Room = request.app.state.room
    edition, meter = room.live.edition, room.meter
    meter.articles.set(edition.archive.size)
    meter.lists.set(len(edition.archive.lists.times))
    if edition.trained_until is not None:
        trained = datetime.fromisoformat(edition.trained_until)
        meter.model_age.set((clock() - trained).total_seconds())
    return Response(meter.tell(), media_type="text/plain; version=0.0.4")


@router.post("/v1/model/reload", response_model=Model, responses=REFUSALS)
async def reload_model(request: Request, _: Annotated[Key, Depends(needs(Right.OPERATE))]) -> Model:
    """Take the current model of the models folder; every process does within a second, asked or not."""
    room: Room = request.app.state.room
    name = await anyio.to_thread.run_sync(room.live.reload_model)
    return Model(model=name, trained_until=room.live.edition.trained_until)
