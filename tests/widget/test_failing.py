"""A service that is dead, slow or mad: the page is as it would be without the widget."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.serve.hosting import free_port
from tests.widget.conftest import SCRIPT, Paper, Read, element, shifts
from tests.widget.site import Site, lying

NASTY = "<img src=x onerror=alert(1)><script>alert(2)</script>"
STORY = {"url": "https://paper.example/1", "headline": "Storm"}
EMPTY = {
    "garbage": b"\xff\xfe<html>garbage\0",
    "null": b"null",
    "number": b"7",
    "text-for-stories": b'{"items": "abcdef", "token": 3}',
    "deep": b"[" * 100_000,
    "long": lying(**STORY, section="x" * 500_000),
    "failing": lying(**STORY),  # with status 500
    "no-headline": lying(url="https://paper.example/1", headline=None),
    "blank": lying(url="https://paper.example/1", headline=" \n"),
    "number-for-a-headline": lying(url="https://paper.example/1", headline=7),
    "script-address": lying(url="javascript:alert(3)", headline="Storm"),
    "data-address": lying(url="data:text/html,<script>alert(4)</script>", headline="Storm"),
    "no-address": lying(url="urn:recsys:1", headline="Storm"),
    "none": json.dumps({"items": [None, 1, [], {}], "token": None}).encode(),
}
"""What comes to nothing."""
UNASKABLE = ("http://[bad", "file:///home/secret/page.html", "https://secret.example/" + "x" * 2_000)
"""Pages that no service knows; what a reader has on a disk is nobody's business."""
UNAVOIDABLE = ("net::ERR_CONNECTION_REFUSED", "500 (Internal Server Error)")
"""What Chromium itself writes of an answer that failed; a page cannot keep it from that."""


@pytest.fixture(autouse=True)
def gate(paper: Paper) -> Iterator[Site]:
    paper.site.answers |= EMPTY
    paper.site.gate.clear()
    yield paper.site
    paper.site.gate.set()


def text_of(paper: Paper, read: Read) -> str:
    """What stands on the page when there is no widget."""
    with read(paper.page("/en/without", "")) as visit:
        return visit.page.locator("body").inner_text()


def test_what_is_no_list_of_stories_comes_to_nothing(paper: Paper, read: Read):
    without = text_of(paper, read)
    widgets = "".join(f'<recsys-related k="1" service="/{name}"></recsys-related>' for name in EMPTY)
    dead = f'<recsys-related service="http://127.0.0.1:{free_port()}"></recsys-related>'
    given = ['service="http://[bad"', *(f'url="{url}"' for url in UNASKABLE)]
    wrong = "".join(f'<recsys-related k="1" {each}></recsys-related>' for each in given)
    far = '<div class="far"></div>' * 2
    with read(paper.page("/en/mad", far + widgets + dead + wrong + SCRIPT), height=4000) as visit:
        visit.page.evaluate("scrollTo(0, document.body.scrollHeight)")  # where they are seen
        count = len(EMPTY) + 1 + len(given)
        visit.page.wait_for_function(f"document.querySelectorAll('[state=empty]').length === {count}")
        visit.page.evaluate("scrollTo(0, 0)")
        visit.page.wait_for_function(
            "![...document.querySelectorAll('recsys-related')].some(e => e.offsetHeight)"
        )
        assert visit.page.locator("body").inner_text() == without
        assert shifts(visit) == 0
        assert [line for line in visit.complaints if not any(known in line for known in UNAVOIDABLE)] == []
        assert len(visit.complaints) == 2
        assert not any("secret" in url for url in visit.requests)
        assert not any("/v1/events" in url for url in visit.requests)


def test_a_service_that_never_answers_is_given_up(paper: Paper, read: Read):
    with read(
        paper.page("/en/hanging", f'<recsys-related service="/hanging"></recsys-related>{SCRIPT}')
    ) as visit:
        assert visit.page.evaluate("document.readyState") == "complete"  # it waits for nothing
        element(visit, "empty")
        assert visit.complaints == []


def test_a_script_that_does_not_come_leaves_an_empty_element(paper: Paper, read: Read):
    without = text_of(paper, read)
    dead = f'<script src="http://127.0.0.1:{free_port()}/v1/widget.js" async></script>'
    with read(paper.page("/en/dead", f"<recsys-related></recsys-related>{dead}")) as visit:
        assert visit.page.locator("body").inner_text() == without
        assert visit.page.locator("recsys-related").evaluate("e => e.offsetHeight") == 0
        assert len(visit.complaints) == 1


def test_a_headline_is_text_whatever_stands_in_it(paper: Paper, read: Read):
    page = paper.site.url + "/en/2"
    paper.site.answers["nasty"] = lying(
        url=page,
        headline=NASTY,
        image="javascript:alert(5)",
        published_at=NASTY,
        section=NASTY,
        reasons=[NASTY],
    )
    widget = f'<recsys-related service="/nasty" heading="{NASTY}"></recsys-related>{SCRIPT}'
    with read(paper.page("/en/nasty", widget)) as visit:
        element(visit)
        region = visit.page.get_by_role("region", name=NASTY)
        assert region.get_by_role("link").inner_text() == NASTY
        assert region.locator("script, img, time").count() == 0
        visit.page.wait_for_timeout(200)
        assert visit.complaints == []
