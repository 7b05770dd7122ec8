"""`recsys simulate`: an invented newsroom in files that the other commands take."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Recsys

SMALL = ("--days", 2, "--articles-per-day", 12, "--views-per-day", 60)


def test_what_is_written_can_be_ingested_and_learnt_from(recsys: Recsys, workplace: Path):
    said = recsys("simulate", "demo", *SMALL, "--json").record
    assert said["folder"] == "demo"
    assert said["articles"] == 24
    assert set(said["lists"]) == {"popular", "related", "inline", "front_page", "served"}
    taken = recsys("ingest", "demo", "--json").record
    assert (taken["skipped"], taken["articles_new"]) == (0, 24)
    assert taken["lists_new"] == sum(said["lists"].values())
    again = recsys("ingest", "demo", "--json").record
    assert (again["articles_new"], again["articles_changed"], again["lists_new"]) == (0, 0, 0)
    trained = recsys("train", "--until", "2025-01-08", "--json").record
    assert 0 < trained["contexts"]["served"] <= said["clicks"]
    assert trained["propensities"]["origin"] == "default"
    shown = recsys("train", "--until", "2025-01-08", "--propensities", "1,0.5")
    assert "Examination by widget position: 1.00 0.50, given." in shown.out


def test_the_truth_names_every_view_and_no_chance_is_more_than_one(recsys: Recsys, workplace: Path):
    said = recsys("simulate", "demo", *SMALL, "--seed", 3, "--policy", "random", "--json").record
    truth = json.loads(gzip.decompress((workplace / "demo" / "truth.json.gz").read_bytes()))
    assert (truth["seed"], truth["policy"]) == (3, "random")
    assert truth["propensities"] == [1 / k for k in range(1, 9)]
    assert len(truth["views"]) == said["lists"]["served"]
    chances = [item["attractiveness"] for view in truth["views"] for item in view["items"]]
    assert 0 < min(chances) <= max(chances) < 1


def test_the_same_seed_writes_the_same_bytes(recsys: Recsys, workplace: Path):
    for folder in ("one", "two"):
        assert recsys("simulate", folder, *SMALL, "--language", "ja").code == 0
    names = sorted(path.name for path in (workplace / "one").iterdir())
    assert names == ["articles.jsonl.gz", "lists.jsonl.gz", "truth.json.gz"]
    for name in names:
        assert (workplace / "one" / name).read_bytes() == (workplace / "two" / name).read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("demo", "--days", 0),
        ("demo", "--articles-per-day", 0),
        ("demo", "--views-per-day", -1),
        ("demo", "--seed", -1),
        ("demo", "--policy", "fair"),
        ("demo", "--language", "tlh"),
        ("demo", "--days", "many"),
    ],
)
def test_wrong_usage_ends_with_2_and_writes_nothing(
    recsys: Recsys, workplace: Path, options: tuple[object, ...]
):
    assert recsys("simulate", *options).code == 2
    assert list(workplace.iterdir()) == []


@pytest.mark.parametrize("chances", ["", "1,x", "0.5;0.2", "1,0", "2", "nan", "1,,1"])
def test_propensities_that_are_no_chances_are_wrong_usage(recsys: Recsys, chances: str):
    ran = recsys("train", "--propensities", chances)
    assert ran.code == 2
    assert "--propensities" in ran.err


def test_a_folder_that_cannot_be_made_is_named(recsys: Recsys, workplace: Path):
    (workplace / "demo").write_text("a file", encoding="utf-8")
    ran = recsys("simulate", "demo", *SMALL)
    assert ran.code == 1
    assert ran.err.startswith("error: demo: cannot create the folder")
