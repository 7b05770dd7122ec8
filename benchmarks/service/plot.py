"""Resident memory over time as one SVG."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 300, 70, 40, 40


def draw_memory(memory: Sequence[tuple[float, float]]) -> str:
    """The line from the first look to the last; the axis of memory begins at nothing."""
    seconds = max((at for at, _ in memory), default=1) or 1
    most = max((size for _, size in memory), default=1) or 1

    def x(at: float) -> float:
        return round(LEFT + at / seconds * (WIDTH - LEFT - 20), 1)

    def y(size: float) -> float:
        return round(HEIGHT - BOTTOM - size / most * (HEIGHT - TOP - BOTTOM), 1)

    points = " ".join(f"{x(at)},{y(size)}" for at, size in memory)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Resident memory of all processes while the service is asked and written to</title>",
        "<style>text{font:14px sans-serif;fill:#222}line{stroke:#ddd}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24">Resident memory, MB</text>',
    ]
    for share in (0, 0.5, 1):
        size, at = most * share, seconds * share
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(size)}" y2="{y(size)}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(size) + 5}" text-anchor="end">{size:,.0f}</text>')
        parts.append(f'<text x="{x(at)}" y="{HEIGHT - 14}" text-anchor="middle">{at:,.0f} s</text>')
    parts.append(f'<polyline points="{points}" fill="none" stroke="#b3261e" stroke-width="2"/></svg>\n')
    return "\n".join(parts)
