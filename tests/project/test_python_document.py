"""The Python lines of docs/python.md run as printed, and the public namespace holds what it lists."""

from __future__ import annotations

import ast
import asyncio
import pkgutil
import re
import shutil
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

import recsys
from recsys.cli import app

ROOT = Path(__file__).parents[2]
DOCUMENT, REFERENCE = ROOT / "docs" / "python.md", ROOT / "docs" / "api.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], str]:
    """The names that the lines define, and what they print."""
    folder = tmp_path_factory.mktemp("document")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    simulated = ["simulate", str(folder / "demo"), "--days", "1", "--articles-per-day", "9"]
    assert CliRunner().invoke(app, simulated).exit_code == 0
    names: dict[str, object] = {"__name__": "document"}
    code = "\n".join(BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        printed: list[str] = []
        names["print"] = lambda *values: printed.append(" ".join(map(str, values)))
        exec(compile(code, str(DOCUMENT), "exec"), names)
    return names, "\n".join(printed)


def test_the_document_runs_and_prints_five_explained_headlines(session):
    _, printed = session
    lines = printed.splitlines()
    assert [line.split()[0] for line in lines[:5]] == list("12345")
    assert all(len(line.split(" - ", 1)[1]) > 5 for line in lines[:5])
    assert any(line.startswith("000_") and "JN ACCESS RANKING" in line for line in lines)


def test_a_ranking_converts_to_records_in_its_order(session):
    names, _ = session
    records = names["ranking"].to_records()
    assert [record["rank"] for record in records] == [1, 2, 3, 4, 5]
    assert [record["url"] for record in records] == [each.article.url for each in names["ranking"]]
    assert all(record["reasons"] for record in records)
    total = [record["relatedness"] + record["appeal"] for record in records]
    assert total == pytest.approx([record["score"] for record in records])


def test_the_trained_model_is_saved_as_the_current_one_and_evaluated(session):
    names, _ = session
    manifest = names["evaluation"].provenance.systems[0]
    assert (manifest.name, manifest.label) == ("model", "trained")
    assert sum(names["trained"].report.contexts.values()) > 0


def test_an_own_baseline_and_an_own_metric_take_part_in_every_task(session):
    names, _ = session
    evaluation = names["evaluation"]
    assert evaluation.leaks.leaks == ()
    tasks = [task for task in evaluation.tasks.values() if task.kind != "clicks"]
    assert tasks
    for task in tasks:
        assert task.rankers["longest"].figures["precision@3"].n == task.n
        for query in task.queries:
            assert query.values["longest"]["precision@3"] in (0, 1 / 3, 2 / 3, 1)
    report = recsys.render_html(evaluation)
    assert "longest" in report
    assert "precision@3" in report


def test_the_tidy_table_averages_to_the_figures(session):
    names, _ = session
    rows, task = names["rows"], names["evaluation"].tasks["related"]
    values = [
        row["value"]
        for row in rows
        if (row["task"], row["ranker"], row["metric"]) == ("related", "model", "ndcg@10")
    ]
    assert len(values) == task.n
    assert sum(values) / len(values) == pytest.approx(task.rankers["model"].figures["ndcg@10"].mean)
    keys = [(row["task"], row["query"], row["ranker"], row["metric"]) for row in rows]
    assert len(set(keys)) == len(keys)


def test_a_name_that_is_in_use_is_refused(session, tmp_path):
    names, _ = session
    with (
        recsys.Store.open(tmp_path / "news.db") as store,
        pytest.raises(recsys.RecsysError, match="bm25: the name is in use"),
    ):
        recsys.evaluate(
            store,
            since=names["cutoff"],
            until=names["now"],
            baselines={"bm25": recsys.BASELINES["newest"]},
        )


def test_files_of_a_simulation_are_loaded(session):
    _, printed = session
    assert "\n9 simulated articles" in printed


def test_own_baselines_are_described_by_their_description(session):
    names, _ = session
    labels = {each.name: each.label for each in names["evaluation"].provenance.systems}
    assert labels["longest"] == "longest text first"
    assert "a baseline: longest text first" in recsys.render_html(names["evaluation"])


def test_candidates_have_every_attribute_of_the_table(session):
    names, _ = session
    table = re.findall(r"^\| `([\w.]+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(table) >= 9
    context = recsys.QueryContext(names["recommender"].corpus.at(names["now"]))
    candidates = recsys.CandidateSet(context, names["longest"].candidates(context))
    for name in table:
        attrgetter(name)(candidates)


def named_in_the_reference() -> list[tuple[str, str]]:
    """The objects that docs/api.md names, each with the module or object that it is looked up in."""
    sections = re.findall(r"^::: (\S+)\n((?: .*\n)*)", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    named = []
    for path, options in sections:
        members = re.search(r"members: \[(.*)\]", options)
        named += [(path, name.strip()) for name in members[1].split(",")] if members else [(path, "")]
    return named


@pytest.mark.parametrize(("path", "member"), named_in_the_reference())
def test_every_name_in_the_reference_exists(path, member):
    assert pkgutil.resolve_name(f"{path}.{member}" if member else path) is not None


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"baselines": {"mine": len}}, "baseline mine: expected a ranker, such as Baseline"),
        ({"metrics": {"mine": lambda ranked: 1}}, "metric mine: expected a function of the gains"),
        ({"metrics": {"mine": 1}}, "metric mine: expected a function of the gains .*, found 1"),
    ],
)
def test_what_cannot_be_a_ranker_or_a_metric_is_named(session, tmp_path, own, message):
    names, _ = session
    with recsys.Store.open(tmp_path / "news.db") as store, pytest.raises(recsys.RecsysError, match=message):
        recsys.evaluate(store, since=names["cutoff"], until=names["now"], **own)


def test_every_public_name_exists_and_is_typed():
    assert sorted(recsys.__all__) == sorted(set(recsys.__all__))
    missing = [name for name in recsys.__all__ if getattr(recsys, name, None) is None]
    assert missing == []
    tree = ast.parse((ROOT / "recsys" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        for each in node.body
        if isinstance(each, ast.ImportFrom)
        for alias in each.names
    }
    assert typed == set(recsys.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        recsys.Nonsense  # noqa: B018


def test_importing_recsys_imports_nothing_else():
    code = (
        "import sys, recsys; print([name for name in sys.modules if name.startswith(('recsys.', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_service_of_the_document_answers(session, tmp_path, monkeypatch):
    names, _ = session
    monkeypatch.chdir(tmp_path)
    service = names["create_service"]()

    async def get(path: str) -> int:
        transport = httpx.ASGITransport(service)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get(path)).status_code

    try:
        assert asyncio.run(get("/readyz")) == 200
    finally:
        service.state.live.store.close()


def test_the_export_of_the_document_is_one_record_a_line(session):
    _, printed = session
    assert "0 rows cannot be read" in printed
