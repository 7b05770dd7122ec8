"""`recsys train --if-better`: compared on days new to both models, then trained on everything."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recsys.cli import app
from recsys.domain import format_time
from recsys.ranking.model_files import current_name, load_bundle
from recsys.store import Store
from tests.cli.conftest import LATER, SEED, Recsys
from tests.evaluation.test_promotion import spoilt
from tests.newsroom import END as NEWSROOM_END
from tests.newsroom import newsroom

pytestmark = pytest.mark.slow
END = datetime(2025, 1, 9, tzinfo=UTC)
UNTIL, DAY = format_time(END), timedelta(days=1)


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a simulated newsroom."""
    folder = tmp_path_factory.mktemp("three-days")
    store, demo = str(folder / "news.db"), str(folder / "demo")
    for args in (["simulate", demo, "--days", "3"], ["ingest", demo, "--store", store]):
        assert CliRunner().invoke(app, args).exit_code == 0
    return folder / "news.db"


@pytest.fixture
def newsdesk(recsys: Recsys, workplace: Path, three_days: Path) -> Recsys:
    (workplace / "data").mkdir()
    shutil.copy(three_days, "data/recsys.db")
    return recsys


def test_the_first_model_is_compared_with_the_pretrained_weights_and_trained_again_on_everything(newsdesk):
    ran = newsdesk("train", "--if-better", "--until", UNTIL)
    assert (ran.code, ran.err) == (0, "")
    since = format_time(END - 2 * DAY)
    said = ran.out.splitlines()
    assert said[0] == "Compared with the pretrained weights on lists new to both models,"
    assert said[1] == f"from {since} to {UNTIL}:"
    assert any(line.split()[:2] == ["related", "nDCG@10"] for line in said)
    manifest = load_bundle(Path("models")).manifest
    assert manifest.until == UNTIL, "what the comparison was held back for is learnt afterwards"
    assert any(name.startswith("related ") for name in manifest.figures)
    assert max(map(len, said[:8])) <= 80


def test_json_has_every_comparison(newsdesk: Recsys):
    found = newsdesk("train", "--if-better", "--until", UNTIL, "--json").record
    assert found["validation"]["since"] == format_time(END - 2 * DAY)
    tasks = {each["task"]: each for each in found["validation"]["tasks"]}
    assert {"queries", "new", "current", "difference"} < tasks["related"].keys()
    assert newsdesk("train", "--until", UNTIL, "--json").record["validation"] is None


def test_later_it_is_compared_with_the_current_one_on_what_came_since(newsdesk: Recsys):
    assert newsdesk("train", "--until", format_time(END - DAY), "--name", "yesterday").code == 0
    found = newsdesk("train", "--if-better", "--until", UNTIL, "--name", "today", "--json").record
    assert found["validation"]["since"] == format_time(END - DAY)
    assert current_name(Path("models")) == "today"


@pytest.mark.parametrize("earlier", [timedelta(0), 2 * DAY])
def test_a_model_of_older_data_never_replaces_a_newer_one(newsdesk: Recsys, earlier: timedelta):
    assert newsdesk("train", "--until", UNTIL, "--name", "newest").code == 0
    ran = newsdesk("train", "--if-better", "--until", format_time(END - earlier), "--name", "older")
    assert ran.code == 1
    assert f"newest was trained on everything before {UNTIL}" in " ".join(ran.err.split())
    assert current_name(Path("models")) == "newest"


def test_without_enough_lists_to_compare_the_current_model_stays(recsys: Recsys, workplace: Path):
    (workplace / "data").mkdir()
    with Store.open("data/recsys.db") as store:
        store.add_all(newsroom())
    until = format_time(NEWSROOM_END - timedelta(hours=3))
    assert recsys("train", "--until", until, "--name", "newest").code == 0
    ran = recsys("train", "--if-better", "--until", format_time(NEWSROOM_END), "--name", "next")
    assert ran.code == 1
    assert "next cannot be compared with newest" in ran.err
    assert ran.err.endswith("recsys models use next\n")
    assert current_name(Path("models")) == "newest"
    assert recsys("models", "use", "next").code == 0


def test_a_worse_one_is_saved_with_its_figures_and_not_used(newsdesk: Recsys, monkeypatch):
    from recsys.ranking.logistic_ranker import LogisticRanker

    fit = LogisticRanker.fit

    def fit_badly(self, *args, **options):
        ranker = fit(self, *args, **options)
        ranker.weights_ = spoilt(ranker.weights_)
        return ranker

    monkeypatch.setattr(LogisticRanker, "fit", fit_badly)
    ran = newsdesk("train", "--if-better", "--until", UNTIL, "--name", "bad")
    assert ran.code == 1
    assert "bad is worse than the pretrained weights in " in " ".join(ran.err.split())
    assert load_bundle(Path("models"), "bad").manifest.figures
    assert not (Path("models") / "current").exists()


@pytest.mark.parametrize("options", [[], ["--if-better"]])
def test_without_examples_nothing_is_saved_and_it_is_said_what_is_missing(
    recsys: Recsys, workplace: Path, options: list[str]
):
    assert recsys("ingest", SEED, "--observed-at", "2025-11-21").code == 0
    ran = recsys("train", "--until", LATER, *options)
    assert (ran.code, ran.err) == (0, "")
    said = " ".join(ran.out.split())
    assert said.startswith(f"No training examples before {LATER}. No model was saved.")
    assert "most-read list" in said
    assert "Crawl or ingest it again at 2025-11-21T01:00:00Z." in said
    assert said.endswith("Used until then: the pretrained weights.")
    assert not (workplace / "models").exists()
    found = recsys("train", "--until", LATER, *options, "--json").record
    assert (found["model"], found["current"]) == (None, "the pretrained weights")
    assert len(found["missing"]) > 0


def test_without_examples_the_current_model_stays(newsdesk: Recsys):
    assert newsdesk("train", "--until", UNTIL, "--name", "mine").code == 0
    ran = newsdesk("train", "--until", "2020-01-01")
    assert ran.code == 0
    assert "no list to learn from" in " ".join(ran.out.split())
    assert ran.out.endswith("Used until then: mine.\n")
    assert current_name(Path("models")) == "mine"
