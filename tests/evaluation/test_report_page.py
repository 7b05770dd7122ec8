"""The report in a browser: it fits, it reads, it asks for nothing, and it runs nothing that others wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import open_browser, visit
from tests.evaluation.conftest import Written, evaluated, recsys

pytestmark = pytest.mark.slow

MOST = 2_000_000  # bytes
UNFOLD = "document.querySelectorAll('details').forEach(each => { each.open = true })"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(params=["newsroom_report", "seeds_report"])
def report(request: pytest.FixtureRequest) -> Written:
    written: Written = request.getfixturevalue(request.param)
    return written


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_asks_for_nothing_and_axe_has_no_complaint(browser, report, width, scheme):
    with visit(browser, report.html, width=width, scheme=scheme) as opened:
        assert opened.overflow <= 0
        opened.page.evaluate(UNFOLD)
        assert opened.overflow <= 0
        assert opened.violations() == ""
        assert opened.requests == [report.html.as_uri()]
        assert opened.complaints == []


@pytest.mark.parametrize("width", [1024, 1280])
def test_no_table_of_methods_is_cut_off_on_a_desk(browser, newsroom_report, width):
    with visit(browser, newsroom_report.html, width=width) as opened:
        opened.page.evaluate(UNFOLD)
        cut = opened.page.evaluate(
            """[...document.querySelectorAll('.block .scroll')]
               .filter(each => each.scrollWidth > each.clientWidth + 1)
               .map(each => each.getAttribute('aria-label'))"""
        )
    assert cut == []


def test_dark_is_dark_and_light_is_light(browser, seeds_report):
    def paper(scheme) -> int:
        with visit(browser, seeds_report.html, scheme=scheme) as opened:
            colour = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
            return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))

    assert paper("dark") < 150 < 600 < paper("light")


def test_on_paper_everything_is_unfolded_and_fits(browser, newsroom_report):
    with visit(browser, newsroom_report.html, width=700, scheme="dark") as opened:
        opened.page.emulate_media(media="print")
        assert opened.overflow <= 0
        assert opened.page.locator(".example .sides").count() == 10
        sides = opened.page.locator(".example .sides").all()
        assert min(side.bounding_box()["height"] for side in sides) > 100
        paper = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(255, 255, 255)"
        assert opened.violations() == ""
        assert opened.page.pdf(format="A4").startswith(b"%PDF")


def test_it_is_small_and_every_drawing_has_a_title(browser, newsroom_report):
    assert newsroom_report.html.stat().st_size < MOST
    with visit(browser, newsroom_report.html) as opened:
        titles = opened.page.evaluate(
            "[...document.querySelectorAll('svg:not([aria-hidden])')]"
            ".map(svg => svg.querySelector('title')?.textContent)"
        )
    assert len(titles) >= 6
    assert all(titles)


def test_no_letter_of_a_drawing_is_cut_off(browser, newsroom_report):
    with visit(browser, newsroom_report.html, width=390) as opened:
        outside = opened.page.evaluate(
            """[...document.querySelectorAll('svg.chart text')].filter(text => {
                 const [a, all] = [text, text.closest('svg')].map(x => x.getBoundingClientRect());
                 return a.left < all.left - 1 || a.right > all.right + 1 || a.bottom > all.bottom + 1;
               }).map(text => text.textContent)"""
        )
    assert outside == []


def test_what_others_wrote_stays_text(browser, tmp_path):
    nasty = "<script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"
    article = {
        "type": "article", "site": "example.org", "url": "https://example.org/'onfocus='alert(3)",
        "headline": nasty, "body": nasty * 9, "published_at": None, "first_seen_at": "2025-03-01T08:00:00Z",
        "section": nasty, "tags": [nasty], "language": None,
    }  # fmt: skip
    listed = {
        "type": "list", "site": "example.org", "kind": "popular", "title": nasty, "scope": nasty,
        "observed_at": "2025-03-02T08:00:00Z", "page_url": None,
        "items": [{"position": 1, "headline": nasty, "url": None},
                  {"position": 2, "headline": f"{nasty} again", "url": "urn:javascript:alert(3)"}],
    }  # fmt: skip
    (tmp_path / "all.jsonl").write_text(f"{json.dumps(article)}\n{json.dumps(listed)}\n", encoding="utf-8")
    assert recsys("ingest", tmp_path / "all.jsonl", "--store", tmp_path / "news.db")[0] == 0
    written = evaluated(tmp_path / "news.db", "2025-03-01", "2025-03-03")
    with visit(browser, written.html) as opened:
        opened.page.evaluate(UNFOLD)
        assert opened.page.locator("script, img").count() == 0
        addresses = opened.page.evaluate("[...document.links].map(link => link.protocol)")
        assert set(addresses) <= {"file:", "http:", "https:"}
        assert nasty in opened.page.inner_text("main")
        assert opened.requests == [written.html.as_uri()]
        assert opened.complaints == []
    said = Path(written.markdown).read_text(encoding="utf-8")
    assert "<script" not in said
    assert "](<javascript" not in said
