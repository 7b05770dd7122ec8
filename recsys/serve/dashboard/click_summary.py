"""Views and clicks of the lists that readers saw: by story, by position, by site, by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.inverted_index import Ints
from recsys.domain import Article, from_microseconds
from recsys.store import Store
from recsys.training.clicks import ImpressionLog, build_impression_log

PERIODS = (7, 28, 90)
"""Days to choose from."""
MAX_IMPRESSIONS = 200_000
"""Impressions that are read, the latest: about three seconds."""
QUARTER = 900_000_000
"""Microseconds of a quarter of an hour, at which days begin in every zone."""
MAX_STORIES, MAX_POSITIONS = 20, 20


@dataclass(frozen=True, slots=True)
class Count:
    """How often something was shown, and how often it was clicked."""

    views: int = 0
    clicks: int = 0

    @property
    def rate(self) -> float:
        """The click-through rate: clicks per view."""
        return self.clicks / self.views if self.views else 0.0


@dataclass(frozen=True, slots=True)
class StoryCount:
    """How often a story was shown and clicked, and at which position on average."""

    article: Article
    count: Count
    average_position: float


@dataclass(frozen=True, slots=True)
class ClickSummary:
    """The lists shown in a period, by day of the site's zone.

    A list counts one view, and so does each of its stories.
    """

    days: int
    total: Count
    by_day: tuple[tuple[date, Count], ...] = ()
    by_position: tuple[tuple[int, Count], ...] = ()
    by_story: tuple[StoryCount, ...] = ()
    """Most clicked first, at most MAX_STORIES."""
    by_site: tuple[tuple[str, Count], ...] = ()
    first_at: datetime | None = None
    """The first impression that was read, if there are more than MAX_IMPRESSIONS."""
    lists_clicked: int = 0
    """Lists in which at least one story was clicked."""

    @property
    def first_day(self) -> date | None:
        """The first day with views; None if it is that of the period, or earlier ones were not read."""
        days = [day for day, count in self.by_day if count.views]
        is_empty_before = bool(days) and days[0] != self.by_day[0][0] and self.first_at is None
        return days[0] if is_empty_before else None


def summarise_clicks(store: Store, corpus: Corpus, days: int, now: datetime, zone: tzinfo) -> ClickSummary:
    """Return the summary of the last days, including today."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    first_read = store.impressions.latest_since(since, MAX_IMPRESSIONS)
    events = store.impressions.read(since=first_read or since, before=now)
    log = build_impression_log(corpus.at(now), events)
    numbers = np.flatnonzero(log.times >= int(since.timestamp() * 1e6))
    if not len(numbers):
        return ClickSummary(days, Count())
    clicks = np.zeros(log.size, dtype=np.int64)
    np.add.at(clicks, log.impression_of, log.clicks)
    is_read = np.isin(log.impression_of, numbers)
    return ClickSummary(
        days,
        Count(len(numbers), int(clicks[numbers].sum())),
        _by_day(log.times[numbers], clicks[numbers], first, today, zone),
        _by_position(log, is_read),
        _by_story(corpus, log, is_read),
        _by_site(log, numbers, clicks),
        first_read,
        int((clicks[numbers] > 0).sum()),
    )


def _by_day(
    times: Ints, clicks: Ints, first: date, last: date, zone: tzinfo
) -> tuple[tuple[date, Count], ...]:
    """Return a count for every day. Few times are converted to the zone: one for every quarter of an hour."""
    quarters, place = np.unique(times // QUARTER, return_inverse=True)
    views_of, clicks_of = np.bincount(place), np.bincount(place, weights=clicks)
    counts: dict[date, Count] = {
        first + timedelta(days=number): Count() for number in range((last - first).days + 1)
    }
    for quarter, views, clicked in zip(quarters.tolist(), views_of.tolist(), clicks_of.tolist(), strict=True):
        day = from_microseconds(quarter * QUARTER).astimezone(zone).date()
        before = counts.get(day, Count())
        counts[day] = Count(before.views + views, before.clicks + int(clicked))
    return tuple(sorted(counts.items()))


def _by_position(
    log: ImpressionLog, is_read: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[tuple[int, Count], ...]:
    positions, clicks = log.positions[is_read], log.clicks[is_read]
    views_of, clicks_of = np.bincount(positions), np.bincount(positions, weights=clicks)
    shown = [number for number in np.flatnonzero(views_of).tolist() if number <= MAX_POSITIONS]
    return tuple((number, Count(int(views_of[number]), int(clicks_of[number]))) for number in shown)


def _by_story(
    corpus: Corpus, log: ImpressionLog, is_read: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[StoryCount, ...]:
    known = is_read & (log.articles >= 0)
    rows, place = np.unique(log.articles[known], return_inverse=True)
    views_of = np.bincount(place, minlength=len(rows))
    clicks_of = np.bincount(place, weights=log.clicks[known], minlength=len(rows))
    averages = np.bincount(place, weights=log.positions[known], minlength=len(rows)) / views_of
    best = np.lexsort((rows, -views_of, -clicks_of))[:MAX_STORIES]
    return tuple(
        StoryCount(
            corpus.shown(int(rows[at])),
            Count(int(views_of[at]), int(clicks_of[at])),
            float(averages[at]),
        )
        for at in best.tolist()
    )


def _by_site(log: ImpressionLog, numbers: Ints, clicks: Ints) -> tuple[tuple[str, Count], ...]:
    sites: dict[str, Count] = {}
    for code in np.unique(log.site_of[numbers]).tolist():
        mine = numbers[log.site_of[numbers] == code]
        before = sites.get(log.sites[code], Count())
        count = Count(before.views + len(mine), before.clicks + int(clicks[mine].sum()))
        sites[log.sites[code]] = count
    return tuple(sorted(sites.items(), key=lambda pair: -pair[1].views))
