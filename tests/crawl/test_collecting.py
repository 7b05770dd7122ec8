"""Simulated days on a real server: the store ends with exactly what the site published and showed."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from recsys.config.sites import Site, site_at
from recsys.crawl.crawler import Crawler, CrawlReport, crawl_sites
from recsys.crawl.frontier import Frontier
from recsys.crawl.http_client import Fetcher
from recsys.domain import Kind
from recsys.errors import InputError, StoreError
from recsys.store import Store
from tests.crawl.hostile import talking
from tests.crawl.newssite import NewsSite, Story, playing

DAWN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
NAMES = "harbour school theatre market bridge library station hospital airport museum castle stadium".split()
HOUR = timedelta(hours=1)


class Clock:
    """A time that passes only when somebody waits."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def invented(days: int) -> list[Story]:
    """A story every two hours from two days before the dawn on; every fifth is changed three hours later."""
    start = DAWN - 2 * timedelta(days=1)
    times = [start + number * 2 * HOUR for number in range(12 * (days + 2))]
    return [
        Story(
            number,
            f"Council decides case {number} about the old {NAMES[number % len(NAMES)]}",
            at,
            at + 3 * HOUR if number % 5 == 0 else None,
        )
        for number, at in enumerate(times)
    ]


@pytest.fixture
def clock() -> Clock:
    return Clock(DAWN)


def site_of(played: NewsSite, **more: object) -> Site:
    site = site_at(played.base + "/")
    assert site is not None
    allow = (played.base.removeprefix("http://"),)
    return Site(site.name, site.url, **{"allow": allow, "pages": (f"{played.base}/sport",)} | more)  # type: ignore[arg-type]


@contextmanager
def collecting(folder: Path, site: Site, clock: Clock) -> Iterator[Crawler]:
    """Everything opened as a process of its own would."""
    with (
        Store.open(folder / "news.db") as store,
        Frontier.open(folder / "news.db.frontier") as frontier,
        Fetcher(allowed=site.allow) as fetcher,
    ):
        yield Crawler(
            store,
            frontier,
            {site.name: fetcher},
            [site],
            clock=clock.now,
            sleep=clock.sleep,
            chance=Random(1),
        )


def rounds(folder: Path, site: Site, clock: Clock, *, every: timedelta, count: int) -> Iterator[CrawlReport]:
    """As a timer would start them; all is closed and opened again after every fifth."""
    for first in range(0, count, 5):
        with collecting(folder, site, clock) as collector:
            for number in range(first, min(first + 5, count)):
                clock.moment = max(clock.moment, DAWN + number * every)
                yield collector.crawl()


def test_one_function_crawls_into_a_store_and_goes_on_where_it_ended(tmp_path: Path, clock: Clock):
    played = NewsSite(clock.now, invented(1))
    with playing(played), Store.open(tmp_path / "news.db") as store:
        first = crawl_sites(store, [site_of(played)], clock=clock.now, sleep=clock.sleep)
        assert first.counts.articles_new > 0
        again = crawl_sites(store, [site_of(played)], clock=clock.now, sleep=clock.sleep)
        assert again.counts.articles_new == 0
        with pytest.raises(InputError, match="expected the address of a site"):
            crawl_sites(store, ["mailto:desk@example.org"], clock=clock.now)


def test_three_days_with_their_troubles_end_with_the_articles_and_snapshots_of_the_site(
    tmp_path: Path, clock: Clock
):
    stories, elsewhere = invented(days=3), NewsSite(clock.now, [])
    limping, moved, hidden = stories[30], stories[33], stories[36]

    def trouble(path: str, now: datetime) -> tuple[int, dict[str, str]] | None:
        hours = (now - DAWN) / HOUR
        if path == limping.path and now < limping.published_at + 5 * HOUR:
            return 500, {}
        if path == moved.path:
            return 302, {"Location": f"{elsewhere.base}/private/secret-of-the-other-server"}
        if path == hidden.path:
            return 301, {"Location": "/private/moved-behind-a-wall"}
        if path.startswith("/news/") and 20 <= hours < 21:
            return 429, {"Retry-After": "1800"}
        return None

    played = NewsSite(
        clock.now, stories, trouble=trouble, broken_feed=lambda now: 26 * HOUR <= now - DAWN < 31 * HOUR
    )
    with playing(played), playing(elsewhere):
        site = site_of(played)
        done = list(rounds(tmp_path, site, clock, every=2 * HOUR, count=36))
        with Store.open(tmp_path / "news.db") as store:
            articles = {each.article.url: each for each in store.read_articles() if each.page_seen_at}
            lists = [each.list for each in store.read_lists()]
    shown = [each for each in stories if each.published_at <= clock.now() and each not in (moved, hidden)]
    assert set(articles) == {played.base + each.path for each in shown}
    for story in shown:
        article = articles[played.base + story.path].article
        assert article.headline == story.headline
        assert article.published_at == story.published_at
        assert story.text(clock.now()) in (article.body or "")
    hours = [DAWN + number * 2 * HOUR for number in range(36)]
    for kind, titles in (
        (Kind.POPULAR, [[each.headline for each in played.most_read(at)] for at in hours]),
        (Kind.FRONT_PAGE, [[each.headline for each in played.published(at)[:6]] for at in hours]),
    ):
        found = [each for each in lists if each.kind is kind]
        assert [each.observed_at.replace(minute=0, second=0) for each in found] == hours
        assert [[item.headline for item in each.items] for each in found] == titles
    said = [line for each in done for line in each.problems]
    assert sum("is not a public address: loopback" in line for line in said) == 1
    assert any("expected a feed (RSS or Atom), found <html>" in line for line in said)
    assert any("entry 1: link: expected the address of a story, found none" in line for line in said)
    assert any(f"{limping.path}: status 500" in line for line in said)
    assert sum(len(each.busy) for each in done) == 1
    assert elsewhere.log == []
    paths = played.paths()
    assert not [path for path in paths if path.startswith(("/private", "/comments", "/about"))]
    assert {each.agent.split("/")[0] for each in played.log} == {"recsys"}
    again = [each for each in played.log if each.path == "/feed.xml"][1:]
    assert again
    assert all(each.conditional for each in again)
    assert sum(each.status == 304 for each in played.log) > len(played.log) / 2
    assert paths.count("/robots.txt") == 3
    gaps = [later.at - earlier.at for earlier, later in zip(played.log, played.log[1:], strict=False)]
    assert min(gaps) >= timedelta(seconds=1)


def test_a_list_that_stays_the_same_is_noted_once_an_hour_and_a_changed_one_at_once(
    tmp_path: Path, clock: Clock
):
    played = NewsSite(clock.now, invented(days=1))
    with playing(played):
        site = site_of(played, every=timedelta(minutes=15), feeds=(), sitemaps=(), pages=())
        done = list(rounds(tmp_path, site, clock, every=timedelta(minutes=15), count=17))
        with Store.open(tmp_path / "news.db") as store:
            lists = [each.list for each in store.read_lists() if each.list.kind is Kind.POPULAR]
    seen = [(each.observed_at - DAWN) // timedelta(minutes=15) for each in lists]
    # The stories of midnight and of two o'clock are listed a minute later; at three another order begins.
    assert seen == [0, 1, 5, 9, 12, 16]
    assert [each.items[0].headline for each in lists][3] == played.most_read(DAWN + 2.25 * HOUR)[0].headline
    assert sum(each.unchanged for each in done) > 0
    assert {each.path for each in played.log} == {
        "/",
        "/robots.txt",
        *(each.path for each in played.stories),
    } & {each.path for each in played.log}


def test_an_article_is_asked_for_again_as_it_grows_old_and_what_nobody_names_is_forgotten(
    tmp_path: Path, clock: Clock
):
    story = Story(7, "Council decides the last case of the year", DAWN - HOUR)
    played = NewsSite(clock.now, [story, Story(8, "A second story about quite another case", DAWN - HOUR)])
    with playing(played):
        site = site_of(played, feeds=(), sitemaps=(), pages=(), keep=timedelta(days=3))
        for _ in rounds(tmp_path, site, clock, every=HOUR, count=30):
            pass
        hours = [round((each.at - DAWN) / HOUR) for each in played.log if each.path == story.path]
        assert hours == [0, 1, 3, 7, 15]
        played.stories = [Story(9, "A story about something new in the old town", DAWN + 100 * HOUR)]
        clock.moment = DAWN + timedelta(days=5)
        with collecting(tmp_path, site, clock) as collector:
            assert collector.crawl().forgotten == 2


def test_a_host_that_is_down_is_left_alone_longer_and_longer_and_then_gone_on_with(
    tmp_path: Path, clock: Clock
):
    played = NewsSite(
        clock.now, invented(days=0), trouble=lambda path, now: (500, {}) if now < DAWN + HOUR else None
    )
    with playing(played):
        site = site_of(played, feeds=(), sitemaps=(), pages=())
        asked = [
            round_.requests for round_ in rounds(tmp_path, site, clock, every=timedelta(minutes=5), count=30)
        ]
    # Without robots.txt nothing may be fetched; it is tried again after 5, 10, 20 and 40 minutes.
    assert [place for place, requests in enumerate(asked[:15]) if requests] == [0, 1, 3, 7]
    assert asked[15] > 5
    assert {each.path for each in played.log if each.at < DAWN + HOUR} == {"/robots.txt"}


def test_only_one_process_collects_into_a_store(tmp_path: Path):
    with (
        Frontier.open(tmp_path / "news.db.frontier"),
        pytest.raises(StoreError, match="another process is crawling"),
    ):
        Frontier.open(tmp_path / "news.db.frontier")


def test_what_a_site_does_not_announce_is_looked_for_where_it_usually_is_once(tmp_path: Path, clock: Clock):
    played = NewsSite(clock.now, invented(days=0), robots="User-agent: *\nDisallow:\n", announces=False)
    with playing(played):
        done = list(rounds(tmp_path, site_of(played, pages=()), clock, every=HOUR, count=3))
    asked = Counter(path for path in played.paths() if not path.startswith("/news/"))
    assert asked["/feed.xml"] == asked["/"] == 3
    assert {path for path, times in asked.items() if times == 1} >= {"/rss", "/atom.xml", "/sitemap.xml"}
    problems = [line for each in done for line in each.problems]
    assert problems
    assert all("expected the address of a story" in line for line in problems)


def test_what_one_site_is_allowed_another_is_not(tmp_path: Path, clock: Clock):
    inner, outer = (NewsSite(clock.now, invented(days=0)) for _ in range(2))
    outer.trouble = lambda path, now: (
        (302, {"Location": f"{there}/news/x"}) if path.startswith("/news/") else None
    )
    with playing(inner), playing(outer):
        there = inner.base.replace("127.0.0.1", "localhost")
        own = Site("localhost", f"{there}/", allow=(there.removeprefix("http://"),), feeds=(), sitemaps=())
        sites = [site_of(outer, feeds=(), sitemaps=()), own]
        with (
            Store.open(tmp_path / "news.db") as store,
            Frontier.open(tmp_path / "news.db.frontier") as frontier,
            ExitStack() as stack,
        ):
            fetchers = {site.name: stack.enter_context(Fetcher(allowed=site.allow)) for site in sites}
            done = Crawler(store, frontier, fetchers, sites, clock=clock.now, sleep=clock.sleep).crawl()
            stored = {each.article.site for each in store.read_articles() if each.page_seen_at}
    assert stored == {"localhost"}
    assert "/news/x" not in inner.paths()
    assert done.problems == []


def test_a_host_that_fails_three_times_in_a_row_is_left_alone_for_a_while(tmp_path: Path, clock: Clock):
    def talk(connection: socket.socket, path: str) -> None:
        if path == "/robots.txt":
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with talking(talk) as (base, paths):
        pages = tuple(f"{base}/{number}" for number in range(6))
        place = (base.removeprefix("http://"),)
        site = Site("127.0.0.1", f"{base}/", pages=pages, feeds=(), sitemaps=(), allow=place)
        first, second, third = rounds(tmp_path, site, clock, every=timedelta(minutes=3), count=3)
        assert len(paths) == 4, "robots.txt and three pages"
        assert (first.requests, second.requests, third.requests) == (4, 0, 0)
        clock.moment += timedelta(minutes=20)
        (fourth,) = rounds(tmp_path, site, clock, every=timedelta(0), count=1)
        assert fourth.requests == 1, "one more try, and a longer pause"
