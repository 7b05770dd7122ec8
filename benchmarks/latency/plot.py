"""Latency against archive size as one SVG: a panel for every window, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10

from benchmarks.latency.report import OURS_AND_PEERS, Size
from recsys.evaluation.report.plots import Axis, Line, Plot, Point, ends
from recsys.evaluation.report.report_tables import Table
from recsys.evaluation.report.svg import HEIGHT, MARKS, WIDTH, Drawing, Stroke, draw

PANELS = {"window_90d": "Articles of the last 90 days", "archive": "The whole archive"}
COLOURS = ("#b3261e", "#1f5fa8", "#2e7d32", "#8a6d00", "#6a3d9a")
"""One for each of OURS_AND_PEERS."""
_TITLE, _LEGEND = 34, 30
_TICKS = {10.0**power: f"{10.0**power:g}" for power in range(-3, 5)}
_SIZES = {10**power: f"{10**power:,}" for power in range(3, 8)}
_STYLE = (
    "text{font:14px sans-serif;fill:#222}.title{font-weight:600}.grid{stroke:#ddd}.axis{stroke:#555}"
    ".stroke{fill:none;stroke-width:2}.bar{stroke-width:1.5}"
)


def draw_latency(sizes: Sequence[Size]) -> str:
    """The figure: marks are medians, bars reach to the 99th percentile."""
    panels = [(title, draw(_plot(sizes, window, title))) for window, title in PANELS.items()]
    width, height = WIDTH * len(panels), _TITLE + HEIGHT + _LEGEND
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>Latency against archive size: median, and a bar to the 99th percentile</title>",
        f'<style>{_STYLE}</style><rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for at, (title, drawing) in enumerate(panels):
        parts.append(f'<g transform="translate({at * WIDTH} {_TITLE})">')
        parts.append(f'<text class="title" x="{drawing.left}" y="-12">{escape(title)}</text>')
        parts += [*_frame(drawing), *_strokes(drawing), "</g>"]
    return "\n".join([*parts, *_legend(sizes, height), "</svg>\n"])


def _plot(sizes: Sequence[Size], window: str, title: str) -> Plot:
    lines = tuple(
        Line(name, at, points)
        for at, name in enumerate(OURS_AND_PEERS)
        if (points := tuple(_points(sizes, name, window)))
    )
    every = [height for line in _lines_of(sizes) for height in ends(line)]
    articles = [log10(size["articles"]) for size in sizes]
    return Plot(
        window,
        title,
        "",
        "",
        _axis("articles", min(articles) - 0.2, max(articles) + 0.2, _SIZES),
        _axis("milliseconds", floor(min(every)), max(ceil(max(every)), floor(min(every)) + 1), _TICKS),
        lines,
        Table(title, (), ()),
    )


def _lines_of(sizes: Sequence[Size]) -> Iterator[list[Point]]:
    """Of both panels, so that they have one scale."""
    return (list(_points(sizes, name, window)) for name in OURS_AND_PEERS for window in PANELS)


def _points(sizes: Sequence[Size], name: str, window: str) -> Iterator[Point]:
    for size in sorted(sizes, key=lambda each: each["articles"]):
        if name in size:
            p50, p99 = (log10(max(size[name][window][key], 1e-3)) for key in ("p50_ms", "p99_ms"))
            yield Point(log10(size["articles"]), p50, upward=(p50, p99))


def _axis(label: str, low: float, high: float, named: dict[float, str] | dict[int, str]) -> Axis:
    ticks = tuple((log10(value), text) for value, text in named.items() if low <= log10(value) <= high)
    return Axis(label, low, high, ticks)


def _frame(d: Drawing) -> Iterator[str]:
    for tick in d.y:
        yield f'<line class="grid" x1="{d.left}" y1="{tick.at}" x2="{d.right}" y2="{tick.at}"/>'
        yield f'<text x="{d.left - 8}" y="{tick.at + 4.5}" text-anchor="end">{tick.text}</text>'
    for tick in d.x:
        yield f'<text x="{tick.at}" y="{d.bottom + 20}" text-anchor="middle">{tick.text}</text>'
    yield f'<line class="axis" x1="{d.left}" y1="{d.bottom}" x2="{d.right}" y2="{d.bottom}"/>'
    across, down = (d.left + d.right) / 2, (d.top + d.bottom) / 2
    yield f'<text x="{across}" y="{d.height - 7}" text-anchor="middle">articles in the archive</text>'
    yield f'<text transform="translate(13 {down}) rotate(-90)" text-anchor="middle">milliseconds</text>'


def _strokes(d: Drawing) -> Iterator[str]:
    for stroke in reversed(d.strokes):
        yield f'<g stroke="{COLOURS[stroke.style]}" fill="{COLOURS[stroke.style]}">'
        yield from _stroke(stroke)
        yield "</g>"


def _stroke(stroke: Stroke) -> Iterator[str]:
    for mark in stroke.marks:
        for x1, y1, x2, y2 in mark.bars:
            yield f'<line class="bar" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
    if stroke.path:
        yield f'<polyline class="stroke" points="{stroke.path}"/>'
    for mark in stroke.marks:
        yield f'<path stroke="none" transform="translate({mark.x} {mark.y})" d="{stroke.shape}"/>'


def _legend(sizes: Sequence[Size], height: int) -> Iterator[str]:
    shown = [(at, name) for at, name in enumerate(OURS_AND_PEERS) if any(name in size for size in sizes)]
    for place, (at, name) in enumerate(shown):
        x, y = 60 + 130 * place, height - 12
        mark = MARKS[at % len(MARKS)]
        yield f'<path fill="{COLOURS[at]}" transform="translate({x} {y - 5})" d="{mark}"/>'
        yield f'<text x="{x + 12}" y="{y}">{name}</text>'
