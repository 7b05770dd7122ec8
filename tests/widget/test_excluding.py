"""What the page links already is not shown again, and its places go to other stories."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.widget.conftest import SCRIPT, Paper, Read, element
from tests.widget.town import ENGLISH

BOX = '<aside class="post-RelatedArticles">{}</aside>'
HEADED = "<section><h2>Related stories</h2><ul>{}</ul></section>"
OTHER = '<div class="sidebar">{}</div>'


def link(paper: Paper, number: int, more: str = "") -> str:
    return f'<a href="/en/{number}{more}">{ENGLISH.headlines[number - 1]}</a> '


def excluded(paper: Paper, requests: list[str]) -> list[str]:
    (asked,) = [url for url in requests if "/v1/related" in url]
    paths = [urlsplit(url).path for url in parse_qs(urlsplit(asked).query).get("exclude", [])]
    return [path.removeprefix("/en/") for path in paths]


CASES = {
    "a box by its name, wherever it stands": ("", BOX, ["3", "5"]),
    "a box by its heading": ("", HEADED, ["3", "5"]),
    "no other box": ("", OTHER, []),
    "a box that holds the article": ("", '<div class="related"><h1>The page</h1>{}</div>', []),
    "none if the page wants that": ('exclude="none"', BOX, []),
    "what a selector says, and no box": (
        'exclude=".sidebar, .nothing"', OTHER + BOX.format("<a href='/en/4'>"), ["3", "5"]
    ),
    "addresses, and no box": ('exclude="/en/2 https://paper.example/en/6"', BOX, ["2", "6"]),
    "no selector": ('exclude="]["', BOX, []),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_what_is_excluded(paper: Paper, read: Read, what: str):
    attribute, box, expected = CASES[what]
    links = link(paper, 5) + link(paper, 3, "?utm_source=box#top") + link(paper, 3) + link(paper, 1)
    widget = f"{SCRIPT}<recsys-related {attribute}></recsys-related>{box.format(links)}"
    with read(paper.page("/en/boxed", widget)) as visit:
        element(visit)
        assert sorted(set(excluded(paper, visit.requests))) == expected
        shown = visit.page.get_by_role("region").last.get_by_role("link")
        if attribute == "" and expected:
            headlines = visit.page.locator("recsys-related a").all_inner_texts()
            assert len(headlines) == 5  # their places went to others
            assert not {ENGLISH.headlines[2], ENGLISH.headlines[4]} & set(headlines)
        assert shown.count() > 0
        assert visit.complaints == []


def test_an_address_with_tracking_parameters_excludes_the_story(paper: Paper):
    address = ENGLISH.address(paper.site.url, 3)
    answer = paper.answer(exclude=f"{address}?utm_source=box")
    assert address not in [item["url"] for item in answer["items"]]
    assert len(answer["items"]) == 5  # its place went to another
    assert answer["token"]


def test_at_most_twenty_addresses_in_one_order_are_sent(paper: Paper, read: Read):
    links = "".join(f'<a href="/en/{number}/of-a-box">A story</a>' for number in range(90, 60, -1))
    with read(
        paper.page("/en/many", f"{SCRIPT}<recsys-related></recsys-related>{BOX.format(links)}")
    ) as visit:
        element(visit)
        sent = excluded(paper, visit.requests)
        assert len(sent) == 20
        assert sent == sorted(sent)
        (asked,) = [url for url in visit.requests if "/v1/related" in url]
    with paper.served.client() as client:
        assert client.get("/v1/related?" + urlsplit(asked).query).json()["token"]


def test_its_own_list_is_no_box(paper: Paper, read: Read):
    inside = f'<div class="related"><recsys-related>{link(paper, 2)}</recsys-related>{link(paper, 4)}</div>'
    with read(paper.page("/en/inside", SCRIPT + inside)) as visit:
        element(visit)
        assert excluded(paper, visit.requests) == ["4"]
