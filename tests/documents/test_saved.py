"""Saved pages: one file of a browser, and names that say when and where a page was captured."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from recsys.documents.formats.html_files import parse_name
from recsys.domain import Kind
from tests.browser import open_browser

from .archiving import GUESSED, errors, good, headlines, page_html, read_bytes
from .conftest import SEEN

MOST_READ = ("Baker wins the harbour race", "Ferry prices rise in the spring", "Storm closes the north pier")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.slow
def test_a_page_that_chromium_saved_is_read_with_its_address_and_time(tmp_path: Path) -> None:
    html = page_html("Zoë’s harbour café opens", list_of=MOST_READ, charset="utf-8")
    (tmp_path / "cafe.html").write_text(html.replace("<p>", '<img src="p.png"><p>', 1), encoding="utf-8")
    (tmp_path / "p.png").write_bytes(PIXEL)
    mimetypes.init()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/cafe.html"
        before = datetime.now(UTC) - timedelta(seconds=2)
        with open_browser() as browser:
            page = browser.new_page()
            page.goto(address)
            session = page.context.new_cdp_session(page)
            saved = str(session.send("Page.captureSnapshot", {"format": "mhtml"})["data"])
            page.close()
        server.shutdown()
    (found,) = good(read_bytes(saved.encode(), "cafe.mhtml", hints=GUESSED))
    assert found.article is not None
    assert (found.article.headline, found.article.url) == ("Zoë’s harbour café opens", address)
    assert before <= found.article.first_seen_at <= datetime.now(UTC) + timedelta(seconds=2)
    (ranked,) = [each for each in found.lists if each.kind is Kind.POPULAR]
    assert tuple(item.headline for item in ranked.items) == MOST_READ


def mhtml(body: str, *, kind: str = "text/html", date: str = "Thu, 15 Jan 2026 09:30:00 -0000") -> bytes:
    """A saved page as Internet Explorer wrote them, its address folded over two lines."""
    head = f"From: <Saved by Test>\r\nDate: {date}\r\nMIME-Version: 1.0\r\n"
    parts = f'Content-Type: multipart/related; boundary="--B"\r\n\r\n----B\r\nContent-Type: {kind};\r\n'
    place = "\tcharset=utf-8\r\nContent-Location: https://www.q.example/2026/\r\n\tstory\r\n\r\n"
    return f"{head}{parts}{place}{body}\r\n----B--\r\n".encode()


def test_the_header_of_a_saved_page_says_when_and_where() -> None:
    (page,) = good(read_bytes(mhtml(page_html("Harbour bridge opens")), "a.mht", hints=GUESSED))
    assert page.article is not None
    assert page.article.first_seen_at == datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    assert page.article.url.startswith("https://www.q.example/2026/")
    saved = mhtml(page_html("Harbour bridge opens"), date="yesterday")
    (undated,) = good(read_bytes(saved, "a.mht", hints=GUESSED))
    assert undated.article is not None
    assert undated.article.first_seen_at == SEEN


def test_a_saved_page_without_html_is_named_and_one_with_many_pictures_is_read() -> None:
    for data in (mhtml("plain", kind="text/plain"), mhtml("")):
        (error,) = errors(read_bytes(data, "a.mht"))
        assert str(error) == "a.mht: expected a saved page with a part of text/html, found none"
    pictures = b"------B\r\nContent-Type: image/png\r\n\r\n" + b"A" * 20 * 2**20
    data = mhtml(page_html("Harbour bridge opens")).replace(b"----B--", pictures)
    assert headlines(read_bytes(data, "a.mht")) == ["Harbour bridge opens"]


AT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "moment", "url"),
    [
        ("web.archive.org/web/20260115093000id_/https://q.example/a", AT, "https://q.example/a"),
        ("x/web.archive.org/web/20260115093000/http:/q.example/a.html", AT, "http://q.example/a.html"),
        ("web/20260115093000if_/https%3A/q.example/a%3Fid=7", AT, "https://q.example/a?id=7"),
        ("q.example/20260115093000/2026/story.html", AT, None),
        ("20250101000000/front-20260115093000.html", AT, None),
        ("front.20260115093000.warc.gz", AT, None),
        ("202601150930001.html", None, None),
        ("20261315093000.html", None, None),
        ("story-2026-01-15.html", None, None),
    ],
)
def test_a_name_says_when_a_page_was_captured(name: str, moment: datetime | None, url: str | None) -> None:
    found = parse_name(name)
    assert (found and found.captured_at, found and found.url) == (moment, url)


def test_what_the_internet_archive_put_around_a_page_is_taken_away() -> None:
    html = page_html("Harbour bridge opens", list_of=MOST_READ).replace(
        'href="/', 'href="https://web.archive.org/web/20260115093000/https://www.q.example/'
    )
    bar = (
        "<!-- BEGIN WAYBACK TOOLBAR INSERT --><h1>Wayback Machine</h1><ul><li>Most read</li></ul>"
        "<!-- END WAYBACK TOOLBAR INSERT -->"
    )
    whole = html.replace("<article>", f"{bar}<article>")
    (page,) = good(read_bytes(whole.encode(), "a.html", url="https://www.q.example/2026/bridge"))
    assert page.article is not None
    assert (page.article.headline, page.article.site) == ("Harbour bridge opens", "q.example")
    (ranked,) = [each for each in page.lists if each.kind is Kind.POPULAR]
    assert ranked.items[0].url == "https://www.q.example/2026/baker-wins-the-harbour-race"
