"""The requests that a site may cost in one crawl, and the report of a crawl."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from recsys.crawl.frontier_schema import Priority
from recsys.errors import FetchError
from recsys.store import Counts

_SHARES = {Priority.PAGE: 0.5, Priority.FEED: 0.25, Priority.LINKED: 0.2}
"""Of a site's requests; articles on lists, then those in sitemaps, may use the rest."""


class OverBudgetError(FetchError):
    """Nothing was sent because the site's budget for this crawl is spent."""


class Budget:
    """The requests to one site in one crawl, counted as they are sent, robots.txt and redirects included."""

    def __init__(self, most: int) -> None:
        self.most, self.spent = most, 0
        self._by_priority = dict.fromkeys(Priority, 0)
        self._current = Priority.PAGE

    def begin(self, priority: Priority) -> None:
        """Count the requests from now on as those for a priority."""
        self._current = priority

    def spend(self, url: str) -> None:
        """Count one request; OverBudgetError if none is left."""
        if self.is_spent:
            raise OverBudgetError(url, f"the budget of {self.most:,} requests is spent")
        self.spent += 1
        self._by_priority[self._current] += 1

    @property
    def is_spent(self) -> bool:
        return self.spent >= self.most

    @property
    def spent_priorities(self) -> tuple[Priority, ...]:
        """The priorities that have used up their share."""
        return tuple(
            each
            for each, share in _SHARES.items()
            if self._by_priority[each] >= max(ceil(self.most * share), 1)
        )


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What a crawl fetched from one site, what it left for later crawls, and why.

    `fetched` and `left` count addresses, `requests` also robots.txt and redirects. `reason` is None if
    nothing is left.
    """

    site: str
    requests: int
    fetched: int
    left: int
    left_by_kind: dict[str, int]
    reason: str | None


@dataclass(frozen=True, slots=True)
class StoppedPattern:
    """A pattern of addresses that is not crawled until `next_try`; `left` known addresses wait for that."""

    site: str
    pattern: str
    fetched: int
    stories: int
    left: int
    next_try: datetime


@dataclass
class CrawlReport:
    """The figures of a crawl, and its problems, a line each. `unchanged` counts responses without news."""

    requests: int = 0
    unchanged: int = 0
    forbidden: int = 0
    gone: int = 0
    forgotten: int = 0
    left_out: int = 0
    counts: Counts = field(default_factory=Counts)
    problems: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sites: list[SiteReport] = field(default_factory=list)
    stopped: list[StoppedPattern] = field(default_factory=list)
