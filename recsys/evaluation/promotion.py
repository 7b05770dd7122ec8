"""Whether a model that was just trained may take the place of the one in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from recsys.errors import EvaluationError
from recsys.evaluation.evaluating import Evaluator, Plan
from recsys.evaluation.models import load_model
from recsys.evaluation.results import MODEL, Difference, Task
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.verdict import metric_name
from recsys.store import Store

FEWEST = 10
"""Questions of a task below which it says nothing either way."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, by task, the new model less the one in use."""

    differences: dict[str, Difference]
    figures: dict[str, float]
    """Of the new model, by what was measured in words."""

    @property
    def worse(self) -> tuple[str, ...]:
        """The tasks in which the new model is worse: the whole interval of the differences lies below 0."""
        return tuple(
            name
            for name, found in self.differences.items()
            if found.figure.high is not None and found.figure.high < 0
        )


def judge_successor(store: Store, new: Path, used: Path, *, since: datetime, until: datetime) -> Verdict:
    """Both models asked on what was seen in a period, which the new one must not have learnt from.

    The one in use may have: what it knows of the period can only speak for it.
    """
    ours, theirs = load_model(new, "new"), load_model(used, "used")
    if ours.learnt_until is not None and ours.learnt_until > since:
        raise EvaluationError("the new model has learnt from the period that it is to be judged on")
    plan = Plan(since, until, ours, against=(theirs,), allow_overlap=True, groups=())
    tasks = Evaluator(store).evaluate(plan).tasks
    return Verdict(dict(_differences(tasks)), dict(_figures(tasks, since)))


def _figures(tasks: Mapping[str, Task], since: datetime) -> Iterator[tuple[str, float]]:
    for name, task in tasks.items():
        if len(task.queries) >= FEWEST:
            words = f"{name} {metric_name(task.metric)} ({task.n} questions since {since:%Y-%m-%d})"
            yield words, task.rankers[MODEL].figures[task.metric].mean


def _differences(tasks: Mapping[str, Task]) -> Iterator[tuple[str, Difference]]:
    for name, task in tasks.items():
        other = next((ranker for ranker in task.rankers if ranker.startswith("used")), None)
        if other is None or len(task.queries) < FEWEST:
            continue
        ours, theirs = (
            np.array([asked.values[who][task.metric] for asked in task.queries]) for who in (MODEL, other)
        )
        found = compare(ours, theirs, Bootstrap(len(ours)), than=other, metric=task.metric)
        yield name, found
