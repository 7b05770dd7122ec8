"""How a list looks and behaves in a browser: two themes, two languages, light and dark, wide and narrow."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.cms.wordpress.conftest import Herald, documents, reading
from tests.cms.wordpress.newsroom import create
from tests.widget.conftest import shifts
from tests.widget.town import JAPANESE

pytestmark = pytest.mark.cms

ROW = 185
WATCH = """window.refused = []
addEventListener('securitypolicyviolation', event => refused.push([event.effectiveDirective, event.blockedURI, event.sample].join(' ')))"""


@pytest.fixture(scope="module")
def japanese(herald: Herald) -> str:
    """The address of a post among others in Japanese."""
    with herald.site.client(editor=True) as client:
        text = "".join(f"<p>{html.escape(each)}</p>" for each in JAPANESE.text)
        pictures = [post["featured_media"] for post in herald.posted.posts if post["featured_media"]]
        links = [
            create(
                client,
                {
                    "title": title,
                    "content": text,
                    "status": "publish",
                    "slug": f"ja-{n}",
                    "featured_media": pictures[n],
                },
            )
            for n, title in enumerate(JAPANESE.headlines)
        ]
    herald.forget_lists()  # made when each came, and knew nothing of the next
    return f"{links[0]['link']}?in=ja"


@pytest.fixture
def classic(herald: Herald) -> Iterator[None]:
    """A theme without blocks, with the list in its sidebar as well."""
    herald.site.php(
        "switch_theme( 'herald' ); update_option( 'sidebars_widgets', array( 'side' => array( 'recsys_related-2' ), 'array_version' => 3 ) );"
        "update_option( 'widget_recsys_related', array( 2 => array( 'heading' => 'Beside it', 'k' => 3 ), '_multiwidget' => 1 ) ); return 1;"
    )
    yield
    herald.site.php("switch_theme( 'twentytwentythree' ); return 1;")


def look(page: Page, path: Path) -> None:
    """A picture of the list, with what is around it."""
    page.locator(".recsys-related").first.scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    page.screenshot(path=path)


@pytest.mark.parametrize("width", [390, 1280])
def test_after_a_post_of_a_block_theme(
    herald: Herald, browser: Browser, tmp_path: Path, pytestconfig, width: int
):
    with reading(browser, herald.link(ROW), width=width) as opened:
        look(opened.page, tmp_path / f"block-{width}.png")
        assert opened.page.locator("recsys-related li a").count() == 5
        assert opened.violations() == ""
        assert opened.complaints == []
        assert opened.overflow <= 0
        assert shifts(opened) == 0
        if (folder := documents(pytestconfig)) and width == 1280:
            opened.page.screenshot(path=folder / "wordpress-post.png")


@pytest.mark.usefixtures("classic")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_in_a_classic_theme(herald, browser, japanese, tmp_path, language, width, scheme):
    link = japanese if language == "ja" else herald.link(ROW)
    with reading(browser, link, width=width, color_scheme=scheme) as opened:
        look(opened.page, tmp_path / f"classic-{language}-{width}-{scheme}.png")
        headings = opened.page.locator(".recsys-heading").all_inner_texts()
        assert headings == [{"en": "Related stories", "ja": "関連記事"}[language], "Beside it"]
        assert [opened.page.locator(".recsys-related").nth(n).locator("li").count() for n in (0, 1)] == [5, 3]
        assert opened.violations() == ""
        assert opened.complaints == []
        assert opened.overflow <= 0
        assert shifts(opened) == 0


@pytest.mark.usefixtures("classic")
def test_cards_look_and_the_theme_may_have_it_all(herald: Herald, browser: Browser, tmp_path: Path):
    try:
        for name in ("cards", "plain"):
            herald.set(look=name)
            with reading(browser, herald.link(ROW)) as opened:
                look(opened.page, tmp_path / f"{name}.png")
                assert opened.page.locator(f".recsys-related.is-{name}").count() == 2
                assert any("related.css" in url for url in opened.requests) == (name == "cards")
                assert (opened.violations(), shifts(opened)) == ("", 0)
    finally:
        herald.set()


def refused(browser: Browser, url: str) -> list[str]:
    """What a page was not allowed to do."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(url)
        page.wait_for_timeout(300)
        return sorted(page.evaluate("refused"))
    finally:
        context.close()


@pytest.mark.usefixtures("classic")
def test_a_strict_policy_has_nothing_to_refuse(herald: Herald, browser: Browser):
    assert refused(browser, f"{herald.link(ROW)}?strict=1") == []


def test_in_a_block_theme_a_strict_policy_refuses_only_what_wordpress_itself_writes(
    herald: Herald, browser: Browser
):
    with_it, without = (refused(browser, f"{herald.link(ROW)}?strict=1{more}") for more in ("", "&plain=1"))
    assert without, "the theme writes styles into its pages"
    assert with_it == without


def test_the_keyboard_reaches_every_story_and_shows_where_it_is(herald: Herald, browser: Browser):
    with reading(browser, herald.link(ROW)) as opened:
        page = opened.page
        links = page.locator("recsys-related li a")
        links.first.focus()
        for n in range(4):
            assert links.nth(n).evaluate("each => each === document.activeElement")
            assert links.nth(n).evaluate("each => getComputedStyle(each, '::after').outlineStyle") == "solid"
            page.keyboard.press("Tab")
        address = links.nth(4).get_attribute("href")
        page.keyboard.press("Enter")
        page.wait_for_url(str(address))


@pytest.mark.usefixtures("classic")
def test_twice_as_large_nothing_is_cut(herald: Herald, browser: Browser, tmp_path: Path):
    with reading(browser, herald.link(ROW), width=640, device_scale_factor=2) as opened:
        opened.page.add_style_tag(content="html { font-size: 130% }")
        look(opened.page, tmp_path / "zoom.png")
        assert opened.overflow <= 0
        cut = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1).length"
        assert opened.page.locator(".recsys-related li").evaluate_all(cut) == 0


def test_without_script_it_is_a_list_of_links(herald: Herald, browser: Browser):
    with reading(browser, herald.link(ROW), java_script_enabled=False) as opened:
        assert opened.page.locator(".recsys-related li a[href^='http']").count() == 5
