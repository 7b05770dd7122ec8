"""A paper's site, the service beside it, and a reader's browser, shared by the tests of the widget."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator

from tests.browser import Visit, open_browser
from tests.serve.hosting import BROWSER, Served, fill, serving
from tests.widget.site import Site, open_site
from tests.widget.town import EDITIONS, ENGLISH, Edition

SCRIPT = '<script src="/v1/widget.js" async></script>'
SHIFTS = """() => new Promise(done => { let sum = 0
  const add = list => list.getEntries().forEach(each => { sum += each.value })
  new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true})
  requestAnimationFrame(() => setTimeout(() => done(sum), 120)) })"""


@dataclass(frozen=True)
class Paper:
    """The site, and the service that stands behind it."""

    site: Site
    served: Served

    def page(
        self, path: str, widget: str, *, edition: Edition = ENGLISH, policy: str = "", **more: str
    ) -> str:
        """A page of the first story with this in it; its address."""
        return self.site.add(path, edition.page(self.site.url, 1, widget, **more), policy)

    def answer(self, edition: Edition = ENGLISH, **more: str) -> dict[str, Any]:
        """What the service answers beside the first story."""
        asked = {"url": edition.address(self.site.url, 1), "k": "5", **more}
        with self.served.client() as client:
            return dict(client.get("/v1/related", params=asked).json())

    def views(self) -> dict[str, list[int]]:
        """The positions that were clicked, by the id of every view in the store."""
        with closing(sqlite3.connect(f"file:{self.served.place.store}?mode=ro", uri=True)) as store:
            found = store.execute(
                "SELECT id, position FROM impressions LEFT JOIN impression_clicks ON impression_id = id"
            ).fetchall()
        views: dict[str, list[int]] = {}
        for view, position in found:
            views.setdefault(view, []).extend([] if position is None else [position])
        return {view: sorted(positions) for view, positions in views.items()}


@pytest.fixture(scope="package")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paper]:
    with open_site() as site:
        now = datetime.now(UTC)
        pages = [page for edition in EDITIONS for page in edition.stories(site.url, now)]
        place = fill(tmp_path_factory.mktemp("paper"), pages)
        place.allow_unrelated()
        with serving(place, "--origin", site.url) as served:
            site.service = served.url
            for edition in EDITIONS:
                for number in range(1, len(edition.headlines) + 1):
                    site.add(f"/{edition.language}/{number}", edition.page(site.url, number, ""))
            paper = Paper(site, served)
            paper.answer()  # the first may take longer than the widget waits: loops are compiled for it
            yield paper


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


Read = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def read(browser: Browser) -> Read:
    """Open a page as a reader does; `init` is run before its scripts."""

    @contextmanager
    def reading(
        url: str, *, init: str = "", width: int = 1280, height: int = 900, **more: Any
    ) -> Iterator[Visit]:
        agent = BROWSER["user-agent"]
        context = browser.new_context(viewport={"width": width, "height": height}, user_agent=agent, **more)
        page = context.new_page()
        visit = Visit(page)
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("console", lambda message: visit.complaints.append(message.text))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("dialog", lambda dialog: visit.complaints.append(f"dialog: {dialog.message}"))
        page.add_init_script(init or "0")
        try:
            page.goto(url)
            yield visit
        finally:
            context.close()

    return reading


def element(visit: Visit, state: str = "ready") -> Locator:
    """The widget of a page, when it has come to a state."""
    found = visit.page.locator(f"recsys-related[state={state}]")
    found.wait_for(state="attached", timeout=8_000)
    return found


def shifts(visit: Visit) -> float:
    """The sum of all layout shifts since the page was opened."""
    return float(visit.page.evaluate(SHIFTS))


def eventually(look: Callable[[], Any], expected: Any, *, within: float = 8.0) -> None:
    """Wait until it is as expected."""
    until = monotonic() + within
    while (found := look()) != expected and monotonic() < until:
        sleep(0.05)
    assert found == expected
