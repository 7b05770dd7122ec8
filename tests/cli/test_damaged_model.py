"""Commands whose current model is damaged warn, use the pretrained weights, and can replace it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsys.domain import format_time
from recsys.ranking.model_files import (
    Manifest,
    current_name,
    load_current,
    load_pretrained_weights,
    save_bundle,
)
from recsys.recommender import Recommender
from recsys.store import Store
from tests.cli.conftest import LATER, Recsys
from tests.newsroom import END, newsroom


@pytest.fixture
def models(workplace: Path) -> Path:
    """The default folder with a current model that is damaged."""
    folder = workplace / "models"
    save_bundle(load_pretrained_weights(), Manifest("monday"), folder)
    (folder / "monday" / "appeal.npy").write_bytes(b"")
    return folder


@pytest.mark.parametrize("command", ["recommend", "popular", "status"])
def test_it_warns_and_uses_the_pretrained_weights(seeded: Recsys, models: Path, command: str):
    ran = seeded(command, *([] if command == "status" else ["--as-of", LATER]), "--json")
    assert ran.code == 0
    assert ran.err.startswith("warning: models/monday/appeal.npy: changed since it was written")
    if command != "status":
        assert ran.record["ranker"] == "pretrained"
    assert "pretrained weights" in ran.err


@pytest.mark.parametrize("content", [b"", b"\xff", b"../outside", b"nonesuch"])
def test_what_current_says_may_be_anything(seeded: Recsys, models: Path, content: bytes):
    (models / "current").write_bytes(content)
    ran = seeded("recommend", "--as-of", LATER)
    assert ran.code == 0
    assert "warning: " in ran.err
    assert Recommender.load("data/recsys.db", models, as_of=END).ranker is not None


@pytest.mark.parametrize("options", [[], ["--if-better"]])
def test_training_takes_it_for_the_pretrained_weights(recsys: Recsys, models: Path, options: list[str]):
    with Store.open("data/recsys.db") as store:
        store.add_all(newsroom())
    ran = recsys("train", "--until", format_time(END), "--name", "tuesday", *options)
    if options:  # it may be better or worse than those
        assert "warning: models/monday/appeal.npy: changed since it was written" in ran.err
        assert "Compared with the pretrained weights" in ran.out
        return
    assert ran.code == 0, ran.err
    assert current_name(models) == "tuesday"
    assert load_current(models).is_trained


def test_one_that_was_asked_for_by_its_name_is_refused(seeded: Recsys, models: Path):
    ran = seeded("recommend", "--as-of", LATER, "--ranker", "monday")
    assert (ran.code, ran.out) == (1, "")
    assert "SHA-256 differs" in ran.err


def test_keys_that_are_damaged_are_warned_of_and_kept_aside(recsys: Recsys, workplace: Path):
    assert recsys("keys", "add", "cms").code == 0
    path = workplace / "data" / "recsys-keys.json"
    document = json.loads(path.read_bytes())
    document["keys"].append({"name": "odd"})
    path.write_text(json.dumps(document))
    assert recsys("keys", "list").out.startswith("cms: ")
    ran = recsys("keys", "add", "desk")
    assert ran.code == 0
    assert "warning: " in ran.err
    assert "keys, entry 2" in ran.err
    assert recsys("keys", "list", "--json").records[1]["name"] == "desk"
    assert path.with_name(f"{path.name}.damaged-1").exists()
