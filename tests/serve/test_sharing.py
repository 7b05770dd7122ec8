"""Writers that wait for a refresh get one that began after they did, and share it."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import pytest

from recsys.request import Request
from recsys.serve.overrides import OverridesFile
from recsys.serve.refresh import Coalescer
from recsys.serve.state import LiveRecommender
from recsys.store import Store
from tests.newsroom import newsroom, story
from tests.serve.hosting import fill


def test_those_that_come_during_a_run_share_the_next_one():
    runs: list[int] = []
    written: list[int] = []

    def follow() -> None:
        seen = len(written)
        time.sleep(0.02)
        runs.append(seen)

    async def write(coalescer: Coalescer, number: int) -> None:
        await anyio.sleep(number * 0.001)
        written.append(number)
        place = len(written)
        await coalescer.catch_up()
        assert runs[-1] >= place

    async def all_write() -> None:
        coalescer = Coalescer(follow)
        async with anyio.create_task_group() as group:
            for number in range(40):
                group.start_soon(write, coalescer, number)

    anyio.run(all_write)
    assert runs[-1] == 40
    assert len(runs) <= 6


def test_a_failing_run_raises_for_its_caller_and_serves_nobody_else():
    outcomes = iter([OSError("disk"), None])

    def follow() -> None:
        time.sleep(0.01)
        error = next(outcomes)
        if error is not None:
            raise error

    async def both() -> list[str]:
        coalescer, outcomes_seen = Coalescer(follow), list[str]()

        async def wait() -> None:
            try:
                await coalescer.catch_up()
                outcomes_seen.append("served")
            except OSError:
                outcomes_seen.append("failed")

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            group.start_soon(wait)
        return outcomes_seen

    assert anyio.run(both) == ["failed", "served"]
    with pytest.raises(StopIteration):
        next(outcomes)


def test_unsaved_snapshots_are_counted_whoever_asked_for_them(tmp_path: Path):
    place = fill(tmp_path, newsroom(12))
    with Store.open(place.store) as store:
        live = LiveRecommender(store, place.models, Request(), OverridesFile(tmp_path / "desk.json"))
        assert store.index_folder is not None
        assert not live.follow()
        for number in range(3):
            store.add(story(f"more-{number}", 100))
            assert live.follow()
        assert live.unsaved == 3
        live.save()
        assert live.unsaved == 0
        assert store.index_folder.is_dir()


def test_a_wait_ends_in_time_while_the_refresh_continues(caplog: pytest.LogCaptureFixture):
    """As when an old article is sorted into a large corpus; the work is not lost."""
    ended: list[float] = []
    failing = [False]

    def follow() -> None:
        time.sleep(0.5)
        if failing[0]:
            raise OSError("disk")
        ended.append(time.monotonic())

    async def writes() -> None:
        coalescer = Coalescer(follow)
        assert not await coalescer.catch_up_within(0.05)
        assert not await coalescer.catch_up_within(0.05)  # while the first runs
        assert ended == []
        await anyio.sleep(3)
        assert len(ended) == 2  # the second began after the second write
        assert await coalescer.catch_up_within(10)
        failing[0] = True
        assert not await coalescer.catch_up_within(0.05)
        await anyio.sleep(3)

    anyio.run(writes)
    assert "disk" in caplog.text


def test_a_failure_in_time_is_raised():
    def follow() -> None:
        raise OSError("disk")

    async def write() -> None:
        with pytest.raises(OSError, match="disk"):
            await Coalescer(follow).catch_up_within(10)

    anyio.run(write)
