"""The revisit policy: pure functions that say when an address is fetched again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recsys.documents.html.dates import parse_mail_time

_SLACK = 0.9  # of the time between two visits: a timer may start a crawl some seconds early
_FIRST_AGAIN = timedelta(hours=1)
_OLD = timedelta(days=7)
"""The age at which an article is no longer fetched: corrections and updates come within days."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(days=1)
_FIRST_RULES_PAUSE = timedelta(minutes=5)
_LONGEST_RULES_PAUSE = timedelta(hours=1)
_PATIENT_TRIES = 8
"""Failures in a row after which an article is given up: about four hours, as pauses double."""


def next_visit(now: datetime, every: timedelta) -> datetime:
    """When a page, feed or sitemap is fetched again."""
    return now + every * _SLACK


def next_reading(now: datetime, published_at: datetime) -> datetime | None:
    """When an article is fetched again: after its age, at least an hour; None once it is a week old."""
    age = max(now - published_at, timedelta(0))
    return None if age > _OLD else now + max(_FIRST_AGAIN, age) * _SLACK


def next_try(now: datetime, failures: int, chance: float) -> datetime:
    """When to try again after failures in a row; the pause doubles each time, give or take a half.

    `chance` in [0, 1) is the jitter that spreads addresses which failed together.
    """
    pause: timedelta = min(_FIRST_PAUSE * int(2 ** min(failures, 20)), _LONGEST_PAUSE)
    return now + pause * (0.5 + chance)


def next_rules_try(now: datetime, failures: int) -> datetime:
    """When to fetch robots.txt again after failures in a row: after 5, 10, 20 minutes, up to an hour."""
    return now + min(_FIRST_RULES_PAUSE * int(2 ** min(failures - 1, 10)), _LONGEST_RULES_PAUSE)


def is_given_up(failures: int) -> bool:
    return failures >= _PATIENT_TRIES


def parse_retry_after(text: str | None, now: datetime) -> datetime | None:
    """The moment in a Retry-After header (RFC 9110, 10.2.3), at most a day from now; None for other text."""
    if not text:
        return None
    if text.isascii() and text.isdecimal():
        return now + min(timedelta(seconds=int(text[:9])), _LONGEST_PAUSE)
    moment = parse_mail_time(text)
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(now, min(moment, now + _LONGEST_PAUSE))
