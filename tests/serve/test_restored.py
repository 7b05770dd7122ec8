"""A running service, when its store is restored and its files are replaced beneath it."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.newsroom import newsroom, story, text_of
from tests.serve.hosting import fill, serving

pytestmark = pytest.mark.slow

STORY = "https://harbour.example/40"


def ask(client: httpx.Client, url: str) -> httpx.Response:
    return client.get("/v1/related", params={"url": url, "window": "all"})


def wait_for(client: httpx.Client, url: str, status: int) -> None:
    """At most 20 s: a busy machine, and an index that is made anew."""
    end = time.monotonic() + 20
    while (found := ask(client, url)).status_code != status and time.monotonic() < end:
        time.sleep(0.1)
    assert found.status_code == status, found.text


def put(client: httpx.Client, number: int) -> httpx.Response:
    article = story(number, 216, f"Anslow ferry {number}", text_of("Anslow", number)).article
    assert article is not None
    return client.put(
        "/v1/articles", json={"url": article.url, "headline": article.headline, "body": article.body}
    )


def test_a_service_goes_on_while_its_files_are_restored(tmp_path: Path) -> None:
    place = fill(tmp_path, newsroom())
    key, saved, index = place.add_key("cms"), tmp_path / "backup.db", Path(f"{place.store}.index")
    with serving(place) as served, served.client(key) as client:
        with closing(sqlite3.connect(place.store)) as old, closing(sqlite3.connect(saved)) as new:
            old.backup(new)
        assert put(client, 900).status_code == 200
        assert ask(client, "https://harbour.example/900").status_code == 200

        for path in index.glob("*"):  # as `cp` does it
            os.truncate(path, 0)
        assert put(client, 901).status_code == 200  # another edition, so that no cache answers
        assert ask(client, STORY).status_code == 200

        with closing(sqlite3.connect(saved)) as old, closing(sqlite3.connect(place.store)) as new:
            old.backup(new)
        wait_for(client, "https://harbour.example/900", 404)
        assert ask(client, STORY).status_code == 200
        assert put(client, 902).status_code == 200
        assert ask(client, "https://harbour.example/902").status_code == 200
        assert "was it restored" in served.said()

        saved.replace(place.store)
        assert put(client, 903).status_code == 503
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        assert ask(client, STORY).status_code == 200
        end = time.monotonic() + 20
        while "replaced by another file" not in served.said() and time.monotonic() < end:
            time.sleep(0.1)
        assert "replaced by another file" in served.said()
    for suffix in ("-wal", "-shm"):
        Path(f"{place.store}{suffix}").unlink(missing_ok=True)
    with serving(place) as served, served.client(key) as client:
        assert ask(client, "https://harbour.example/902").status_code == 404
        assert put(client, 904).status_code == 200
        assert ask(client, "https://harbour.example/904").status_code == 200
