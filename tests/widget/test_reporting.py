"""The widget's reports arrive in the store, except where nobody saw the list or tracking is declined."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from recsys.domain import to_microseconds
from recsys.serve.impression_tokens import LIFE, read_token, sign
from tests.widget.conftest import SCRIPT, Paper, Read, element, eventually

WIDGET = f"{SCRIPT}<recsys-related></recsys-related>"
FAR = '<div class="far"></div>'
SECOND = 1_300  # ms: a second, and what a busy machine needs
PASS_BY = """e => new Promise(done => {
  const leave = () => { scrollTo(0, 0); done() }
  new MutationObserver(() => setTimeout(leave, 300)).observe(e, {attributes: true})
  e.scrollIntoView() })"""
PRIVATE = {
    "do not track": "Object.defineProperty(navigator, 'doNotTrack', {get: () => '1'})",
    "global privacy control": "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})",
}


def new(paper: Paper, known: dict[str, list[int]]) -> list[list[int]]:
    """The clicks of the views that came since."""
    return [clicked for view, clicked in paper.views().items() if view not in known]


def test_what_was_seen_for_a_second_and_what_was_clicked_are_in_the_store(paper: Paper, read: Read):
    known, stories = paper.views(), paper.answer()["items"]
    with read(paper.page("/en/seen", WIDGET)) as visit:
        element(visit)
        eventually(lambda: new(paper, known), [[]])
        links = visit.page.get_by_role("listitem").get_by_role("link")
        with visit.page.context.expect_page():
            links.nth(2).click(button="middle")
        links.nth(1).click(button="right")
        links.nth(0).focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(stories[0]["url"])
        eventually(lambda: new(paper, known), [[1, 3]])
        visit.page.go_back()
        element(visit)
        visit.page.get_by_role("listitem").nth(3).click(position={"x": 40, "y": 40})  # its picture
        visit.page.wait_for_url(stories[3]["url"])
        eventually(lambda: sorted(each for view in new(paper, known) for each in view), [1, 3, 4])
        assert visit.complaints == []


def test_what_was_passed_by_quickly_was_not_shown(paper: Paper, read: Read):
    known = paper.views()
    with read(paper.page("/en/passed", FAR + WIDGET + FAR)) as visit:
        element(visit, "loading").evaluate(PASS_BY)
        element(visit)
        visit.page.wait_for_timeout(SECOND)
        assert new(paper, known) == []
        element(visit).evaluate("e => scrollTo(0, e.offsetTop - innerHeight + 130)")  # less than half of it
        visit.page.wait_for_timeout(SECOND)
        assert new(paper, known) == []
        element(visit).evaluate("e => e.scrollIntoView()")
        eventually(lambda: new(paper, known), [[]])


@pytest.mark.parametrize("wish", PRIVATE)
def test_who_asks_not_to_be_followed_is_shown_the_list_and_nothing_is_reported(
    paper: Paper, read: Read, wish: str
):
    known, stories = paper.views(), paper.answer()["items"]
    page = paper.page("/en/private", WIDGET + adopted(paper, paper.answer()["token"]))
    with read(page, init=PRIVATE[wish]) as visit:
        element(visit)
        visit.page.wait_for_timeout(SECOND)
        visit.page.get_by_role("listitem").get_by_role("link").first.click()
        visit.page.wait_for_url(stories[0]["url"])
        assert not any("/v1/events" in url for url in visit.requests)
    assert new(paper, known) == []


def adopted(paper: Paper, token: str) -> str:
    """The list as a CMS writes it; its second story was left out."""
    items = list(enumerate(paper.answer()["items"], 1))
    rows = "".join(
        f'<li data-position="{place}"><a href="{html.escape(item["url"])}"><span>'
        f"{html.escape(item['headline'])}</span></a> <time>1 hour ago</time></li>"
        for place, item in items
        if place != 2
    )
    return (
        f'<recsys-related token="{token}" events="/v1/events">'
        '<section class="recsys-related" aria-labelledby="more">'
        f'<h2 id="more">More</h2><ol>{rows}</ol></section></recsys-related>'
    )


def test_a_list_that_came_with_the_page_stays_as_it_is_and_is_reported(paper: Paper, read: Read):
    known, answer = paper.views(), paper.answer()
    head = '<script src="/v1/widget.js"></script>'  # runs before the list has come
    with read(paper.page("/en/adopted", adopted(paper, answer["token"]), head=head)) as visit:
        widget = visit.page.locator("recsys-related")
        assert widget.evaluate("e => [e.shadowRoot, e.attributes.length]") == [None, 2]
        assert visit.page.content().count("<li data-position") == len(answer["items"]) - 1
        eventually(lambda: new(paper, known), [[]])
        visit.page.get_by_role("link").nth(1).click()
        visit.page.wait_for_url(answer["items"][2]["url"])
        eventually(lambda: new(paper, known), [[3]])
        assert not any("/v1/related" in url for url in visit.requests)
        assert visit.complaints == []


def test_a_list_that_was_kept_too_long_or_has_no_token_of_ours_is_not_reported(paper: Paper, read: Read):
    token, secret = paper.answer()["token"], paper.served.place.keys.ring().secret
    now = to_microseconds(datetime.now(UTC))
    said = read_token(token, secret, now)
    old = sign(replace(said, issued_at=now - LIFE - 60_000_000), secret)
    known = paper.views()
    lists = "".join(adopted(paper, token) for token in (old, "", "a.b", "WzEsMl0.x"))
    with read(paper.page("/en/old", SCRIPT + lists)) as visit:
        visit.page.wait_for_timeout(SECOND)
        assert not any("/v1/events" in url for url in visit.requests)
        assert visit.complaints == []
    assert new(paper, known) == []


MOVE = "document.querySelector('header').append(document.querySelector('recsys-related'))"


@pytest.mark.parametrize("is_rendered", [False, True])
def test_moving_it_asks_and_reports_nothing_twice(paper: Paper, read: Read, is_rendered: bool):
    known, answer = paper.views(), paper.answer()
    widget = SCRIPT + adopted(paper, answer["token"]) if is_rendered else WIDGET
    with read(paper.page("/en/moving", widget)) as visit:
        eventually(lambda: new(paper, known), [[]])
        visit.page.evaluate(MOVE)
        visit.page.wait_for_timeout(SECOND)
        visit.page.evaluate(MOVE.replace("header", "main"))
        visit.page.wait_for_timeout(SECOND)
        assert new(paper, known) == [[]]
        assert len([url for url in visit.requests if "/v1/related" in url]) == (not is_rendered)
        assert len([url for url in visit.requests if "/v1/events" in url]) == 1
        visit.page.locator("recsys-related").get_by_role("link").first.click()
        eventually(lambda: new(paper, known), [[1]])
        assert visit.complaints == []


def test_a_list_moved_before_it_was_seen_is_reported_once(paper: Paper, read: Read):
    known = paper.views()
    with read(paper.page("/en/moved-early", FAR + WIDGET)) as visit:
        visit.page.evaluate(MOVE)
        element(visit)
        eventually(lambda: new(paper, known), [[]])
