"""Figures of quality over something: time, the age of the query, the amount of history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from recsys.evaluation.report.plots import Line, Plot, Point, axis, ends, named_axis, span, tell_points
from recsys.evaluation.report.report_tables import Cell, Row, Table, figure_cell
from recsys.evaluation.results import MODEL, Figure, Task
from recsys.evaluation.statistics import Bootstrap
from recsys.evaluation.verdict import FEWEST, best_first, metric_name

RANKERS: Final = 3
"""Lines of a figure: the model and the baselines that come closest."""
BARS: Final = 14
"""Days that are shown one by one; of a longer period spans of as many days as it takes."""


@dataclass(frozen=True, slots=True)
class _Over:
    """What quality is shown over: a name for every place on the axis, and how it is put in words."""

    id: str
    title: str
    says: str
    label: str
    names: tuple[str, ...]
    written: int = 7
    """How many of the names there is room for."""


def over_time(task: Task) -> Plot | None:
    """By day, or by spans of days; None of fewer queries than a verdict needs, or of one day alone."""
    times = [asked.as_of for asked in task.queries]
    if task.n < FEWEST or min(times).date() == max(times).date():
        return None
    first = min(times).replace(hour=0, minute=0, second=0, microsecond=0)
    days = -(-((max(times) - first).days + 1) // BARS)
    spans = _spans([(time - first).days // days for time in times])
    starts = [first + timedelta(days=days * number) for number in spans]
    over = _Over(
        f"over-time--{task.kind}",
        f"Quality over time, {'beside articles' if task.kind in ('related', 'links') else 'at moments'}",
        f"{metric_name(task.metric)} of {task.name}, every {'day' if days == 1 else f'{days} days'} (UTC),"
        " with its 95 % interval.",
        "from",
        tuple(f"{start.day} {start:%b}" for start in starts),
        written=5,
    )
    return _draw(
        task, over, {who: [_mean(task, who, each) for each in spans.values()] for who in _shown(task)}
    )


def _spans(numbers: Sequence[int]) -> dict[int, list[int]]:
    """Indices of queries by the number of their span; spans without a query are left out."""
    found: dict[int, list[int]] = {}
    for at, number in enumerate(numbers):
        found.setdefault(number, []).append(at)
    return dict(sorted(found.items()))


def _mean(task: Task, name: str, members: Sequence[int]) -> Figure:
    values = [task.queries[at].values[name][task.metric] for at in members]
    return Bootstrap(len(values)).mean(np.array(values))


def by_slice(task: Task, by: str) -> Plot | None:
    """By age or history; None where all queries are alike in it."""
    slices = [each for each in task.slices if each.by == by]
    if len(slices) < 2:
        return None
    title, label, says = _SLICED[by]
    names = tuple(each.value.replace(" and more", "+") for each in slices)
    over = _Over(f"by-{by}", title, f"{metric_name(task.metric)} by {says}", label, names)
    return _draw(task, over, {who: [each.figures[who] for each in slices] for who in _shown(task)})


_SLICED: Final = {
    "age": (
        "Quality by age of the query",
        "since the article was published",
        "the time since the article being read was published.",
    ),
    "history": (
        "Quality by amount of history",
        "sightings of the right stories",
        "how often the right stories had been seen on lists and links before. Where that is never, behaviour"
        " says nothing and only texts can tell.",
    ),
}
"""Title, label of the axis, and what it says."""


def _draw(task: Task, over: _Over, figures: Mapping[str, Sequence[Figure]]) -> Plot:
    lines = tuple(
        Line(
            who, style, tuple(Point(float(at), each.mean, upward=span(each)) for at, each in enumerate(found))
        )
        for style, (who, found) in enumerate(figures.items())
    )
    rows = tuple(
        Row(
            name, (Cell(f"{figures[MODEL][at].n:,}"), *(figure_cell(found[at]) for found in figures.values()))
        )
        for at, name in enumerate(over.names)
    )
    metric = metric_name(task.metric)
    places = f"Lines over {len(over.names)} places, {over.names[0]} to {over.names[-1]}"
    return Plot(
        over.id,
        over.title,
        over.says,
        tell_points(places, [(line.name, line.points) for line in lines], of="y"),
        named_axis(over.label, over.names, most=over.written),
        axis(metric, [each for line in lines for each in ends(line.points)], low=0),
        lines,
        Table(f"{over.title}: {metric}.", (over.label, "n", *figures), rows),
        legend=tuple((line.name, line.style) for line in lines),
    )


def _shown(task: Task) -> list[str]:
    """The model and the best of the others."""
    return [MODEL, *[name for name in best_first(task) if name != MODEL][: RANKERS - 1]]
