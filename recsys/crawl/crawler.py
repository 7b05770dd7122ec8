"""The crawler: fetches every address that is due, and records and stores what it contains."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from recsys.config.sites import Site, site_at
from recsys.crawl.budget import Budget, CrawlReport, OverBudgetError, SiteReport, StoppedPattern
from recsys.crawl.fetched_documents import check_records, source_of
from recsys.crawl.frontier import Frontier
from recsys.crawl.frontier_entries import (
    entries_for,
    is_guess,
    leads_away,
    rejection_reason,
    validators,
)
from recsys.crawl.frontier_schema import Address, FrontierEntry, Role
from recsys.crawl.http_client import Answer, Fetcher
from recsys.crawl.politeness import ELSEWHERE, FORBIDDEN, PATIENCE, BusyError, PoliteClient
from recsys.crawl.responses import PageContent, ResponseReader
from recsys.crawl.revisit_policy import is_given_up, next_reading, next_try, next_visit
from recsys.crawl.url_patterns import count_page
from recsys.documents.formats.jsonl import parse_lines
from recsys.documents.lists.list_selectors import Profiles
from recsys.documents.source import ImportHints, Source
from recsys.errors import FetchError, InputError, ReadError, RefusedAddressError, TooMuchError, TooSlowError
from recsys.store import Store

__all__ = ["CrawlReport", "Crawler", "crawl_sites", "open_crawler"]

_STORED_TOGETHER = 20  # records; until then the frontier has them on disk
_MAX_VALIDATOR = 1_000  # characters of an ETag or a date
_LATER = {Role.SITEMAP: timedelta(hours=1)}
_A_DAY = timedelta(days=1)


class Crawler:
    """Crawls sites into a store, each with its own fetcher. Time passes as `clock` and `sleep` say."""

    def __init__(
        self,
        store: Store,
        frontier: Frontier,
        fetchers: Mapping[str, Fetcher],
        sites: Sequence[Site],
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        chance: Random | None = None,
        profiles: Profiles | None = None,
    ) -> None:
        self._profiles = profiles or {}
        self._store, self._frontier, self._clock = store, frontier, clock
        self._sites = {site.name: site for site in sites}
        self._chance = chance or Random()  # noqa: S311 - it spreads pauses
        self._client = PoliteClient(fetchers, frontier, clock=clock, sleep=sleep, chance=self._chance)
        self._reader = ResponseReader(frontier, self._client)
        self._report = CrawlReport()

    def crawl(
        self, *, within: timedelta | None = None, progress: Callable[[str, int], None] | None = None
    ) -> CrawlReport:
        """Fetches every address that is due at the start, and those found meanwhile, for at most `within`.

        Each site has its budget of requests, and sites take turns. What was fetched is on disk before the
        next request. `progress` is called with each address and the number of requests sent. A host that asks
        for a long pause is left to the next crawl.
        """
        self._report, before = CrawlReport(), self._client.requests
        start = self._start = self._clock()
        self._budgets = {site.name: Budget(site.requests) for site in self._sites.values()}
        self._fetched = dict.fromkeys(self._sites, 0)
        self._origins: dict[str, Sequence[str]] = {}
        self._turns, self._turn = dict.fromkeys(self._sites, 0), count(1)
        self._client.begin_crawl(self._budgets)
        self._store_pending(least=1)
        for site in self._sites.values():
            self._add_configured(site)
        is_over = False
        while not is_over and (address := self._next()) is not None:
            if progress is not None:
                progress(address.url, self._client.requests - before)
            sent = self._client.requests
            self._visit(address)
            self._store_pending(least=_STORED_TOGETHER)
            if len(self._sites) > 1 and self._client.requests > sent:
                self._client.rest(address.site, address.origin)
            is_over = within is not None and self._clock() >= start + within
        self._store_pending(least=1)
        self._report.requests = self._client.requests - before
        self._finish(is_over=is_over)
        return self._report

    def _finish(self, *, is_over: bool) -> None:
        """Reports what is left for later crawls, and forgets old addresses."""
        self._report.notes += dict.fromkeys(self._client.notes)
        for site in self._sites.values():
            self._report.sites.append(self._report_site(site, is_over=is_over))
            self._report.forgotten += self._frontier.prune(site.name, site.keep, self._start)
        self._frontier.prune_hosts(self._clock())

    def _report_site(self, site: Site, *, is_over: bool) -> SiteReport:
        budget, left = self._budgets[site.name], self._frontier.count_due(site.name, self._start)
        reason = None
        if left and budget.is_spent:
            reason = f"budget of {budget.most:,} requests: --requests"
        elif left and is_over:
            reason = "budget of time: --time"
        elif left and set(left) <= set(budget.spent_priorities):
            reason = f"share of their kind in the budget of {budget.most:,} requests: --requests"
        elif left:
            reason = "a pause that the host asked for"
        kinds = {each.name.lower(): number for each, number in sorted(left.items())}
        fetched = self._fetched[site.name]
        return SiteReport(site.name, budget.spent, fetched, sum(left.values()), kinds, reason)

    def next_at(self) -> datetime | None:
        """When the next address is due."""
        return self._frontier.next_at(list(self._sites))

    def _next(self) -> Address | None:
        """The next due address at a host that is free, or soon will be; sites take turns, fast ones first."""
        now = self._clock()
        found = []
        for name, turn in self._turns.items():
            if (free := self._first_free(name)) is not None:
                took = self._client.time_spent.get(name, timedelta(0))
                found.append((max(free[0], now), took, turn, name, free[1]))
        if not found or min(found)[0] - now > PATIENCE:
            return None
        *_, name, origin = min(found)
        self._turns[name] = next(self._turn)
        self._origins.pop(name, None)
        without = self._budgets[name].spent_priorities
        return self._frontier.next_of(name, origin, self._start, without)

    def _first_free(self, site: str) -> tuple[datetime, str] | None:
        """Of the hosts of a site with something due, the one that is free first, and when."""
        budget = self._budgets[site]
        if budget.is_spent:
            return None
        if site not in self._origins:
            self._origins[site] = self._frontier.origins_due(site, self._start, budget.spent_priorities)
        return min(((self._client.free_at(each), each) for each in self._origins[site]), default=None)

    def _add_configured(self, site: Site) -> None:
        """Adds the addresses that recsys.toml has of a site, and forgets those it no longer has."""
        pages = tuple(dict.fromkeys((site.url, *(site.pages or ()))))
        configured = {Role.PAGE: pages, Role.FEED: site.feeds, Role.SITEMAP: site.sitemaps}
        for role, urls in configured.items():
            self._add(site, entries_for(urls or (), role, is_given=True))
            self._report.problems += (reason for url in urls or () if (reason := rejection_reason(url)))
        self._frontier.keep_only(site.name, Role.PAGE, pages)
        if site.feeds is not None:
            self._frontier.keep_only(site.name, Role.FEED, site.feeds)

    def _visit(self, address: Address) -> None:
        site, is_article = self._sites[address.site], address.role is Role.ARTICLE
        self._budgets[site.name].begin(address.priority)
        self._fetched[site.name] += 1
        try:
            answer = self._client.ask(site, address.url, validators(address), stays=is_article)
        except OverBudgetError:
            self._fetched[site.name] -= 1
        except BusyError as error:
            self._fetched[site.name] -= 1
            self._report.busy.append(str(error))
            self._frontier.record(replace(address, next_at=error.until))
        except RefusedAddressError as error:
            if error.reason == ELSEWHERE:
                self._mark_gone(address, "")
            else:
                self._mark_refused(address, error)
        except FetchError as error:
            self._mark_failed(address, str(error))
            if isinstance(error, TooMuchError) and not isinstance(error, TooSlowError):
                self._count_for_patterns(address, None)
        else:
            self._read_response(site, address, answer)

    def _read_response(self, site: Site, address: Address, answer: Answer) -> None:
        now = self._clock()
        digest = hashlib.sha256(answer.body).hexdigest()[:32]
        is_lost = address.role is Role.ARTICLE and leads_away(answer.url, site)
        if answer.status in (404, 410) or is_lost:
            self._mark_gone(address, f"{address.url}: status {answer.status}" if not is_lost else "")
        elif answer.status == 304 or (answer.status == 200 and digest == address.digest):
            self._report.unchanged += 1
            self._mark_fetched(site, address, answer, self._reader.read_unchanged(address, now))
        elif answer.status != 200:
            self._mark_failed(address, f"{address.url}: status {answer.status}")
        else:
            try:
                source = source_of(answer, site.name, now, self._profiles)
                found = self._reader.read(site, address, answer, source)
                check_records(found.records, source)
            except ReadError as error:
                self._mark_failed(address, str(error))
                self._count_for_patterns(address, None)
            else:
                found = self._discount_copy(address, found)
                self._report.problems += map(str, found.problems)
                self._add(site, found.entries)
                self._mark_fetched(site, replace(address, digest=digest), answer, found)
                self._count_for_patterns(address, found.content)

    def _mark_fetched(self, site: Site, address: Address, answer: Answer, found: PageContent) -> None:
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
        self._frontier.record(done, found.records)

    def _mark_refused(self, address: Address, error: RefusedAddressError) -> None:
        """Records that an address may not be fetched: tries an article never again, others the next day."""
        if error.reason == FORBIDDEN:
            self._report.forbidden += 1
        else:
            self._report.problems.append(str(error))
        next_at = None if address.role is Role.ARTICLE else self._clock() + _A_DAY
        self._frontier.record(replace(address, next_at=next_at, problem=error.reason))

    def _mark_gone(self, address: Address, reason: str) -> None:
        """Records that an address is gone: a stored article stays, what recsys.toml has is tried daily."""
        self._report.gone += 1
        if address.role is not Role.ARTICLE and not is_guess(address):
            self._report.problems.append(reason)
        next_at = self._clock() + _A_DAY if address.is_given else None
        self._frontier.record(replace(address, next_at=next_at, problem="gone"))
        self._count_for_patterns(address, None)

    def _discount_copy(self, address: Address, found: PageContent) -> PageContent:
        """The content, not counted as a story if another address has shown the same one before."""
        if found.content is None:
            return found
        is_copy = self._frontier.has_content(address.site, found.content, besides=address.url)
        return replace(found, content=None) if is_copy else found

    def _count_for_patterns(self, address: Address, content: str | None) -> None:
        """Counts the first fetch of an article's page for the patterns of its address.

        If a page with other query values was a story, one without a story says nothing about the path.
        """
        if not address.pattern or address.fetched_at is not None or address.failures:
            return
        site, now, is_story = address.site, self._clock(), content is not None
        groups = [address.pattern]
        if address.variant is not None:
            has_stories = self._frontier.pattern(site, address.variant).stories > 0
            groups = [address.variant] if has_stories and not is_story else [address.variant, address.pattern]
        for group in groups:
            counted = count_page(self._frontier.pattern(site, group), now, is_story=is_story)
            left = self._frontier.record_pattern(counted)
            if counted.stopped_until is not None and (left or counted.stops == 1):
                figures = counted.fetched, counted.stories, left, counted.stopped_until
                self._report.stopped.append(StoppedPattern(site, group, *figures))

    def _mark_failed(self, address: Address, reason: str) -> None:
        if is_guess(address):
            self._frontier.record(replace(address, next_at=None, problem=reason))
            return
        self._report.problems.append(reason)
        failures = address.failures + 1
        next_at = next_try(self._clock(), failures, self._chance.random())
        is_over = address.role is Role.ARTICLE and is_given_up(failures)
        self._frontier.record(
            replace(address, failures=failures, next_at=None if is_over else next_at, problem=reason)
        )

    def _add(self, site: Site, entries: Iterable[FrontierEntry]) -> None:
        self._report.left_out += self._frontier.add(site.name, entries, self._start)

    def _store_pending(self, *, least: int) -> None:
        """Moves what was fetched from the frontier into the store, once there are `least` records."""
        waiting = self._frontier.pending()
        if len(waiting) < least:
            return
        now = self._clock()
        source = Source("fetched documents", now, hints=ImportHints(read_at=now))
        read = list(parse_lines(((number, text.encode()) for number, text in waiting), source))
        self._report.problems += [str(each) for each in read if isinstance(each, ReadError)]
        pages = (each for each in read if not isinstance(each, ReadError))
        self._report.counts += self._store.add_all(pages, now=now)
        self._frontier.mark_stored(waiting[-1][0])


def _validator(answer: Answer, header: str, known: str | None) -> str | None:
    """A validator for the next request; a 304 response may leave it out."""
    validator = answer.headers.get(header, known if answer.status == 304 else None)
    return validator if validator is not None and len(validator) <= _MAX_VALIDATOR else None


@contextmanager
def open_crawler(
    store: Store,
    sites: Sequence[Site],
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    user_agent: str | None = None,
    profiles: Profiles | None = None,
) -> Iterator[Crawler]:
    """A crawler with its frontier next to the store, and a fetcher for each site that respects its hosts."""
    index = store.index_folder
    path = index.with_suffix(".frontier") if index is not None else Path("recsys.frontier")
    with ExitStack() as stack:
        frontier = stack.enter_context(Frontier.open(path))
        fetchers = {
            site.name: stack.enter_context(Fetcher(user_agent=user_agent, allowed=site.allow))
            for site in sites
        }
        yield Crawler(store, frontier, fetchers, sites, clock=clock, sleep=sleep, profiles=profiles)


def crawl_sites(
    store: Store,
    sites: Iterable[Site | str],
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    within: timedelta | None = None,
    user_agent: str | None = None,
    profiles: Profiles | None = None,
) -> CrawlReport:
    """Fetch the new articles and lists of sites into a store, politely, for at most `within`.

    A site is given by its settings or by the address of its front page; InputError for anything else. What a
    crawl leaves, the next one continues with.
    """
    chosen = [each if isinstance(each, Site) else _site_of(each) for each in sites]
    with open_crawler(
        store, chosen, clock=clock, sleep=sleep, user_agent=user_agent, profiles=profiles
    ) as crawler:
        return crawler.crawl(within=within)


def _site_of(address: str) -> Site:
    site = site_at(address)
    if site is None or not site.name:
        raise InputError(f"expected the address of a site, found {address!r}")
    return site
