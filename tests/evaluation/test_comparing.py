"""Two runs on files alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsys.errors import EvaluationError, ReadError
from recsys.evaluation import compare_runs, load_judged


def lines(path: Path, *found: object) -> Path:
    path.write_text(
        "".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in found), encoding="utf-8"
    )
    return path


def run(path: Path, **answers: str) -> Path:
    """Queries with their candidates, a letter each."""
    ranked = [(q, url, rank) for q, urls in answers.items() for rank, url in enumerate(urls, 1)]
    return lines(path, *(f"{q} Q0 {url} {rank} {-rank} x" for q, url, rank in ranked))


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    return lines(tmp_path / "queries.jsonl", {"query_id": "p"}, {"query_id": "q"}, {"query_id": "r"})


def test_the_judgments_of_the_protocol(tmp_path, queries):
    qrels = lines(
        tmp_path / "qrels.jsonl",
        {"+1h": {"a": 2, "b": 1}, "+1h new": {"b": 1}, "_now": ["a"]},
        {"+1h": {"c": 1}},
        {"+1h": {"z": 1}},
    )
    first, second = run(tmp_path / "one.run", p="ab", q="ac"), run(tmp_path / "two.run", p="xab", q="c")
    found = compare_runs(first, second, load_judged(queries, qrels))
    by = {(each.task, each.metric): each for each in found}
    one = by["+1h", "mrr"]
    assert (one.first.mean, one.second.mean, one.first.n) == (pytest.approx(0.5), pytest.approx(0.5), 3)
    assert one.difference.than == "one"
    new = by["+1h new", "mrr"]
    assert (new.first.mean, new.second.mean, new.first.n) == (1, 0.5, 1)
    assert by["+1h", "recall@10"].first.mean == pytest.approx(2 / 3)


def test_the_judgments_of_trec(tmp_path, queries):
    qrels = lines(tmp_path / "qrels.txt", "p 0 a 1", "p 0 b 0", "q 0 c 3", "elsewhere 0 a 1")
    first, second = run(tmp_path / "one.run", p="ab", q="c"), run(tmp_path / "two.run", p="ba", q="c")
    judged = load_judged(queries, qrels)
    assert [each.id for each in judged] == ["p", "q"]
    by = {each.metric: each for each in compare_runs(first, second, judged)}
    assert by["mrr"].difference.figure.mean == pytest.approx(-0.25)
    assert (by["mrr"].difference.worse, by["mrr"].difference.equal) == (1, 1)


def test_a_run_with_itself_differs_in_nothing(tmp_path, queries):
    qrels = lines(tmp_path / "qrels.txt", "p 0 a 1", "q 0 c 3")
    same = run(tmp_path / "one.run", p="ab", q="c")
    for each in compare_runs(same, same, load_judged(queries, qrels)):
        assert (each.difference.figure.mean, each.difference.p) == (0, 1)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (("no JSON",), r"qrels:1: expected query_id 0 candidate_url gain"),
        (({"related": {"a": 1}},), r"qrels: expected 3 lines, one per query, found 1"),
        (({"related": ["a"]}, {}, {}), r"qrels:1: expected gains by task"),
        (({"related": {"a": "x"}}, {}, {}), r"qrels:1: expected gains by task"),
        (('{"related": ', {}, {}), r"qrels:1: expected a JSON object"),
        ((), r"qrels: expected at least one line"),
        (({}, {}, {}), r"has judgments for none of the queries"),
        (("other 0 a 1",), r"has judgments for none of the queries"),
    ],
)
def test_judgments_that_are_none_are_named(tmp_path, queries, found, says):
    qrels = lines(tmp_path / "qrels", *found)
    with pytest.raises((ReadError, EvaluationError), match=says):
        load_judged(queries, qrels)


def test_a_run_of_other_queries_is_named(tmp_path, queries):
    judged = load_judged(queries, lines(tmp_path / "qrels", "p 0 a 1"))
    mine = run(tmp_path / "mine.run", p="a")
    with pytest.raises(EvaluationError, match=r"other\.run: has none of the queries, such as p"):
        compare_runs(mine, run(tmp_path / "other.run", elsewhere="a"), judged)
