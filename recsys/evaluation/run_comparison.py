"""Compares two run files on the same judgments, without store or model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from recsys.documents.source import AsShown
from recsys.errors import EvaluationError, ReadError
from recsys.evaluation.metrics import METRICS, measure
from recsys.evaluation.results import Difference, Figure
from recsys.evaluation.run_files import read_lines, read_run
from recsys.evaluation.statistics import Bootstrap, compare

NEW = " new"
"""Suffix of tasks in which the candidates under `_now` are left out of every list."""


@dataclass(frozen=True, slots=True)
class JudgedRunQuery:
    """The gains of candidates by task; `standing` is left out in the tasks of new entries."""

    id: str
    gains: Mapping[str, Mapping[str, float]]
    standing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Compared:
    """A metric of two runs in one task; the difference is second minus first."""

    task: str
    metric: str
    first: Figure
    second: Figure
    difference: Difference


def compare_runs(first: Path, second: Path, judged: Sequence[JudgedRunQuery]) -> tuple[Compared, ...]:
    """Every metric of every task; a query that a run leaves out scores 0.

    EvaluationError where a run answers none of the queries.
    """
    runs = [read_run(path) for path in (first, second)]
    for path, run in zip((first, second), runs, strict=True):
        if not any(query.id in run for query in judged):
            raise EvaluationError(f"{path}: has none of the queries, such as {judged[0].id}")
    tasks = list(dict.fromkeys(task for query in judged for task in query.gains))
    return tuple(each for task in tasks for each in _compare(task, runs, judged, first.stem))


def _compare(
    task: str, runs: Sequence[Mapping[str, Sequence[str]]], judged: Sequence[JudgedRunQuery], than: str
) -> Iterator[Compared]:
    queries = [query for query in judged if task in query.gains]
    bootstrap = Bootstrap(len(queries))
    values = [[_measure(task, run.get(query.id, ()), query) for query in queries] for run in runs]
    for metric in METRICS:
        ours, theirs = (np.array([each[metric] for each in by_query]) for by_query in values)
        difference = compare(theirs, ours, bootstrap, than=than, metric=metric)
        yield Compared(task, metric, bootstrap.mean(ours), bootstrap.mean(theirs), difference)


def _measure(task: str, ranked: Sequence[str], query: JudgedRunQuery) -> dict[str, float]:
    left_out = query.standing if task.endswith(NEW) else frozenset[str]()
    gains = query.gains[task]
    mine = [gains.get(each, 0.0) for each in ranked if each not in left_out]
    return measure(mine, list(gains.values()))


def load_judged(queries: Path, qrels: Path) -> list[JudgedRunQuery]:
    """The queries that have judgments.

    `queries` has a JSON object with a `query_id` per line. `qrels` is in TREC format (query, 0, candidate,
    gain), or has a JSON object on the same line as the query: gains of candidates by task, and under `_now`
    the candidates that are not new. ReadError names an invalid line.
    """
    ids = [_query_id(queries, number, line) for number, line in _numbered(queries)]
    lines = list(_numbered(qrels))
    if not lines or not ids:
        path = queries if not ids else qrels
        raise ReadError(str(path), expected="at least one line", found=AsShown("none"))
    judged = _from_json(qrels, ids, lines) if lines[0][1].startswith("{") else _from_trec(qrels, ids, lines)
    if not judged:
        raise EvaluationError(f"{qrels}: has judgments for none of the queries in {queries}")
    return judged


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(read_lines(path), start=1) if line.strip())


def _query_id(path: Path, number: int, line: str) -> str:
    found = _parse(path, number, line).get("query_id")
    if not isinstance(found, str):
        raise ReadError(str(path), line=number, expected="a JSON object with query_id", found=line)
    return found


def _parse(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReadError(str(path), line=number, expected="a JSON object", found=line)
    return found


def _from_json(path: Path, ids: Sequence[str], lines: Sequence[tuple[int, str]]) -> list[JudgedRunQuery]:
    judged = []
    for query, numbered in zip_longest(ids, lines):
        if query is None or numbered is None:
            found = AsShown(str(len(lines)))
            raise ReadError(str(path), expected=f"{len(ids)} lines, one per query", found=found)
        number, line = numbered
        by_task = _parse(path, number, line)
        now = frozenset(by_task.pop("_now", ()))
        try:
            gains = {
                task: {url: float(gain) for url, gain in relevant.items() if gain > 0}
                for task, relevant in by_task.items()
            }
        except (AttributeError, TypeError, ValueError):
            raise ReadError(
                str(path), line=number, expected='gains by task, {"related": {"URL": 1}}', found=line
            ) from None
        if any(gains.values()):
            judged.append(
                JudgedRunQuery(query, {task: relevant for task, relevant in gains.items() if relevant}, now)
            )
    return judged


def _from_trec(path: Path, ids: Sequence[str], lines: Sequence[tuple[int, str]]) -> list[JudgedRunQuery]:
    gains: dict[str, dict[str, float]] = {}
    for number, line in lines:
        parts = line.split()
        try:
            query, _, candidate, gain = parts
            value = float(gain)
        except ValueError:
            raise ReadError(
                str(path), line=number, expected="query_id 0 candidate_url gain", found=line
            ) from None
        if value > 0:
            gains.setdefault(query, {})[candidate] = value
    return [JudgedRunQuery(query, {"qrels": gains[query]}) for query in ids if query in gains]
