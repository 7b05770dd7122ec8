"""The tables of a report as values, for HTML and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from recsys.evaluation.data_quality import KIND_NAMES, DataQuality
from recsys.evaluation.results import MODEL, Difference, Evaluation, Figure, Slice, Task
from recsys.evaluation.verdict import best_first, format_p, metric_name

ROWS: Final = 12
"""Maximum number of slices of one kind; JSON has all."""
DAYS: Final = 31
"""Maximum number of days to list; JSON has all."""
BEYOND: Final = {
    "coverage": ("coverage", "{:.1%}"),
    "gini": ("Gini", "{:z.3f}"),
    "median age": ("median age", "{:,.0f} h"),
    "duplicates": ("same story twice", "{:.1%}"),
    "diversity": ("diversity", "{:z.3f}"),
    "empty": ("empty places", "{:.1%}"),
    "popularity lift": ("popularity lift", "{:z.2f}"),
    "churn": ("churn", "{:.1%}"),
}
"""List properties: heading and number format."""
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and smaller additions: an interval or a count, and the interval by day."""

    text: str
    note: str = ""
    by_day: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its heading; `ours` marks the model."""

    head: str
    cells: tuple[Cell, ...]
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; `columns` begins with that of the rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    wide: bool = False
    """Too wide for a phone, where every row becomes a small list."""
    words: bool = False
    """Whether the cells are text and not numbers."""


def main_table(task: Task) -> Table:
    """The main metric of every ranker, best first, and its difference from the best baseline."""
    rows = []
    for name in best_first(task):
        ranked = task.rankers[name]
        cells = (figure_cell(ranked.figures[task.metric], by_day=True), *_difference_cells(ranked.difference))
        rows.append(Row(name, cells, name == MODEL))
    than = "" if task.best_baseline is None else f" Difference from {task.best_baseline}, the best baseline."
    return Table(
        f"{metric_name(task.metric)}, {counted(task)}.{than}",
        ("method", metric_name(task.metric), "difference", "p"),
        tuple(rows),
    )


def _difference_cells(difference: Difference | None) -> tuple[Cell, Cell]:
    if difference is None:
        return Cell(DASH), Cell(DASH)
    figure, by_query, by_day = difference.figure, "", ""
    if figure.low is not None and figure.high is not None:
        by_query = f"{signed(figure.low)} to {signed(figure.high)}"
    if figure.by_day is not None:
        by_day = " to ".join(map(signed, figure.by_day))
    p = format_p(difference.p).removeprefix("p ").lstrip("= ")
    return Cell(signed(figure.mean), by_query, by_day), Cell(p)


def metrics_table(task: Task) -> Table:
    """The other metrics of every ranker."""
    metrics = [metric for metric in task.rankers[MODEL].figures if metric != task.metric]
    rows = (
        Row(
            name,
            tuple(_counted_cell(task.rankers[name].figures[metric], task.n) for metric in metrics),
            name == MODEL,
        )
        for name in best_first(task)
    )
    titles = ("method", *map(metric_name, metrics))
    return Table(f"The other metrics, {counted(task)}.", titles, tuple(rows), wide=True)


def _counted_cell(figure: Figure, n: int) -> Cell:
    cell = figure_cell(figure)
    return cell if figure.n == n else Cell(cell.text, f"{cell.note}, n {figure.n:,}".lstrip(", "))


def horizon_table(tasks: Sequence[Task]) -> Table:
    """All horizons of one most-read list."""
    rows = (
        Row(
            name,
            tuple(
                figure_cell(task.rankers[name].figures[task.metric], by_day=name == MODEL)
                if name in task.rankers
                else Cell(DASH)
                for task in tasks
            ),
            name == MODEL,
        )
        for name in best_first(tasks[0])
    )
    titles = ("method", *(f"{horizon(task)} (n {task.n:,})" for task in tasks))
    caption = f"{metric_name(tasks[0].metric)}. n counts queries; new: only new entries of the list."
    return Table(caption, titles, tuple(rows), wide=True)


def difference_table(tasks: Sequence[Task]) -> Table:
    """The model minus the best baseline, by task."""
    rows = []
    for task in tasks:
        difference = task.rankers[MODEL].difference
        if difference is not None:
            split = f"{difference.better:,} / {difference.worse:,} / {difference.equal:,}"
            rows.append(
                Row(
                    task.name,
                    (Cell(difference.than), *_difference_cells(difference), Cell(split), Cell(f"{task.n:,}")),
                )
            )
    return Table(
        "The model minus the best baseline of each task, on the same queries.",
        ("task", "best baseline", "difference", "p", "better / worse / equal", "n"),
        tuple(rows),
        wide=True,
    )


def beyond_table(task: Task) -> Table:
    """Properties of the top ten other than accuracy."""
    names = [name for name in BEYOND if name in task.rankers[MODEL].beyond]
    rows = (
        Row(
            name,
            tuple(_beyond_cell(each, task.rankers[name].beyond.get(each)) for each in names),
            name == MODEL,
        )
        for name in best_first(task)
    )
    context = "for an article" if task.kind in ("related", "links") else "without an article"
    titles = ("method", *(BEYOND[name][0] for name in names))
    return Table(
        f"What the lists of ten stories {context} are like; n: how many lists were looked at, for coverage"
        " and Gini how many places in them.",
        titles,
        tuple(rows),
        True,
    )


def _beyond_cell(name: str, figure: Figure | None) -> Cell:
    if figure is None:
        return Cell(DASH)
    form = BEYOND[name][1]
    count = f"n {figure.n:,}"
    if figure.low is None or figure.high is None:
        return Cell(form.format(figure.mean), count)
    low = form.format(figure.low).removesuffix("%").removesuffix(" h")
    return Cell(form.format(figure.mean), f"{low}{DASH}{form.format(figure.high)}, {count}")


def slice_tables(task: Task) -> tuple[Table, ...]:
    """The main metric of the model and the best baseline, for every property with several slices."""
    return tuple(
        _slice_table(task, by, slices)
        for by, members in groupby(task.slices, key=lambda each: each.by)
        if len(slices := list(members)) > 1
    )


def _slice_table(task: Task, by: str, slices: Sequence[Slice]) -> Table:
    names = [name for name in (MODEL, task.best_baseline) if name is not None]
    rows = tuple(
        Row(each.value, (Cell(f"{each.n:,}"), *(figure_cell(each.figures[name]) for name in names)))
        for each in slices[:ROWS]
    )
    more = f" The {ROWS} largest of {len(slices)}." if len(slices) > ROWS else ""
    return Table(f"{SLICED.get(by, by)}, {metric_name(task.metric)}.{more}", (by, "n", *names), rows)


def describe_unsliced(task: Task) -> str:
    """The properties without several slices, and why; empty if there are none."""
    reasons = []
    for by in SLICED:
        slices = [each for each in task.slices if each.by == by]
        if len(slices) < 2:
            only = [f"{each.value}: {each.n:,} of {task.n:,}" for each in slices]
            reasons.append(f"{by} ({''.join(only) or 'unknown, or too few queries'})")
    return f"No breakdown by {'; '.join(reasons)}." if reasons else ""


SLICED: Final = {
    "section": "By section of the article",
    "age": "By age of the article",
    "length": "By length of its text in characters",
    "language": "By language",
    "hour": "By hour of the day",
    "article": "By whether the article had been on a list",
    "history": "By number of earlier observations of the relevant stories",
}


def list_counts_table(data: DataQuality) -> Table | None:
    """How many lists of each kind were collected; None without lists."""
    days = len(data.days)
    rows = tuple(
        Row(
            KIND_NAMES.get(each.kind, each.kind),
            (
                Cell(f"{each.lists:,}"),
                Cell(f"{each.in_period:,}"),
                Cell(f"{each.in_period / days:,.1f}"),
                Cell(f"{each.sources:,}"),
            ),
        )
        for each in data.kinds
    )
    caption = "Lists that were observed; a series is one list, such as a most-read list, over time."
    return Table(caption, ("kind", "lists", "in the period", "a day", "series"), rows) if rows else None


def day_counts_table(data: DataQuality) -> Table:
    """What was collected on each day of the period, the last DAYS of them."""
    kinds = [each.kind for each in data.kinds]
    rows = tuple(
        Row(
            each.day,
            (Cell(f"{each.articles:,}"), *(Cell(f"{each.lists.get(kind, 0):,}") for kind in kinds)),
        )
        for each in data.days[-DAYS:]
    )
    more = f", the last {DAYS} of {len(data.days)} days" if len(data.days) > DAYS else ""
    caption = f"New articles and lists by day of the period (UTC){more}."
    return Table(
        caption, ("day", "new articles", *(KIND_NAMES.get(kind, kind) for kind in kinds)), rows, wide=True
    )


def groups(evaluation: Evaluation) -> list[list[Task]]:
    """Tasks to show together: all horizons of one list, every other task alone."""
    by_list: dict[str, list[Task]] = {}
    for task in evaluation.tasks.values():
        name = f"appeal{task.name.partition(' (')[2]}" if task.kind == "appeal" else task.name
        by_list.setdefault(name, []).append(task)
    return list(by_list.values())


def counted(task: Task) -> str:
    """The number of queries; for clicks, also the effective sample size."""
    effective = task.rankers[MODEL].effective
    if effective is not None:
        return f"{task.n:,} lists with clicks, effective sample size {effective:,.0f}"
    return f"{task.n:,} {'query' if task.n == 1 else 'queries'}"


def horizon(task: Task) -> str:
    """`+6h new` of `appeal +6h new (Sports)`."""
    return task.name.removeprefix("appeal ").partition(" (")[0]


def figure_cell(figure: Figure, *, by_day: bool = False) -> Cell:
    """The cell of a figure with its interval by query, and by day if that is wanted."""
    ends = figure.by_day if by_day else None
    days = "" if ends is None else f"{ends[0]:z.3f}{DASH}{ends[1]:z.3f}"
    return Cell(f"{figure.mean:z.3f}", interval(figure), days)


def interval(figure: Figure) -> str:
    """`0.670-0.835` with an en dash; empty without an interval."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:z.3f}{DASH}{figure.high:z.3f}"


def signed(value: float) -> str:
    """A signed number with a minus as wide as the plus."""
    return f"{value:+z.3f}".replace("-", MINUS)
