"""Another model in a running service: no question fails, and one command takes it back."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle
from recsys.store import Store
from tests.newsroom import address, newsroom
from tests.serve.serving import serve

pytestmark = pytest.mark.slow


def test_a_running_service_takes_the_model_that_is_made_current(tmp_path: Path):
    with Store.open(tmp_path / "news.db") as store:
        store.add_all(newsroom(24))
    for name in ("monday", "tuesday"):
        save_bundle(load_pretrained_weights(), Manifest(name), tmp_path / "models")
    with serve(tmp_path) as served, httpx.Client(base_url=served.url, timeout=30) as client:

        def model() -> str:
            answer = client.get("/v1/related", params={"url": address(20)})
            assert answer.status_code == 200
            return str(answer.json()["model"])

        assert model() == "tuesday"
        served.command("--models", "models", "models", "use", "monday")
        until = time.monotonic() + 10
        while model() != "monday":
            assert time.monotonic() < until
            time.sleep(0.05)
        assert "monday" in client.get("/").text
