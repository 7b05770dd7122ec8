"""Asking politely: as robots.txt allows, one host at a time, at its pace, and not while it wants to rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from recsys.collecting.fetching import Answer, Fetcher
from recsys.collecting.guard import Target, parse_target
from recsys.collecting.robots import HOLDS, NOTHING, UNREACHABLE_HOLDS, Rules, decode_rules, parse_rules
from recsys.collecting.scheduling import next_try, parse_retry_after
from recsys.errors import FetchError, RefusedAddressError, TooMuchError
from recsys.sites import Site
from recsys.store import Host

PATIENCE = timedelta(minutes=2)
"""How long a host is waited for; if it wants to be left alone for longer, the next run goes on with it."""
FORBIDDEN = "robots.txt forbids it"
_MANY_FAILURES = 3  # of a host in a row, after which it is left alone for a while


class BusyError(FetchError):
    """A host that is to be left alone until a moment."""

    def __init__(self, url: str, reason: str, until: datetime) -> None:
        super().__init__(url, reason)
        self.until = until


class Hosts(Protocol):
    """Where it is remembered what is known of hosts: the agenda, or a dictionary."""

    def host(self, origin: str) -> Host: ...

    def note_host(self, host: Host) -> None: ...


class Asker:
    """Asks for one address after the other; `clock` and `sleep` are the time it lives in.

    Every site, by its name, has a fetcher of its own: what one is allowed, another is not.
    """

    def __init__(
        self,
        fetchers: Mapping[str, Fetcher],
        hosts: Hosts,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        chance: Random | None = None,
    ) -> None:
        self._fetchers, self._hosts, self._clock, self._sleep = fetchers, hosts, clock, sleep
        self._chance = chance or Random()  # noqa: S311 - it spreads pauses
        self._known: dict[str, Host] = {}
        self._rules: dict[str, Rules] = {}
        self.requests = 0

    def ask(self, site: Site, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer of an address, each redirect on the way asked for as politely.

        RefusedAddressError for what may not be asked, BusyError for a host that is to be left alone,
        FetchError where there is no answer.
        """
        origin = parse_target(url).origin
        try:
            fetcher = self._fetchers[site.name]
            answer = fetcher.fetch(url, headers=headers, may=lambda target: self._may(site, target))
        except (RefusedAddressError, BusyError, TooMuchError):
            raise
        except FetchError:
            self._note_failure(origin)
            raise
        if answer.status == 429 or (answer.status == 503 and "retry-after" in answer.headers):
            until = self._pause(parse_target(answer.url).origin, answer)
            raise BusyError(url, f"status {answer.status}, asked to wait until {_shown(until)}", until)
        self._note_success(origin)
        return answer

    def sitemaps(self, site: Site) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of a site names."""
        return self._rules_of(site, parse_target(site.url)).sitemaps

    def free_at(self, origin: str) -> datetime:
        """From when on a host may be asked."""
        return self._host(origin).free_at

    def _may(self, site: Site, target: Target) -> None:
        rules = self._rules_of(site, target)
        if not rules.allow(target.url):
            raise RefusedAddressError(target.url, FORBIDDEN)
        self._wait(target, max(site.delay, rules.delay))

    def _wait(self, target: Target, delay: float) -> None:
        """Until the host is free, and from then on it is not for `delay` seconds."""
        host, now = self._host(target.origin), self._clock()
        if host.free_at - now > PATIENCE:
            raise BusyError(target.url, f"the host is left alone until {_shown(host.free_at)}", host.free_at)
        if host.free_at > now:
            self._sleep((host.free_at - now).total_seconds())
        self.requests += 1
        self._remember(replace(host, free_at=self._clock() + timedelta(seconds=delay), delay=delay))

    def _rules_of(self, site: Site, target: Target) -> Rules:
        """The rules of a host, from its robots.txt where they are not known or too old."""
        host = self._host(target.origin)
        if host.rules_until is None or host.rules_until <= self._clock():
            host = self._ask_rules(site, target, host)
        if target.origin not in self._rules:
            self._rules[target.origin] = parse_rules(host.rules, self._fetchers[site.name].user_agent)
        return self._rules[target.origin]

    def _ask_rules(self, site: Site, target: Target, host: Host) -> Host:
        """RFC 9309, 2.3.1: none is everything allowed, unreachable nothing, unless it was known before."""
        url = f"{target.origin}/robots.txt"
        try:
            answer = self._fetchers[site.name].fetch(url, may=lambda hop: self._wait(hop, site.delay))
        except BusyError:
            raise
        except RefusedAddressError as error:
            if error.url == url:
                raise
            text, holds = NOTHING, UNREACHABLE_HOLDS  # it leads to where nothing is asked
        except TooMuchError:
            text, holds = None, HOLDS  # it leads on and on, or is larger than any: as good as none
        except FetchError:
            text, holds = NOTHING if host.rules_until is None else host.rules, UNREACHABLE_HOLDS
        else:
            text, holds = _read_rules(answer, host)
        known = replace(self._host(target.origin), rules=text, rules_until=self._clock() + holds)
        self._rules.pop(target.origin, None)
        self._remember(known, always=True)
        return known

    def _pause(self, origin: str, answer: Answer) -> datetime:
        """Leave a host alone for as long as it asks, and longer each time that it has to ask again."""
        host, now = self._host(origin), self._clock()
        failures = host.failures + 1
        wanted = parse_retry_after(answer.headers.get("retry-after"), now)
        until = wanted if wanted is not None and failures == 1 else next_try(now, failures, self._draw())
        until = max(until, wanted or until)
        self._remember(replace(host, failures=failures, free_at=until), always=True)
        return until

    def _note_failure(self, origin: str) -> None:
        host = self._host(origin)
        host = replace(host, failures=host.failures + 1)
        if host.failures >= _MANY_FAILURES:
            host = replace(host, free_at=next_try(self._clock(), host.failures, self._draw()))
        self._remember(host, always=True)

    def _note_success(self, origin: str) -> None:
        host = self._host(origin)
        if host.failures:
            self._remember(replace(host, failures=0), always=True)

    def _draw(self) -> float:
        return self._chance.random()

    def _host(self, origin: str) -> Host:
        if origin not in self._known:
            self._known[origin] = self._hosts.host(origin)
        return self._known[origin]

    def _remember(self, host: Host, *, always: bool = False) -> None:
        """On disk too where the next run has to know: a pause, rules, a delay longer than a start takes."""
        self._known[host.origin] = host
        if always or host.delay > 1.0:
            self._hosts.note_host(host)


def _read_rules(answer: Answer, host: Host) -> tuple[str | None, timedelta]:
    if answer.status == 200:
        return decode_rules(answer.body), HOLDS
    if answer.status >= 500 or answer.status == 429:
        return NOTHING if host.rules_until is None else host.rules, UNREACHABLE_HOLDS
    return None, HOLDS


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
