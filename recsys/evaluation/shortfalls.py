"""Where the model is worse than another ranker: by task, and on cold stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.evaluation.results import FEWEST, MODEL, Difference, Evaluation, QueryResult, Task
from recsys.evaluation.slices import COLD_ARTICLE, NO_HISTORY, SLICES
from recsys.evaluation.statistics import Bootstrap, compare

COLD: Final = (("article", COLD_ARTICLE), ("history", NO_HISTORY))
"""The subsets without behaviour to learn from, as property and value of a slice."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A task, or a subset of its queries, on which another ranker has a higher mean than the model."""

    task: str
    subset: str
    """The property and the value that the queries share, such as `history: none`; empty for all queries."""
    metric: str
    ours: float
    theirs: float
    difference: Difference
    """The model minus that ranker."""
    n: int


def find_shortfalls(evaluation: Evaluation) -> tuple[Shortfall, ...]:
    """The shortfalls against the best other ranker of each task and subset; too few queries are left out."""
    others = {each.name for each in evaluation.provenance.systems if each.kind in ("baseline", "peer")}
    return tuple(
        shortfall
        for task in evaluation.tasks.values()
        for subset, queries in _subsets(task)
        for shortfall in _compare(task, subset, queries, others | {"served"})
    )


def _subsets(task: Task) -> Iterator[tuple[str, Sequence[QueryResult]]]:
    yield "", task.queries
    for by, value in COLD:
        members = [query for query in task.queries if SLICES[by](query) == value]
        if len(members) < task.n:
            yield f"{by}: {value}", members


def _compare(
    task: Task, subset: str, queries: Sequence[QueryResult], others: set[str]
) -> Iterator[Shortfall]:
    if len(queries) < FEWEST:
        return
    values = {
        name: np.array([query.values[name][task.metric] for query in queries])
        for name in (MODEL, *(name for name in task.rankers if name in others))
    }
    best = max(values, key=lambda name: float(values[name].mean()))  # the model, if it is one of the best
    if best == MODEL:
        return
    bootstrap = Bootstrap(len(queries), days=[query.as_of.date() for query in queries])
    yield Shortfall(
        task.name,
        subset,
        task.metric,
        float(values[MODEL].mean()),
        float(values[best].mean()),
        compare(values[MODEL], values[best], bootstrap, than=best, metric=task.metric),
        len(queries),
    )
