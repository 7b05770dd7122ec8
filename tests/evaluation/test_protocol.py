"""The figures are those of the protocol of the benchmark data, which shares no code with us."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recsys.corpus import Corpus
from recsys.documents import read_file
from recsys.domain import parse_time
from recsys.errors import ReadError
from recsys.evaluation import Evaluation, Evaluator, Plan, load_pretrained
from recsys.ranking import LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender, Request
from recsys.store import Store

SINCE, UNTIL = "2026-02-22T00:00:00Z", "2026-03-01T00:00:00Z"
KEPT_FROM = "2026-01-15T00:00:00Z"
"""What was seen earlier is left out of both sides, because loading it all takes most of the time."""
LINE = re.compile(r"^(\S+(?: new)?) +(\S+) +([\d.]+)  \[[\d., ]+\]  (\d+) queries$", re.MULTILINE)


@pytest.fixture(scope="module")
def data(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last weeks of the BBC data, in the same format."""
    folder = tmp_path_factory.mktemp("bbc")
    articles = [x for x in records(shared_data, "articles") if x["first_seen_at"] >= KEPT_FROM]
    kept = {x["url"] for x in articles}
    lists = [x for x in records(shared_data, "lists") if x["observed_at"] >= KEPT_FROM]
    for each in lists:
        if each["page_url"] is None:  # as in the whole data these name articles of the data alone
            each["items"] = [item for item in each["items"] if item["url"] in kept]
    for name, found in (("articles", articles), ("lists", [x for x in lists if x["items"]])):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(each) + "\n" for each in found)
    return folder


def records(shared_data: Path, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(shared_data / "bbc" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@pytest.fixture(scope="module")
def store(data: Path) -> Store:
    opened = Store.open(data / "news.db")
    seen = parse_time(UNTIL, "until")
    for path in sorted(data.glob("*.jsonl.gz")):
        pages = read_file(path, observed_at=seen)
        opened.add_all(page for page in pages if not isinstance(page, ReadError))
    return opened


@pytest.fixture(scope="module")
def evaluation(store: Store) -> Evaluation:
    plan = Plan(parse_time(SINCE, "since"), parse_time(UNTIL, "until"), load_pretrained())
    return Evaluator(store).evaluate(plan)


def protocol(shared_data: Path, *arguments: object) -> str:
    script = shared_data.parent / "tools" / "bbc_protocol.py"
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return done.stdout


def figures_of_the_protocol(
    shared_data: Path, data: Path, store: Store, task: str
) -> dict[tuple[str, str], tuple[str, str]]:
    """Mean (four decimals) and number of queries, by name and metric, of the pretrained weights."""
    out = data / task
    protocol(shared_data, "queries", task, data, "--since", SINCE[:10], "--until", UNTIL[:10], out)
    corpus = Corpus.load(store, parse_time(UNTIL, "until"), first_texts=True)
    recommender = Recommender(corpus, LogisticRanker(load_pretrained_weights()))
    lines = []
    for query in map(json.loads, (out / "queries.jsonl").read_text().splitlines()):
        article = None if query["url"] is None else corpus.article(query["url"])
        found = recommender.recommend(
            article, parse_time(query["as_of"], "as_of"), Request(k=100, rules=False)
        )
        lines += [f"{query['query_id']} Q0 {each.article.url} {each.rank} {-each.rank} x" for each in found]
    (out / "our.run").write_text("\n".join(lines) + "\n")
    printed = protocol(shared_data, "score", out, out / "our.run")
    return {(name, metric): (mean, n) for name, metric, mean, n in LINE.findall(printed)}


@pytest.mark.slow
@pytest.mark.parametrize("task", ["related", "appeal"])
def test_figures_and_queries_are_those_of_the_protocol(shared_data, data, store, evaluation, task):
    theirs = figures_of_the_protocol(shared_data, data, store, task)
    ours = {}
    for name, metric in theirs:
        judged = evaluation.tasks["related" if name == "related" else f"appeal {name}"]
        figure = judged.rankers["model"].figures[metric.lower()]
        ours[name, metric] = (f"{figure.mean:.4f}", str(figure.n))
    assert len(theirs) == {"related": 3, "appeal": 4}[task]
    assert ours == theirs


@pytest.mark.slow
def test_nothing_of_it_knows_the_future(evaluation, shared_data):
    assert (evaluation.leaks.leaks, evaluation.leaks.early, evaluation.leaks.largest) == ((), 0, 0.0)
