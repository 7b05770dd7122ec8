"""Plots of quality over time, age of the article, and amount of history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from recsys.evaluation.report.plots import Line, Plot, Point, axis, describe_points, ends, named_axis, span
from recsys.evaluation.report.report_tables import Cell, Row, Table, figure_cell
from recsys.evaluation.results import FEWEST, MODEL, Figure, Task
from recsys.evaluation.statistics import Bootstrap
from recsys.evaluation.verdict import best_first, metric_name

RANKERS: Final = 3
"""Number of lines of a plot: the model and the best baselines."""
BARS: Final = 14
"""Maximum number of points; longer periods are shown in spans of several days."""


@dataclass(frozen=True, slots=True)
class _Over:
    """The horizontal axis: names of its places, title and description."""

    id: str
    title: str
    says: str
    label: str
    names: tuple[str, ...]
    written: int = 7
    """Maximum number of names to write."""


def over_time(task: Task) -> Plot | None:
    """Quality by day or span of days; None for too few queries or a single day."""
    times = [asked.as_of for asked in task.queries]
    if task.n < FEWEST or min(times).date() == max(times).date():
        return None
    first = min(times).replace(hour=0, minute=0, second=0, microsecond=0)
    days = -(-((max(times) - first).days + 1) // BARS)
    spans = _spans([(time - first).days // days for time in times])
    starts = [first + timedelta(days=days * number) for number in spans]
    over = _Over(
        f"over-time--{task.kind}",
        f"Quality over time, {'for articles' if task.kind in ('related', 'links') else 'without an article'}",
        f"{metric_name(task.metric)} of {task.name}, every {'day' if days == 1 else f'{days} days'} (UTC),"
        " with its 95% interval.",
        "from",
        tuple(f"{start.day} {start:%b}" for start in starts),
        written=5,
    )
    return _draw(
        task, over, {who: [_mean(task, who, each) for each in spans.values()] for who in _shown(task)}
    )


def _spans(numbers: Sequence[int]) -> dict[int, list[int]]:
    """Indices of queries by the number of their span; empty spans are left out."""
    members: dict[int, list[int]] = {}
    for at, number in enumerate(numbers):
        members.setdefault(number, []).append(at)
    return dict(sorted(members.items()))


def _mean(task: Task, name: str, members: Sequence[int]) -> Figure:
    values = [task.queries[at].values[name][task.metric] for at in members]
    return Bootstrap(len(values)).mean(np.array(values))


def by_slice(task: Task, by: str) -> Plot | None:
    """Quality by age or history; None if all queries share one slice."""
    slices = [each for each in task.slices if each.by == by]
    if len(slices) < 2:
        return None
    title, label, says = _SLICED[by]
    names = tuple(each.value.replace(" and more", "+") for each in slices)
    over = _Over(f"by-{by}", title, f"{metric_name(task.metric)} by {says}", label, names)
    return _draw(task, over, {who: [each.figures[who] for each in slices] for who in _shown(task)})


_SLICED: Final = {
    "age": (
        "Quality by age of the article",
        "since the article was published",
        "the time since the article being read was published.",
    ),
    "history": (
        "Quality by amount of history",
        "earlier observations of the relevant stories",
        "how often the relevant stories had been observed on lists and links before. Without history, only"
        " the text is available.",
    ),
}
"""Title, axis label and description."""


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
        describe_points(places, [(line.name, line.points) for line in lines], of="y"),
        named_axis(over.label, over.names, most=over.written),
        axis(metric, [each for line in lines for each in ends(line.points)], low=0),
        lines,
        Table(f"{over.title}: {metric}.", (over.label, "n", *figures), rows),
        legend=tuple((line.name, line.style) for line in lines),
    )


def _shown(task: Task) -> list[str]:
    """The model and the best other rankers."""
    return [MODEL, *[name for name in best_first(task) if name != MODEL][: RANKERS - 1]]
