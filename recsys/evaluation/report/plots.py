"""Plots as values: axes, lines of points, and the same data as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

from recsys.evaluation.report.report_tables import MINUS, Table
from recsys.evaluation.results import Figure


@dataclass(frozen=True, slots=True)
class Point:
    """A point, with horizontal and vertical intervals."""

    x: float
    y: float
    across: tuple[float, float] | None = None
    upward: tuple[float, float] | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one ranker; `style` selects colour, mark and dash, 0 for the model."""

    name: str
    style: int
    points: tuple[Point, ...]
    joined: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of an axis and its ticks."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of the report."""

    id: str
    title: str
    says: str
    """An explanation for readers who do not know the metric."""
    description: str
    """A text alternative."""
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    table: Table
    diagonal: bool = False
    """Whether to draw the line x = y."""
    zero: bool = False
    """Whether to draw the line x = 0."""
    rows: bool = False
    """Whether y counts named rows from the top."""
    legend: tuple[tuple[str, int], ...] = field(default=())
    """Names and styles; empty if rows are named."""


def axis(
    label: str,
    values: Iterable[float],
    *,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    parts: int = 5,
) -> Axis:
    """A linear axis that includes the values, `low` and `high`, with round ticks for about `parts` parts."""
    known = [*values, *(each for each in (low, high) if each is not None)]
    least, most = min(known), max(known)
    step = step or _step((most - least or 0.1) / parts)
    first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
    last += last == first
    digits = max(0, -floor(log10(step) + 1e-9))
    ticks = tuple((n * step, f"{n * step:.{digits}f}".replace("-", MINUS)) for n in range(first, last + 1))
    return Axis(label, first * step, last * step, ticks)


def _step(rough: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(rough))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= rough - 1e-12)


def named_axis(label: str, names: Sequence[str], *, most: int = 7) -> Axis:
    """An axis of named places 0, 1, …, of which at most `most` are labelled."""
    every = ceil(len(names) / most)
    ticks = tuple((float(at), name) for at, name in enumerate(names) if at % every == 0)
    return Axis(label, -0.5, len(names) - 0.5, ticks)


def ends(points: Iterable[Point]) -> list[float]:
    """All y values, including intervals."""
    return [each for point in points for each in (point.y, *(point.upward or ()))]


def reach(points: Iterable[Point]) -> list[float]:
    """All x values, including intervals."""
    return [each for point in points for each in (point.x, *(point.across or ()))]


def row_axis(names: Sequence[str]) -> Axis:
    """An axis of named rows from the top."""
    return named_axis("", names, most=len(names))


def span(figure: Figure) -> tuple[float, float] | None:
    """The interval of a figure."""
    return None if figure.low is None or figure.high is None else (figure.low, figure.high)


def describe_points(title: str, lines: Sequence[tuple[str, Sequence[Point]]], *, of: str) -> str:
    """A sentence with the range of every line; the table has the figures."""
    ranges = []
    for name, points in lines:
        if points:
            values = [getattr(point, of) for point in points]
            ranges.append(f"{name} from {min(values):z.3f} to {max(values):z.3f}")
    return f"{title}: {'; '.join(ranges)}."
