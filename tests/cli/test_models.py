"""`recsys models`: list the trained models and choose the current one."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.ranking.model_files import Manifest, current_name, load_pretrained_weights, save_bundle
from tests.cli.conftest import Recsys


@pytest.fixture
def models(workplace: Path) -> Path:
    folder = workplace / "models"
    for name in ("monday", "tuesday"):
        save_bundle(load_pretrained_weights(), Manifest(name), folder)
    return folder


def test_use_returns_to_an_earlier_model(recsys: Recsys, models: Path):
    assert current_name(models) == "tuesday"
    assert recsys("models", "use", "monday").err == "monday is the current model; before it was tuesday.\n"
    assert current_name(models) == "monday"
    assert recsys("models", "use", "monday").err == "monday is the current model already.\n"
    assert recsys("models", "use", "tuesday", "--json").record == {"model": "tuesday", "before": "monday"}


@pytest.mark.parametrize("current", [None, b"", b"\xff", b"../tuesday"])
def test_use_works_if_the_current_model_is_missing_or_damaged(recsys: Recsys, models: Path, current):
    (models / "current").unlink()
    if current is not None:
        (models / "current").write_bytes(current)
    assert recsys("models", "use", "monday").code == 0
    assert current_name(models) == "monday"


@pytest.mark.parametrize("name", ["wednesday", "../models/monday", "current", ""])
def test_use_of_an_unknown_model_changes_nothing(recsys: Recsys, models: Path, name: str):
    ran = recsys("models", "use", name)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert current_name(models) == "tuesday"


def test_use_refuses_a_damaged_model(recsys: Recsys, models: Path):
    (models / "monday" / "appeal.npy").write_bytes(b"")
    assert "SHA-256 differs" in recsys("models", "use", "monday").err
    assert current_name(models) == "tuesday"


def test_list_shows_every_model_and_marks_the_current_one(recsys: Recsys, workplace: Path):
    weights, folder = load_pretrained_weights(), workplace / "models"
    until = "2026-01-01T00:00:00Z"
    save_bundle(weights, Manifest("late", until=until, contexts={"popular": 3, "inline": 4}), folder)
    save_bundle(weights, Manifest("early", until="2025-01-01T00:00:00Z", contexts={"popular": 1}), folder)
    ran = recsys("models", "list", "--json")
    assert ran.records == [
        {"model": "early", "current": True, "until": "2025-01-01T00:00:00Z", "contexts": {"popular": 1}},
        {"model": "late", "current": False, "until": until, "contexts": {"popular": 3, "inline": 4}},
    ]
    table = recsys("models", "list")
    rows = [line.split() for line in table.out.splitlines()[2:]]
    assert rows == [["early", "2025-01-01T00:00:00Z", "1", "current"], ["late", until, "7"]]
    assert table.err == "2 models in models.\n"


def test_list_warns_of_a_damaged_model_and_works_without_a_folder(recsys: Recsys, models: Path):
    (models / "monday" / "manifest.json").write_text("{")
    ran = recsys("models", "list", "--json")
    assert [each["model"] for each in ran.records] == ["tuesday"]
    assert ran.err.startswith("warning: models/monday/manifest.json: ")
    assert recsys("models", "list", "--models", "nowhere").err == "0 models in nowhere.\n"
