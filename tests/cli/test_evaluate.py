"""`recsys evaluate` and `recsys compare`: what they print, write and refuse."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from recsys.ranking import BASELINES
from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle
from tests.cli.conftest import LATER, ROOT, SEED, SEEN, Recsys

pytestmark = pytest.mark.slow

PERIOD = ("--since", "2025-01-10", "--until", "2025-01-12")


@pytest.fixture
def simulated(recsys: Recsys) -> Recsys:
    """The command where the default store holds a week of an invented newsroom."""
    assert recsys("simulate", "demo", "--days", 7, "--articles-per-day", 12, "--views-per-day", 30).code == 0
    assert recsys("ingest", "demo").code == 0
    return recsys


def test_verdict_first_then_tables_with_counts(simulated):
    ran = simulated("evaluate", *PERIOD, "--pretrained", "--json", "all.json")
    assert ran.code == 0
    plainly, *_ = ran.out.splitlines()
    assert " of 100 lists contain a story your editors chose (" in plainly
    verdict = next(line for line in ran.out.splitlines() if line.startswith("On related stories chosen by"))
    assert "queries" in verdict
    assert max(map(len, ran.out.partition("\n\n")[2].splitlines())) <= 80
    for shown in ("model", "persistence", "bm25", "nDCG@10", "+24h", "coverage", "SNIPS DCG"):
        assert shown in ran.out
    assert "No leak: " in ran.err
    document = json.loads(Path("all.json").read_text(encoding="utf-8"))
    figure = document["tasks"]["related"]["rankers"]["model"]["ndcg@10"]
    assert f"{figure['mean']:.3f}" in verdict
    assert document["provenance"]["systems"][0]["label"] == "pretrained"


def test_json_to_stdout_and_the_table_to_a_file(simulated):
    ran = simulated("evaluate", *PERIOD, "--pretrained", "--json", "-", "--table", "queries.csv.gz")
    with gzip.open("queries.csv.gz", "rt", encoding="utf-8") as table:
        assert next(table).startswith("task,query,as_of,url,")
        assert sum(1 for _ in table) > 1_000
    assert (ran.code, set(ran.record["tasks"]["related"]["rankers"])) == (
        0,
        {"model", *BASELINES},
    )


def test_the_gate_passes_for_equal_figures_and_fails_for_a_regression(simulated):
    assert simulated("evaluate", *PERIOD, "--pretrained", "--json", "before.json").code == 0
    same = simulated("evaluate", *PERIOD, "--pretrained", "--gate", "before.json")
    assert (same.code, "Gate passed" in same.err) == (0, True)
    learnt = load_pretrained_weights()
    turned = replace(learnt, relatedness=learnt.relatedness.refit(-learnt.relatedness.weights))
    save_bundle(turned, Manifest("turned"), Path("models"))
    ran = simulated("evaluate", *PERIOD, "--model", "turned", "--gate", "before.json", "--report", "a.html")
    assert ran.code == 1
    fallen = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert fallen[0].startswith("error: related: nDCG@5 of the model fell from 0.")
    assert ", on the same queries -0." in fallen[0]
    assert f"Gate failed: {len(fallen)} of " in ran.err
    assert "the model is worse than" in ran.out
    assert "worse than" in Path("a.html").read_text(encoding="utf-8")


def test_a_planted_leak_is_named_and_nothing_is_written(simulated):
    """A process of its own, because the feature has to be there before anything takes the features."""
    asked = ("evaluate", *PERIOD, "--pretrained", "--report", "out.html", "--json", "out.json")
    done = subprocess.run(
        [sys.executable, "-m", "tests.evaluation.leaking", *asked],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    named, *others, last = done.stderr.splitlines()
    assert named.startswith("error: the feature on_most_read depends on later observations: 1 for https://")
    assert "but 0 without them" in named
    assert all("the feature " not in line for line in others)  # only scores that it moves
    assert last.startswith("error: the figures are invalid because of the leaks above")
    assert not Path("out.html").exists()
    assert not Path("out.json").exists()


def test_another_model_and_a_run_are_compared(simulated):
    assert simulated("train", "--until", "2025-01-10", "--name", "mine").code == 0
    question = {"query_id": "2025-01-10T00:00:00Z", "url": None, "as_of": "2025-01-10T00:00:00.000001Z"}
    Path("queries.jsonl").write_text(json.dumps(question) + "\n", encoding="utf-8")
    asked = ("--queries", "queries.jsonl", "--run", "my.run", "--ranker", "newest")
    assert simulated("recommend", *asked).code == 0
    ran = simulated(
        "evaluate", *PERIOD, "--pretrained", "--against", "models/mine", "--run", "my.run", "--json", "-"
    )
    tasks = ran.record["tasks"]
    assert ran.code == 0
    assert list(tasks["related"]["rankers"])[-1] == "mine"
    assert list(tasks["appeal +1h"]["rankers"])[-1] == "my"


def test_unknown_entries_of_a_run_are_left_out_with_exit_code_1(simulated):
    lines = ["2025-01-10T00:00:00Z Q0 https://nowhere.example/1 1 1 x", "nobody Q0 urn:x 1 1 x"]
    Path("my.run").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = simulated("evaluate", *PERIOD, "--pretrained", "--run", "my.run")
    assert ran.code == 1
    assert ran.err.splitlines()[:2] == [
        "error: my.run: 1 query not in this period, left out: nobody",
        "error: my.run: 1 candidate not in the store, left out: https://nowhere.example/1",
    ]


def test_a_model_trained_on_the_period_is_refused_or_comes_with_a_warning(simulated):
    assert simulated("train", "--until", "2025-01-11", "--name", "mine").code == 0
    refused = simulated("evaluate", *PERIOD)
    assert (refused.code, refused.out) == (1, "")
    (line,) = refused.err.splitlines()
    assert line.startswith(
        "error: the test period starts at 2025-01-10T00:00:00Z, but the model mine used observations up"
    )
    allowed = simulated("evaluate", *PERIOD, "--allow-overlap", "--report", "a.html", "--markdown", "a.md")
    assert allowed.code == 0
    warning = "Unreliable: the model mine used observations up to 2025-01-11"
    assert allowed.out.startswith(warning)
    assert Path("a.md").read_text(encoding="utf-8").startswith(f"> **{warning}")
    header = Path("a.html").read_text(encoding="utf-8").partition("<header>")[2]
    assert 0 < header.index(warning) < header.index("<h1>")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("--since", "2031-01-01", "--until", "2031-02-01"),
            "ends at 2025-11-21T00:00:00Z: no observations from",
        ),
        (("--since", SEEN, "--until", LATER), "no query can be evaluated from 2025-11-21T00:00:00Z"),
        (("--since", SEEN, "--until", LATER, "--model", "nobody"), "nobody: no such model"),
        (("--since", SEEN, "--until", LATER, "--peer", "embeddings:nowhere"), "nowhere: expected a folder"),
        (("--since", SEEN, "--until", LATER, "--run", "no.run"), "no.run: expected a text file"),
        (("--since", SEEN, "--until", LATER, "--gate", "no.json"), "no.json: expected JSON that"),
        (("--since", SEEN, "--until", LATER, "--against", "nowhere"), "nowhere: no such model"),
        (("--since", SEEN, "--until", LATER, "--report", "no/a.html"), "no/a.html: cannot be written: there"),
        (("--since", SEEN, "--until", LATER, "--json", "data"), "data: cannot be written: it is a folder"),
    ],
)
def test_what_cannot_be_evaluated_is_reported_in_one_line(seeded, arguments, says):
    ran = seeded("evaluate", *arguments)
    assert (ran.code, ran.out) == (1, "")
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert says in errors[0]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--since", LATER, "--until", SEEN),
        ("--since", SEEN, "--until", LATER, "--refit", "often"),
        ("--since", SEEN, "--until", LATER, "--refit", "7d", "--model", "mine"),
        ("--since", SEEN, "--until", LATER, "--pretrained", "--model", "mine"),
        ("--since", SEEN, "--until", LATER, "--table", "queries.xlsx"),
        ("--since", SEEN, "--until", LATER, "--peer", "gpt"),
        ("--since", SEEN, "--until", LATER, "--table", "a.csv", "--json", "a.csv"),
    ],
)
def test_wrong_usage_exits_2(seeded, arguments):
    assert seeded("evaluate", *arguments).code == 2


def test_a_parquet_table_without_pyarrow_says_what_to_install_before_any_work(seeded, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ran = seeded("evaluate", "--since", SEEN, "--until", LATER, "--table", "queries.parquet")
    assert (ran.code, ran.out) == (1, "")
    assert "a Parquet table needs pyarrow: install it (pip install pyarrow), or choose a name" in ran.err
    assert not Path("queries.parquet").exists()


def test_compare_prints_both_runs_with_the_difference(recsys, workplace):
    assert SEED.exists()
    Path("queries.jsonl").write_text('{"query_id": "p"}\n{"query_id": "q"}\n', encoding="utf-8")
    Path("qrels.jsonl").write_text('{"related": {"a": 1}}\n{"related": {"b": 1}}\n', encoding="utf-8")
    Path("one.run").write_text("p Q0 a 1 1 x\nq Q0 a 1 1 x\nq Q0 b 2 1 x\n", encoding="utf-8")
    Path("two.run").write_text("p Q0 a 1 1 x\nq Q0 b 1 1 x\n", encoding="utf-8")
    ran = recsys("compare", "one.run", "two.run", "--queries", "queries.jsonl")
    assert ran.code == 0
    assert ran.out.startswith("A is one.run, B is two.run; 2 judged queries.")
    assert "+0.250 [+0.000, +0.500]" in ran.out
    document = recsys("compare", "one.run", "two.run", "--queries", "queries.jsonl", "--json").record
    assert {each["metric"]: each["second"]["mean"] for each in document["compared"]}["mrr"] == 1
    assert recsys("compare", "one.run", "no.run", "--queries", "queries.jsonl").code == 1
    assert recsys("compare", "one.run", "two.run").code == 2
