"""A survey of a site: its feeds, sitemaps and sections, and how many stories they have. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from recsys.config.sites import Site
from recsys.crawl.discovery import read_announcement
from recsys.crawl.fetched_documents import read_text, source_of
from recsys.crawl.front_page import FrontPage, read_front
from recsys.crawl.frontier_entries import USUAL_FEEDS, USUAL_SITEMAPS, usual_addresses
from recsys.crawl.frontier_schema import Host, Role
from recsys.crawl.http_client import Answer, Fetcher
from recsys.crawl.politeness import PoliteClient
from recsys.documents import canonical_url
from recsys.domain import from_microseconds
from recsys.errors import FetchError, ReadError

_MOST = 10  # feeds, and as many sitemaps
_MOST_INNER = 5  # sitemaps of an index that are read
_MAX_LEVELS = 1  # of indexes: sitemaps in an index are not indexes themselves
_MIN_STORIES = 3  # of a section page; one with fewer is something else


@dataclass(frozen=True, slots=True)
class SurveyedSource:
    """An address worth crawling, with the stories and lists it has now."""

    role: Role
    url: str
    stories: int
    lists: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """The sources of a site, its front page first, and what could not be read."""

    sources: tuple[SurveyedSource, ...]
    problems: tuple[str, ...] = ()

    def urls(self, role: Role) -> tuple[str, ...]:
        return tuple(each.url for each in self.sources if each.role is role)


@dataclass
class _Memory:
    """The state of hosts during a survey."""

    known: dict[str, Host] = field(default_factory=dict)

    def host(self, origin: str) -> Host:
        return self.known.get(origin, Host(origin, None, None, from_microseconds(0)))

    def record_host(self, host: Host) -> None:
        self.known[host.origin] = host


def survey_site(
    site: Site,
    fetcher: Fetcher,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    progress: Callable[[str, int], None] | None = None,
) -> Survey:
    """Fetches the front page and what it and robots.txt name, once each and politely.

    FetchError or ReadError if the front page cannot be read.
    """
    client = PoliteClient({site.name: fetcher}, _Memory(), clock=clock, sleep=sleep)
    return _Surveyor(site, client, clock, progress).survey()


def fetch_page(
    site: Site, url: str, fetcher: Fetcher, *, clock: Callable[[], datetime], sleep: Callable[[float], None]
) -> Answer:
    """One page of a site, fetched politely; FetchError if there is no page."""
    return _Surveyor(
        site, PoliteClient({site.name: fetcher}, _Memory(), clock=clock, sleep=sleep), clock, None
    ).ask(url)


class _Surveyor:
    def __init__(
        self,
        site: Site,
        client: PoliteClient,
        clock: Callable[[], datetime],
        progress: Callable[[str, int], None] | None,
    ) -> None:
        self._site, self._client, self._clock, self._progress = site, client, clock, progress
        self._problems: list[str] = []

    def survey(self) -> Survey:
        front = self._front(self._site.url)
        found = [SurveyedSource(Role.PAGE, self._site.url, len(front.stories), len(front.lists))]
        found += self._count_all(Role.FEED, front.feeds, USUAL_FEEDS)
        sitemaps = (canonical_url(url, self._site.url) for url in self._client.sitemaps(self._site))
        found += self._count_all(Role.SITEMAP, tuple(url for url in sitemaps if url), USUAL_SITEMAPS)
        found += self._sections(front.sections)
        return Survey(tuple(found), tuple(self._problems))

    def _count_all(
        self, role: Role, announced: tuple[str, ...], usual: Iterable[str]
    ) -> list[SurveyedSource]:
        """The feeds or sitemaps that the site announces, else those in the usual places."""
        counted = (
            (url, self._count_announced(url, is_guess=not announced, levels=_MAX_LEVELS))
            for url in announced[:_MOST] or usual_addresses(self._site.url, usual)
        )
        return [SurveyedSource(role, url, stories) for url, stories in counted if stories is not None]

    def _count_announced(self, url: str, *, is_guess: bool, levels: int) -> int | None:
        """The number of recent stories, those of an index in its sitemaps; None if it cannot be read.

        Indexes in indexes are followed for `levels`: one may contain itself.
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

    def _sections(self, urls: Iterable[str]) -> Iterator[SurveyedSource]:
        for url in urls:
            try:
                front = self._front(url)
            except (FetchError, ReadError) as error:
                self._problems.append(str(error))
                continue
            if url != self._site.url and len(front.stories) >= _MIN_STORIES:
                yield SurveyedSource(Role.PAGE, url, len(front.stories), len(front.lists))

    def _front(self, url: str) -> FrontPage:
        answer = self.ask(url)
        source = source_of(answer, self._site.name, self._clock())
        return read_front(read_text(answer, source), source)

    def ask(self, url: str) -> Answer:
        """The response, whose status is 200."""
        if self._progress is not None:
            self._progress(url, self._client.requests)
        answer = self._client.ask(self._site, url)
        if answer.status != 200:
            raise FetchError(url, f"status {answer.status}")
        return answer
