"""Endless, slow and flooding sites: the news is collected, the rest is bounded, and what is left is said."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from recsys.config.sites import Site
from recsys.crawl.budget import Budget, CrawlReport, OverBudgetError
from recsys.crawl.crawler import Crawler
from recsys.crawl.frontier import Frontier
from recsys.crawl.frontier_patterns import Pattern
from recsys.crawl.frontier_schema import Priority
from recsys.crawl.http_client import Fetcher
from recsys.crawl.url_patterns import (
    MISSES,
    count_page,
    is_looping,
    path_pattern,
    query_variant,
    story_digest,
)
from recsys.domain import Article
from recsys.store import Store
from tests.cli.conftest import Recsys
from tests.crawl import endless
from tests.crawl.endless import EndlessSite
from tests.crawl.newssite import NewsSite, Story, playing
from tests.crawl.test_collecting import DAWN, HOUR, Clock, collecting, invented, rounds, site_of

pytestmark = pytest.mark.slow

QUARTER = timedelta(minutes=15)


def stored_stories(folder: Path) -> set[str]:
    with Store.open(folder / "news.db") as store:
        return {each.article.headline or "" for each in store.read_articles() if each.page_seen_at}


@pytest.fixture
def clock() -> Clock:
    return Clock(DAWN)


@pytest.mark.parametrize(
    ("kind", "bound"),
    [
        (endless.Calendar, 30),
        (endless.Pagination, 30),
        (endless.Subpaths, 30),
        (endless.Sessions, 60),
        (endless.Redirects, 130),  # 20 addresses with 6 requests each
        (endless.Sitemaps, 60),
        (endless.Flood, 30),
        (endless.Generated, 65),  # a fifth of the requests of each round
    ],
)
def test_of_an_endless_site_all_news_is_collected_and_the_rest_is_bounded(
    tmp_path: Path, clock: Clock, kind: type[EndlessSite], bound: int
):
    with playing(kind(clock.now, invented(days=0))) as played:
        site = site_of(played, requests=100)
        done = list(rounds(tmp_path, site, clock, every=QUARTER, count=3))
        published = played.published(clock.now())
        requests = [each.requests for each in done]
        assert max(requests) <= 100
        assert played.trapped() <= bound, Counter(map(path_pattern, played.paths()))
        assert isinstance(played, EndlessSite)
        assert played.trapped() > 2
    assert stored_stories(tmp_path) >= {each.headline for each in published}


def test_a_round_ends_with_its_budget_and_says_what_it_left(tmp_path: Path, clock: Clock):
    with playing(endless.Calendar(clock.now, invented(days=0))) as played:
        site = site_of(played, requests=12)
        first, *others = rounds(tmp_path, site, clock, every=QUARTER, count=5)
        assert len([each for each in played.log if each.at < DAWN + QUARTER]) == 12
    (report,) = first.sites
    assert (report.requests, report.site) == (12, "127.0.0.1")
    assert report.reason == "budget of 12 requests: --requests"
    assert report.left == sum(report.left_by_kind.values()) > 0
    assert set(report.left_by_kind) <= {"listed", "linked", "backfill", "feed", "page"}
    assert all(each.requests <= 12 for each in others)
    assert others[-1].sites[0].left < report.left
    paths = played.paths()
    lists = [paths.index(path) for path in ("/", "/sport", "/feed.xml")]
    assert max(lists) < min(place for place, path in enumerate(paths) if path.startswith("/news/"))


def test_a_pattern_that_is_stopped_is_reported_tried_again_and_goes_on_when_it_has_stories(
    tmp_path: Path, clock: Clock
):
    with playing(endless.Calendar(clock.now, invented(days=0))) as played:
        site = site_of(played, requests=200)
        first, second = rounds(tmp_path, site, clock, every=QUARTER, count=2)
        (stopped,) = first.stopped
        assert stopped.pattern == "N.N.N.N:N/trap/N"
        assert (stopped.fetched, stopped.stories) == (MISSES, 0)
        assert stopped.left > 0
        assert not second.stopped
        before = played.trapped()
        clock.moment = DAWN + 1.5 * HOUR
        with collecting(tmp_path, site, clock) as collector:
            (again,) = collector.crawl().stopped
        assert played.trapped() == before + 1
        assert again.next_try - clock.now() > HOUR, "the pause doubles"


def test_the_limit_of_time_ends_a_round_and_is_named(tmp_path: Path, clock: Clock):
    with (
        playing(NewsSite(clock.now, invented(days=0))) as played,
        collecting(tmp_path, site_of(played), clock) as c,
    ):
        done = c.crawl(within=timedelta(seconds=10))
    assert done.requests <= 12
    assert done.sites[0].reason == "budget of time: --time"


def test_a_slow_endless_site_does_not_keep_a_normal_one_waiting(tmp_path: Path, clock: Clock):
    stories = invented(days=3)
    took = {}
    for name, is_slow in (("alone", False), ("beside", True)):
        clock.moment = DAWN + timedelta(days=3)
        normal = NewsSite(clock.now, stories)
        slow = endless.Generated(clock.now, invented(days=0))
        slow.trouble = lambda path, now: clock.sleep(2.0)  # the answer takes that long
        with playing(normal), playing(slow), ExitStack() as stack:
            other = Site("localhost", slow.base.replace("127.0.0.1", "localhost") + "/")
            other = replace(other, allow=(other.url.split("/")[2],))
            sites = [site_of(normal), *([other] if is_slow else [])]
            store = stack.enter_context(Store.open(tmp_path / f"{name}.db"))
            frontier = stack.enter_context(Frontier.open(tmp_path / f"{name}.frontier"))
            fetchers = {each.name: stack.enter_context(Fetcher(allowed=each.allow)) for each in sites}
            began = clock.now()
            Crawler(store, frontier, fetchers, sites, clock=clock.now, sleep=clock.sleep).crawl()
            asked = [each for each in normal.log if each.path.startswith("/news/")]
            assert len({each.path for each in asked}) == len(stories)
            took[name] = asked[-1].at - began
            if is_slow:
                assert slow.trapped() > 0
    assert took["beside"] <= 1.25 * took["alone"], took


def test_of_thousands_of_subdomains_a_few_are_asked(tmp_path: Path, clock: Clock):
    class Wildcard(NewsSite):
        def answer(self, path: str, now: object) -> tuple[int, str, bytes]:
            status, kind, body = super().answer(path, now)  # type: ignore[arg-type]
            if path == "/":
                links = "".join(
                    f"<a href='http://{word}.news.example:{port}/a-story-on-a-subdomain-of-its-own'>x</a>"
                    for word in words
                )
                body = body.replace(b"</main>", f"{links}</main>".encode())
            return status, kind, body

    words = ["".join(Random(number).choices("abcdefghij", k=8)) for number in range(200)]
    with playing(Wildcard(clock.now, invented(days=0))) as played, ExitStack() as stack:
        port = played.base.rpartition(":")[2]
        allowed = [
            f"{word}{dot}news.example:{port}" for word in [*words, ""] for dot in ([".", ""][not word],)
        ]
        site = Site("news.example", f"http://news.example:{port}/", allow=tuple(allowed), sitemaps=())
        fetcher = stack.enter_context(Fetcher(allowed=allowed, resolve=lambda host, port: ["127.0.0.1"]))
        store = stack.enter_context(Store.open(tmp_path / "news.db"))
        frontier = stack.enter_context(Frontier.open(tmp_path / "news.db.frontier"))
        done = Crawler(
            store, frontier, {site.name: fetcher}, [site], clock=clock.now, sleep=clock.sleep
        ).crawl()
    assert played.paths().count("/robots.txt") <= 20
    assert done.left_out >= 180
    assert done.requests < 100


def test_a_survey_of_an_index_that_names_itself_ends(recsys: Recsys, workplace: Path):
    with playing(endless.Sitemaps(Clock(DAWN).now, invented(days=0))) as played:
        assert recsys("init", played.base, "--allow-private", played.base.removeprefix("http://")).code == 0
        assert len(played.paths()) < 30


def test_an_article_that_leads_to_another_site_sends_nothing_there(tmp_path: Path, clock: Clock):
    victim = NewsSite(clock.now, [])
    with playing(NewsSite(clock.now, invented(days=0))) as played, playing(victim):
        there = victim.base.replace("127.0.0.1", "localhost")
        played.trouble = lambda path, now: (302, {"Location": f"{there}/x"}) if "/news/" in path else None
        site = site_of(played, allow=tuple(each.removeprefix("http://") for each in (played.base, there)))
        with collecting(tmp_path, site, clock) as collector:
            assert collector.crawl().gone == MISSES
    assert victim.log == []


def test_the_command_says_what_is_left_and_takes_its_budget(recsys: Recsys, workplace: Path):
    clock = Clock(DAWN)
    with playing(endless.Calendar(clock.now, invented(days=0))) as played:
        host = played.base.removeprefix("http://")
        table = (
            f'[sites."127.0.0.1"]\nurl = "{played.base}/"\nallow = ["{host}"]\ndelay = 0.0\nrequests = 10\n'
        )
        (workplace / "recsys.toml").write_text(table)
        ran = recsys("crawl", "--json")
        assert ran.record["sites"][0]["requests"] == 10
        assert ran.record["sites"][0]["reason"] == "budget of 10 requests: --requests"
        said = recsys("crawl", "--requests", "200", "--time", "10m").out
    assert "/trap/N is no longer explored: 0 of 20 pages were stories; " in said
    for setting in ("requests = 0", "requests = true", "requests = '5'", "requests = 10000000"):
        (workplace / "recsys.toml").write_text(table.replace("requests = 10", setting))
        refused = recsys("crawl")
        assert refused.code == 1
        assert "requests: expected a whole number from 1 to 1000000" in refused.err


def test_a_budget_is_strict_and_shared_between_kinds():
    budget = Budget(10)
    for priority, share in ((Priority.PAGE, 5), (Priority.FEED, 3), (Priority.LINKED, 2)):
        budget.begin(priority)
        for _ in range(share):
            assert priority not in budget.spent_priorities
            budget.spend("https://example.org/")
        assert priority in budget.spent_priorities
    assert budget.is_spent
    with pytest.raises(OverBudgetError, match="the budget of 10 requests is spent"):
        budget.spend("https://example.org/")
    assert budget.spent == 10


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://example.org/2026/11/30/council-decides-on-the-harbour", "example.org/N/*"),
        ("https://example.org/calendar/2026/11/30", "example.org/calendar/N"),
        ("https://w17.example.org/a?page=17&sid=ab12", "wN.example.org/a?page&sid"),
        ("https://example.org/s/ab12cd34ef/story-123.html", "example.org/s/*/story-N.html"),
        ("https://example.org/a/a/a/b", "example.org/a/b"),
    ],
)
def test_addresses_that_differ_in_numbers_slugs_and_values_have_one_pattern(url: str, pattern: str):
    assert path_pattern(url) == pattern


def test_a_variant_keeps_its_path_and_a_path_in_circles_is_known():
    assert query_variant("https://example.org/a/12?id=5&x=") == "https://example.org/a/12?id&x"
    assert query_variant("https://example.org/a/12") is None
    assert is_looping("https://example.org/a/b/a/b/a/b/the-story-of-the-harbour")
    assert is_looping("https://example.org" + "".join(f"/{each}" for each in range(21)))
    assert not is_looping("https://example.org/news/2026/11/11/11/news-of-the-harbour")


def test_a_pattern_stops_without_stories_and_never_with_them():
    pattern = Pattern("example.org", "example.org/N")
    for _ in range(MISSES):
        assert pattern.stopped_until is None
        pattern = count_page(pattern, DAWN, is_story=False)
    assert pattern.stopped_until == DAWN + HOUR
    assert pattern.spared == ()
    assert count_page(pattern, DAWN, is_story=False).stopped_until == DAWN + 2 * HOUR
    assert count_page(pattern, DAWN, is_story=True).stopped_until is None
    mixed = Pattern("example.org", "example.org/*")
    for number in range(5_000):
        mixed = count_page(mixed, DAWN, is_story=number % 4 == 0)
        assert mixed.stopped_until is None
    assert mixed.spared == (Priority.LISTED,)


def test_a_story_has_a_date_or_a_text_and_the_days_of_a_calendar_are_one_page():
    def digest(headline: str, body: str | None, *, is_dated: bool = False) -> str | None:
        published_at = DAWN if is_dated else None
        return story_digest(
            Article("example.org", "https://example.org/a", DAWN, headline, body, published_at)
        )

    long = "The council decides on the harbour today. " * 20
    assert digest("Events of day 5", "Nothing is planned.") is None
    assert digest("Events of day 5", long) == digest("Events of day 6", long)
    assert digest("Result of day 5", long, is_dated=True) != digest("Result of day 6", long, is_dated=True)
    assert digest("A headline alone with a date", None, is_dated=True) is not None
    assert digest("議会が港の整備を決定", "市議会は港の整備計画を可決した。" * 12) is not None
    assert story_digest(None) is None


def test_reports_can_be_written_as_json(tmp_path: Path, clock: Clock):
    story = Story(1, "Council decides the last case of the year", DAWN - HOUR)
    with (
        playing(NewsSite(clock.now, [story])) as played,
        collecting(tmp_path, site_of(played), clock) as collector,
    ):
        done = collector.crawl()
    assert isinstance(done, CrawlReport)
    assert json.dumps(done.sites[0].left_by_kind) == "{}"
    assert done.sites[0].reason is None
