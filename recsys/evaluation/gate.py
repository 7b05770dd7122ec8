"""The gate: has an accuracy figure of the model fallen by more than its interval allows?

A figure has fallen if its mean is below its interval in the baseline. If both were measured on the same
queries, it has also fallen if the interval of the paired differences is below 0, which detects much smaller
falls. A figure of the baseline that is no longer measured has fallen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.documents.source import AsShown
from recsys.errors import ReadError
from recsys.evaluation.results import MODEL, Evaluation, Figure, Task
from recsys.evaluation.statistics import Bootstrap

_ROUNDING = 1e-6  # values by query are rounded in JSON


@dataclass(frozen=True, slots=True)
class Recorded:
    """A figure of the model in an earlier evaluation, with its values by query."""

    task: str
    metric: str
    figure: Figure
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fall:
    """A figure that has fallen; `now` is None if it is no longer measured."""

    task: str
    metric: str
    before: Figure
    now: Figure | None
    difference: Figure | None
    """Paired, on the same queries; None if the queries differ."""


def load_baseline(path: Path) -> tuple[Recorded, ...]:
    """The model's figures in a file that `recsys evaluate --json` wrote; ReadError for any other."""
    expected = "JSON that `recsys evaluate --json` wrote, with tasks.….rankers.model"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        figures = tuple(_recorded(document))
    except OSError as error:
        raise ReadError(str(path), expected=expected, found=AsShown(str(error.strerror))) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReadError(str(path), expected=expected, found=AsShown(f"no {error}")) from None
    if not figures:
        raise ReadError(str(path), expected=expected, found=AsShown("no figure of the model"))
    return figures


def find_falls(evaluation: Evaluation, baseline: Sequence[Recorded]) -> tuple[Fall, ...]:
    """The figures of a baseline that have fallen, in its order."""
    return tuple(fall for recorded in baseline for fall in _compare(evaluation.tasks, recorded))


_FIGURES = frozenset({"ndcg@5", "ndcg@10", "mrr", "recall@10", "hit@10", "map", "snips dcg", "snips mrr"})


def _recorded(document: Any) -> Iterator[Recorded]:
    for name, task in document["tasks"].items():
        queries = task.get("queries", [])
        for metric, figure in task["rankers"][MODEL].items():
            if metric in _FIGURES:
                mine = {q["id"]: float(q["values"][MODEL][metric]) for q in queries}
                yield Recorded(name, metric, _figure(figure), mine)


def _figure(record: Any) -> Figure:
    low, high = (None if record[name] is None else float(record[name]) for name in ("low", "high"))
    return Figure(float(record["mean"]), low, high, int(record["n"]))


def _compare(tasks: Mapping[str, Task], recorded: Recorded) -> Iterator[Fall]:
    task = tasks.get(recorded.task)
    now = None if task is None else task.rankers[MODEL].figures.get(recorded.metric)
    if task is None or now is None:
        yield Fall(recorded.task, recorded.metric, recorded.figure, None, None)
        return
    difference = _paired(task, recorded)
    before = recorded.figure
    below = now.mean < (before.mean if before.low is None else before.low) - _ROUNDING
    if below or (difference is not None and (difference.high or 0.0) < -_ROUNDING):
        yield Fall(recorded.task, recorded.metric, before, now, difference)


def _paired(task: Task, recorded: Recorded) -> Figure | None:
    values = {query.id: query.values[MODEL][recorded.metric] for query in task.queries}
    if values.keys() != recorded.values.keys() or len(values) < 2:
        return None
    differences = np.array([values[each] - recorded.values[each] for each in values])
    return Bootstrap(len(differences)).mean(differences)
