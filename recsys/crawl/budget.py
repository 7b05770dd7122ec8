"""Budgets of a round: how many requests a site may cost, and how many of them each kind of address."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from recsys.crawl.frontier_schema import Priority
from recsys.errors import FetchError
from recsys.store import Counts

_SHARES = {Priority.PAGE: 0.5, Priority.FEED: 0.25, Priority.LINKED: 0.2}
"""Of a site's requests; articles on lists, and then those of sitemaps, may use whatever is left."""


class OverBudgetError(FetchError):
    """Nothing is sent, because the budget of the site for this round is spent."""


class Budget:
    """The requests of one site in one round, counted as they are sent: robots.txt and redirects too."""

    def __init__(self, most: int) -> None:
        self.most, self.spent = most, 0
        self._by_priority = dict.fromkeys(Priority, 0)
        self._current = Priority.PAGE

    def begin(self, priority: Priority) -> None:
        """Count the requests from now on for a kind of address."""
        self._current = priority

    def spend(self, url: str) -> None:
        """Count one request; OverBudgetError where there is none left."""
        if self.is_spent:
            raise OverBudgetError(url, f"the budget of {self.most:,} requests is spent")
        self.spent += 1
        self._by_priority[self._current] += 1

    @property
    def is_spent(self) -> bool:
        return self.spent >= self.most

    @property
    def spent_priorities(self) -> tuple[Priority, ...]:
        """The kinds of address that have used up their share."""
        return tuple(
            each
            for each, share in _SHARES.items()
            if self._by_priority[each] >= max(ceil(self.most * share), 1)
        )


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What a round did for one site, what it left for later rounds, and why.

    `fetched` and `left` count addresses, `requests` also robots.txt and redirects. `reason` is None where
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
    """A pattern of addresses that is not explored until `next_try`; `left` known addresses wait for that."""

    site: str
    pattern: str
    fetched: int
    stories: int
    left: int
    next_try: datetime


@dataclass
class CrawlReport:
    """What was done: requests sent, answers without news, what was stored, what went wrong, a line each."""

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
