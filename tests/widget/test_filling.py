"""Stories that only fill empty places stand below a heading of their own; ages are those of the stories."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.widget.conftest import SCRIPT, Paper, Read, element, shifts
from tests.widget.town import ENGLISH, JAPANESE, Edition

FAR = '<div class="far"></div>'


def ago(**age: float) -> str:
    return (datetime.now(UTC) - timedelta(**age)).isoformat()


def answer(fills: list[str | None], **more: object) -> bytes:
    """An answer with a story for each fill, none with a picture."""
    items = [
        {
            "rank": place,
            "url": f"https://paper.example/{place}",
            "headline": f"Story number {place}",
            "fill": fill,
        }
        | {"published_at": None, "first_seen_at": ago(hours=3.5), **more}
        for place, fill in enumerate(fills, 1)
    ]
    return json.dumps({"items": items, "model": "pretrained", "fallback": None, "token": None}).encode()


def page(paper: Paper, name: str, said: bytes, attributes: str = "", edition: Edition = ENGLISH) -> str:
    paper.site.answers[name] = said
    widget = f'{FAR}{SCRIPT}<recsys-related service="/{name}" {attributes}></recsys-related>'
    return paper.page(f"/filled/{name}", widget, edition=edition)


FILLED = {
    "popular": ([None, None, "popular", "popular"], "", ENGLISH, ["Related stories", "Popular now"]),
    "latest": ([None, "latest"], "", ENGLISH, ["Related stories", "Latest"]),
    "japanese": ([None, "popular"], "", JAPANESE, ["関連記事", "人気記事"]),
    "named": ([None, "latest"], 'heading="More" fill-heading="Fresh"', ENGLISH, ["More", "Fresh"]),
    "nothing": ([None, None], 'fill-heading="Fresh"', ENGLISH, ["Related stories"]),
    "only": (["popular", "popular"], 'heading="More"', ENGLISH, ["Popular now"]),
    "only-named": (["latest"], 'fill-heading="Fresh"', ENGLISH, ["Fresh"]),
}


@pytest.mark.parametrize("what", FILLED)
def test_what_fills_has_a_heading_of_its_own(paper: Paper, read: Read, what: str):
    fills, attributes, edition, headings = FILLED[what]
    with read(page(paper, what, answer(fills), attributes, edition)) as visit:
        visit.page.locator("recsys-related").evaluate("e => e.scrollIntoView()")
        element(visit)
        shown = visit.page.locator("recsys-related").get_by_role("heading")
        assert shown.all_inner_texts() == headings
        rows = visit.page.locator("recsys-related li:not(.filler)").all_inner_texts()
        assert [row.splitlines()[0] for row in rows if row not in headings] == [
            f"Story number {place}" for place in range(1, len(fills) + 1)
        ]
        if None in fills and headings[1:]:
            assert rows.index(headings[1]) == fills.count(None)
        assert visit.violations() == ""
        assert visit.complaints == []


def test_what_fills_moves_nothing_in_view(paper: Paper, read: Read):
    paper.site.answers["near"] = answer([None, None, None, "popular", "popular"])
    widget, head = (
        '<recsys-related service="/near"></recsys-related>',
        '<script src="/v1/widget.js"></script>',
    )
    with read(paper.page("/filled/near", widget, head=head), width=390, height=2400) as visit:
        element(visit)
        assert shifts(visit) == 0
        rows = visit.page.locator("recsys-related li:not(.filler)").all_inner_texts()
        assert [row.splitlines()[0] for row in rows][3:] == ["Popular now", "Story number 4"]


AGES = {
    "published": ({"published_at": ago(days=4.5), "first_seen_at": ago(minutes=2)}, "4 days ago"),
    "unknown": ({"published_at": None, "first_seen_at": ago(hours=7.5)}, "7 hours ago"),
}


@pytest.mark.parametrize("what", AGES)
def test_an_age_counts_from_publication_or_else_from_first_sight(paper: Paper, read: Read, what: str):
    times, expected = AGES[what]
    with read(page(paper, what, answer([None], **times))) as visit:
        visit.page.locator("recsys-related").evaluate("e => e.scrollIntoView()")
        element(visit)
        assert visit.page.locator("recsys-related time").all_inner_texts() == [expected]
