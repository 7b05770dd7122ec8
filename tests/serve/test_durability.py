"""What was acknowledged is on disk, and readers are answered while nothing can be written."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from recsys.store import Store
from tests.newsroom import address, newsroom
from tests.serve.hosting import Place, Served, fill, serving

NOW = "2026-02-01T00:00:00Z"


@dataclass
class Acknowledged:
    """What a server said it has."""

    articles: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)


@pytest.mark.parametrize("rounds", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path, rounds: int):
    place = fill(tmp_path, newsroom(24))
    key, known = place.add_key("cms"), Acknowledged()
    for number in range(1, rounds + 1):
        with serving(place) as served:
            write_until_killed(served, key, known, after=2 * number)
    with Store.open(place.store) as store:
        assert store.integrity.problems() == ()
        titles = {each.list.title for each in store.read_lists()}
        assert [name for name in known.articles if store.article(address(name)) is None] == []
    assert set(known.lists) <= titles
    with closing(sqlite3.connect(place.store)) as connection:
        assert set(known.views) <= {row[0] for row in connection.execute("SELECT id FROM impressions")}


def write_until_killed(served: Served, key: str, known: Acknowledged, *, after: int) -> None:
    """Write from three sides; kill the server in the middle of it, when so many of each are acknowledged."""
    kinds = (known.articles, known.lists, known.views)
    writing = [threading.Thread(target=write, args=(served, key, known, kind)) for kind in WRITES]
    for thread in writing:
        thread.start()
    until = time.monotonic() + 30
    while min(map(len, kinds)) < after and time.monotonic() < until:
        time.sleep(0.005)
    served.process.kill()
    for thread in writing:
        thread.join()
    assert min(map(len, kinds)) >= after


def write(served: Served, key: str, known: Acknowledged, kind: str) -> None:
    """Write one after the other until nobody answers."""
    written: list[str] = getattr(known, kind)
    method, path, build = WRITES[kind]
    with served.client(key) as client:
        try:
            token = client.get("/v1/related", params={"url": address(20)}).json()["token"]
            while True:
                name = secrets.token_hex(16)
                if client.request(method, path, json=build(name, token)).status_code == 200:
                    written.append(name)
        except httpx.TransportError:
            return


def an_article(name: str, _: str = "") -> dict[str, object]:
    """An article that is known by its address."""
    return {"url": address(name), "headline": name}


def a_list(title: str, _: str = "") -> dict[str, object]:
    """A list that is known by its title."""
    items = [{"headline": "Story 1", "url": address(1)}]
    return {"kind": "latest", "site": "harbour.example", "title": title, "items": items, "observed_at": NOW}


def a_view(name: str, token: str) -> dict[str, object]:
    """A view that is known by its id."""
    return {"events": [{"kind": "shown", "token": token, "view": name}]}


WRITES: dict[str, tuple[str, str, Callable[[str, str], dict[str, object]]]] = {
    "articles": ("PUT", "/v1/articles", an_article),
    "lists": ("POST", "/v1/lists", a_list),
    "views": ("POST", "/v1/events", a_view),
}


def write_all(client: httpx.Client, token: str) -> list[httpx.Response]:
    """An article, a list and an event, one after the other."""
    name = secrets.token_hex(16)
    return [client.request(method, path, json=build(name, token)) for method, path, build in WRITES.values()]


def test_while_another_process_writes_readers_are_answered_and_writers_told_to_come_again(tmp_path: Path):
    place = fill(tmp_path, newsroom(24))
    with serving(place) as served, served.client(place.add_key("cms")) as client:
        token = client.get("/v1/related", params={"url": address(20)}).json()["token"]
        with closing(sqlite3.connect(place.store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers: list[tuple[float, httpx.Response]] = []
            writers = [threading.Thread(target=time_write, args=(client, answers)) for n in range(4)]
            for thread in writers:
                thread.start()
            for number in range(20):
                asked = {"url": address(number), "k": 3}
                assert client.get("/v1/related", params=asked).status_code == 200
            assert client.get("/readyz").status_code == 200
            for thread in writers:
                thread.join()
            other.execute("ROLLBACK")
        for seconds, answer in answers:
            assert seconds < 7
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert answer.json()["error"]["code"] == "store"
        assert [each.status_code for each in write_all(client, token)] == [200, 200, 200]


def time_write(client: httpx.Client, answers: list[tuple[float, httpx.Response]]) -> None:
    began = time.monotonic()
    answer = client.put("/v1/articles", json=an_article("locked"))
    answers.append((time.monotonic() - began, answer))


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of so many megabytes; skips where none can be made."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("no small disk: it takes root and mount")
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip(f"no small disk: {made.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_on_a_full_disk_readers_are_answered_and_writers_told_why(tmp_path: Path):
    with small_disk(tmp_path / "disk", 24) as folder:
        place: Place = fill(folder, newsroom(24))
        key = place.add_key("cms")
        with serving(place) as served, served.client(key) as client:
            token = client.get("/v1/related", params={"url": address(20)}).json()["token"]
            with (folder / "filler").open("wb") as filler:
                fill_up(filler.fileno())
            for answer in [answer for _ in range(3) for answer in write_all(client, token)]:
                assert answer.status_code == 503, answer.text
                assert str(folder) not in answer.text
            assert "full" in served.said(), "the log says what the response does not"
            for number in range(20):
                asked = {"url": address(number), "k": 4}
                assert client.get("/v1/related", params=asked).status_code == 200
            assert client.get("/readyz").status_code == 200
            (folder / "filler").unlink()
            assert [each.status_code for each in write_all(client, token)] == [200, 200, 200]


def fill_up(file: int) -> None:
    """Write until the disk is full to the last byte."""
    for size in (1 << 20, 1 << 12, 1):
        try:
            while True:
                os.write(file, b"x" * size)
        except OSError:
            continue
