"""A round of collecting: everything that is due is asked for, noted and stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from recsys.config.sites import Site
from recsys.crawl.budget import Budget, CrawlReport, OverBudgetError, SiteReport, StoppedPattern
from recsys.crawl.fetched_documents import check_records, source_of
from recsys.crawl.frontier import Frontier
from recsys.crawl.frontier_schema import Address, FrontierEntry, Role
from recsys.crawl.frontier_updates import leads_away, name_all, validators, why_never
from recsys.crawl.http_client import Answer, Fetcher
from recsys.crawl.politeness import ELSEWHERE, FORBIDDEN, PATIENCE, BusyError, PoliteClient
from recsys.crawl.responses import Discovery, Found
from recsys.crawl.revisit_policy import is_given_up, next_reading, next_try, next_visit
from recsys.crawl.url_patterns import count_page
from recsys.crawl.well_known import is_guess
from recsys.documents.formats.jsonl import parse_lines
from recsys.documents.lists.list_selectors import Profiles
from recsys.documents.source import ImportHints, Source
from recsys.errors import FetchError, ReadError, RefusedAddressError, TooMuchError, TooSlowError
from recsys.store import Store

__all__ = ["Collector", "CrawlReport"]

_STORED_TOGETHER = 20  # records; what is fetched is safe in the agenda before that
_MOST_VALIDATOR = 1_000  # characters of an ETag or a date that are remembered
_LATER = {Role.SITEMAP: timedelta(hours=1)}
_A_DAY = timedelta(days=1)


class Collector:
    """Collects sites into a store, each with its fetcher. `clock` and `sleep` are the time it lives in."""

    def __init__(
        self,
        store: Store,
        agenda: Frontier,
        fetchers: Mapping[str, Fetcher],
        sites: Sequence[Site],
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        chance: Random | None = None,
        profiles: Profiles | None = None,
    ) -> None:
        self._profiles = profiles or {}
        self._store, self._agenda, self._clock = store, agenda, clock
        self._sites = {site.name: site for site in sites}
        self._chance = chance or Random()  # noqa: S311 - it spreads pauses
        self._asker = PoliteClient(fetchers, agenda, clock=clock, sleep=sleep, chance=self._chance)
        self._discovery = Discovery(agenda, self._asker)
        self._round = CrawlReport()

    def collect(
        self, *, within: timedelta | None = None, progress: Callable[[str, int], None] | None = None
    ) -> CrawlReport:
        """Asks for everything that is due at its start, and for what that names; at most `within`.

        Each site has its budget of requests, and sites take turns. What is fetched is on disk before the next
        request. `progress` hears each address and how many requests were sent. A host that wants to be left
        alone for long is left to the next round.
        """
        self._round, before = CrawlReport(), self._asker.requests
        start = self._start = self._clock()
        self._budgets = {site.name: Budget(site.requests) for site in self._sites.values()}
        self._fetched = dict.fromkeys(self._sites, 0)
        self._origins: dict[str, Sequence[str]] = {}
        self._turns, self._turn = dict.fromkeys(self._sites, 0), count(1)
        self._asker.begin_round(self._budgets)
        self._store_pending(least=1)
        for site in self._sites.values():
            self._name_given(site)
        is_over = False
        while not is_over and (address := self._next()) is not None:
            if progress is not None:
                progress(address.url, self._asker.requests - before)
            sent = self._asker.requests
            self._visit(address)
            self._store_pending(least=_STORED_TOGETHER)
            if len(self._sites) > 1 and self._asker.requests > sent:
                self._asker.rest(address.site, address.origin)
            is_over = within is not None and self._clock() >= start + within
        self._store_pending(least=1)
        self._round.requests = self._asker.requests - before
        self._finish(is_over=is_over)
        return self._round

    def _finish(self, *, is_over: bool) -> None:
        """Reports what each site leaves for later rounds, and forgets what is old."""
        self._round.notes += dict.fromkeys(self._asker.notes)
        for site in self._sites.values():
            self._round.sites.append(self._report(site, is_over=is_over))
            self._round.forgotten += self._agenda.prune(site.name, site.keep, self._start)
        self._agenda.prune_hosts(self._clock())

    def _report(self, site: Site, *, is_over: bool) -> SiteReport:
        budget, left = self._budgets[site.name], self._agenda.count_due(site.name, self._start)
        reason = None
        if left and budget.is_spent:
            reason = f"budget of {budget.most:,} requests: --requests"
        elif left and is_over:
            reason = "budget of time: --time"
        elif left and set(left) <= set(budget.spent_priorities):
            reason = f"share of their kind in the budget of {budget.most:,} requests: --requests"
        elif left:
            reason = "the host is left alone"
        kinds = {each.name.lower(): number for each, number in sorted(left.items())}
        fetched = self._fetched[site.name]
        return SiteReport(site.name, budget.spent, fetched, sum(left.values()), kinds, reason)

    def next_at(self) -> datetime | None:
        """When something is due next."""
        return self._agenda.next_at(list(self._sites))

    def _next(self) -> Address | None:
        """What is due at a host that is free, or is so soon; sites take turns, the fast ones first."""
        now = self._clock()
        found = []
        for name, turn in self._turns.items():
            if (free := self._first_free(name)) is not None:
                took = self._asker.took.get(name, timedelta(0))
                found.append((max(free[0], now), took, turn, name, free[1]))
        if not found or min(found)[0] - now > PATIENCE:
            return None
        *_, name, origin = min(found)
        self._turns[name] = next(self._turn)
        self._origins.pop(name, None)
        without = self._budgets[name].spent_priorities
        return self._agenda.next_of(name, origin, self._start, without)

    def _first_free(self, site: str) -> tuple[datetime, str] | None:
        """The host of a site that is free first of those with something due, and when it is."""
        budget = self._budgets[site]
        if budget.is_spent:
            return None
        if site not in self._origins:
            self._origins[site] = self._agenda.origins_due(site, self._start, budget.spent_priorities)
        return min(((self._asker.free_at(each), each) for each in self._origins[site]), default=None)

    def _name_given(self, site: Site) -> None:
        """Notes what recsys.toml names of a site, and forgets what it does not name any more."""
        pages = tuple(dict.fromkeys((site.url, *(site.pages or ()))))
        given = {Role.PAGE: pages, Role.FEED: site.feeds, Role.SITEMAP: site.sitemaps}
        for role, urls in given.items():
            self._name(site, name_all(urls or (), role, is_given=True))
            self._round.problems += (reason for url in urls or () if (reason := why_never(url)))
        self._agenda.keep_only(site.name, Role.PAGE, pages)
        if site.feeds is not None:
            self._agenda.keep_only(site.name, Role.FEED, site.feeds)

    def _visit(self, address: Address) -> None:
        site, is_article = self._sites[address.site], address.role is Role.ARTICLE
        self._budgets[site.name].begin(address.priority)
        self._fetched[site.name] += 1
        try:
            answer = self._asker.ask(site, address.url, validators(address), stays=is_article)
        except OverBudgetError:
            self._fetched[site.name] -= 1
        except BusyError as error:
            self._fetched[site.name] -= 1
            self._round.busy.append(str(error))
            self._agenda.note(replace(address, next_at=error.until))
        except RefusedAddressError as error:
            if error.reason == ELSEWHERE:
                self._lose(address, "")
            else:
                self._refuse(address, error)
        except FetchError as error:
            self._fail(address, str(error))
            if isinstance(error, TooMuchError) and not isinstance(error, TooSlowError):
                self._learn(address, None)
        else:
            self._take(site, address, answer)

    def _take(self, site: Site, address: Address, answer: Answer) -> None:
        now = self._clock()
        digest = hashlib.sha256(answer.body).hexdigest()[:32]
        is_lost = address.role is Role.ARTICLE and leads_away(answer.url, site)
        if answer.status in (404, 410) or is_lost:
            self._lose(address, f"{address.url}: status {answer.status}" if not is_lost else "")
        elif answer.status == 304 or (answer.status == 200 and digest == address.digest):
            self._round.unchanged += 1
            self._done(site, address, answer, self._discovery.find_again(address, now))
        elif answer.status != 200:
            self._fail(address, f"{address.url}: status {answer.status}")
        else:
            try:
                source = source_of(answer, site.name, now, self._profiles)
                found = self._discovery.find(site, address, answer, source)
                check_records(found.records, source)
            except ReadError as error:
                self._fail(address, str(error))
                self._learn(address, None)
            else:
                found = self._without_copy(address, found)
                self._round.problems += map(str, found.problems)
                self._name(site, found.named)
                self._done(site, replace(address, digest=digest), answer, found)
                self._learn(address, found.content)

    def _done(self, site: Site, address: Address, answer: Answer, found: Found) -> None:
        now = self._clock()
        published_at = address.published_at or found.published_at or now
        if address.role is Role.ARTICLE:
            next_at = None if found.content is None else next_reading(now, published_at)
        else:
            later = _LATER.get(address.role, site.every) if found.is_quiet else site.every
            next_at = next_visit(now, max(later, site.every))
        done = replace(
            address,
            next_at=next_at,
            fetched_at=now,
            etag=_validator(answer, "etag", address.etag),
            modified=_validator(answer, "last-modified", address.modified),
            content=found.content,
            published_at=published_at,
            failures=0,
            problem=None,
            said=found.said,
        )
        self._agenda.note(done, found.records)

    def _refuse(self, address: Address, error: RefusedAddressError) -> None:
        """Nothing is sent there: an article is not tried again, anything else the next day."""
        if error.reason == FORBIDDEN:
            self._round.forbidden += 1
        else:
            self._round.problems.append(str(error))
        next_at = None if address.role is Role.ARTICLE else self._clock() + _A_DAY
        self._agenda.note(replace(address, next_at=next_at, problem=error.reason))

    def _lose(self, address: Address, reason: str) -> None:
        """An article that is gone stays as it was; a page or feed that recsys.toml names is tried daily."""
        self._round.gone += 1
        if address.role is not Role.ARTICLE and not is_guess(address):
            self._round.problems.append(reason)
        next_at = self._clock() + _A_DAY if address.is_given else None
        self._agenda.note(replace(address, next_at=next_at, problem="gone"))
        self._learn(address, None)

    def _without_copy(self, address: Address, found: Found) -> Found:
        """What was found; a story that another address has shown before does not count as one."""
        if found.content is None:
            return found
        is_copy = self._agenda.has_content(address.site, found.content, besides=address.url)
        return replace(found, content=None) if is_copy else found

    def _learn(self, address: Address, content: str | None) -> None:
        """Counts an article's page, when it is first fetched, for the patterns of its address.

        Where a page with other query values was a story, one that is none says nothing about the path.
        """
        if not address.pattern or address.fetched_at is not None or address.failures:
            return
        site, now, is_story = address.site, self._clock(), content is not None
        groups = [address.pattern]
        if address.variant is not None:
            has_stories = self._agenda.pattern(site, address.variant).stories > 0
            groups = [address.variant] if has_stories and not is_story else [address.variant, address.pattern]
        for group in groups:
            counted = count_page(self._agenda.pattern(site, group), now, is_story=is_story)
            left = self._agenda.note_pattern(counted)
            if counted.stopped_until is not None and (left or counted.stops == 1):
                figures = counted.fetched, counted.stories, left, counted.stopped_until
                self._round.stopped.append(StoppedPattern(site, group, *figures))

    def _fail(self, address: Address, reason: str) -> None:
        if is_guess(address):
            self._agenda.note(replace(address, next_at=None, problem=reason))
            return
        self._round.problems.append(reason)
        failures = address.failures + 1
        next_at = next_try(self._clock(), failures, self._chance.random())
        is_over = address.role is Role.ARTICLE and is_given_up(failures)
        self._agenda.note(
            replace(address, failures=failures, next_at=None if is_over else next_at, problem=reason)
        )

    def _name(self, site: Site, named: Iterable[FrontierEntry]) -> None:
        self._round.left_out += self._agenda.name(site.name, named, self._start)

    def _store_pending(self, *, least: int) -> None:
        """What was fetched goes into the store, and is then no longer kept here."""
        waiting = self._agenda.pending()
        if len(waiting) < least:
            return
        now = self._clock()
        source = Source("what was fetched", now, hints=ImportHints(read_at=now))
        read = list(parse_lines(((number, text.encode()) for number, text in waiting), source))
        self._round.problems += [str(each) for each in read if isinstance(each, ReadError)]
        pages = (each for each in read if not isinstance(each, ReadError))
        self._round.counts += self._store.add_all(pages, now=now)
        self._agenda.stored(waiting[-1][0])


def _validator(answer: Answer, header: str, known: str | None) -> str | None:
    """A validator of an answer for the next request; one without a body may leave out what is known."""
    found = answer.headers.get(header, known if answer.status == 304 else None)
    return found if found is not None and len(found) <= _MOST_VALIDATOR else None
