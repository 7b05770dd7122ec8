"""Coordinates of a plot in SVG units, for the template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recsys.evaluation.report.plots import Axis, Line, Plot, Point

WIDTH = 420
"""Narrow enough that text of 14 units is readable on a phone with 360 pixels."""
HEIGHT = 290
ROW = 34
_LETTER = 8.7
_RIGHT, _TOP, _BOTTOM = 18, 12, 48
_LONGEST = 22
_DODGE = 6
"""Units between marks at the same place of a named axis, so that intervals do not overlap."""

MARKS = (
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
    "M-4.5 -4.5h9v9h-9z",
    "M0 -5.8l5.4 9.6h-10.8z",
    "M0 -6l5.4 6l-5.4 6l-5.4 -6z",
)
"""Circle, square, triangle, diamond, around the origin."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A position on an axis and its label."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its bars (x1, y1, x2, y2) and label."""

    x: float
    y: float
    bars: tuple[tuple[float, float, float, float], ...]
    label: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of marks."""

    style: int
    path: str
    """The `points` of a polyline; empty if the marks are not joined."""
    marks: tuple[Mark, ...]
    shape: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plot with all coordinates."""

    width: int
    height: int
    left: float
    top: float
    right: float
    bottom: float
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    strokes: tuple[Stroke, ...]
    diagonal: tuple[float, float, float, float] | None
    zero: float | None


@dataclass(frozen=True, slots=True)
class _Frame:
    plot: Plot
    left: float
    height: int

    @property
    def bottom(self) -> float:
        return self.height - _BOTTOM

    def across(self, value: float) -> float:
        x = self.plot.x
        return round(self.left + (value - x.low) / (x.high - x.low) * (WIDTH - _RIGHT - self.left), 1)

    def down(self, value: float) -> float:
        y = self.plot.y
        share = (value - y.low) / (y.high - y.low)
        return round(_TOP + (share if self.plot.rows else 1 - share) * (self.bottom - _TOP), 1)


def draw(plot: Plot) -> Drawing:
    """Lay out a plot."""
    longest = max(len(_short(text)) for _, text in plot.y.ticks)
    height = _TOP + _BOTTOM + ROW * len(plot.y.ticks) if plot.rows else HEIGHT
    frame = _Frame(plot, round(12 + longest * _LETTER + (0 if plot.rows else 18)), height)
    low, high = max(plot.x.low, plot.y.low), min(plot.x.high, plot.y.high)
    same = (frame.across(low), frame.down(low), frame.across(high), frame.down(high))
    return Drawing(
        WIDTH,
        height,
        frame.left,
        _TOP,
        WIDTH - _RIGHT,
        frame.bottom,
        _ticks(plot.x, frame.across),
        _ticks(plot.y, frame.down),
        tuple(_stroke(frame, line, at) for at, line in enumerate(plot.lines)),
        same if plot.diagonal else None,
        frame.across(0) if plot.zero else None,
    )


def _ticks(axis: Axis, place: Callable[[float], float]) -> tuple[Tick, ...]:
    return tuple(Tick(place(value), _short(text)) for value, text in axis.ticks)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _stroke(frame: _Frame, line: Line, at: int) -> Stroke:
    aside = 0.0
    if not frame.plot.rows and frame.plot.x.low == -0.5:
        aside = (at - (len(frame.plot.lines) - 1) / 2) * _DODGE
    marks = tuple(_mark(frame, point, aside) for point in line.points)
    path = " ".join(f"{mark.x},{mark.y}" for mark in marks) if line.joined else ""
    return Stroke(line.style, path, marks, MARKS[line.style % len(MARKS)])


def _mark(frame: _Frame, point: Point, aside: float) -> Mark:
    x, y, bars = round(frame.across(point.x) + aside, 1), frame.down(point.y), []
    if point.across is not None:
        bars.append((frame.across(point.across[0]), y, frame.across(point.across[1]), y))
    if point.upward is not None:
        bars.append((x, frame.down(point.upward[0]), x, frame.down(point.upward[1])))
    return Mark(x, y, tuple(bars), point.label)
