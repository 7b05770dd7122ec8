"""The dashboard of a real process: what it shows, what it refuses, and how it renders in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser

from recsys.store import Store
from tests.browser import open_browser, visit
from tests.newsroom import SITE, address, newsroom, story
from tests.serve.serving import Served, serve

pytestmark = pytest.mark.slow

NASTY = "<script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"
QUERY = address(70)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("people")
    with Store.open(folder / "news.db") as store:
        store.add_all([*newsroom(), story("nasty", 220, NASTY, NASTY * 5, section=NASTY)])
    with serve(folder) as running:
        yield running


@pytest.fixture(scope="module")
def keys(served: Served) -> dict[str, str]:
    return {
        right: served.command("--store", "news.db", "keys", "add", right, "--right", right)
        for right in ("edit", "write")
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def ask(served: Served, url: str = "", **more: str) -> httpx.Response:
    return httpx.get(f"{served.url}/", params={"url": url, **more} if url else more, timeout=30)


def change(served: Served, key: str, **fields: str) -> httpx.Response:
    return httpx.post(f"{served.url}/overrides", data={"key": key, **fields}, timeout=30)


def previewed(page: httpx.Response) -> list[str]:
    """The addresses of the preview, in order."""
    found = re.search(r'<ol class="recommendations">(.*?)</ol>', page.text, re.DOTALL)
    return re.findall(r'<span class="story"><a href="([^"]+)"', found.group(1)) if found else []


def test_it_shows_counts_lists_and_the_newest_stories(served):
    page = ask(served)
    assert page.status_code == 200
    for text in (
        SITE,
        "Most read",
        "by readership",
        "chosen for one article",
        "pretrained",
        "潮見台: report",
    ):
        assert text in page.text
    assert re.search(r"stories</dt><dd>73<", page.text)
    assert page.text.index(address("nasty")) < page.text.index(address(71)) < page.text.index(address(70))


def test_a_preview_is_what_the_api_answers_with_reasons(served):
    page = ask(served, QUERY, dial="0.3")
    api = httpx.get(
        f"{served.url}/v1/related", params={"url": QUERY, "dial": 0.3, "explain": True}, timeout=30
    ).json()
    assert page.status_code == 200
    assert previewed(page) == [item["url"] for item in api["items"]] != []
    assert api["items"][0]["reasons"][0] in page.text
    assert "now 0.30; as trained: 0.50" in page.text


def test_an_unknown_article_is_reported_at_its_field(served):
    page = ask(served, "https://harbour.example/unheard-of")
    assert page.status_code == 404
    assert "No article with this address is known" in page.text
    assert 'value="https://harbour.example/unheard-of" aria-invalid="true"' in page.text


@pytest.mark.parametrize(
    ("url", "dial"),
    [("https://a.example/" + "x" * 2_000, "0.5"), ("javascript:alert(1)", "0.5"), ("urn:recsys:a b", "0"),
     (QUERY, "2"), (QUERY, "nan"), (QUERY, "half")],
)  # fmt: skip
def test_an_invalid_preview_is_refused_on_the_page(served, url, dial):
    page = ask(served, url, dial=dial)
    assert page.status_code == 422
    assert "No preview: " in page.text
    assert page.headers["content-type"].startswith("text/html")


def test_no_input_becomes_markup(served):
    typed = '"><script>alert(3)</script>'
    for page in (
        ask(served),
        ask(served, typed),
        ask(served, overrides=typed),
        ask(served, QUERY, dial=typed),
    ):
        assert "<script" not in page.text
        assert "<img" not in page.text
    refused = change(served, "rk_wrong", action=typed, url=typed, position=typed, until=typed)
    assert "<script" not in refused.text


def test_the_browser_may_do_little_with_it(served):
    page = ask(served, QUERY)
    sheet = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert page.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert " style=" not in page.text
    outward = re.findall(r'<a href="http[^>]*>', page.text)
    assert outward
    assert all('rel="noopener noreferrer"' in link for link in outward)


def test_overrides_require_a_key_with_the_right_to_edit(served, keys):
    order = {"action": "block", "url": address(64)}
    for key, status in (("", 401), ("rk_wrong", 401), (keys["write"], 403)):
        page = change(served, key, **order)
        assert page.status_code == status
        assert "Nothing was changed: " in page.text
        assert f'value="{address(64)}"' in page.text
        assert key == "" or key not in page.text
    assert "No stories are pinned or blocked" in ask(served).text


def test_a_story_is_pinned_blocked_and_released_for_every_list(served, keys):
    first = previewed(ask(served, QUERY))[0]
    try:
        pin = {"action": "pin", "url": address(3), "position": "2", "until": "2199-03-01T22:00"}
        for order in (pin, {"action": "block", "url": first}):
            done = change(served, keys["edit"], **order)
            assert (done.status_code, done.headers["location"]) == (303, "/")
        page = ask(served, QUERY)
        assert previewed(page)[1] == address(3)
        assert first not in previewed(page)
        assert "1 Mar 2199, 22:00 UTC" in page.text
        api = httpx.get(f"{served.url}/v1/related", params={"url": QUERY}, timeout=30).json()
        assert api["items"][1]["url"] == address(3)
    finally:
        for url in (address(3), first):
            assert change(served, keys["edit"], action="release", url=url).status_code == 303
    assert "No stories are pinned or blocked" in ask(served).text


@pytest.mark.parametrize(
    "fields",
    [{"action": "burn", "url": QUERY}, {"action": "pin", "url": "ftp://a.example/"}, {"action": "block"},
     {"action": "pin", "url": QUERY, "position": "0"}, {"action": "pin", "url": QUERY, "position": "²"},
     {"action": "pin", "url": QUERY, "until": "tomorrow"}],
)  # fmt: skip
def test_an_invalid_form_changes_nothing(served, keys, fields):
    page = change(served, keys["edit"], **fields)
    assert page.status_code == 422
    assert "Nothing was changed: " in page.text


def test_a_malformed_form_is_reported_on_the_page(served):
    page = httpx.post(f"{served.url}/overrides", content=b"\xff" * 40, timeout=30)
    assert page.status_code in {401, 422}
    assert page.headers["content-type"].startswith("text/html")


def test_it_is_not_in_the_openapi_document(served):
    paths = httpx.get(f"{served.url}/v1/openapi.json", timeout=30).json()["paths"]
    assert {"/", "/overrides"}.isdisjoint(paths)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_asks_for_nothing_and_axe_has_no_complaint(
    browser, served, keys, tmp_path: Path, width, scheme
):
    change(served, keys["edit"], action="pin", url=address(2), position="3")
    for path in ("/", f"/?url={quote(QUERY, safe='')}&dial=0.2", f"/?override={quote(QUERY, safe='')}"):
        with visit(browser, f"{served.url}{path}", width=width, scheme=scheme) as opened:
            opened.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
            opened.page.screenshot(path=tmp_path / "page.png", full_page=True)
            assert opened.overflow <= 0
            assert opened.violations() == ""
            assert opened.complaints == []
            assert opened.requests == [f"{served.url}{path}"]
    change(served, keys["edit"], action="release", url=address(2))


def test_the_forms_work_by_keyboard_without_script(browser, served, keys):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto(f"{served.url}/")
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to content"
        page.fill("#url", QUERY)
        page.keyboard.press("Enter")
        page.wait_for_selector("ol.recommendations li")
        page.fill("#override-url", address(1))
        page.fill("#override-key", keys["edit"])
        page.get_by_role("button", name="Block").click()
        page.wait_for_url(f"{served.url}/")
        page.fill("#release-key", keys["edit"])
        page.get_by_role("button", name="Remove").click()
        page.wait_for_selector("text=No stories are pinned")
        assert "No stories are pinned or blocked" in page.inner_text("main")
    finally:
        context.close()
