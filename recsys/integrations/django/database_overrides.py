"""Overrides of the editors, read from the site's database."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Count, Max, Q
from django.db.utils import Error as DatabaseError

from recsys.domain import check_name
from recsys.errors import InvalidValueError
from recsys.integrations.answers import Headline
from recsys.integrations.django.models import Block, Pin, Story, key_of
from recsys.request import Pin as RulePin
from recsys.request import Request, Rules

Pins = tuple[RulePin, ...]
_LOG = logging.getLogger("recsys.integrations")


@dataclass(frozen=True)
class SiteOverrides:
    """Pins for every list and for single articles by URL, and blocked stories."""

    everywhere: Pins = ()
    beside: dict[str, Pins] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()

    def pins(self, url: str) -> Pins:
        """Return the pins of a list; those for its article come first and win."""
        return (*self.beside.get(url, ()), *self.everywhere)


class DatabaseOverrides:
    """The OverridesSource of `recsys.live`, backed by the site's database.

    While the database cannot be read, the last known overrides apply.
    """

    def __init__(self) -> None:
        self.current = SiteOverrides()
        self._seen: object = None
        self._version = 0
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """What could not be read last time; None if everything could."""
        return self._problem

    def version(self) -> int:
        """Return a number that increases with every change of the overrides."""
        try:
            pins = list(Pin.objects.order_by("pk").values_list("pk", "story", "beside", "position", "until"))
            blocked = Block.objects.aggregate(most=Max("pk"), count=Count("pk"))
        except DatabaseError as error:
            self._seen = None  # so that the next call returns a new version and everything is read again
            self._report(f"the database cannot be read: {error}")
            return self._version
        if (pins, blocked) != self._seen:
            self._seen = (pins, blocked)
            self._version += 1
        return self._version

    def apply(self, request: Request) -> Request:
        """Return the request with the current blocks; pins are added per page."""
        try:
            self.current, bad = load_overrides()
            self._report("; ".join(bad) or None)
        except DatabaseError as error:
            self._seen = None
            self._report(f"the database cannot be read: {error}")
        rules = request.rules or Rules()
        blocked = (*rules.blocked, *self.current.blocked)
        return replace(request, rules=replace(rules, blocked=blocked))

    def _report(self, problem: str | None) -> None:
        if problem is not None and problem != self._problem:
            _LOG.error("pins and blocks: %s", problem)
        self._problem = problem


def load_overrides() -> tuple[SiteOverrides, list[str]]:
    """Return the overrides, including expired pins (the rules skip them), and a line for each invalid row."""
    everywhere: list[RulePin] = []
    beside: dict[str, list[RulePin]] = {}
    blocked: list[str] = []
    bad: list[str] = []
    for pin in Pin.objects.select_related("story", "beside"):
        try:
            rule = RulePin(pin.story.url, pin.position, pin.until)
        except InvalidValueError as error:
            bad.append(f"pin {pin.pk} is ignored: {error}")
            continue
        (everywhere if pin.beside is None else beside.setdefault(pin.beside.url, [])).append(rule)
    for number, url in Block.objects.order_by("pk").values_list("pk", "story__url"):
        try:
            check_name("url", url)
            blocked.append(url)
        except InvalidValueError as error:
            bad.append(f"block {number} is ignored: {error}")
    overrides = SiteOverrides(
        tuple(everywhere), {url: tuple(pins) for url, pins in beside.items()}, tuple(blocked)
    )
    return overrides, bad


def pinned_headlines(url: str, now: datetime) -> list[tuple[int, Headline]]:
    """Return the pins for a URL and for all lists as (position, headline), each story once."""
    active = Pin.objects.filter(Q(beside=None) | Q(beside=key_of(url))).filter(
        Q(until=None) | Q(until__gt=now), story__is_shown=True, story__block=None
    )
    by_url: dict[str, tuple[int, Headline]] = {}
    for pin in sorted(active.select_related("story"), key=lambda each: each.beside_id is None):
        if pin.story.url != url:
            by_url.setdefault(pin.story.url, (pin.position, pin.story.as_headline()))
    return sorted(by_url.values(), key=lambda each: each[0])


def hidden_urls(urls: Iterable[str]) -> frozenset[str]:
    """Return those URLs that must not be shown: blocked, or no longer public."""
    keys = [key_of(url) for url in urls]
    if not keys:
        return frozenset()
    hidden = Story.objects.filter(key__in=keys).filter(Q(is_shown=False) | Q(block__isnull=False))
    return frozenset(hidden.values_list("url", flat=True))


def blocked_urls() -> list[str]:
    """Return the URLs of blocked stories, the latest hundred."""
    return list(Block.objects.order_by("-pk").values_list("story__url", flat=True)[:100])
