"""The editor and the two pages of the plugin, as the people who use them do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.cms.wordpress.conftest import Herald, documents, editing, visit_in
from tests.cms.wordpress.newsroom import STORIES, create
from tests.cms.wordpress.test_publishing import shown

pytestmark = pytest.mark.cms

ROW = 192
NOISE = ("JQMIGRATE", "autocomplete attributes", "[DOM]")
"""What WordPress's own pages say."""
INSERT = "() => wp.data.dispatch('core/block-editor').insertBlocks(wp.blocks.createBlock('recsys/related'))"
SAVE = "() => wp.data.dispatch('core/editor').savePost()"
DONE = "() => !wp.data.select('core/editor').isSavingPost() && !wp.data.select('core/editor').isEditedPostDirty()"


@pytest.fixture(scope="module")
def editor(herald: Herald, browser: Browser) -> Iterator[BrowserContext]:
    with editing(browser, herald.site) as context:
        yield context


def complaints(found: list[str]) -> list[str]:
    """What is not WordPress's own noise."""
    return [each for each in found if not any(word in each for word in NOISE)]


def test_the_block_is_seen_in_the_editor_as_readers_will_see_it(herald, editor, tmp_path, pytestconfig):
    post = herald.posted.posts[ROW]
    opened = visit_in(editor, f"{herald.site.url}/wp-admin/post.php?post={post['id']}&action=edit")
    page = opened.page
    page.wait_for_selector(".editor-post-title, .edit-post-visual-editor__post-title-wrapper")
    page.evaluate(INSERT)
    page.wait_for_selector(".wp-block-recsys-related .recsys-headline")
    assert page.locator(".wp-block-recsys-related .recsys-headline").count() == 5
    page.get_by_label("Heading", exact=True).fill("More of this")
    page.wait_for_selector(".wp-block-recsys-related h2:has-text('More of this')")
    page.locator(".wp-block-recsys-related .recsys-related li").last.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "editor.png")
    if folder := documents(pytestconfig):
        page.screenshot(path=folder / "wordpress-editor.png")
    page.evaluate(SAVE)
    page.wait_for_function(DONE)
    assert complaints(opened.complaints) == []
    page.close()
    read = herald.page(post["link"])
    assert read.count('<section class="recsys-related') == 1, "the block stands for the list after the post"
    assert "More of this</h2>" in read


def test_a_draft_has_a_preview_too(herald: Herald, editor: BrowserContext):
    with herald.site.client(editor=True) as client:
        draft = create(client, {"title": herald.posted.posts[ROW]["title"]["rendered"], "status": "draft"})
        path = f"/wp-json/wp/v2/block-renderer/recsys/related?context=edit&post_id={draft['id']}"
        assert client.get(path).json()["rendered"].count("<li") == 5
    with herald.site.client() as client:
        assert client.get(path).status_code == 401


def test_stories_are_pinned_in_the_panel(herald: Herald, editor: BrowserContext, tmp_path: Path):
    post, pin = herald.posted.posts[ROW + 1], herald.posted.posts[7]
    opened = visit_in(editor, f"{herald.site.url}/wp-admin/post.php?post={post['id']}&action=edit")
    page = opened.page
    panel = page.get_by_role("button", name="Related headlines", exact=True)
    panel.click()
    search = page.get_by_label("Pin a story to the top of the list")
    search.fill(pin["title"]["rendered"][:18])
    page.get_by_role("option", name=pin["title"]["rendered"]).first.click()
    page.wait_for_selector(f".recsys-pins li:has-text('{pin['title']['rendered']}')")
    page.get_by_label("Never recommend this post").check()
    page.screenshot(path=tmp_path / "panel.png")
    page.evaluate(SAVE)
    page.wait_for_function(DONE)
    assert complaints(opened.complaints) == []
    page.close()
    assert shown(herald.page(post["link"]))[0] == pin["link"]
    assert post["link"] not in herald.candidates(herald.link(ROW), 100)


def test_the_settings_are_tested_saved_and_the_archive_is_sent(herald, editor, tmp_path, pytestconfig):
    herald.set(patience=40)
    opened = visit_in(editor, f"{herald.site.url}/wp-admin/admin.php?page=recsys-related-settings")
    page = opened.page
    assert herald.key not in page.content(), "a key is never shown again"
    for key, said in (
        ("rk_" + "x" * 40, "the key does not have the right to write"),
        (herald.key, f"Connected. The service knows {STORIES // 100}"),
    ):
        page.fill("#recsys-key", key)
        page.click("#recsys-test")
        page.wait_for_selector(f"#recsys-test-result:has-text('{said}')")
    page.click("#recsys-archive")
    page.wait_for_selector("#recsys-archive-bar:has-text('posts have been sent')")
    page.uncheck("#recsys-dial-learnt")
    page.locator("#recsys-dial").fill("0.25")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=tmp_path / "settings.png", full_page=True)
    if folder := documents(pytestconfig):
        page.screenshot(path=folder / "wordpress-settings.png", full_page=True)
    page.fill("#recsys-heading", "Read <b>on</b>")
    page.click("#submit")
    page.wait_for_selector("text=Settings saved.")
    assert complaints(opened.complaints) == []
    page.close()
    kept = herald.site.php("return Recsys_Related\\Settings::all();")
    assert (kept["dial"], kept["heading"], kept["key"], kept["sections"]) == (
        "0.25",
        "Read on",
        herald.key,
        [],
    )
    herald.set()


def test_the_dashboard_says_what_was_shown_and_clicked(herald, editor, tmp_path, pytestconfig):
    today, rows = datetime.now(UTC).date(), []
    for back in range(28):
        for place in range(8):
            page, target = (herald.posted.posts[n]["id"] for n in (100 + place, 110 + 7 * place % 11))
            seen = (
                90
                - 9 * place
                + 7 * (back * (place + 3) % 11)
                - (25 if (today - timedelta(back)).weekday() > 4 else 0)
            )
            rows += [
                (today - timedelta(back), page, 0, max(seen, 4), 0),
                (today - timedelta(back), page, target, 0, max(seen, 4) // (11 + place)),
            ]
    values = ", ".join(
        f"('{day}', {page}, {target}, {seen}, {clicked})" for day, page, target, seen, clicked in rows
    )
    herald.site.database.run(
        f"USE herald; DELETE FROM wp_recsys_counts; INSERT INTO wp_recsys_counts VALUES {values}"
    )
    opened = visit_in(editor, f"{herald.site.url}/wp-admin/admin.php?page=recsys-related")
    page = opened.page
    text = page.locator(".recsys-sums").inner_text()
    for number in (sum(row[3] for row in rows), sum(row[4] for row in rows)):
        assert f"{number:,}" in text
    assert page.locator(".recsys-days rect").count() == 56
    page.screenshot(path=tmp_path / "dashboard.png", full_page=True)
    if folder := documents(pytestconfig):
        page.screenshot(path=folder / "wordpress-dashboard.png", full_page=True)
    assert complaints(opened.complaints) == []
    herald.site.database.run("USE herald; DELETE FROM wp_recsys_counts")


@pytest.mark.parametrize("path", ["archive", "archive/step", "test"])
def test_only_who_may_change_settings_reaches_their_routes(herald: Herald, path: str):
    with herald.site.client() as client:
        assert client.post(f"/wp-json/recsys/v1/{path}", json={}).status_code == 401


def test_the_classic_editor_has_a_box_that_takes_no_stranger_s_form(herald: Herald):
    post, pin = (herald.posted.posts[n] for n in (20, 21))
    save = (
        f"wp_set_current_user( {{user}} ); $_POST = array( 'recsys_related_pins' => '{pin['link']}', 'recsys_related_exclude' => '1',"
        f" 'recsys_related_box' => {{nonce}} ); Recsys_Related\\Meta_Box::save( {post['id']} );"
        f" return array( Recsys_Related\\Post_Choices::pins( {post['id']} ), Recsys_Related\\Post_Choices::is_excluded( {post['id']} ) );"
    )
    good = "wp_create_nonce( 'recsys_related_box' )"
    assert herald.site.php(save.format(user=1, nonce="'guessed'")) == [[], False]
    assert herald.site.php(save.format(user=0, nonce=good)) == [[], False]
    assert herald.site.php(save.format(user=1, nonce=good)) == [[pin["id"]], True]
    herald.site.php(
        f"delete_post_meta( {post['id']}, '_recsys_related_pins' ); delete_post_meta( {post['id']}, '_recsys_related_exclude' ); return 1;"
    )
