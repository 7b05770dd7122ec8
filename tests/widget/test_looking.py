"""How the widget looks: nothing moves, nothing is cut, everybody can use it, and a strict policy holds.

After an intended change: pytest tests/widget --refresh-documents, then look at docs/images/.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import Visit
from tests.widget.conftest import SCRIPT, Paper, Read, element, eventually, shifts
from tests.widget.town import ARABIC, EDITIONS, ENGLISH, JAPANESE, Edition

pytestmark = pytest.mark.slow

WIDGET = f'{SCRIPT}<recsys-related k="4"></recsys-related>'
SLOW = '<recsys-related service="/slow" {}></recsys-related>' + SCRIPT
FAR = '<div class="far"></div>'
STRICT = "default-src 'self'; require-trusted-types-for 'script'"
IMAGES = Path(__file__).parents[2] / "docs" / "images"
SHOTS = [*product((ENGLISH, JAPANESE), (390, 1280), ("light", "dark")), (ARABIC, 390, "light")]
IN_IT = "[...document.querySelector('recsys-related').shadowRoot.querySelectorAll('{}')]"
PICTURES = IN_IT.format("img") + ".every(e => e.naturalWidth)"
HEIGHT = "e => Math.round(e.getBoundingClientRect().height)"


@pytest.mark.parametrize(
    ("edition", "width", "scheme"),
    SHOTS,
    ids=lambda each: each.language if isinstance(each, Edition) else str(each),
)
def test_it_looks_as_the_documents_show_it(paper, read, pytestconfig, edition, width, scheme):
    address = paper.page(f"/{edition.language}/look", WIDGET, edition=edition, policy=STRICT)
    with read(address, width=width, height=400, color_scheme=scheme) as visit:
        element(visit)
        visit.page.set_viewport_size({"width": width, "height": 1300})
        eventually(lambda: visit.page.evaluate(PICTURES), expected=True)
        assert visit.overflow == 0
        assert visit.violations() == ""
        assert visit.complaints == []  # also of the policy
        if pytestconfig.getoption("--refresh-documents"):
            take(visit, IMAGES / f"widget-{edition.language}-{width}-{scheme}.png", width)


def take(visit: Visit, place: Path, width: int) -> None:
    """A picture of the widget and the paragraph above it."""
    IMAGES.mkdir(exist_ok=True)
    top = visit.page.locator("article p").last.bounding_box()["y"] - 16
    bottom = visit.page.locator("footer").bounding_box()["y"]
    visit.page.screenshot(path=place, clip={"x": 0, "y": top, "width": width, "height": bottom - top - 24})


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.language)
def test_nothing_is_cut_or_sideways_when_it_is_enlarged(paper: Paper, read: Read, edition: Edition):
    """A window of 1280 px shows 640 px at 200 %, and 320 px at 400 %; or the text alone is larger."""
    with read(paper.page(f"/{edition.language}/large", WIDGET, edition=edition)) as visit:
        element(visit)
        for width, text in ((1280, 100), (640, 100), (320, 100), (390, 200)):
            visit.page.set_viewport_size({"width": width, "height": 900})
            visit.page.evaluate(f"document.documentElement.style.fontSize = '{text}%'")
            visit.page.wait_for_timeout(50)
            assert (visit.overflow, cut(visit)) == (0, [])


def cut(visit: Visit) -> list[str]:
    """The headlines of which a part is not to be seen."""
    return list(
        visit.page.evaluate(
            IN_IT.format(".headline")
            + ".filter(e => e.scrollHeight > e.clientHeight + 1 && e.clientHeight).map(e => e.textContent)"
        )
    )


@pytest.mark.parametrize(
    ("given", "state", "seen"),
    [('k="6"', "ready", 6), ('section="en" k="9"', "ready", 6), ('section="none"', "empty", 0)],
    ids=["as many as expected", "fewer", "none"],
)
def test_nothing_moves_when_the_answer_comes_late(
    paper: Paper, read: Read, given: str, state: str, seen: int
):
    paper.site.gate.clear()
    address = paper.page("/en/late", FAR + SLOW.format(given))
    with read(address, width=390, height=1600 if "9" in given else 900) as visit:
        visit.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        held = element(visit, "loading").evaluate(HEIGHT)
        assert held > 500
        visit.page.wait_for_timeout(100)
        paper.site.gate.set()
        assert element(visit, state).evaluate(HEIGHT) == held
        assert visit.page.get_by_role("listitem").count() == seen
        assert shifts(visit) == 0
        assert visit.violations() == ""
        visit.page.evaluate("scrollTo(0, 0)")  # where nobody sees it, it takes the height that it needs
        visit.page.wait_for_function(f"document.querySelector('recsys-related').offsetHeight < {held}")
        assert (element(visit, state).evaluate(HEIGHT) == 0) is (seen == 0)
        assert shifts(visit) == 0


def test_nothing_moves_when_it_stands_in_the_first_window(paper: Paper, read: Read):
    paper.site.gate.clear()
    head = '<script src="/v1/widget.js"></script>'  # not async: it is known before it is painted
    page = f'<recsys-related service="/slow"></recsys-related><p>Below.</p>{FAR}'
    with read(paper.page("/en/first", page, head=head)) as visit:
        element(visit, "loading")
        visit.page.wait_for_timeout(200)
        paper.site.gate.set()
        element(visit)
        assert shifts(visit) == 0
        visit.page.set_viewport_size({"width": 300, "height": 900})  # as zooming does
        visit.page.wait_for_timeout(100)
        assert cut(visit) == []


def test_the_keyboard_goes_from_story_to_story_and_shows_where_it_is(paper: Paper, read: Read):
    stories = paper.answer(k="4")["items"]
    with read(paper.page("/en/keys", WIDGET)) as visit:
        element(visit)
        links = visit.page.get_by_role("listitem").get_by_role("link")
        ring = "e => getComputedStyle(e, '::after').outlineStyle"
        for link in links.all():
            visit.page.keyboard.press("Tab")
            expect(link).to_be_focused()
            assert link.evaluate(ring) == "solid"
        visit.page.keyboard.press("Shift+Tab")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(stories[2]["url"])


def test_a_page_can_give_it_its_own_look(paper: Paper, read: Read):
    style = """
      recsys-related {
        --recsys-thumbnail-width: 120px; --recsys-thumbnail-ratio: 3/2; --recsys-muted: rgb(1, 2, 3)
      }
      recsys-related::part(headline) { color: rgb(4, 5, 6) }"""
    with read(paper.page("/en/themed", WIDGET, head=f"<style>{style}</style>")) as visit:
        element(visit)
        item = visit.page.get_by_role("listitem").filter(has=visit.page.locator("img")).first
        box = item.locator("img").bounding_box()
        assert (box["width"], box["height"]) == (120, 80)
        expect(item.locator("time")).to_have_css("color", "rgb(1, 2, 3)")
        expect(item.locator("bdi")).to_have_css("color", "rgb(4, 5, 6)")
