"""What readers see and click in Chromium: events in the service, pairs in training, sums on the dashboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser

from recsys.corpus import Corpus
from recsys.store import Store
from recsys.training.clicks import build_clicks, build_impression_log, impressions_with_clicks
from tests.cms.wordpress.conftest import Herald, eventually, reading
from tests.cms.wordpress.newsroom import create

pytestmark = pytest.mark.cms

ROW = 170


def sums(herald: Herald) -> dict[str, int]:
    """What was shown and clicked today, as WordPress counted it."""
    return dict(herald.site.php("return array_values( Recsys_Related\\Counts::by_day( 1 ) )[0];"))


def test_clicks_arrive_as_events_and_become_training_pairs(herald: Herald, browser: Browser):
    known, counted = set(herald.views()), sums(herald)
    with reading(browser, herald.link(ROW)) as opened:
        link = opened.page.locator("recsys-related li a").nth(2)
        address = link.get_attribute("href")
        link.scroll_into_view_if_needed()
        assert eventually(lambda: set(herald.views()) - known, within=8), "seen for a second"
        link.click()
        opened.page.wait_for_url(str(address))
        assert opened.complaints == []
    (view,) = set(herald.views()) - known
    assert eventually(lambda: herald.views()[view] == [3], within=4)
    assert eventually(lambda: sums(herald)["clicked"] == counted["clicked"] + 1)
    assert sums(herald)["shown"] == counted["shown"] + 1
    (top,) = herald.site.php("return Recsys_Related\\Counts::top( 'target_id', 1, 1 );")
    assert int(top["id"]) == next(post["id"] for post in herald.posted.posts if post["link"] == address)

    with Store.open(herald.served.place.store) as store:
        later = datetime.now(UTC) + timedelta(hours=2)
        corpus = Corpus.load(store, later)
        log = build_impression_log(corpus.at(later), store.impressions.read(before=later))
        numbers = impressions_with_clicks(log).tolist()
        pairs = [click for number in numbers for click in build_clicks(corpus, log, number)]
    assert len(pairs) >= 1


def test_a_click_on_a_pinned_story_is_counted_here_and_is_no_evidence_there(herald: Herald, browser: Browser):
    post, pin = herald.posted.posts[ROW + 1], herald.posted.posts[5]
    with herald.site.client(editor=True) as client:
        create(client, {"meta": {"_recsys_related_pins": [pin["id"]]}}, post["id"])
    known, counted = set(herald.views()), sums(herald)
    with reading(browser, post["link"]) as opened:
        opened.page.locator("recsys-related li a").first.click()
        opened.page.wait_for_url(pin["link"])
    assert eventually(lambda: sums(herald)["clicked"] == counted["clicked"] + 1)
    assert [herald.views()[view] for view in set(herald.views()) - known] in ([], [[]])


@pytest.mark.parametrize("how", ["bot", "privacy", "switched off"])
def test_who_is_not_to_be_counted_is_not(herald: Herald, browser: Browser, how: str):
    known, counted = set(herald.views()), sums(herald)
    if how == "switched off":
        herald.set(events="off")
    context = browser.new_context(
        user_agent="Mozilla/5.0 (compatible; examplebot/1.0)" if how == "bot" else "Mozilla/5.0"
    )
    try:
        page = context.new_page()
        if how == "privacy":
            page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
        page.goto(herald.link(ROW))
        page.locator(".recsys-related li a").first.click()
        page.wait_for_load_state()
        page.wait_for_timeout(300)
    finally:
        context.close()
        herald.set()
    assert (set(herald.views()) - known, sums(herald)) == (set(), counted)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b"{" * 400_000, 400), (b'{"events": []}', 400),
     (b'{"events": [{"kind": "shown", "token": "<b>", "view": "' + b"a" * 32 + b'"}]}', 400),
     (b'{"events": [{"kind": "shown", "token": "YQ.YQ", "view": "' + b"a" * 32 + b'"}]}', 200)],
)  # fmt: skip
def test_invented_reports_count_nothing(herald: Herald, body: bytes, status: int):
    known, counted = set(herald.views()), sums(herald)
    with herald.site.client() as client:
        answer = client.post("/wp-json/recsys/v1/events", content=body, headers={"user-agent": "Mozilla/5.0"})
    assert answer.status_code == status
    assert (set(herald.views()), sums(herald)) == (known, counted)
