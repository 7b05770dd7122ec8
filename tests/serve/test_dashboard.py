"""The dashboard of a real process: what it shows and refuses, and how it looks and works in a browser."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle
from recsys.serve.api_keys import KeyFile, Right
from recsys.store import Click, Impression, Store
from tests.browser import Axe, open_browser
from tests.newsroom import SITE, address, newsroom, story
from tests.serve.editing import Editor, signed_in
from tests.serve.serving import Served, serve

pytestmark = pytest.mark.slow

NASTY = "<script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"
QUERY = address(70)
PAGES = (
    "/",
    f"/?url={quote(QUERY, safe='')}&dial=0.2&q=report",
    f"/overrides?url={quote(QUERY, safe='')}&beside={quote(address(3), safe='')}",
    f"/overrides?url={quote(QUERY, safe='')}&choose=beside&q=report",
    "/sign-in",
    "/docs",
)
INNER_PAGES = ("/overrides", "/decisions", "/clicks", "/models")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("people")
    with Store.open(folder / "news.db") as store:
        store.add_all([*newsroom(), story("nasty", 220, NASTY, NASTY * 5, section=NASTY)])
        now = datetime.now(UTC)
        for number in range(40):
            items = tuple((address(each), f"Story {each}") for each in (1, 2, "nasty"))
            view, at = secrets.token_hex(16), now - timedelta(hours=6 * number + 1)
            click = [Click(view, 1 + number % 3, at)] if number % 4 == 0 else []
            store.impressions.record([Impression(view, SITE, QUERY, at, items), *click])
    for name in ("monday", "tuesday"):
        manifest = Manifest(
            name, "2025-06-01T00:00:00Z", "2025-06-09T00:00:00Z", {"related": 9}, {"nDCG@5": 0.5}
        )
        save_bundle(load_pretrained_weights(), manifest, folder / "models")
    (folder / "recsys.toml").write_text('zone = "Asia/Tokyo"\n', encoding="utf-8")
    with serve(folder) as running:
        yield running


@pytest.fixture(scope="module")
def key(served: Served) -> str:
    return KeyFile(served.folder / "recsys-keys.json").add("mika", [Right.EDIT, Right.OPERATE])


@pytest.fixture(scope="module")
def editor(served: Served, key: str) -> Iterator[Editor]:
    with httpx.Client(base_url=served.url, timeout=30) as client:
        yield signed_in(client, key)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def ask(served: Served, url: str = "", **more: str) -> httpx.Response:
    return httpx.get(f"{served.url}/", params={"url": url, **more} if url else more, timeout=30)


def previewed(page: httpx.Response) -> list[str]:
    """The addresses of the preview, in order."""
    found = re.search(r'<ol class="recommendations">(.*?)</ol>', page.text, re.DOTALL)
    return re.findall(r'<span class="story"><a href="([^"]+)"', found.group(1)) if found else []


def test_it_shows_counts_lists_and_the_newest_stories(served):
    page = ask(served)
    assert page.status_code == 200
    for text in (SITE, "Most read", "by readership", "chosen for one article", "tuesday", "潮見台: report"):
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


def test_no_input_becomes_markup(served, editor):
    typed = '"><script>alert(3)</script>'
    fields = dict.fromkeys(("action", "url", "beside", "position", "until"), typed)
    pages = [
        ask(served, typed),
        ask(served, q=typed),
        ask(served, QUERY, dial=typed),
        editor.decide(**fields),
    ]
    pages += [
        httpx.get(f"{served.url}/overrides", params={"url": typed, "beside": typed, "q": typed}, timeout=30)
    ]
    for page in pages:
        assert "<script>" not in page.text
        assert "<img" not in page.text


def test_a_story_is_pinned_blocked_and_released_for_every_list(served, editor):
    first = previewed(ask(served, QUERY))[0]
    try:
        pin = {"action": "pin", "url": address(3), "position": "2", "until": "2199-03-01T22:00"}
        for order in (pin, {"action": "block", "url": first}):
            done = editor.decide(**order)
            assert (done.status_code, done.headers["location"]) == (303, "/overrides")
        page = ask(served, QUERY)
        assert previewed(page)[1] == address(3)
        assert first not in previewed(page)
        shown = httpx.get(f"{served.url}/overrides", timeout=30).text
        assert "1 Mar 2199, 22:00" in shown
        assert "Asia/Tokyo" in shown
        api = httpx.get(f"{served.url}/v1/related", params={"url": QUERY}, timeout=30).json()
        assert api["items"][1]["url"] == address(3)
    finally:
        for url in (address(3), first):
            assert editor.decide(action="release", url=url).status_code == 303
    assert "No stories are pinned or blocked" in httpx.get(f"{served.url}/overrides", timeout=30).text


@pytest.mark.parametrize(
    "fields",
    [{"action": "burn", "url": QUERY}, {"action": "pin", "url": "ftp://a.example/"}, {"action": "block"},
     {"action": "pin", "url": QUERY, "position": "0"}, {"action": "pin", "url": QUERY, "position": "²"},
     {"action": "pin", "url": QUERY, "until": "tomorrow"},
     {"action": "block", "url": QUERY, "scope": "beside"},
     {"action": "block", "url": QUERY, "scope": "beside", "beside": QUERY}],
)  # fmt: skip
def test_an_invalid_form_changes_nothing(editor, fields):
    page = editor.decide(**fields)
    assert page.status_code == 422
    assert "Nothing was changed: " in page.text


@pytest.mark.parametrize("path", ["/overrides", "/decisions", "/models", "/sign-in", "/sign-out"])
def test_a_malformed_form_is_reported_on_the_page(served, path):
    page = httpx.post(f"{served.url}{path}", content=b"\xff" * 40, timeout=30)
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")


def test_it_is_not_in_the_openapi_document(served):
    paths = httpx.get(f"{served.url}/v1/openapi.json", timeout=30).json()["paths"]
    assert all(path.startswith("/v1/") or path in {"/healthz", "/readyz", "/metrics"} for path in paths)


def check_page(page: Page, url: str, requests: list[str], complaints: list[str], *, axe: bool = True) -> None:
    """A page fits its window, has no violation and no complaint, and loads only what is ours."""
    del requests[:]
    page.goto(url)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, url
    if axe:
        found = Axe().run(page)
        assert not found.violations_count, f"{url}: {found.generate_report()}"
    assert complaints == []
    origin = url[: url.index("/", 8)]
    assert requests == [url, f"{origin}/static/dashboard.css", f"{origin}/static/dashboard.js"]


@pytest.mark.parametrize(
    ("width", "scheme", "locale"), [(390, "dark", "ja-JP"), (1280, "light", "en-GB")]
)  # each value once: what axe looks at takes seconds a page
def test_every_page_fits_and_axe_has_no_complaint(
    browser, served, key, editor, width, scheme, locale, tmp_path: Path
):
    editor.decide(action="pin", url=address(2), position="3", scope="beside", beside=QUERY)
    editor.decide(action="block", url=address(5), until="2199-01-01T00:00")
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale
    )
    page = context.new_page()
    requests, complaints = list[str](), list[str]()
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        for path in PAGES:
            is_long = path == "/docs" and width < 1280  # axe takes ten seconds
            check_page(page, f"{served.url}{path}", requests, complaints, axe=not is_long)
        page.goto(f"{served.url}/sign-in?next=/clicks")
        page.fill("#key", key)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{served.url}/clicks")
        for path in INNER_PAGES:
            check_page(page, f"{served.url}{path}", requests, complaints)
        assert page.locator("html").get_attribute("lang") == locale[:2]
        page.screenshot(path=tmp_path / "page.png", full_page=True)
    finally:
        context.close()
        for url, beside in ((address(2), QUERY), (address(5), "")):
            editor.decide(action="release", url=url, beside=beside)


def stories_of(page: Page) -> list[str | None]:
    return [each.get_attribute("href") for each in page.locator("#answer ol .story a").all()]


def test_the_list_changes_while_the_dial_or_the_minimum_is_moved(browser, served):
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    try:
        page.goto(f"{served.url}/?url={quote(QUERY, safe='')}&dial=0")
        before, address_before = stories_of(page), page.url
        page.focus("#dial")
        with page.expect_response(lambda response: "dial=1" in response.url and response.ok):
            page.keyboard.press("End")
        page.wait_for_selector("#answer[aria-busy=false]")
        assert page.locator('output[for="dial"]').inner_text() == "1.00"
        assert stories_of(page) == previewed(ask(served, QUERY, dial="1")) != before
        page.focus("#dial")
        page.keyboard.press("Home")
        assert page.is_disabled("#minimum")
        page.check("#own")
        assert page.is_enabled("#minimum")
        page.focus("#minimum")
        with page.expect_response(lambda response: "minimum=6" in response.url and response.ok):
            page.keyboard.press("End")
        page.wait_for_selector("#answer[aria-busy=false]")
        assert len(stories_of(page)) < len(before)
        page.uncheck("#own")
        assert page.is_disabled("#minimum")
        assert page.url == address_before
        assert complaints == []
    finally:
        context.close()


def test_everything_works_by_keyboard_without_script(browser, served, key):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto(f"{served.url}/overrides")
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to content"
        page.fill("#q", "Anslow report")
        page.keyboard.press("Enter")
        page.locator(".actions a").first.press("Enter")
        page.get_by_role("link", name="Sign in to make changes").press("Enter")
        page.fill("#key", key)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{served.url}/overrides?url=*")
        page.goto(f"{served.url}/overrides?url={quote(address(1), safe='')}")
        page.get_by_role("button", name="Block", exact=True).press("Enter")
        page.wait_for_selector("text=Blocked: not shown")
        page.goto(f"{served.url}/decisions")
        page.get_by_role("button", name=re.compile("^Undo")).first.press("Enter")
        page.wait_for_selector("text=Undid the change")
        page.goto(f"{served.url}/overrides")
        assert "No stories are pinned or blocked" in page.inner_text("main")
        page.goto(f"{served.url}/?url={quote(QUERY, safe='')}")
        page.get_by_role("button", name="Show the list").press("Enter")
        page.wait_for_selector("ol.recommendations li")
        page.get_by_role("button", name="Sign out").press("Enter")
        page.wait_for_selector("text=Sign in")
        page.goto(f"{served.url}/models")
        assert page.url.endswith("/sign-in?next=%2Fmodels")
    finally:
        context.close()
