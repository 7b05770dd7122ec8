"""The figures of a report: an Evaluation -> Plots, and a sentence for every one that cannot be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recsys.evaluation.report.plot_calibration import churn, dial, reliability
from recsys.evaluation.report.plot_series import by_slice, over_time
from recsys.evaluation.report.plots import Line, Plot, Point, axis, reach, row_axis, span, tell_points
from recsys.evaluation.report.report_tables import difference_table
from recsys.evaluation.results import MODEL, Evaluation
from recsys.evaluation.verdict import FEWEST


def build_plots(evaluation: Evaluation) -> tuple[Plot, ...]:
    """The figures that can be drawn, in the order in which they are read."""
    tasks = evaluation.tasks
    beside = next((task for task in tasks.values() if task.kind in ("related", "links")), None)
    moment = next((task for task in tasks.values() if task.kind == "appeal"), None)
    found = [_differences(evaluation), *(over_time(task) for task in (beside, moment) if task is not None)]
    if beside is not None:
        found += [by_slice(beside, "age"), by_slice(beside, "history")]
    found += [reliability(evaluation), None if moment is None else churn(moment), dial(evaluation)]
    return tuple(plot for plot in found if plot is not None)


def tell_missing(plots: Sequence[Plot]) -> tuple[str, ...]:
    """What is not drawn, and why."""
    drawn = {plot.id.partition("--")[0] for plot in plots}
    return tuple(why for name, why in _MISSING.items() if name not in drawn)


_MISSING: Final = {
    "differences": f"The model against the best baseline: no task of {FEWEST} queries or more has both.",
    "over-time": f"Quality over time: fewer than {FEWEST} queries, or all of one day.",
    "by-age": "Quality by age of the query: all of one age, or not known when they appeared.",
    "by-history": "Quality by amount of history: too few queries, or all seen about as often.",
    "reliability": "Reliability: no article for which something was chosen that the model considered.",
    "churn": "List churn: fewer than two moments at which a readers' ranking could be foretold.",
    "dial": "The dial: no article with both a list of the editors and a readers' ranking an hour later.",
}


def _differences(evaluation: Evaluation) -> Plot | None:
    tasks = [
        task
        for task in evaluation.tasks.values()
        if task.rankers[MODEL].difference is not None and task.n >= FEWEST
    ]
    found = [(task, task.rankers[MODEL].difference) for task in tasks]
    points = tuple(
        Point(each.figure.mean, float(at), across=span(each.figure))
        for at, (_, each) in enumerate(found)
        if each is not None
    )
    if not points:
        return None
    return Plot(
        "differences",
        "How much better than the best baseline",
        "Each mark is the model less the best baseline of that task, in its main metric. Right of the line at"
        " 0 the model is better; where the bar, the 95 % interval, crosses the line, nobody can tell."
        f" Tasks of fewer than {FEWEST} queries are left out.",
        tell_points("Marks with intervals, a row for each task", [(MODEL, points)], of="x"),
        axis("difference", reach(points), low=0, parts=3),
        row_axis([task.name for task in tasks]),
        (Line(MODEL, 0, points, joined=False),),
        difference_table(tasks),
        zero=True,
        rows=True,
    )
