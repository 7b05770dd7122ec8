"""When something is asked again: pure functions of what happened and of the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recsys.documents.html.dates import parse_mail_time

_SLACK = 0.9  # of the time between two visits: a run that a timer starts may be some seconds early
_FIRST_AGAIN = timedelta(hours=1)
_OLD = timedelta(days=7)
"""The age of an article that is left alone: corrections and updates come within days."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(days=1)
_FIRST_RULES_PAUSE = timedelta(minutes=5)
_LONGEST_RULES_PAUSE = timedelta(hours=1)
_PATIENT_TRIES = 8
"""Failures in a row after which an article is given up: with doubled pauses, about four hours."""


def next_visit(now: datetime, every: timedelta) -> datetime:
    """When a page, feed or sitemap is asked again."""
    return now + every * _SLACK


def next_reading(now: datetime, published_at: datetime) -> datetime | None:
    """When an article is asked for again: as much later as it is old, at least an hour; None after a week."""
    age = max(now - published_at, timedelta(0))
    return None if age > _OLD else now + max(_FIRST_AGAIN, age) * _SLACK


def next_try(now: datetime, failures: int, chance: float) -> datetime:
    """After so many failures in a row, from 1; the pause doubles each time, give or take a half.

    `chance` in [0, 1) spreads those that failed together.
    """
    pause: timedelta = min(_FIRST_PAUSE * int(2 ** min(failures, 20)), _LONGEST_PAUSE)
    return now + pause * (0.5 + chance)


def next_rules_try(now: datetime, failures: int) -> datetime:
    """When robots.txt is fetched again after so many failures in a row: 5, 10, 20 minutes up to an hour."""
    return now + min(_FIRST_RULES_PAUSE * int(2 ** min(failures - 1, 10)), _LONGEST_RULES_PAUSE)


def is_given_up(failures: int) -> bool:
    return failures >= _PATIENT_TRIES


def parse_retry_after(text: str | None, now: datetime) -> datetime | None:
    """Until when a server wants to be left alone (RFC 9110, 10.2.3), at most a day; None for another text."""
    if not text:
        return None
    if text.isascii() and text.isdecimal():
        return now + min(timedelta(seconds=int(text[:9])), _LONGEST_PAUSE)
    moment = parse_mail_time(text)
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(now, min(moment, now + _LONGEST_PAUSE))
