"""Figures of what the model is like: are its scores chances, how do lists change, what trades the dial."""

from __future__ import annotations

from typing import Final

from recsys.evaluation.report.plots import (
    Line,
    Plot,
    Point,
    axis,
    ends,
    reach,
    row_axis,
    span,
    tell_points,
)
from recsys.evaluation.report.report_tables import Cell, Row, Table, figure_cell, interval
from recsys.evaluation.results import MODEL, Evaluation, Task
from recsys.evaluation.verdict import best_first


def reliability(evaluation: Evaluation) -> Plot | None:
    """Chances that the model gave against shares in which it was right; None without pairs."""
    bins = evaluation.reliability
    if not bins:
        return None
    points = tuple(Point(each.predicted, each.observed.mean, upward=span(each.observed)) for each in bins)
    rows = tuple(
        Row(
            f"{each.low:.2f} to {each.high:.2f}",
            (Cell(f"{each.observed.n:,}"), Cell(f"{each.predicted:.3f}"), figure_cell(each.observed)),
        )
        for each in bins
    )
    return Plot(
        "reliability",
        "Is the score a chance?",
        "Pairs of a story that was chosen and one that was not. Across: how sure the model was of its"
        " favourite; upwards: how often it was right. On the dashed line it is as sure as it should be;"
        " below it, too sure; above, not sure enough.",
        tell_points("Marks near a diagonal", [(MODEL, points)], of="y"),
        axis("chance that the model gave", [], low=0.5, high=1, step=0.1),
        axis("share that was right", ends(points), low=0.5, high=1, step=0.1),
        (Line(MODEL, 0, points),),
        Table(
            "Reliability of the model's scores; n counts pairs.",
            ("chance", "n", "mean chance", "was right"),
            rows,
        ),
        diagonal=True,
    )


def churn(task: Task) -> Plot | None:
    """Of every ranker at moments; None where no two moments follow one another."""
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
        Row(name, (Cell(f"{f.n:,}"), Cell(f"{f.mean:.3f}", interval(f))), name == MODEL)
        for name, f in zip(named, figures, strict=True)
    )
    return Plot(
        "churn",
        "How much lists change",
        "Churn: the share of a list of ten that was not on it at the moment before, three to six hours"
        " earlier. 0: nothing moves; 1: nothing stays.",
        tell_points(
            "Marks with intervals, a row for each ranker",
            [(each.name, each.points) for each in lines],
            of="x",
        ),
        axis("churn", reach(points), low=0),
        row_axis(named),
        lines,
        Table("Churn of the lists at moments; n counts pairs of moments.", ("ranker", "n", "churn"), rows),
        rows=True,
    )


_DIALS: Final = {0.0: "dial 0", 0.5: "0.5", 1.0: "dial 1"}
"""Positions that are named, with their intervals."""


def dial(evaluation: Evaluation) -> Plot | None:
    """Relatedness against appeal; None where no article has both."""
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
            f"{each.dial:.1f}",
            (Cell(f"{each.relatedness.n:,}"), figure_cell(each.relatedness), figure_cell(each.appeal)),
        )
        for each in evaluation.dial
    )
    return Plot(
        "dial",
        "What the dial trades",
        "The same lists judged twice, for every position of the dial from 0 (related) by 0.5 (as learnt) to 1"
        " (popular). Across: what editors chose; upwards: what readers ranked an hour later.",
        tell_points("A curve from dial 0 to dial 1", [(MODEL, points)], of="y"),
        axis("nDCG@10 of what editors chose", reach(points)),
        axis("nDCG@10 an hour later", ends(points)),
        (Line(MODEL, 0, points),),
        Table("The dial, nDCG@10.", ("dial", "n", "what editors chose", "readers' ranking +1h"), rows),
    )
