"""A robots.txt that cannot be fetched: nothing is asked for a while, for the reason that is true."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from recsys.config.sites import Site
from recsys.crawl.crawler import Collector, CrawlReport
from recsys.crawl.frontier import Frontier
from recsys.crawl.http_client import Fetcher, Limits
from recsys.store import Store
from tests.crawl import hostile
from tests.crawl.hostile import talking
from tests.crawl.newssite import NewsSite, playing
from tests.crawl.test_collecting import DAWN, HOUR, Clock, collecting, invented, site_of

SHORT = Limits(seconds=0.6, silence=0.3)


@contextmanager
def open_collector(folder: Path, site: Site, fetcher: Fetcher, clock: Clock) -> Iterator[Collector]:
    with (
        Store.open(folder / "news.db") as store,
        Frontier.open(folder / "news.db.frontier") as agenda,
        fetcher,
    ):
        yield Collector(store, agenda, {site.name: fetcher}, [site], clock=clock.now, sleep=clock.sleep)


def closed() -> str:
    """The address of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def no_such_name(host: str, port: int) -> list[str]:
    raise socket.gaierror(-2, "Name or service not known")


def site_for(base: str) -> Site:
    return Site("127.0.0.1", f"{base}/", feeds=(), sitemaps=(), allow=(base.removeprefix("http://"),))


def collect_once(folder: Path, site: Site, fetcher: Fetcher, clock: Clock) -> CrawlReport:
    with open_collector(folder, site, fetcher, clock) as collector:
        return collector.collect()


def test_a_connection_that_is_refused_is_named_and_tried_again_after_minutes(tmp_path: Path):
    clock, site = Clock(DAWN), site_for(closed())
    for minutes in (5, 10, 20, 40, 60, 60):
        done = collect_once(tmp_path, site, Fetcher(allowed=site.allow), clock)
        said = f"robots.txt could not be fetched: Connection refused; next try in {minutes} minutes"
        assert done.busy == [f"{site.url}: {said}"]
        assert (done.forbidden, done.problems) == (0, [])
        assert done.requests == 1
        assert collect_once(tmp_path, site, Fetcher(allowed=site.allow), clock).requests == 0
        clock.moment += timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("talk", "says"),
    [
        (hostile.stay_silent, "no answer within 0.3 s"),
        (hostile.drip_body, "it took more than 0.6 s"),
        (hostile.speak_nonsense, "disconnected without sending a response"),
    ],
)
def test_a_server_that_does_not_answer_is_named(tmp_path: Path, talk: Callable[..., None], says: str):
    with talking(talk) as (base, paths):
        site = site_for(base)
        done = collect_once(tmp_path, site, Fetcher(allowed=site.allow, limits=SHORT), Clock(DAWN))
    assert says in done.busy[0]
    assert "next try in 5 minutes" in done.busy[0]
    assert set(paths) == {"/robots.txt"}


def test_a_name_that_cannot_be_resolved_is_named(tmp_path: Path):
    site = Site("news.example", "http://news.example/", feeds=(), sitemaps=())
    done = collect_once(tmp_path, site, Fetcher(resolve=no_such_name), Clock(DAWN))
    assert "robots.txt could not be fetched: the name cannot be resolved" in done.busy[0]


@pytest.mark.parametrize(
    ("status", "headers", "minutes"),
    [
        (500, {}, 5),
        (502, {"Retry-After": "nonsense"}, 5),
        (503, {"Retry-After": "7200"}, 120),
        (429, {"Retry-After": "1800"}, 30),
        (503, {"Retry-After": "0"}, 5),
    ],
)
def test_a_server_that_says_when_is_not_asked_before(
    tmp_path: Path, status: int, headers: dict[str, str], minutes: int
):
    clock = Clock(DAWN)
    with playing(
        NewsSite(clock.now, invented(days=0), trouble=lambda path, now: (status, headers))
    ) as played:
        site = site_of(played, feeds=(), sitemaps=(), pages=())
        with collecting(tmp_path, site, clock) as collector:
            done = collector.collect()
        said = f"robots.txt could not be fetched: status {status}; next try in {minutes} minutes"
        assert done.busy == [f"{played.base}/: {said}"]
        assert done.sites[0].reason is None or "left alone" in done.sites[0].reason
        played.trouble = lambda path, now: None
        clock.moment = DAWN + timedelta(minutes=minutes - 1)
        with collecting(tmp_path, site, clock) as collector:
            assert collector.collect().requests == 0
            clock.moment = DAWN + timedelta(minutes=minutes, seconds=5)
            assert collector.collect().requests > 5


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_client_error_means_that_there_are_no_rules(tmp_path: Path, status: int):
    clock = Clock(DAWN)
    trouble = lambda path, now: (status, {}) if path == "/robots.txt" else None  # noqa: E731
    with playing(NewsSite(clock.now, invented(days=0), trouble=trouble)) as played:
        with collecting(tmp_path, site_of(played, feeds=(), sitemaps=()), clock) as collector:
            assert collector.collect().busy == []
        assert "/private/a-draft-that-nobody-may-read-2026" in played.paths()


def test_the_last_good_copy_counts_for_a_day_more(tmp_path: Path):
    clock = Clock(DAWN)
    trouble = lambda path, now: (500, {}) if path == "/robots.txt" and now > DAWN + HOUR else None  # noqa: E731
    with playing(NewsSite(clock.now, invented(days=3), trouble=trouble)) as played:
        site = site_of(played, feeds=(), sitemaps=())
        said = {}
        for hours in (0, 20, 25, 36, 47, 49, 52):
            clock.moment = DAWN + hours * HOUR
            with collecting(tmp_path, site, clock) as collector:
                done = collector.collect()
            said[hours] = (done.requests > 2, done.notes, done.busy)
    assert [hours for hours, (fetched, _, _) in said.items() if fetched] == [0, 20, 25, 36, 47]
    assert "status 500; next try in 5 minutes; until then its last copy counts" in said[25][1][0]
    assert "robots.txt could not be fetched: status 500" in said[49][2][0]
    assert not [path for path in played.paths() if path.startswith("/private")]


def test_a_redirect_to_what_is_not_public_is_no_rule_and_is_named(tmp_path: Path):
    clock = Clock(DAWN)
    there = "http://169.254.169.254/robots.txt"
    newsroom = NewsSite(clock.now, [], trouble=lambda path, now: (302, {"Location": there}))
    with playing(newsroom) as played, collecting(tmp_path, site_of(played), clock) as collector:
        done = collector.collect()
    assert done.forbidden == 0
    assert "it leads to http://169.254.169.254/robots.txt: 169.254.169.254 is not a public" in done.busy[0]
