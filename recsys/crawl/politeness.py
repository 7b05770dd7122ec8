"""Asking politely: as robots.txt allows, one host at a time, at its pace, and not while it wants to rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from recsys.config.sites import Site
from recsys.crawl.address_policy import Target, parse_target
from recsys.crawl.budget import Budget, OverBudgetError
from recsys.crawl.frontier_schema import Host
from recsys.crawl.http_client import Answer, Fetcher
from recsys.crawl.revisit_policy import next_rules_try, next_try, parse_retry_after
from recsys.crawl.robots import HOLDS, STALE_HOLDS, RobotsRules, decode_rules, parse_rules
from recsys.documents import site_of
from recsys.documents.html.link_rules import is_same_site
from recsys.errors import FetchError, RefusedAddressError, TooMuchError, TooSlowError

PATIENCE = timedelta(minutes=2)
"""How long a host is waited for; if it wants to be left alone for longer, the next run goes on with it."""
FORBIDDEN = "robots.txt forbids it"
ELSEWHERE = "it is of another site"
_MOST_KNOWN = 1_000  # hosts in memory from one round to the next
_REST_FACTOR = 4  # a host has at most a fifth of the time, as others have something to do
_LONGEST_REST = timedelta(seconds=100)  # less than PATIENCE: a host that is merely slow is waited for
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


class PoliteClient:
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
        self._rules: dict[str, RobotsRules] = {}
        self._budgets: Mapping[str, Budget] = {}
        self._sent_at = clock()
        self.requests = 0
        self.notes: list[str] = []
        self.took: dict[str, timedelta] = {}  # by the answers of each site in this round

    def begin_round(self, budgets: Mapping[str, Budget]) -> None:
        """Count requests to each site against its budget from now on; without one they are not bounded."""
        self._budgets, self.notes, self.took = budgets, [], {}
        if len(self._known) > _MOST_KNOWN:  # what has to last is on disk
            self._known.clear()
            self._rules.clear()

    def ask(
        self, site: Site, url: str, headers: Mapping[str, str] | None = None, *, stays: bool = False
    ) -> Answer:
        """The answer of an address, each redirect on the way asked for as politely.

        RefusedAddressError for what may not be asked, and with `stays` for a redirect to another site;
        BusyError for a host that is to be left alone, OverBudgetError for a site whose budget is spent,
        FetchError where there is no answer.
        """
        origin = parse_target(url).origin

        def may(target: Target) -> None:
            if stays and not is_same_site(site_of(target.url), site.name):
                raise RefusedAddressError(target.url, ELSEWHERE)
            self._may(site, target)

        try:
            answer = self._fetchers[site.name].fetch(url, headers=headers, may=may)
        except TooSlowError:
            self._note_failure(origin)
            raise
        except (RefusedAddressError, BusyError, OverBudgetError, TooMuchError):
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
        self._wait(site, target, max(site.delay, rules.delay))

    def rest(self, site: str, origin: str) -> None:
        """Leave a host alone in proportion to the time since the last request, so that others have theirs."""
        now = self._clock()
        took = now - self._sent_at
        self.took[site] = self.took.get(site, timedelta(0)) + took
        pause = min(took * _REST_FACTOR, _LONGEST_REST)
        host = self._host(origin)
        self._remember(replace(host, free_at=max(host.free_at, now + pause)))

    def _wait(self, site: Site, target: Target, delay: float) -> None:
        """Until the host is free, and from then on it is not for `delay` seconds."""
        host, now = self._host(target.origin), self._clock()
        if host.free_at - now > PATIENCE:
            raise BusyError(target.url, f"the host is left alone until {_shown(host.free_at)}", host.free_at)
        if (budget := self._budgets.get(site.name)) is not None:
            budget.spend(target.url)
        if host.free_at > now:
            self._sleep((host.free_at - now).total_seconds())
        self.requests += 1
        self._sent_at = self._clock()
        self._remember(replace(host, free_at=self._clock() + timedelta(seconds=delay), delay=delay))

    def _rules_of(self, site: Site, target: Target) -> RobotsRules:
        """The rules of a host, from its robots.txt where they are not known or too old.

        BusyError where they cannot be had: nothing may be asked until they can (RFC 9309, 2.3.1.4).
        """
        host = self._host(target.origin)
        if host.rules_until is None or host.rules_until <= self._clock():
            host = self._fetch_rules(site, target)
        if target.origin not in self._rules:
            self._rules[target.origin] = parse_rules(host.rules, self._fetchers[site.name].user_agent)
        return self._rules[target.origin]

    def _fetch_rules(self, site: Site, target: Target) -> Host:
        """Fetch robots.txt; a client error means that there is none, so that everything is allowed."""
        url = f"{target.origin}/robots.txt"
        wait: datetime | None = None
        try:
            answer = self._fetchers[site.name].fetch(url, may=lambda hop: self._wait(site, hop, site.delay))
        except (BusyError, OverBudgetError):
            raise
        except RefusedAddressError as error:
            if error.url == url:
                raise
            return self._do_without_rules(target, f"it leads to {error}", None)
        except TooSlowError as error:
            return self._do_without_rules(target, error.reason, None)
        except TooMuchError:
            rules = None  # it leads on and on, or is larger than any: as good as none
        except FetchError as error:
            return self._do_without_rules(target, error.reason, None)
        else:
            if answer.status >= 500 or answer.status == 429:
                wait = parse_retry_after(answer.headers.get("retry-after"), self._clock())
                return self._do_without_rules(target, f"status {answer.status}", wait)
            rules = decode_rules(answer.body) if answer.status == 200 else None
        now = self._clock()
        known = replace(
            self._host(target.origin), rules=rules, rules_until=now + HOLDS, rules_at=now, rules_failures=0
        )
        self._rules.pop(target.origin, None)
        self._remember(known, always=True)
        return known

    def _do_without_rules(self, target: Target, reason: str, wait: datetime | None) -> Host:
        """Go on with the last good copy for a while; BusyError where there is none."""
        host, now = self._host(target.origin), self._clock()
        failures = host.rules_failures + 1
        until = max(next_rules_try(now, failures), wait or now)
        minutes = max(round((until - now).total_seconds() / 60), 1)
        said = f"robots.txt could not be fetched: {reason}; next try in {minutes} minutes"
        last = None if host.rules_at is None else host.rules_at + HOLDS + STALE_HOLDS
        if last is not None and last > now:
            known = replace(host, rules_until=min(until, last), rules_failures=failures)
            self._remember(known, always=True)
            self.notes.append(f"{target.origin}: {said}; until then its last copy counts")
            return known
        unknown = replace(host, rules=None, rules_until=None, rules_at=None)
        self._remember(replace(unknown, free_at=until, rules_failures=failures), always=True)
        raise BusyError(f"{target.origin}/", said, until)

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


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
