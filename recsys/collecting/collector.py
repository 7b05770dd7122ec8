"""A round of collecting: everything that is due is asked for, noted and stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from recsys.collecting.announcing import read_announcement
from recsys.collecting.asking import FORBIDDEN, PATIENCE, Asker, BusyError
from recsys.collecting.fetching import Answer, Fetcher
from recsys.collecting.finding import USUAL_FEEDS, USUAL_SITEMAPS, is_guess
from recsys.collecting.fronts import read_front
from recsys.collecting.naming import at_usual, kept, leads_away, name, name_all, validators, why_never
from recsys.collecting.reading import check_records, read_article, read_text, source_of
from recsys.collecting.scheduling import is_given_up, next_reading, next_try, next_visit
from recsys.collecting.snapshots import choose_new, dump_lists, load_lists, seen_again
from recsys.domain import Kind
from recsys.errors import FetchError, ReadError, RefusedAddressError
from recsys.pages import Record, article_record, canonical_url, list_record, site_of
from recsys.pages.interchange import parse_lines
from recsys.pages.links import is_same_site, is_story
from recsys.pages.profiles import Profiles
from recsys.pages.source import Source, Told
from recsys.sites import Site
from recsys.store import Address, Agenda, Counts, Named, Role, Store

_STORED_TOGETHER = 20  # records; what is fetched is safe in the agenda before that
_MOST_SITEMAPS = 50  # of one site
_LATER = {Role.SITEMAP: timedelta(hours=1)}
_A_DAY = timedelta(days=1)


@dataclass
class Round:
    """What was done: requests sent, answers without news, what was stored, what went wrong, a line each."""

    requests: int = 0
    unchanged: int = 0
    forbidden: int = 0
    gone: int = 0
    forgotten: int = 0
    counts: Counts = field(default_factory=Counts)
    problems: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    """What an answer holds: addresses that it names, records to store, and what to know of it next time."""

    named: tuple[Named, ...] = ()
    records: tuple[Record, ...] = ()
    said: str | None = None
    published_at: datetime | None = None
    problems: tuple[ReadError, ...] = ()
    is_quiet: bool = False


class Collector:
    """Collects sites into a store, each with its fetcher. `clock` and `sleep` are the time it lives in."""

    def __init__(
        self,
        store: Store,
        agenda: Agenda,
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
        self._asker = Asker(fetchers, agenda, clock=clock, sleep=sleep, chance=self._chance)
        self._round = Round()

    def collect(
        self, *, within: timedelta | None = None, progress: Callable[[str, int], None] | None = None
    ) -> Round:
        """Asks for everything that is due at its start, and for what that names; at most `within`.

        What is fetched is on disk before the next request. `progress` hears each address and how many
        requests were sent. A host that wants to be left alone for long is left to the next round.
        """
        self._round, before = Round(), self._asker.requests
        start = self._start = self._clock()
        self._store_pending(least=1)
        for site in self._sites.values():
            self._name_given(site)
        while (address := self._next()) is not None:
            if progress is not None:
                progress(address.url, self._asker.requests - before)
            self._visit(address)
            self._store_pending(least=_STORED_TOGETHER)
            if within is not None and self._clock() >= start + within:
                break
        self._store_pending(least=1)
        for site in self._sites.values():
            self._round.forgotten += self._agenda.prune(site.name, site.keep, start)
        self._round.requests = self._asker.requests - before
        return self._round

    def next_at(self) -> datetime | None:
        """When something is due next."""
        return self._agenda.next_at(list(self._sites))

    def _next(self) -> Address | None:
        """What is due at a host that is free, or is so soon; the host that is free first."""
        names = list(self._sites)
        waiting = self._agenda.waiting(names, self._start)
        free = sorted((max(self._asker.free_at(origin), known), origin) for origin, known in waiting.items())
        if not free or free[0][0] - self._clock() > PATIENCE:
            return None
        return self._agenda.next_of(free[0][1], names, self._start)

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
        site = self._sites[address.site]
        try:
            answer = self._asker.ask(site, address.url, validators(address))
        except BusyError as error:
            self._round.busy.append(str(error))
            self._agenda.note(replace(address, next_at=error.until))
        except RefusedAddressError as error:
            self._refuse(address, error)
        except FetchError as error:
            self._fail(address, str(error))
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
            self._done(site, address, answer, self._find_again(address, now))
        elif answer.status != 200:
            self._fail(address, f"{address.url}: status {answer.status}")
        else:
            try:
                source = source_of(answer, site.name, now, self._profiles)
                found = self._find(site, address, answer, source)
                check_records(found.records, source)
            except ReadError as error:
                self._fail(address, str(error))
            else:
                self._round.problems += map(str, found.problems)
                self._name(site, found.named)
                self._done(site, replace(address, digest=digest), answer, found)

    def _find(self, site: Site, address: Address, answer: Answer, source: Source) -> _Found:
        if address.role is Role.PAGE:
            return self._find_on_page(site, address, answer, source)
        if address.role is Role.ARTICLE:
            return self._find_article(site, answer, source)
        announced = read_announcement(answer.body, source, base=answer.url)
        stories = (
            name(each.url, Role.ARTICLE, published_at=each.published_at, changed_at=each.changed_at)
            for each in announced.stories
            if is_same_site(site_of(each.url), site.name)
        )
        known = self._agenda.roles(site.name).get(Role.SITEMAP, 0)
        sitemaps = announced.sitemaps[: max(_MOST_SITEMAPS - known, 0)]
        named = (*kept(stories), *name_all(sitemaps, Role.SITEMAP))
        return _Found(named, problems=announced.problems, is_quiet=not announced.stories)

    def _find_on_page(self, site: Site, address: Address, answer: Answer, source: Source) -> _Found:
        front = read_front(read_text(answer, source), source)
        new, current = choose_new(map(list_record, front.lists), load_lists(address.said))
        named = name_all(front.stories, Role.ARTICLE)
        if address.url == site.url:
            named = (*named, *self._find_sources(site, front.feeds))
        return _Found(named, tuple(new), dump_lists(current))

    def _find_sources(self, site: Site, feeds: Sequence[str]) -> tuple[Named, ...]:
        """Feeds and sitemaps where recsys.toml names none: as the site announces them, else guessed."""
        known = self._agenda.roles(site.name)
        named: tuple[Named, ...] = ()
        if site.feeds is None:
            guessed = () if Role.FEED in known else at_usual(site.url, USUAL_FEEDS)
            named = name_all(feeds or guessed, Role.FEED)
        if site.sitemaps is None:
            guessed = () if Role.SITEMAP in known else at_usual(site.url, USUAL_SITEMAPS)
            told = (canonical_url(url, site.url) for url in self._asker.sitemaps(site))
            sitemaps = tuple(url for url in told if url)[:_MOST_SITEMAPS]
            named = (*named, *name_all(sitemaps or guessed, Role.SITEMAP))
        return named

    def _find_article(self, site: Site, answer: Answer, source: Source) -> _Found:
        page = read_article(answer, source)
        records = [] if page.article is None else [article_record(page.article)]
        records += map(list_record, page.lists)
        popular = (each for each in page.lists if each.kind is Kind.POPULAR)
        urls = (item.url for each in popular for item in each.items)
        named = name_all((url for url in urls if url and is_story(url, site.name)), Role.ARTICLE)
        published_at = None if page.article is None else page.article.published_at
        return _Found(named, tuple(records), published_at=published_at)

    def _find_again(self, address: Address, now: datetime) -> _Found:
        """What an answer without news tells: that the lists of a page are still the same."""
        if address.role is not Role.PAGE:
            return _Found(said=address.said)
        known = load_lists(address.said)
        new, current = choose_new(seen_again(known, now), known)
        return _Found((), tuple(new), dump_lists(current))

    def _done(self, site: Site, address: Address, answer: Answer, found: _Found) -> None:
        now = self._clock()
        published_at = address.published_at or found.published_at or now
        if address.role is Role.ARTICLE:
            next_at = next_reading(now, published_at)
        else:
            later = _LATER.get(address.role, site.every) if found.is_quiet else site.every
            next_at = next_visit(now, max(later, site.every))
        done = replace(
            address,
            next_at=next_at,
            fetched_at=now,
            etag=answer.headers.get("etag", address.etag if answer.status == 304 else None),
            modified=answer.headers.get("last-modified", address.modified if answer.status == 304 else None),
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

    def _name(self, site: Site, named: Iterable[Named]) -> None:
        self._agenda.name(site.name, named, self._start)

    def _store_pending(self, *, least: int) -> None:
        """What was fetched goes into the store, and is then no longer kept here."""
        waiting = self._agenda.pending()
        if len(waiting) < least:
            return
        now = self._clock()
        source = Source("what was fetched", now, told=Told(now=now))
        read = list(parse_lines(((number, text.encode()) for number, text in waiting), source))
        self._round.problems += [str(each) for each in read if isinstance(each, ReadError)]
        pages = (each for each in read if not isinstance(each, ReadError))
        self._round.counts += self._store.add_all(pages, now=now)
        self._agenda.stored(waiting[-1][0])
