"""One rule for the links in a text: a page that was read and a body that a CMS sent give the same list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recsys.documents.html.html_text import read_fragment
from recsys.documents.html.link_rules import MAX_INLINE_LINKS, inline_items
from recsys.domain import Kind

from .archiving import SENTENCE
from .conftest import ReadText

PAGE, SITE = "https://www.harbour.example/news/storm", "harbour.example"
STORY = "/2026/05/swing-bridge-opens-again-after-eleven-weeks"
BODY = f"""<p>{SENTENCE} See <a href="/news/flood">the flood &amp;
    its causes</a> and <a href="flood#more">the flood again</a>. {SENTENCE}</p>
    <p>{SENTENCE} There is <a href="{STORY}?utm_source=x">the <b>bridge</b></a>. {SENTENCE}</p>
    <p>{SENTENCE} A <a href="https://elsewhere.example{STORY}">paper elsewhere</a> wrote of
    <a href="/news/storm">this</a> storm, as did <a href="/tags/storms/">our tag</a>. {SENTENCE}</p>
    <p>{SENTENCE} It is news in <a href="/sport/football">a section</a> and on
    <a href="https://shop.harbour.example/umbrella-for-a-very-heavy-storm">our shop</a>. {SENTENCE}</p>
    <p>{SENTENCE} The <a href="https://harbour.example/1234567">ferry</a> did not sail. {SENTENCE}</p>"""
EXPECTED = [
    (1, "https://www.harbour.example/news/flood", "the flood & its causes"),
    (2, f"https://www.harbour.example{STORY}", "the bridge"),
    (3, "https://harbour.example/1234567", "ferry"),
]


def items_of(markup: str) -> list[tuple[int, str | None, str]]:
    items = inline_items(read_fragment(markup).links, PAGE, SITE)
    return [(item.position, item.url, item.headline) for item in items]


def test_a_cms_and_a_page_teach_the_same_links(read_page: ReadText) -> None:
    assert items_of(BODY) == EXPECTED
    page = read_page(
        f"<html><head><title>Storm at the pier</title><link rel='canonical' href='{PAGE}'></head>"
        f"<body><article><h1>Storm at the pier</h1>{BODY}</article></body></html>"
    )
    (inline,) = [ranked for ranked in page.lists if ranked.kind is Kind.INLINE]
    assert [(item.position, item.url, item.headline) for item in inline.items] == EXPECTED


def test_short_slugs_count_below_the_folder_of_the_article_alone() -> None:
    links = [("/news/flood", "a"), ("/sport/flood", "b"), ("/news/", "c"), ("/news/tags/", "d")]
    assert [item.headline for item in inline_items(links, PAGE, SITE)] == ["a"]
    assert inline_items([("/flood", "a")], "https://harbour.example/storm", SITE) == ()


def test_a_link_without_words_or_to_no_page_is_left_out() -> None:
    assert (
        items_of(
            f'<a href="{STORY}"> </a><a>x</a><a href="javascript:alert(1)">y</a><a href="http://[">z</a>'
        )
        == []
    )


def test_no_more_links_than_the_service_takes() -> None:
    links = [(f"/news/{number}", "a story") for number in range(MAX_INLINE_LINKS + 5)]
    assert len(inline_items(links, PAGE, SITE)) == MAX_INLINE_LINKS


def test_blocks_are_lines_and_scripts_are_left_out() -> None:
    html = """<h2>Storm</h2><p>It came at <b>night</b>.<br>Then it went.</p><ul><li>One<li>Two</ul>
    <script>alert(1)</script><style>p {}</style>the end"""
    assert read_fragment(html).text == "Storm\nIt came at night.\nThen it went.\nOne\nTwo\nthe end"
    assert read_fragment("plain & simple > text\n").text == "plain & simple > text"
    assert read_fragment("").text is None


@given(st.text())
def test_whatever_a_body_holds_it_is_read(html: str) -> None:
    body = read_fragment(f"<p>{html}")
    assert not any(char in (body.text or "") for char in "\0\r")
    inline_items(body.links, PAGE, SITE)
