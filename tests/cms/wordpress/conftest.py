"""A paper on WordPress with the plugin, the service beside it, and a browser, for all tests of this folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser import Visit, open_browser
from tests.cms.wordpress.database import Database, open_database
from tests.cms.wordpress.hosting import Site, serve_site
from tests.cms.wordpress.newsroom import Posted, post_newsroom
from tests.cms.wordpress.packages import need_wordpress
from tests.serve.hosting import BROWSER, Place, Served, serving
from tests.widget.town import picture

PICTURES = 11
DEFAULTS = {"k": 5, "patience": 1000}
"""Settings of the tests; a busy machine must not decide whether a list is made in time."""


@dataclass
class Herald:
    """The paper."""

    site: Site
    served: Served
    key: str
    posted: Posted = field(init=False)

    def set(self, **changed: object) -> None:
        """Settings as they are by default here, but for these."""
        wanted = {**DEFAULTS, "url": self.served.url, "key": self.key, **changed}
        pairs = ", ".join(f"'{name}' => {_php(value)}" for name, value in wanted.items())
        self.site.php(f"return update_option( 'recsys_related', array( {pairs} ) );")

    def link(self, row: int) -> str:
        return str(self.posted.posts[row]["link"])

    def page(self, url: str) -> str:
        """A page as a reader's browser gets it."""
        with self.site.client() as client:
            answer = client.get(url, headers=BROWSER)
        assert answer.status_code == 200, answer.text
        return answer.text

    def candidates(self, url: str, k: int = 20) -> list[str]:
        """Addresses that the service shows beside an article; none when it does not know it."""
        with self.served.client() as client:
            answer = client.get("/v1/related", params={"url": url, "k": k})
        return [item["url"] for item in answer.json()["items"]] if answer.status_code == 200 else []

    def forget_lists(self) -> None:
        """As if no page had been read yet, and the service had never failed."""
        self.site.database.run(
            "USE herald; DELETE FROM wp_options WHERE option_name LIKE '\\_transient%recsys%'"
            " OR option_name LIKE 'recsys\\_related\\_breaker%'"
        )

    def send_what_waits(self) -> None:
        """Let cron send what a busy machine did not take in time."""
        self.site.php("return update_option( 'testing_breaker_seconds', 1 );")
        until = monotonic() + 120
        while self.site.php("return Recsys_Related\\Stories::counts();")["waiting"] and monotonic() < until:
            self.site.database.run("USE herald; UPDATE wp_recsys_stories SET due = 0")
            self.site.cron()
        self.site.php("return delete_option( 'testing_breaker_seconds' );")
        self.forget_lists()

    def views(self) -> dict[str, list[int]]:
        """The positions that were clicked, by the id of every view in the service's store."""
        with closing(sqlite3.connect(f"file:{self.served.place.store}?mode=ro", uri=True)) as store:
            found = store.execute(
                "SELECT id, position FROM impressions LEFT JOIN impression_clicks ON impression_id = id"
            ).fetchall()
        views: dict[str, list[int]] = {}
        for view, position in found:
            views.setdefault(view, []).extend([] if position is None else [position])
        return views


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    need_wordpress()
    with open_database() as opened:
        yield opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def herald(
    database: Database, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Herald]:
    """The paper with all its stories published through REST while the plugin was active."""
    place = Place(tmp_path_factory.mktemp("service")).allow_unrelated()
    key = place.add_key("wordpress", "write")  # type: ignore[arg-type]
    folder = tmp_path_factory.mktemp("wordpress") / "site"
    with serve_site(folder, database) as site, serving(place) as served:
        paper = Herald(site, served, key)
        paper.set()
        pictures = upload_pictures(site, browser)
        paper.posted = post_newsroom(site, datetime.now(UTC), pictures)
        paper.send_what_waits()
        yield paper
        assert site.complaints() == ""
        assert "Traceback" not in served.said()


def upload_pictures(site: Site, browser: Browser) -> list[int]:
    """Drawn harbours in the media library; their ids."""
    page = browser.new_page(viewport={"width": 640, "height": 480})
    ids = []
    with site.client(editor=True) as client:
        for number in range(PICTURES):
            page.set_content(
                f"<style>body{{margin:0}}svg{{display:block;width:100vw}}</style>{picture(f'p{number}')}"
            )
            headers = {
                "content-disposition": f"attachment; filename=harbour-{number}.jpg",
                "content-type": "image/jpeg",
            }
            image = page.screenshot(type="jpeg", quality=80)
            answer = client.post("/wp-json/wp/v2/media", content=image, headers=headers)
            assert answer.status_code == 201, answer.text
            ids.append(int(answer.json()["id"]))
    page.close()
    return ids


@contextmanager
def reading(
    browser: Browser, url: str, *, width: int = 1280, height: int = 900, **more: Any
) -> Iterator[Visit]:
    """A page as a reader opens it, and what it complained of."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, user_agent=BROWSER["user-agent"], **more
    )
    try:
        yield visit_in(context, url)
    finally:
        context.close()


def visit_in(context: BrowserContext, url: str) -> Visit:
    """Open a page in a window of its own."""
    page = context.new_page()
    opened = Visit(page)
    page.on("request", lambda request: opened.requests.append(request.url))
    page.on("console", lambda message: opened.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("dialog", lambda dialog: opened.complaints.append(f"dialog: {dialog.message}"))
    page.goto(url)
    return opened


@contextmanager
def editing(
    browser: Browser, site: Site, *, width: int = 1280, height: int = 900
) -> Iterator[BrowserContext]:
    """A browser in which the editor is logged in."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, user_agent=BROWSER["user-agent"]
    )
    try:
        page = context.new_page()
        page.goto(f"{site.url}/wp-login.php")
        page.fill("#user_login", "editor")
        page.fill("#user_pass", "a test password")
        page.click("#wp-submit")
        page.wait_for_url("**/wp-admin/**")
        page.close()
        yield context
    finally:
        context.close()


def eventually(look: Any, *, within: float = 2.0) -> Any:
    """What it becomes, when that is something; how long it took is a test's own affair."""
    until = monotonic() + within
    while not (found := look()) and monotonic() < until:
        sleep(0.05)
    return found


def documents(config: pytest.Config) -> Path | None:
    """Where screenshots of the documents go, when they are wanted anew."""
    return config.rootpath / "docs" / "images" if config.getoption("--refresh-documents") else None


def _php(value: object) -> str:
    if isinstance(value, list):
        return f"array( {', '.join(map(_php, value))} )"
    return (
        str(value)
        if isinstance(value, int | float)
        else "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
    )
