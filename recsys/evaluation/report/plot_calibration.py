"""Plots of calibration, churn, and the trade-off of the dial."""

from __future__ import annotations

from typing import Final

from recsys.evaluation.report.plots import (
    Line,
    Plot,
    Point,
    axis,
    describe_points,
    ends,
    reach,
    row_axis,
    span,
)
from recsys.evaluation.report.report_tables import Cell, Row, Table, figure_cell, interval
from recsys.evaluation.results import MODEL, Evaluation, Task
from recsys.evaluation.verdict import best_first


def reliability(evaluation: Evaluation) -> Plot | None:
    """Predicted probability against observed frequency; None without pairs."""
    bins = evaluation.reliability
    if not bins:
        return None
    points = tuple(Point(each.predicted, each.observed.mean, upward=span(each.observed)) for each in bins)
    rows = tuple(
        Row(
            f"{each.low:z.2f} to {each.high:z.2f}",
            (Cell(f"{each.observed.n:,}"), Cell(f"{each.predicted:z.3f}"), figure_cell(each.observed)),
        )
        for each in bins
    )
    return Plot(
        "reliability",
        "Is the score calibrated?",
        "Pairs of a relevant story and another. Horizontal: the predicted probability that the higher-scored"
        " story is the relevant one; vertical: how often it was. On the dashed line the model is calibrated,"
        " below it overconfident, above it underconfident.",
        describe_points("Marks near a diagonal", [(MODEL, points)], of="y"),
        axis("predicted probability", [], low=0.5, high=1, step=0.1),
        axis("observed frequency", ends(points), low=0.5, high=1, step=0.1),
        (Line(MODEL, 0, points),),
        Table(
            "Calibration of the model's scores; n counts pairs.",
            ("probability", "n", "mean", "observed"),
            rows,
        ),
        diagonal=True,
    )


def churn(task: Task) -> Plot | None:
    """Churn of every ranker; None without consecutive moments."""
    named = [name for name in best_first(task) if "churn" in task.rankers[name].beyond]
    if not named:
        return None
    figures = [task.rankers[name].beyond["churn"] for name in named]
    points = [Point(f.mean, float(at), across=span(f)) for at, f in enumerate(figures)]
    lines = (
        Line(
            MODEL, 0, tuple(p for p, name in zip(points, named, strict=True) if name == MODEL), joined=False
        ),
        Line(
            "others",
            1,
            tuple(p for p, name in zip(points, named, strict=True) if name != MODEL),
            joined=False,
        ),
    )
    rows = tuple(
        Row(name, (Cell(f"{f.n:,}"), Cell(f"{f.mean:z.3f}", interval(f))), name == MODEL)
        for name, f in zip(named, figures, strict=True)
    )
    return Plot(
        "churn",
        "How much lists change",
        "Churn: the share of a list of ten that was not on it three to six hours earlier. 0: no change;"
        " 1: every story is new.",
        describe_points(
            "Marks with intervals, a row for each ranker",
            [(each.name, each.points) for each in lines],
            of="x",
        ),
        axis("churn", reach(points), low=0),
        row_axis(named),
        lines,
        Table(
            "Churn of lists without an article; n counts pairs of moments.", ("method", "n", "churn"), rows
        ),
        rows=True,
    )


_DIALS: Final = {0.0: "dial 0", 0.5: "0.5", 1.0: "dial 1"}
"""Positions with a label and intervals."""


def dial(evaluation: Evaluation) -> Plot | None:
    """Relatedness against appeal; None if no article has both."""
    if not evaluation.dial:
        return None
    points = tuple(
        Point(
            each.relatedness.mean,
            each.appeal.mean,
            across=span(each.relatedness) if each.dial in _DIALS else None,
            upward=span(each.appeal) if each.dial in _DIALS else None,
            label=_DIALS.get(each.dial, ""),
        )
        for each in evaluation.dial
    )
    rows = tuple(
        Row(
            f"{each.dial:.3f}",
            (
                Cell(f"{each.relatedness.n:,}"),
                figure_cell(each.relatedness),
                figure_cell(each.appeal),
                Cell(f"{each.changed:.0%}"),
            ),
        )
        for each in evaluation.dial
    )
    return Plot(
        "dial",
        "Trade-off of the dial",
        "The same lists evaluated twice, for each position of the dial from 0 (related) over 0.5 (as trained)"
        " to 1 (popular). Horizontal: against the editors' choice; vertical: against the most-read list an"
        " hour later.",
        describe_points("A curve from dial 0 to dial 1", [(MODEL, points)], of="y"),
        axis("nDCG@10, editors' choice", reach(points)),
        axis("nDCG@10, most-read list", ends(points)),
        (Line(MODEL, 0, points),),
        Table(
            "The dial, nDCG@10; changed: the share of a list that was not in that of the line above.",
            ("dial", "n", "editors' choice", "most-read list +1h", "changed"),
            rows,
        ),
    )
