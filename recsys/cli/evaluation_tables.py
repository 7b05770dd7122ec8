"""An evaluation on a terminal: tables of rankers at 80 columns, and summary lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from recsys.cli.console import plural

if TYPE_CHECKING:
    from recsys.evaluation import Compared, Evaluation, Fall, Figure, LeakCheck, Task

INTERVALS = "Intervals: 95 %, bootstrap over queries. p: sign-flip test of paired queries, two-sided."
BOTH_INTERVALS = (
    "Intervals: 95 %, bootstrap by query and by day; trust the wider one. p: sign-flip test of paired"
    " queries, two-sided."
)
MODEL = "model"
ACCURACY = {"mrr": "MRR", "recall@10": "recall", "hit@10": "hit"}
"""Those that fit into 80 columns beside the main one; JSON, the report and `--table` have all."""
BEYOND = {
    "coverage": ("coverage", "{:.1%}"),
    "gini": ("Gini", "{:z.3f}"),
    "median age": ("age", "{:,.0f} h"),
    "duplicates": ("dupl.", "{:.1%}"),
    "diversity": ("diversity", "{:z.3f}"),
    "empty": ("empty", "{:.1%}"),
    "popularity lift": ("lift", "{:z.2f}"),
    "churn": ("churn", "{:.1%}"),
}
CLICKS = {"snips mrr": "MRR", "ips dcg": "IPS DCG"}


def evaluation_tables(evaluation: Evaluation) -> list[RenderableType]:
    """Tables of all tasks, and of list properties with and without an article."""
    tasks = evaluation.tasks.values()
    tables = [accuracy_table(task) for task in tasks if task.kind in ("related", "links")]
    tables += [horizon_table(group) for group in _by_list(tasks)]
    tables += [clicks_table(task) for task in tasks if task.kind == "clicks"]
    first = next((task for task in tasks if task.kind in ("related", "links")), None)
    tables += [list_table(task) for task in (first, *_first_horizons(tasks)) if task is not None]
    return [line for table in tables for line in (table, "")][:-1]


def accuracy_table(task: Task) -> RenderableType:
    """The rankers of a task, best first, and their difference from the best baseline."""
    from recsys.evaluation import best_first, metric_name

    table = _table(metric_name(task.metric), "by query", "by day", "diff.", *ACCURACY.values())
    for name in best_first(task):
        ranked = task.rankers[name]
        table.add_row(
            _name(name),
            *_main(ranked.figures[task.metric]),
            _by_day(ranked.figures[task.metric]),
            "" if ranked.difference is None else f"{ranked.difference.figure.mean:+z.3f}",
            *(f"{ranked.figures[metric].mean:z.3f}" for metric in ACCURACY),
        )
    count = plural(task.n, "query", "queries")
    return Group(_title(f"{task.says}. {count}; diff. from {task.best_baseline}."), table)


def horizon_table(tasks: Sequence[Task]) -> RenderableType:
    """nDCG@10 at all horizons of one most-read list, with the intervals of the model below it."""
    from recsys.evaluation import best_first

    table = _table(*(f"{_horizon(task)}\n{task.n:,}" for task in tasks))
    for name in best_first(tasks[0]):
        figures = [
            task.rankers[name].figures[task.metric] if name in task.rankers else None for task in tasks
        ]
        table.add_row(_name(name), *("" if each is None else f"{each.mean:z.3f}" for each in figures))
        if name == MODEL:
            for label, form in (("  by query", _interval), ("  by day", _by_day)):
                cells = ("" if each is None else form(each) for each in figures)
                table.add_row(*(Text(cell, style="dim") for cell in (label, *cells)))
    name = tasks[0].name.partition(" (")[2]
    name = f" ({name}" if name else ""
    title = f"Without an article: the most-read list{name} hours later; new: only new entries."
    return Group(_title(f"{title} nDCG@10; number of queries below the hours."), table)


def clicks_table(task: Task) -> RenderableType:
    """The rankers evaluated against clicks."""
    from recsys.evaluation import best_first

    table = _table("SNIPS DCG", "by query", "by day", "diff.", "p", *CLICKS.values())
    for name in best_first(task):
        ranked = task.rankers[name]
        table.add_row(
            _name(name),
            *_main(ranked.figures[task.metric]),
            _by_day(ranked.figures[task.metric]),
            "" if ranked.difference is None else f"{ranked.difference.figure.mean:+z.3f}",
            "" if ranked.difference is None else _p(ranked.difference.p),
            *(f"{ranked.figures[metric].mean:z.3f}" for metric in CLICKS),
        )
    effective = task.rankers[MODEL].effective or 0.0
    count = f"{plural(task.n, 'list')} with clicks, effective sample size {effective:,.0f}"
    return Group(_title(f"{task.says}. {count}; diff. from {task.best_baseline}."), table)


def list_table(task: Task) -> RenderableType:
    """Properties of the top ten other than accuracy."""
    from recsys.evaluation import best_first

    columns = {name: column for name, column in BEYOND.items() if name in task.rankers[MODEL].beyond}
    table = _table(*(title for title, _ in columns.values()))
    for name in best_first(task):
        beyond = task.rankers[name].beyond
        cells = (
            form.format(beyond[each].mean) if each in beyond else "" for each, (_, form) in columns.items()
        )
        table.add_row(_name(name), *cells)
    context = "for an article" if task.kind in ("related", "links") else "without an article"
    return Group(_title(f"Lists of ten {context}."), table)


def comparison_table(compared: Iterable[Compared]) -> RenderableType:
    """Two runs, compared by task and metric."""
    from recsys.evaluation import change, metric_name

    table = _table("metric", "A", "B", "B - A [95 %]", "p", "n", first="task")
    last = ""
    for each in compared:
        table.add_row(
            each.task if each.task != last else "",
            metric_name(each.metric),
            f"{each.first.mean:z.3f}",
            f"{each.second.mean:z.3f}",
            change(each.difference.figure),
            _p(each.difference.p),
            f"{each.first.n:,}",
        )
        last = each.task
    return table


def format_leak_check(check: LeakCheck) -> str:
    """A line on what the leak check covered."""
    stories = plural(check.early, "story", "stories")
    early = f"; {stories} known only by headline" if check.early else ""
    asked = f"{plural(check.queries, 'query', 'queries')} at {plural(check.moments, 'moment')}"
    return (
        f"No leak: {plural(check.features, 'feature')} and {plural(check.rankers, 'ranker')} gave the same"
        f" for {asked} with everything later deleted{early}."
    )


def format_fall(fall: Fall) -> str:
    """A line on a figure that fell."""
    from recsys.evaluation import change, metric_name

    label = f"{fall.task}: {metric_name(fall.metric)} of the model"
    before = f"{fall.before.mean:.4f}{'' if fall.before.low is None else f' [{_interval(fall.before, 4)}]'}"
    if fall.now is None:
        return f"{label} was {before} and is no longer measured"
    paired = "" if fall.difference is None else f", on the same queries {change(fall.difference)}"
    return f"{label} fell from {before} to {fall.now.mean:.4f}{paired}"


def _table(*titles: str, first: str = "ranker") -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column(first, overflow="fold")
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _title(text: str) -> Text:
    return Text(text, style="bold")


def _name(name: str) -> Text:
    return Text(name, style="bold" if name == MODEL else "")


def _main(figure: Figure) -> tuple[str, str]:
    return f"{figure.mean:z.3f}", _interval(figure)


def _interval(figure: Figure, digits: int = 3) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.{digits}f}-{figure.high:.{digits}f}"


def _by_day(figure: Figure) -> str:
    return "" if figure.by_day is None else "-".join(f"{end:z.3f}" for end in figure.by_day)


def _p(p: float) -> str:
    return "<.001" if p < 0.001 else f"{p:z.3f}"


def _horizon(task: Task) -> str:
    return task.name.removeprefix("appeal ").partition(" (")[0]


def _by_list(tasks: Iterable[Task]) -> list[list[Task]]:
    by_list: dict[str, list[Task]] = {}
    for task in tasks:
        if task.kind == "appeal":
            by_list.setdefault(task.name.partition(" (")[2], []).append(task)
    return list(by_list.values())


def _first_horizons(tasks: Iterable[Task]) -> list[Task]:
    return [group[0] for group in _by_list(tasks)][:1]
