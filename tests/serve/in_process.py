"""The whole service in the process of a test, asked through its real routes from any address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from recsys.config.settings import Settings
from recsys.serve.app import create_app
from recsys.serve.limits import ConcurrencyLimit, Rate, RateLimit
from recsys.serve.state import AppState, ServeConfig
from tests.serve.hosting import BROWSER, Place


class InProcess:
    """An application, and clients with addresses of their own."""

    def __init__(self, place: Place) -> None:
        folder = place.folder
        config = ServeConfig(
            str(place.store), str(place.models), str(place.keys.path), str(folder / "recsys-overrides.json")
        )
        self.front = create_app(config, Settings())
        self.state: AppState = self.front.state
        # rate limits are tested elsewhere
        unlimited = RateLimit(Rate(1e6, 1_000_000))
        self.state.admission.events = self.state.admission.queries = unlimited
        self.state.admission.bodies = ConcurrencyLimit(1_000, 1_000)

    def client(self, address: str = "192.0.2.1", key: str | None = None) -> httpx.AsyncClient:
        """A browser at an address, or a server with a key."""
        headers = BROWSER | ({"authorization": f"Bearer {key}"} if key else {})
        transport = httpx.ASGITransport(self.front, client=(address, 40_000))
        return httpx.AsyncClient(
            transport=transport, base_url="http://news.example", headers=headers, timeout=60
        )


@asynccontextmanager
async def in_process(place: Place) -> AsyncIterator[InProcess]:
    """The service of a place, closed at the end."""
    service = InProcess(place)
    try:
        yield service
    finally:
        service.state.live.store.close()


async def ask(client: httpx.AsyncClient, **params: object) -> dict[str, Any]:
    """The answer to GET /v1/related."""
    answer = await client.get("/v1/related", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def shown(token: str, view: str) -> dict[str, object]:
    """The event of a list that was shown."""
    return {"kind": "shown", "token": token, "view": view}


def clicked(token: str, view: str, position: int) -> dict[str, object]:
    """The event of a click."""
    return {"kind": "clicked", "token": token, "view": view, "position": position}


async def report(client: httpx.AsyncClient, *events: dict[str, object]) -> int:
    """How many of the events counted."""
    answer = await client.post("/v1/events", json={"events": events})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["counted"])


async def gather(work: Sequence[Any], at_once: int = 40) -> list[Any]:
    """The results of coroutines, of which only so many run at once."""
    places = asyncio.Semaphore(at_once)

    async def run(each: Any) -> Any:
        async with places:
            return await each

    return list(await asyncio.gather(*map(run, work)))
