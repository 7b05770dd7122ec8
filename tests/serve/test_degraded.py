"""Damaged files beside the store: the service starts, answers, follows its store and says what is damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from recsys.live import LiveRecommender
from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle, use_bundle
from recsys.request import Block, Request
from recsys.serve.api_keys import Right
from recsys.serve.overrides import OverridesFile
from recsys.store import Store
from tests.newsroom import address, newsroom, story
from tests.serve.conftest import Open
from tests.serve.damage import DAMAGE
from tests.serve.editing import Editor, signed_in
from tests.serve.hosting import Place, fill, serving
from tests.serve.test_behaviour import payload, wait_until

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARTS = ("keys", "model", "overrides")


def degraded(client: httpx.Client) -> list[str]:
    """What readiness names; it has to be ready."""
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return list(answer.json()["degraded"])


def gauges(client: httpx.Client) -> dict[str, bool]:
    text = client.get("/metrics").text
    return {part: f'recsys_degraded{{part="{part}"}} 1.0' in text for part in PARTS}


def two_models(place: Place) -> None:
    for name in ("monday", "tuesday"):
        save_bundle(load_pretrained_weights(), Manifest(name), place.models)


def cut_array(place: Place) -> None:
    path = place.models / "tuesday" / "appeal.npy"
    path.write_bytes(path.read_bytes()[:-9])


BROKEN_MODELS: dict[str, Callable[[Place], object]] = {
    "current is empty": lambda place: (place.models / "current").write_text(""),
    "current is binary": lambda place: (place.models / "current").write_bytes(b"\xff\0"),
    "current names no model": lambda place: (place.models / "current").write_text("nonesuch\n"),
    "an array is cut": cut_array,
    "the manifest is no JSON": lambda place: (place.models / "tuesday" / "manifest.json").write_text("{"),
    "the folder is gone": lambda place: shutil.rmtree(place.models / "tuesday"),
    "all models are gone": lambda place: shutil.rmtree(place.models),
}


@pytest.mark.parametrize("what", BROKEN_MODELS)
@pytest.mark.parametrize("kind", ["truncated", "a folder"])
def test_the_store_is_followed_whatever_else_is_damaged(tmp_path: Path, what: str, kind: str):
    place = fill(tmp_path, newsroom(12))
    two_models(place)
    overrides = OverridesFile(tmp_path / "desk.json")
    overrides.add(Block(address(3)), by="mika", now=NOW)
    with Store.open(place.store) as store:
        live = LiveRecommender(store, place.models, Request(), overrides)
        BROKEN_MODELS[what](place)
        DAMAGE[kind](overrides.path)
        store.add_all([story("late", 200, "Late", "Late story. " * 9)])
        assert live.follow()
        assert address("late") in live.snapshot.corpus.row_of
        assert (live.snapshot.model, live.snapshot.request.rules.blocks) == ("tuesday", (Block(address(3)),))  # type: ignore[union-attr]
        assert sorted(live.problems) == ["model", "overrides"]
        assert not live.follow()
        again = LiveRecommender(store, place.models, Request(), OverridesFile(overrides.path))
        assert again.snapshot.model == "pretrained"
        assert "overrides" in again.problems
        save_bundle(load_pretrained_weights(), Manifest("wednesday"), place.models)
        overrides.add(Block(address(4)), by="mika", now=NOW)
        for each in (live, again):
            assert each.follow()
            assert each.snapshot.model == "wednesday"
            assert each.problems == {}


def test_a_service_starts_and_answers_with_everything_damaged_and_recovers(tmp_path: Path):
    place = fill(tmp_path, newsroom(24))
    two_models(place)
    key = place.add_key("all")
    for path in (place.models / "current", tmp_path / "recsys-overrides.json", place.keys.path):
        DAMAGE["binary"](path)
    with serving(place) as served, served.client(key) as client:
        assert degraded(client) == [*PARTS]
        assert gauges(client) == dict.fromkeys(PARTS, True)
        answer = client.get("/v1/related", params={"url": address(20)})
        assert (answer.status_code, answer.json()["model"], answer.json()["token"]) == (
            200,
            "pretrained",
            None,
        )
        page = client.get("/")
        assert page.status_code == 200
        for words in (
            "current model cannot be loaded",
            "pinned and blocked stories is damaged",
            "key file is damaged",
        ):
            assert words in page.text
        assert str(tmp_path) not in page.text
        refused = client.put("/v1/articles", json=payload("keys"))
        assert refused.status_code == 503  # it is sent again
        assert refused.json()["error"]["code"] == "service"
        key = place.add_key("new")
        client.headers["authorization"] = f"Bearer {key}"
        assert client.put("/v1/articles", json=payload("keys")).status_code == 200
        assert degraded(client) == ["model", "overrides"]
        assert signed_in(client, key).decide(action="block", url=address(3)).status_code == 303
        use_bundle(place.models, "monday")
        wait_until(lambda: degraded(client) == [], 10)
        assert gauges(client) == dict.fromkeys(PARTS, False)
        answer = client.get("/v1/related", params={"url": address(21)}).json()
        assert answer["model"] == "monday"
        assert answer["token"]
    log = [json.loads(line) for line in served.said().splitlines() if line.startswith("{")]
    for part, words in (("model", "not UTF-8"), ("overrides", "damaged"), ("keys", "damaged")):
        assert 1 <= sum(words in line.get(part, "") for line in log) <= 2  # found, and set aside
    assert (tmp_path / "recsys-overrides.json.damaged-1").exists()
    assert "Traceback" not in served.said()


@pytest.fixture(scope="module")
def editor(newsdesk: Open) -> Editor:
    return signed_in(newsdesk.plain, newsdesk.served.place.add_key("editor", Right.EDIT))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("until", value) for value in [
            "9999-12-31", "9999-12-31T23:59", "9999-12-31T23:59:59-23:59", "2201-01-01T00:00", "0001-01-01",
            "0001-01-01T00:00+14:00", "2020-01-01T00:00", "now", "2199-03-01T22:00 ", "1e9",
            "2199-13-01",
            "2199-03-01T22:00:00+99:99", "2199-03-01T22:00" + "0" * 5_000, "\0", "２１９９-03-01", "-1",
        ]),
        *(("url", value) for value in [
            "", "a b", "javascript:alert(1)", "https://", "urn:recsys:a b",
            "https://a.example/" + "x" * 5_000,
            "https://a.example/" + "é" * 1_000, "\0", "https://[::1", "urn:other:a",
        ]),
        *(("position", value) for value in [
            "0", "-1", "1.5", "1001", "99999999999999999999", "²", "١", "1e2", "NaN", "0x1", "\0",
        ]),
    ],
)  # fmt: skip
def test_no_order_makes_overrides_that_cannot_be_read(newsdesk: Open, editor: Editor, field: str, value: str):
    client, place = newsdesk.plain, newsdesk.served.place
    order = {"action": "pin", "url": address(5), "position": "2", "until": "2199-03-01T22:00"}
    answer = editor.decide(**order | {field: value})
    assert answer.status_code in {303, 422}, answer.text
    if answer.status_code == 422:
        assert "Nothing was changed: Expected " in answer.text
    assert degraded(client) == []
    assert client.get("/").status_code == 200
    overrides = OverridesFile(place.folder / "recsys-overrides.json")
    pinned = overrides.load().pinned
    assert overrides.problem is None
    assert bool(pinned) == (answer.status_code == 303)
    for pin in pinned:
        assert editor.decide(action="release", url=pin.url).status_code == 303
    assert newsdesk.keyed.put("/v1/articles", json=payload("after")).status_code == 200


def test_a_model_whose_manifest_changes_is_told_anew(tmp_path: Path):
    place = fill(tmp_path, newsroom(12))
    two_models(place)
    with Store.open(place.store) as store:
        live = LiveRecommender(store, place.models, Request(), OverridesFile(tmp_path / "desk.json"))
        cut_array(place)
        live.follow()
        assert "model" in live.problems
        use_bundle(place.models, "monday")
        live.follow()
        assert (live.problems, live.snapshot.model) == ({}, "monday")
        assert replace(live.manifest, name="") == Manifest("", contexts={}, figures={})
