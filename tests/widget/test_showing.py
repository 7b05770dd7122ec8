"""The widget in Chromium, with a real service: what it shows, what it asks for, what it leaves alone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import SCRIPT, Paper, Read, element
from tests.widget.town import ARABIC, EDITIONS, JAPANESE, Edition

WIDGET = f"{SCRIPT}<recsys-related></recsys-related>"
HEADINGS = {"en": "Related stories", "ja": "関連記事", "ar": "مواضيع ذات صلة"}
AGES = {"en": "3 hours ago", "ja": "3 時間前", "ar": "قبل 3 ساعات"}
SIX = WIDGET.replace("></", ' k="6"></')
BARE = "() => [localStorage.length, sessionStorage.length, document.cookie, document.body.children.length]"


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.language)
def test_it_shows_what_the_service_answers_in_the_language_of_the_page(
    paper: Paper, read: Read, edition: Edition
):
    address = paper.page(f"/{edition.language}/shown", SIX, edition=edition)
    stories = paper.answer(edition, k="6")["items"]
    with read(address, height=1400) as visit:
        element(visit)
        region = visit.page.get_by_role("region", name=HEADINGS[edition.language])
        assert region.get_by_role("heading", level=2).inner_text() == HEADINGS[edition.language]
        items = region.get_by_role("listitem")
        assert items.get_by_role("link").all_inner_texts() == [item["headline"] for item in stories] != []
        assert [link.get_attribute("href") for link in items.get_by_role("link").all()] == [
            item["url"] for item in stories
        ]
        times = items.locator("time")
        assert [time.get_attribute("datetime") for time in times.all()] == [
            item["published_at"] for item in stories
        ]
        assert AGES[edition.language] in times.all_inner_texts()
        pictures = items.locator("img")
        assert pictures.count() == sum(item["image"] is not None for item in stories) < len(stories)
        expect(pictures.last).to_have_js_property("naturalWidth", 160)  # it has come
        side = "right" if edition is ARABIC else "left"
        gap = "e => Math.abs(e.{0} - e.closest('li').{0})".replace("{0}", f"getBoundingClientRect().{side}")
        assert pictures.first.evaluate(gap) < 1
        assert visit.complaints == []
        assert visit.page.evaluate(BARE) == [0, 0, "", 3]
        assert visit.page.context.cookies() == []


def test_what_its_attributes_say_is_asked_for(paper: Paper, read: Read):
    page = paper.site.url + "/en/2"
    wishes = 'k="2" dial=".3" window="90d" section="News | Sport"'
    given = f'url="{page}#top" {wishes} heading="More" heading-level="3"'
    address = paper.page("/en/asked", f"{SCRIPT}<recsys-related {given}></recsys-related>")
    with read(address) as visit:
        element(visit, "empty")  # no story has such a section
        asked = next(url for url in visit.requests if "/v1/related" in url)
        assert parse_qs(urlsplit(asked).query) == {
            "url": [page], "k": ["2"], "dial": [".3"], "window": ["90d"], "section": ["News", "Sport"],
            "fallback": ["popular"],
        }  # fmt: skip
        visit.page.locator("recsys-related").evaluate("e => e.removeAttribute('section')")
        element(visit)
        assert visit.page.get_by_role("heading", level=3).inner_text() == "More"
        assert visit.page.get_by_role("listitem").count() == 2
        visit.page.locator("recsys-related").evaluate(
            "e => { e.setAttribute('heading', ''); e.setAttribute('k', '0') }"
        )
        region = visit.page.get_by_role("region", name="Related stories")
        expect(region.get_by_role("listitem")).to_have_count(5)
        assert region.get_by_role("heading").count() == 0
        assert visit.complaints == []


def test_nothing_is_asked_for_before_it_is_near(paper: Paper, read: Read):
    address = paper.page("/en/far", f'<div class="far"></div>{WIDGET}')
    with read(address) as visit:
        element(visit, "loading")
        visit.page.wait_for_timeout(300)
        assert not any("/v1/related" in url for url in visit.requests)
        visit.page.evaluate("scrollTo(0, 2000)")
        element(visit)


def test_beside_an_article_that_nobody_knows_it_shows_what_is_popular_where_that_is_wanted(
    paper: Paper, read: Read
):
    unknown = f'url="{paper.site.url}/unknown"'
    widget = "<recsys-related {}></recsys-related>"
    both = widget.format(unknown) + widget.format(f'{unknown} fallback="popular"')
    with read(paper.page("/ja/popular", SCRIPT + both, edition=JAPANESE)) as visit:
        element(visit)
        assert (
            visit.page.get_by_role("region").count()
            == visit.page.get_by_role("region", name="人気記事").count()
            == 1
        )
        element(visit, "empty")
        assert visit.complaints == []


def test_a_site_of_another_origin_that_is_listed_can_use_it(paper: Paper, read: Read):
    script = f'<script src="{paper.served.url}/v1/widget.js" type="module"></script>'
    known = paper.views()
    with read(paper.page("/en/elsewhere", f"{script}<recsys-related></recsys-related>")) as visit:
        element(visit)
        with visit.page.expect_response(lambda answer: "/v1/events" in answer.url) as reported:
            pass
        assert reported.value.request.method == "POST"  # and no preflight before it
        assert not any("/v1/" in url and url.startswith(paper.site.url) for url in visit.requests)
        assert visit.complaints == []
    assert len(paper.views()) == len(known) + 1


def test_a_page_made_by_script_can_add_move_and_remove_it(paper: Paper, read: Read):
    with read(paper.page("/en/moved", SCRIPT)) as visit:
        visit.page.evaluate("document.querySelector('main').append(document.createElement('recsys-related'))")
        element(visit)
        visit.page.evaluate(
            "document.querySelector('main').prepend(document.querySelector('recsys-related'))"
        )
        element(visit)
        visit.page.evaluate("document.querySelector('recsys-related').remove()")
        visit.page.wait_for_timeout(100)
        assert visit.complaints == []
