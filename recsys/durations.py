"""Durations as users write them: `30s`, `15m`, `36 hours`, `1.5d`, `2 weeks`."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=100_000)
"""So long that a moment less any of them is still a date."""
_UNITS = {
    unit: timedelta(seconds=seconds)
    for units, seconds in (
        ("s sec second seconds", 1),
        ("m min minute minutes", 60),
        ("h hour hours", 3_600),
        ("d day days", 86_400),
        ("w week weeks", 604_800),
    )
    for unit in units.split()
}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?([a-z]{1,7})", re.ASCII)


def parse_duration(text: str) -> timedelta | None:
    """A duration above zero and of at most 100,000 days; None for any other text."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or match[2] not in _UNITS:
        return None
    duration = float(match[1]) * _UNITS[match[2]]
    return duration if timedelta() < duration <= LONGEST else None
