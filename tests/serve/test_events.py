"""What a widget reports: for which lists it may, what counts, and that reports starve no other writer."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from recsys.serve.limits import PER_CLIENT
from tests.newsroom import address, newsroom
from tests.serve.hosting import Place, fill
from tests.serve.in_process import InProcess, ask, clicked, gather, in_process, report, shown


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return fill(tmp_path, newsroom(40))


def fresh() -> str:
    """The number of a new view."""
    return secrets.token_hex(16)


REPORTED: list[dict[str, object]] = [
    {},
    {"k": 20},
    {"k": 5, "fallback": "popular", "dial": 0.7, "window": "90d", "section": "Sports"},
    {"k": 4, "exclude": [address(1), address(2)]},
    {"k": 3, "exclude": [address(n) for n in range(20)]},
]
UNREPORTED: list[dict[str, object]] = [
    {"k": 21},
    {"k": 100, "window": "all"},
    {"window": "all"},
    {"explain": True},
    {"exclude": [address(n) for n in range(21)]},
]


def test_a_list_that_a_widget_asks_for_has_a_token_and_no_other_unless_a_server_with_a_key_asks(place: Place):
    key = place.add_key("cms")

    async def run() -> None:
        async with in_process(place) as service, service.client() as reader:
            for params in REPORTED:
                assert (await ask(reader, url=address(30), **params))["token"] is not None, params
            for params in UNREPORTED:
                assert (await ask(reader, url=address(30), **params))["token"] is None, params
            async with service.client(key="rk_none") as other, service.client(key=key) as cms:
                assert (await ask(other, url=address(31), **UNREPORTED[-1]))["token"] is None
                assert (await ask(cms, url=address(32), **UNREPORTED[-1]))["token"] is not None

    asyncio.run(run())


def test_a_click_counts_after_its_view_was_shown_and_on_three_places(place: Place):
    async def run() -> None:
        async with in_process(place) as service, service.client() as reader:
            token = (await ask(reader, url=address(30), k=8))["token"]
            view, other = fresh(), fresh()
            assert await report(reader, clicked(token, view, 1)) == 0
            assert await report(reader, clicked(token, view, 1), shown(token, view)) == 1
            assert await report(reader, clicked(token, view, 1)) == 1
            assert await report(reader, clicked(token, view, 1)) == 0
            places = [clicked(token, other, place) for place in range(1, 9)]
            assert await report(reader, shown(token, other), *places) == 1 + 3

    asyncio.run(run())


def test_what_one_address_reports_counts_so_often_and_a_server_with_a_key_as_often_as_its_readers(
    place: Place,
):
    key, tries = place.add_key("relay"), 2 * PER_CLIENT.clicks

    async def run() -> None:
        async with in_process(place) as service:
            async with service.client("192.0.2.1") as reader:
                tokens = [(await ask(reader, url=address(n), k=5))["token"] for n in range(20, 40)]
            counts = [
                await clicks_of(service, tokens, tries, client, given)
                for client, given in (("192.0.2.1", None), ("192.0.2.2", None), ("192.0.2.3", key))
            ]
            assert counts == [PER_CLIENT.clicks, PER_CLIENT.clicks, tries]
            metrics = service.state.metrics.render().decode()
            assert f'recsys_events_ignored_total{{reason="limit"}} {float(2 * PER_CLIENT.clicks)}' in metrics

    asyncio.run(run())


async def clicks_of(service: InProcess, tokens: list[str], tries: int, client: str, key: str | None) -> int:
    """How many clicks of so many views of lists count that one client reports."""
    async with service.client(client, key) as reader:
        views = [(tokens[n % len(tokens)], fresh()) for n in range(tries)]
        reports = [report(reader, shown(*view), clicked(*view, 2)) for view in views]
        return sum(await gather(reports)) - tries


def test_reports_of_many_readers_are_written_together_and_each_hears_of_its_own(place: Place):
    readers, key = 300, place.add_key("relay")

    async def run() -> None:
        async with in_process(place) as service, service.client(key=key) as relay:
            token = (await ask(relay, url=address(30), k=5))["token"]
            views = [fresh() for _ in range(readers)]
            known = views[::3]
            await report(relay, *[shown(token, view) for view in known[:50]])
            await report(relay, *[shown(token, view) for view in known[50:]])
            reports = [report(relay, shown(token, view), clicked(token, view, 1)) for view in views]
            counted = await gather(reports, at_once=readers)
            assert counted == [1 if view in known else 2 for view in views]
            metrics = service.state.metrics.render().decode()
            (line,) = [each for each in metrics.splitlines() if each.startswith("recsys_event_batch_count")]
            assert float(line.split()[1]) <= 2 + readers / 20, "a transaction holds many reports"
            (line,) = [each for each in metrics.splitlines() if each.startswith("recsys_event_batch_sum")]
            assert float(line.split()[1]) == 2 * readers + len(known)

    asyncio.run(run())


def test_while_reports_pour_in_a_story_is_stored_within_a_second(place: Place):
    key = place.add_key("cms")

    async def run() -> None:
        async with in_process(place) as service, service.client(key=key) as cms:
            token, stop = (await ask(cms, url=address(30), k=5))["token"], asyncio.Event()
            acknowledged: list[str] = []

            async def pour() -> None:
                while not stop.is_set():
                    view = fresh()
                    assert await report(cms, shown(token, view)) in (0, 1)
                    acknowledged.append(view)
                    await asyncio.sleep(0.1)  # clients and service share a processor here

            pouring = [asyncio.create_task(pour()) for _ in range(40)]
            await asyncio.sleep(0.3)
            took = []
            for n in range(5):
                began = time.monotonic()
                story = {"url": address(f"put-{n}"), "headline": f"Stored meanwhile {n}"}
                assert (await cms.put("/v1/articles", json=story)).status_code == 200
                took.append(time.monotonic() - began)
            stop.set()
            await asyncio.gather(*pouring)
            assert sorted(took)[2] < 1, took
            assert len(acknowledged) >= 40
        with closing(sqlite3.connect(place.store)) as connection:
            assert {row[0] for row in connection.execute("SELECT id FROM impressions")} >= set(acknowledged)

    asyncio.run(run())


def test_a_store_that_cannot_be_written_is_said_to_everybody_who_reported(place: Place):
    async def run() -> None:
        async with in_process(place) as service, service.client() as reader:
            token = (await ask(reader, url=address(30), k=5))["token"]
            service.state.live.store.close()
            place.store.unlink()
            place.store.mkdir()
            answers = await asyncio.gather(
                *(reader.post("/v1/events", json={"events": [shown(token, fresh())]}) for _ in range(5))
            )
            assert [each.status_code for each in answers] == [503] * 5
            assert {each.headers["retry-after"] for each in answers} == {"2"}

    asyncio.run(run())
