"""The service beside the newspaper: dashboard, API and widget in a reader's browser."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser

from recsys.documents import read
from recsys.domain import Kind
from tests.browser import open_browser, visit
from tests.serve.hosting import BROWSER, Served, serving
from tests.walk.newspaper import Newspaper

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(paper: Newspaper) -> Iterator[Served]:
    with serving(paper.place, "--origin", paper.base, port=paper.service_port) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def linked_beside(paper: Newspaper, url: str) -> set[str]:
    """The stories in the related box that the page came with."""
    path = paper.site / url.removeprefix(f"{paper.base}/")
    page = read(path.read_bytes(), name=path.name, observed_at=datetime.now(UTC))
    related = (each for each in page.lists if each.kind is Kind.RELATED)
    return {str(item.url) for each in related for item in each.items}


def views(paper: Newspaper) -> int:
    with closing(sqlite3.connect(f"file:{paper.place.store}?mode=ro", uri=True)) as store:
        return int(store.execute("SELECT count(*) FROM impressions").fetchone()[0])


def middle_of_largest_topic(paper: Newspaper) -> str:
    """A story that links two earlier ones of its topic, and not the later ones."""
    (topic, _), *_ = Counter(filter(None, paper.topics.values())).most_common()
    urls = [url for url, each in paper.topics.items() if each == topic]
    return sorted(urls, key=paper.published.__getitem__)[2]


def test_the_widget_shows_stories_that_the_page_does_not_link(
    paper: Newspaper, served: Served, browser: Browser
):
    url = middle_of_largest_topic(paper)
    beside = linked_beside(paper, url)
    assert len(beside) >= 2
    context = browser.new_context(user_agent=BROWSER["user-agent"])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    widget = page.locator("recsys-related")
    widget.evaluate("e => e.scrollIntoView()")
    page.locator("recsys-related[state=ready]").wait_for(timeout=10_000)
    shown = widget.get_by_role("link").evaluate_all("all => all.map(each => each.href)")
    assert shown
    assert beside.isdisjoint(shown)
    ages = widget.locator("time").evaluate_all("all => all.map(each => each.dateTime)")
    assert [datetime.fromisoformat(each) for each in ages] == [paper.published[each] for each in shown]
    with page.expect_request(lambda request: "/v1/events" in request.url):
        pass
    page.wait_for_timeout(300)
    before = views(paper)
    page.evaluate("document.querySelector('main').prepend(document.querySelector('recsys-related'))")
    page.wait_for_timeout(1_500)
    assert views(paper) == before
    assert complaints == []
    context.close()


def test_the_dashboard_opens_and_names_a_command_that_runs(
    paper: Newspaper, served: Served, browser: Browser
):
    with visit(browser, f"{served.url}/?url={paper.last_of_topics[0]}") as opened:
        assert opened.page.get_by_role("heading").count() > 0
        assert opened.overflow <= 0
        assert opened.violations() == ""
        text = opened.page.inner_text("body")
        assert "recsys evaluate --report" not in text
        assert opened.complaints == []


def test_the_dashboard_says_one_age_in_one_row(paper: Newspaper, served: Served, browser: Browser):
    with visit(browser, f"{served.url}/?url={paper.last_of_topics[0]}") as opened:
        assert "less than an hour old" not in opened.page.inner_text("body")


def test_the_dashboard_finds_stories_by_headline(paper: Newspaper, served: Served, browser: Browser):
    story = paper.newsroom.stories[3]
    with visit(browser, f"{served.url}/") as opened:
        box = opened.page.get_by_role("searchbox").first
        box.fill(story.headline[:14], timeout=2_000)
        box.press("Enter")
        opened.page.get_by_text(story.headline).first.wait_for(timeout=5_000)


def test_the_api_can_be_browsed_without_anything_from_elsewhere(
    paper: Newspaper, served: Served, browser: Browser
):
    assert httpx.get(f"{served.url}/docs", trust_env=False).status_code == 200
    with visit(browser, f"{served.url}/docs") as opened:
        opened.page.get_by_text("/v1/related").first.wait_for(timeout=5_000)
        assert [url for url in opened.requests if not url.startswith((served.url, "data:"))] == []
