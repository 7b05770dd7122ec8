"""A first look at a site: what feeds, sitemaps and sections it has and what is in them. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from recsys.config.sites import Site
from recsys.crawl.discovery import read_announcement
from recsys.crawl.fetched_documents import read_text, source_of
from recsys.crawl.front_page import Front, read_front
from recsys.crawl.frontier_schema import Host, Role
from recsys.crawl.frontier_updates import at_usual
from recsys.crawl.http_client import Answer, Fetcher
from recsys.crawl.politeness import PoliteClient
from recsys.crawl.well_known import USUAL_FEEDS, USUAL_SITEMAPS
from recsys.documents import canonical_url
from recsys.domain import from_microseconds
from recsys.errors import FetchError, ReadError

_MOST = 10  # feeds, and as many sitemaps
_MOST_INNER = 5  # sitemaps of an index that are looked into
_MAX_LEVELS = 1  # of indexes: a sitemap of an index is no index in turn
_MIN_STORIES = 3  # of a section page; one with fewer is a page about something else


@dataclass(frozen=True, slots=True)
class Source:
    """An address worth asking again and again, with how many stories and lists it has now."""

    role: Role
    url: str
    stories: int
    lists: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found, front page first, and what could not be read."""

    sources: tuple[Source, ...]
    problems: tuple[str, ...] = ()

    def urls(self, role: Role) -> tuple[str, ...]:
        return tuple(each.url for each in self.sources if each.role is role)


@dataclass
class _Memory:
    """What is known of hosts, for as long as a survey takes."""

    known: dict[str, Host] = field(default_factory=dict)

    def host(self, origin: str) -> Host:
        return self.known.get(origin, Host(origin, None, None, from_microseconds(0)))

    def note_host(self, host: Host) -> None:
        self.known[host.origin] = host


def survey_site(
    site: Site,
    fetcher: Fetcher,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    progress: Callable[[str, int], None] | None = None,
) -> Survey:
    """Looks at the front page and at what it and robots.txt name; each is asked once, as politely as ever.

    FetchError or ReadError where the front page cannot be had.
    """
    asker = PoliteClient({site.name: fetcher}, _Memory(), clock=clock, sleep=sleep)
    return _Surveyor(site, asker, clock, progress).survey()


def fetch_page(
    site: Site, url: str, fetcher: Fetcher, *, clock: Callable[[], datetime], sleep: Callable[[float], None]
) -> Answer:
    """One page of a site, asked for as politely as ever; FetchError where it cannot be had."""
    return _Surveyor(
        site, PoliteClient({site.name: fetcher}, _Memory(), clock=clock, sleep=sleep), clock, None
    ).ask(url)


class _Surveyor:
    def __init__(
        self,
        site: Site,
        asker: PoliteClient,
        clock: Callable[[], datetime],
        progress: Callable[[str, int], None] | None,
    ) -> None:
        self._site, self._asker, self._clock, self._progress = site, asker, clock, progress
        self._problems: list[str] = []

    def survey(self) -> Survey:
        front = self._front(self._site.url)
        found = [Source(Role.PAGE, self._site.url, len(front.stories), len(front.lists))]
        found += self._announcing(Role.FEED, front.feeds, USUAL_FEEDS)
        told = (canonical_url(url, self._site.url) for url in self._asker.sitemaps(self._site))
        found += self._announcing(Role.SITEMAP, tuple(url for url in told if url), USUAL_SITEMAPS)
        found += self._sections(front.sections)
        return Survey(tuple(found), tuple(self._problems))

    def _announcing(self, role: Role, told: tuple[str, ...], usual: Iterable[str]) -> list[Source]:
        """The feeds or sitemaps that the site tells of, else those that are where they usually are."""
        counted = (
            (url, self._count_announced(url, is_guess=not told, levels=_MAX_LEVELS))
            for url in told[:_MOST] or at_usual(self._site.url, usual)
        )
        return [Source(role, url, stories) for url, stories in counted if stories is not None]

    def _count_announced(self, url: str, *, is_guess: bool, levels: int) -> int | None:
        """How many recent stories there are, those of an index in its sitemaps; None for no answer.

        Indexes within indexes are followed for `levels`: one may name itself.
        """
        try:
            answer = self.ask(url)
            source = source_of(answer, self._site.name, self._clock())
            announced = read_announcement(answer.body, source, base=answer.url)
        except (FetchError, ReadError) as error:
            self._problems += [] if is_guess else [str(error)]
            return None
        sitemaps = announced.sitemaps[:_MOST_INNER] if levels else ()
        inner = (self._count_announced(each, is_guess=False, levels=levels - 1) or 0 for each in sitemaps)
        return len(announced.stories) + sum(inner)

    def _sections(self, urls: Iterable[str]) -> Iterator[Source]:
        for url in urls:
            try:
                front = self._front(url)
            except (FetchError, ReadError) as error:
                self._problems.append(str(error))
                continue
            if url != self._site.url and len(front.stories) >= _MIN_STORIES:
                yield Source(Role.PAGE, url, len(front.stories), len(front.lists))

    def _front(self, url: str) -> Front:
        answer = self.ask(url)
        source = source_of(answer, self._site.name, self._clock())
        return read_front(read_text(answer, source), source)

    def ask(self, url: str) -> Answer:
        """The answer, which is a good one."""
        if self._progress is not None:
            self._progress(url, self._asker.requests)
        answer = self._asker.ask(self._site, url)
        if answer.status != 200:
            raise FetchError(url, f"status {answer.status}")
        return answer
