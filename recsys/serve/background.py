"""Background tasks: warming up, and following the store and models."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib import import_module

from anyio import to_thread
from fastapi import FastAPI

from recsys.errors import RecsysError
from recsys.serve.state import AppState, clock

POLL_SECONDS = 0.25
"""How long it takes at most until a process sees what another one wrote, or a new model."""
VECTORIZER = "sklearn.feature_extraction.text"
"""Counts the terms of a text; importing it takes half a second, for which no reader should wait."""
_SAVE_AFTER = 200  # snapshots
_LOG = logging.getLogger("recsys.serve")


def lifespan(state: AppState) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the application's lifespan: it runs the background tasks, and closes the store at the end."""

    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(task(state)) for task in (_warm_up, _follow_store)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            state.live.store.close()

    return run


async def _warm_up(state: AppState) -> None:
    """Compute one answer, so that no reader waits for what is imported and compiled with the first."""
    snapshot = state.live.snapshot

    def recommend() -> None:
        newest = snapshot.corpus.shown(snapshot.corpus.size - 1).url
        snapshot.recommender.recommend(newest, clock(), snapshot.request)

    if snapshot.corpus.size:
        try:
            await to_thread.run_sync(recommend, limiter=state.queue.threads)
        except RecsysError as error:
            _LOG.warning(json.dumps({"warm_up": str(error)}))
    await to_thread.run_sync(import_module, VECTORIZER)


async def _follow_store(state: AppState) -> None:
    """Load what other processes wrote, and new models; save the index on disk from time to time."""
    while True:
        await asyncio.sleep(POLL_SECONDS)
        try:
            await asyncio.to_thread(state.refresher)
            if state.live.unsaved >= _SAVE_AFTER:
                await asyncio.to_thread(state.live.save)
        except RecsysError as error:  # a locked store or a damaged model: answers come from what is loaded
            _LOG.warning(json.dumps({"refresh": str(error)}))
            await asyncio.sleep(1)
