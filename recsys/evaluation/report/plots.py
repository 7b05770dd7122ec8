"""What is drawn, as values without a place on paper: axes, lines of points, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

from recsys.evaluation.report.report_tables import MINUS, Table
from recsys.evaluation.results import Figure


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the plane; the ranges are intervals across and upwards."""

    x: float
    y: float
    across: tuple[float, float] | None = None
    upward: tuple[float, float] | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one ranker. `style` picks colour, mark and dash together: 0 is the model's."""

    name: str
    style: int
    points: tuple[Point, ...]
    joined: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where, and what is written at which value."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure of the report."""

    id: str
    title: str
    says: str
    """What is to be seen, for those who do not know the metric."""
    description: str
    """What is drawn, in words, for those who do not see it."""
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    table: Table
    diagonal: bool = False
    """Whether equality of x and y is drawn."""
    zero: bool = False
    """Whether x = 0 is drawn."""
    rows: bool = False
    """Whether y counts rows from the top, each with a name."""
    legend: tuple[tuple[str, int], ...] = field(default=())
    """Names and styles; nothing where rows have their names already."""


def axis(
    label: str,
    values: Iterable[float],
    *,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    parts: int = 5,
) -> Axis:
    """A linear axis that holds the values, with round ticks for about so many parts.

    `low` and `high` are held too.
    """
    known = [*values, *(each for each in (low, high) if each is not None)]
    least, most = min(known), max(known)
    step = step or _step((most - least or 0.1) / parts)
    first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
    last += last == first
    digits = max(0, -floor(log10(step) + 1e-9))
    ticks = tuple((n * step, f"{n * step:.{digits}f}".replace("-", MINUS)) for n in range(first, last + 1))
    return Axis(label, first * step, last * step, ticks)


def _step(rough: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** floor(log10(rough))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= rough - 1e-12)


def named_axis(label: str, names: Sequence[str], *, most: int = 7) -> Axis:
    """An axis of places 0, 1, … with names, of which so many are written."""
    every = ceil(len(names) / most)
    ticks = tuple((float(at), name) for at, name in enumerate(names) if at % every == 0)
    return Axis(label, -0.5, len(names) - 0.5, ticks)


def ends(points: Iterable[Point]) -> list[float]:
    """All heights that are to be seen."""
    return [each for point in points for each in (point.y, *(point.upward or ()))]


def reach(points: Iterable[Point]) -> list[float]:
    """The same across."""
    return [each for point in points for each in (point.x, *(point.across or ()))]


def row_axis(names: Sequence[str]) -> Axis:
    """Rows from the top, all of them named."""
    return named_axis("", names, most=len(names))


def span(figure: Figure) -> tuple[float, float] | None:
    """The interval of a figure."""
    return None if figure.low is None or figure.high is None else (figure.low, figure.high)


def tell_points(what: str, lines: Sequence[tuple[str, Sequence[Point]]], *, of: str) -> str:
    """What is drawn, in a sentence; the figures themselves stand in the table below it."""
    said = []
    for name, points in lines:
        if points:
            values = [getattr(point, of) for point in points]
            said.append(f"{name} from {min(values):.3f} to {max(values):.3f}")
    return f"{what}: {'; '.join(said)}."
