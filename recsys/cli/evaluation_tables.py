"""How an evaluation looks on a terminal: tables of rankers, readable at 80 columns, and lines beside them."""

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
MODEL = "model"
ACCURACY = {
    "ndcg@5": "@5",
    "mrr": "MRR",
    "recall@10": "recall",
    "hit@10": "hit",
    "map": "MAP",
}
BEYOND = {
    "coverage": ("coverage", "{:.1%}"),
    "gini": ("Gini", "{:.3f}"),
    "median age": ("age", "{:,.0f} h"),
    "duplicates": ("dupl.", "{:.1%}"),
    "diversity": ("diversity", "{:.3f}"),
    "empty": ("empty", "{:.1%}"),
    "popularity lift": ("lift", "{:.2f}"),
    "churn": ("churn", "{:.1%}"),
}
CLICKS = {"snips mrr": "MRR", "ips dcg": "IPS DCG"}


def evaluation_tables(evaluation: Evaluation) -> list[RenderableType]:
    """Tables of all tasks, and of what lists are like beside an article and at a moment."""
    tasks = evaluation.tasks.values()
    tables = [accuracy_table(task) for task in tasks if task.kind in ("related", "links")]
    tables += [horizon_table(same) for same in _by_ranking(tasks)]
    tables += [clicks_table(task) for task in tasks if task.kind == "clicks"]
    first = next((task for task in tasks if task.kind in ("related", "links")), None)
    tables += [beyond_table(task) for task in (first, *_first_horizons(tasks)) if task is not None]
    return [line for table in tables for line in (table, "")][:-1]


def accuracy_table(task: Task) -> RenderableType:
    """Every ranker of a task, the best first, and how much better it is than the best baseline."""
    from recsys.evaluation import best_first, metric_name

    table = _table(metric_name(task.metric), "[95 %]", "diff.", *ACCURACY.values())
    for name in best_first(task):
        ranked = task.rankers[name]
        table.add_row(
            _name(name),
            *_main(ranked.figures[task.metric]),
            "" if ranked.difference is None else f"{ranked.difference.figure.mean:+.3f}",
            *(f"{ranked.figures[metric].mean:.3f}" for metric in ACCURACY),
        )
    counted = plural(task.n, "query", "queries")
    return Group(_title(f"{task.says}. {counted}; diff. is from {task.best_baseline}."), table)


def horizon_table(tasks: Sequence[Task]) -> RenderableType:
    """The tasks of one readers' ranking side by side: nDCG@10, and below that of the model its interval."""
    from recsys.evaluation import best_first

    table = _table(*(f"{_horizon(task)}\n{task.n:,}" for task in tasks))
    for name in best_first(tasks[0]):
        figures = [
            task.rankers[name].figures[task.metric] if name in task.rankers else None for task in tasks
        ]
        table.add_row(_name(name), *("" if each is None else f"{each.mean:.3f}" for each in figures))
        if name == MODEL:
            table.add_row(
                "", *(Text("" if each is None else _interval(each), style="dim") for each in figures)
            )
    where = tasks[0].name.partition(" (")[2]
    of = f" ({where}" if where else ""
    said = f"At a moment: the readers' ranking{of} so many hours later; new: what is not on it yet."
    return Group(_title(f"{said} nDCG@10, below the hours the number of moments."), table)


def clicks_table(task: Task) -> RenderableType:
    """The rankers by what readers clicked."""
    from recsys.evaluation import best_first

    table = _table("SNIPS DCG", "[95 %]", "diff.", "p", *CLICKS.values())
    for name in best_first(task):
        ranked = task.rankers[name]
        table.add_row(
            _name(name),
            *_main(ranked.figures[task.metric]),
            "" if ranked.difference is None else f"{ranked.difference.figure.mean:+.3f}",
            "" if ranked.difference is None else _p(ranked.difference.p),
            *(f"{ranked.figures[metric].mean:.3f}" for metric in CLICKS),
        )
    effective = task.rankers[MODEL].effective or 0.0
    counted = f"{plural(task.n, 'list')} with clicks, as sure as {effective:,.0f} equal clicks"
    return Group(_title(f"{task.says}. {counted}; diff. is from {task.best_baseline}."), table)


def beyond_table(task: Task) -> RenderableType:
    """What the first ten places hold, apart from being right."""
    from recsys.evaluation import best_first

    mine = {name: said for name, said in BEYOND.items() if name in task.rankers[MODEL].beyond}
    table = _table(*(title for title, _ in mine.values()))
    for name in best_first(task):
        beyond = task.rankers[name].beyond
        cells = (form.format(beyond[each].mean) if each in beyond else "" for each, (_, form) in mine.items())
        table.add_row(_name(name), *cells)
    where = "beside an article" if task.kind in ("related", "links") else "at a moment"
    return Group(_title(f"What lists of ten {where} are like."), table)


def comparison_table(compared: Iterable[Compared]) -> RenderableType:
    """Two runs by task and metric."""
    from recsys.evaluation import change, metric_name

    table = _table("metric", "A", "B", "B - A [95 %]", "p", "n", first="task")
    last = ""
    for each in compared:
        table.add_row(
            each.task if each.task != last else "",
            metric_name(each.metric),
            f"{each.first.mean:.3f}",
            f"{each.second.mean:.3f}",
            change(each.difference.figure),
            _p(each.difference.p),
            f"{each.first.n:,}",
        )
        last = each.task
    return table


def tell_check(check: LeakCheck) -> str:
    """What the leak check looked at, in a line."""
    stories = plural(check.early, "story", "stories")
    early = f"; {stories} known by headline alone" if check.early else ""
    asked = f"{plural(check.queries, 'query', 'queries')} at {plural(check.moments, 'moment')}"
    return (
        f"No leak: {plural(check.features, 'feature')} and {plural(check.rankers, 'ranker')} gave the same"
        f" for {asked} with everything later deleted{early}."
    )


def tell_fall(fall: Fall) -> str:
    """Which figure fell, from what to what."""
    from recsys.evaluation import change, metric_name

    what = f"{fall.task}: {metric_name(fall.metric)} of the model"
    was = f"{fall.before.mean:.4f}{'' if fall.before.low is None else f' [{_interval(fall.before, 4)}]'}"
    if fall.now is None:
        return f"{what} was {was} and is no longer measured"
    paired = "" if fall.difference is None else f", on the same queries {change(fall.difference)}"
    return f"{what} fell from {was} to {fall.now.mean:.4f}{paired}"


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
    return f"{figure.mean:.3f}", _interval(figure)


def _interval(figure: Figure, digits: int = 3) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.{digits}f}-{figure.high:.{digits}f}"


def _p(p: float) -> str:
    return "<.001" if p < 0.001 else f"{p:.3f}"


def _horizon(task: Task) -> str:
    return task.name.removeprefix("appeal ").partition(" (")[0]


def _by_ranking(tasks: Iterable[Task]) -> list[list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        if task.kind == "appeal":
            found.setdefault(task.name.partition(" (")[2], []).append(task)
    return list(found.values())


def _first_horizons(tasks: Iterable[Task]) -> list[Task]:
    return [same[0] for same in _by_ranking(tasks)][:1]
