"""An Evaluation as JSON: with figures at `tasks.related.rankers.model["ndcg@10"]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime

from recsys.domain import format_time
from recsys.evaluation.results import MODEL, Evaluation, QueryResult, Ranked, Task
from recsys.evaluation.shortfalls import find_shortfalls

FORMAT = 1
_DIGITS = 6  # of values by query: rounding them moves no figure that is printed

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def encode_evaluation(evaluation: Evaluation) -> dict[str, Json]:
    """The evaluation as JSON values; times are ISO 8601."""
    return {
        "format": FORMAT,
        "overlap": encode(evaluation.overlap),
        "tasks": {name: _task(task) for name, task in evaluation.tasks.items()},
        "reliability": encode(evaluation.reliability),
        "dial": encode(evaluation.dial),
        "examples": encode(evaluation.examples),
        "shortfalls": encode(find_shortfalls(evaluation)),
        "leaks": encode(evaluation.leaks),
        "data": encode(evaluation.data),
        "model": encode(evaluation.model),
        "lists": encode(evaluation.lists),
        "provenance": encode(evaluation.provenance),
    }


def encode(value: object) -> Json:
    """Dataclasses become objects of their fields, tuples lists."""
    if isinstance(value, datetime):
        return format_time(value)
    if is_dataclass(value):
        return {each.name: encode(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): encode(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [encode(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"cannot encode {type(value).__name__}")


def _task(task: Task) -> dict[str, Json]:
    record = {
        each.name: encode(getattr(task, each.name)) for each in fields(task) if each.name not in _SEPARATE
    }
    return record | {
        "n": task.n,
        "rankers": {name: _ranker(ranked) for name, ranked in task.rankers.items()},
        "queries": [_query(each, task.metric) for each in task.queries],
    }


_SEPARATE = {"rankers", "queries"}


def _ranker(ranked: Ranked) -> dict[str, Json]:
    """Figures by metric, and the difference from the best baseline."""
    figures = {name: encode(figure) for name, figure in {**ranked.figures, **ranked.beyond}.items()}
    return figures | {"difference": encode(ranked.difference), "effective": ranked.effective}


def _query(query: QueryResult, main: str) -> dict[str, Json]:
    """A query with all values of the model, which the gate compares, and the main metric of the others."""
    record = {each.name: encode(getattr(query, each.name)) for each in fields(query) if each.name != "values"}
    values: dict[str, Json] = {
        ranker: {
            metric: round(value, _DIGITS)
            for metric, value in by_metric.items()
            if metric == main or ranker == MODEL
        }
        for ranker, by_metric in query.values.items()
    }
    return record | {"values": values}
