"""Durations as users write them, the same for settings, options and requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recsys.durations import LONGEST, parse_duration
from tests.newsroom import at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("90 min", timedelta(minutes=90)),
        ("36 hours", timedelta(hours=36)),
        ("1.5d", timedelta(hours=36)),
        (" 2 Weeks ", timedelta(days=14)),
        ("99999d", timedelta(days=99_999)),
    ],
)
def test_a_number_and_a_unit_are_a_duration(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "7", "d", "0m", "-1d", "1 month", "1d 2h", "1e3d", "1.d", "٣d", "999999w", "1" * 5_000 + "d"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_duration(text) is None


def test_a_moment_less_the_longest_duration_is_a_date() -> None:
    assert (at(0) - LONGEST).year > 1
