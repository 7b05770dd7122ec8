"""What editors decided, read from the site's database."""

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
class Decisions:
    """Pins for every list, and beside single stories by their address; stories that are never shown."""

    everywhere: Pins = ()
    beside: dict[str, Pins] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()

    def pins(self, url: str) -> Pins:
        """The pins of a list, those beside its article first: what is decided for one list wins."""
        return (*self.beside.get(url, ()), *self.everywhere)


class DatabaseOverrides:
    """The desk of `recsys.live`: what is pinned everywhere and blocked enters every request.

    While the database cannot be read, what was read last holds; articles are followed meanwhile.
    """

    def __init__(self) -> None:
        self.decisions = Decisions()
        self._seen: object = None
        self._version = 0
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """What could not be read last time; None when everything could."""
        return self._problem

    def version(self) -> int:
        """Another number whenever something was decided."""
        try:
            seen = list(Pin.objects.order_by("pk").values_list("pk", "story", "beside", "position", "until"))
            blocked = Block.objects.aggregate(most=Max("pk"), count=Count("pk"))
        except DatabaseError as error:
            self._seen = None  # so that the next version is another one, and everything is read again
            self._report(f"the database cannot be read: {error}")
            return self._version
        if (seen, blocked) != self._seen:
            self._seen = (seen, blocked)
            self._version += 1
        return self._version

    def apply(self, request: Request) -> Request:
        """A request with what was decided for every list."""
        try:
            self.decisions, bad = read_decisions()
            self._report("; ".join(bad) or None)
        except DatabaseError as error:
            self._seen = None
            self._report(f"the database cannot be read: {error}")
        rules = request.rules or Rules()
        blocked = (*rules.blocked, *self.decisions.blocked)
        return replace(request, rules=replace(rules, blocked=blocked))

    def _report(self, problem: str | None) -> None:
        if problem is not None and problem != self._problem:
            _LOG.error("pins and blocks: %s", problem)
        self._problem = problem


def read_decisions() -> tuple[Decisions, list[str]]:
    """What was decided, expired pins too (the rules leave them out); and rows that cannot be, a line each."""
    everywhere: list[RulePin] = []
    beside: dict[str, list[RulePin]] = {}
    blocked: list[str] = []
    bad: list[str] = []
    for pin in Pin.objects.select_related("story", "beside"):
        try:
            rule = RulePin(pin.story.url, pin.position, pin.until)
        except InvalidValueError as error:
            bad.append(f"pin {pin.pk} is left out: {error}")
            continue
        (everywhere if pin.beside is None else beside.setdefault(pin.beside.url, [])).append(rule)
    for number, url in Block.objects.order_by("pk").values_list("pk", "story__url"):
        try:
            check_name("url", url)
            blocked.append(url)
        except InvalidValueError as error:
            bad.append(f"block {number} is left out: {error}")
    found = Decisions(tuple(everywhere), {url: tuple(pins) for url, pins in beside.items()}, tuple(blocked))
    return found, bad


def pins_of(url: str, now: datetime) -> list[tuple[int, Headline]]:
    """What is pinned beside an address and everywhere, as pages show it, each story once."""
    holding = Pin.objects.filter(Q(beside=None) | Q(beside=key_of(url))).filter(
        Q(until=None) | Q(until__gt=now), story__is_shown=True, story__block=None
    )
    found: dict[str, tuple[int, Headline]] = {}
    for pin in sorted(holding.select_related("story"), key=lambda each: each.beside_id is None):
        if pin.story.url != url:
            found.setdefault(pin.story.url, (pin.position, pin.story.as_headline()))
    return sorted(found.values(), key=lambda each: each[0])


def hidden_of(urls: Iterable[str]) -> frozenset[str]:
    """Those of some addresses that must not be shown: blocked, or public no more."""
    keys = [key_of(url) for url in urls]
    if not keys:
        return frozenset()
    never = Story.objects.filter(key__in=keys).filter(Q(is_shown=False) | Q(block__isnull=False))
    return frozenset(never.values_list("url", flat=True))


def blocked() -> list[str]:
    """The addresses of the stories that are never shown."""
    return list(Block.objects.order_by("-pk").values_list("story__url", flat=True)[:100])
