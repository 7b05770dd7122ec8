"""Politeness: robots.txt, one request to a host at a time, the delay it asks for, and the pauses it needs."""

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
"""How long to wait for a host; one that needs a longer pause is left to the next crawl."""
FORBIDDEN = "robots.txt forbids it"
ELSEWHERE = "it is on another site"
_MAX_KNOWN = 1_000  # hosts in memory from one crawl to the next
_REST_FACTOR = 4  # times a response took; other sites get at least four fifths of the time
_LONGEST_REST = timedelta(seconds=100)  # less than PATIENCE, so that a host that is merely slow is waited for
_MANY_FAILURES = 3  # of a host in a row, after which it gets a pause


class BusyError(FetchError):
    """A host that may not be asked before a moment."""

    def __init__(self, url: str, reason: str, until: datetime) -> None:
        super().__init__(url, reason)
        self.until = until


class Hosts(Protocol):
    """Where the state of hosts is kept: the frontier, or a dictionary."""

    def host(self, origin: str) -> Host: ...

    def record_host(self, host: Host) -> None: ...


class PoliteClient:
    """Fetches one address after the other. Time passes as `clock` and `sleep` say.

    Every site, by name, has its own fetcher, since each is allowed different private addresses.
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
        self.time_spent: dict[str, timedelta] = {}  # by site, in this crawl: how long its responses took

    def begin_crawl(self, budgets: Mapping[str, Budget]) -> None:
        """Count requests to each site against its budget from now on; a site without one is not limited."""
        self._budgets, self.notes, self.time_spent = budgets, [], {}
        if len(self._known) > _MAX_KNOWN:  # the frontier has what must last
            self._known.clear()
            self._rules.clear()

    def ask(
        self, site: Site, url: str, headers: Mapping[str, str] | None = None, *, stays: bool = False
    ) -> Answer:
        """The response at an address, each redirect on the way fetched as politely.

        RefusedAddressError for what may not be fetched, and with `stays` for a redirect to another site;
        BusyError for a host that needs a pause, OverBudgetError for a site whose budget is spent, FetchError
        if there is no response.
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
        """The sitemaps in the robots.txt of a site."""
        return self._rules_of(site, parse_target(site.url)).sitemaps

    def free_at(self, origin: str) -> datetime:
        """From when on a host may get a request."""
        return self._host(origin).free_at

    def _may(self, site: Site, target: Target) -> None:
        rules = self._rules_of(site, target)
        if not rules.allow(target.url):
            raise RefusedAddressError(target.url, FORBIDDEN)
        self._wait(site, target, max(site.delay, rules.delay))

    def rest(self, site: str, origin: str) -> None:
        """Give a host a pause in proportion to the time its last response took."""
        now = self._clock()
        time_spent = now - self._sent_at
        self.time_spent[site] = self.time_spent.get(site, timedelta(0)) + time_spent
        pause = min(time_spent * _REST_FACTOR, _LONGEST_REST)
        host = self._host(origin)
        self._remember(replace(host, free_at=max(host.free_at, now + pause)))

    def _wait(self, site: Site, target: Target, delay: float) -> None:
        """Sleep until the host is free, and mark it as busy for `delay` seconds."""
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
        """The rules of a host, its robots.txt fetched if they are unknown or too old.

        BusyError if it cannot be fetched: nothing may be asked until it can (RFC 9309, 2.3.1.4).
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
            rules = None  # endless redirects, or larger than any: as good as none
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
        """Use the last good copy for a while; BusyError if there is none."""
        host, now = self._host(target.origin), self._clock()
        failures = host.rules_failures + 1
        until = max(next_rules_try(now, failures), wait or now)
        minutes = max(round((until - now).total_seconds() / 60), 1)
        problem = f"robots.txt could not be fetched: {reason}; next try in {minutes} minutes"
        last = None if host.rules_at is None else host.rules_at + HOLDS + STALE_HOLDS
        if last is not None and last > now:
            known = replace(host, rules_until=min(until, last), rules_failures=failures)
            self._remember(known, always=True)
            self.notes.append(f"{target.origin}: {problem}; until then its last copy counts")
            return known
        unknown = replace(host, rules=None, rules_until=None, rules_at=None)
        self._remember(replace(unknown, free_at=until, rules_failures=failures), always=True)
        raise BusyError(f"{target.origin}/", problem, until)

    def _pause(self, origin: str, answer: Answer) -> datetime:
        """Give a host the pause it asks for, a longer one each time it asks again."""
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
        """Keep the state of a host; on disk if the next process needs it: pauses, rules, long delays."""
        self._known[host.origin] = host
        if always or host.delay > 1.0:
            self._hosts.record_host(host)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
