"""What a CMS keeps as HTML becomes text and links; and lists with pins and without what must not be shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recsys.integrations.answers import Answer, Headline
from recsys.integrations.html_fragments import list_links, read_fragment

PAGE = "https://www.harbour.example/news/storm"


def test_blocks_are_lines_and_what_is_not_read_is_left_out():
    html = """<h2>Storm</h2><p>It came at <b>night</b>.<br>Then it went.</p><ul><li>One<li>Two</ul>
    <script>alert(1)</script><style>p {}</style>the end"""
    assert read_fragment(html)[0] == "Storm\nIt came at night.\nThen it went.\nOne\nTwo\nthe end"
    assert read_fragment("plain & simple > text\n")[0] == "plain & simple > text"
    assert read_fragment("")[0] == ""


def test_links_to_stories_of_the_site_are_its_list():
    html = """<p>See <a href="/news/flood">the flood</a>, <a href="flood#more">again</a>, <a>nothing</a>,
    <a href="https://elsewhere.example/x">elsewhere</a>, <a href="/news/storm">this</a>,
    <a href="/tags/">tags</a>, <a href="javascript:alert(1)">x</a> and <a href="https://harbour.example/news/calm?utm_source=x">calm</a>.</p>"""
    found = list_links(read_fragment(html)[1], PAGE)
    assert [(each.position, each.url, each.headline) for each in found] == [
        (1, "https://www.harbour.example/news/flood", "the flood"),
        (2, "https://harbour.example/news/calm", "calm"),
    ]


@given(st.text())
def test_whatever_stands_there_is_read(html):
    text, links = read_fragment(f"<p>{html}")
    assert not any(char in text for char in "\0\r")
    list_links(links, PAGE)


def shown(*names: str) -> Answer:
    return Answer(tuple(Headline(f"https://a.example/{name}", name) for name in names), "token")


def labels(answer: Answer) -> str:
    return "".join(each.label for each in answer.headlines)


def test_what_is_left_out_leaves_the_rest_its_position_and_a_pin_ends_the_token():
    answer = shown(*"abcd")
    assert answer.without(frozenset({"https://a.example/x"})) is answer
    left = answer.without(frozenset({"https://a.example/b"}))
    assert [(each.label, each.position) for each in left.headlines] == [("a", 1), ("c", 3), ("d", 4)]
    assert left.token == "token"
    assert answer.pinned([], 3).token == "token"
    (pin,) = shown("z").headlines
    assert labels(answer.pinned([(2, pin)], 4)) == "azbc"
    assert answer.pinned([(2, pin)], 4).token is None
    assert labels(answer.pinned([(1, answer.headlines[3]), (9, pin)], 5)) == "dabcz"
