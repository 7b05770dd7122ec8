"""The plots of a report, and a sentence for each that cannot be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recsys.evaluation.report.plot_calibration import churn, dial, reliability
from recsys.evaluation.report.plot_series import by_slice, over_time
from recsys.evaluation.report.plots import Line, Plot, Point, axis, describe_points, reach, row_axis, span
from recsys.evaluation.report.report_tables import difference_table
from recsys.evaluation.results import FEWEST, MODEL, Evaluation


def build_plots(evaluation: Evaluation) -> tuple[Plot, ...]:
    """The plots that can be drawn, in reading order."""
    tasks = evaluation.tasks
    with_article = next((task for task in tasks.values() if task.kind in ("related", "links")), None)
    without = next((task for task in tasks.values() if task.kind == "appeal"), None)
    plots = [
        _differences(evaluation),
        *(over_time(task) for task in (with_article, without) if task is not None),
    ]
    if with_article is not None:
        plots += [by_slice(with_article, "age"), by_slice(with_article, "history")]
    plots += [reliability(evaluation), None if without is None else churn(without), dial(evaluation)]
    return tuple(plot for plot in plots if plot is not None)


def describe_missing(plots: Sequence[Plot]) -> tuple[str, ...]:
    """Which plots are missing, and why."""
    drawn = {plot.id.partition("--")[0] for plot in plots}
    return tuple(why for name, why in _MISSING.items() if name not in drawn)


_MISSING: Final = {
    "differences": f"The model against the best baseline: no task with both has {FEWEST} queries or more.",
    "over-time": f"Quality over time: fewer than {FEWEST} queries, or all from one day.",
    "by-age": "Quality by age of the article: all of one age, or publication times unknown.",
    "by-history": "Quality by amount of history: too few queries, or all with a similar history.",
    "reliability": "Calibration: no article with a relevant story among the candidates.",
    "churn": "Churn: fewer than two moments at which a most-read list could be predicted.",
    "dial": "The dial: no article with both a list chosen by editors and a most-read list an hour later.",
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
        "Difference from the best baseline",
        "Each mark is the difference between the model and the best baseline of a task, in its main metric."
        " Right of 0 the model is better; if the bar, the 95% interval, crosses 0, the difference is not"
        f" significant. Tasks with fewer than {FEWEST} queries are left out.",
        describe_points("Marks with intervals, a row for each task", [(MODEL, points)], of="x"),
        axis("difference", reach(points), low=0, parts=3),
        row_axis([task.name for task in tasks]),
        (Line(MODEL, 0, points, joined=False),),
        difference_table(tasks),
        zero=True,
        rows=True,
    )
