"""`recsys use`: another model made current, an earlier one too."""

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


def test_one_command_takes_the_earlier_model_back(recsys: Recsys, models: Path):
    assert current_name(models) == "tuesday"
    assert recsys("use", "monday").err == "monday is the current model; before it was tuesday.\n"
    assert current_name(models) == "monday"
    assert recsys("use", "monday").err == "monday is the current model already.\n"
    assert recsys("use", "tuesday", "--json").record == {"model": "tuesday", "before": "monday"}


@pytest.mark.parametrize("current", [None, b"", b"\xff", b"../tuesday"])
def test_it_works_where_what_was_current_cannot_be_read(recsys: Recsys, models: Path, current):
    (models / "current").unlink()
    if current is not None:
        (models / "current").write_bytes(current)
    assert recsys("use", "monday").code == 0
    assert current_name(models) == "monday"


@pytest.mark.parametrize("name", ["wednesday", "../models/monday", "current", ""])
def test_what_is_no_model_changes_nothing(recsys: Recsys, models: Path, name: str):
    ran = recsys("use", name)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert current_name(models) == "tuesday"


def test_a_damaged_model_is_not_taken(recsys: Recsys, models: Path):
    (models / "monday" / "appeal.npy").write_bytes(b"")
    assert "SHA-256 differs" in recsys("use", "monday").err
    assert current_name(models) == "tuesday"
