"""Laws: reading raises nothing but its own error, and what is written reads back equal."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.documents import article_record, format_record, list_record, read
from recsys.domain import Article, Kind, ListItem, Page, RankedList
from recsys.errors import ReadError
from recsys.text import one_line, without_controls

from .conftest import FIXTURES, SEEN
from .test_lists import MARKUP, TABS, page_with

_SEED = (FIXTURES.parents[2] / "seeds" / "000_3525abcd086fa521.txt").read_bytes()
_HTML = (FIXTURES / "harbour.html").read_bytes()
RECORD = format_record(
    list_record(
        RankedList("q", Kind.POPULAR, SEEN, (ListItem(1, "A"), ListItem(2, "B", "https://q.example/b")))
    )
).encode()
CAPTURE = (FIXTURES / "capture_ja.txt").read_bytes()
DOCUMENTS = (
    _SEED,
    _HTML,
    page_with(*MARKUP.values(), *TABS.values()).encode(),
    RECORD,
    gzip.compress(RECORD * 3, mtime=0),
    CAPTURE,
)

_zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_times = st.datetimes(datetime(1901, 1, 1), datetime(2199, 12, 30), timezones=_zones)  # noqa: DTZ001
_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
_lines = _words.map(one_line)  # as every reader leaves them
_texts = _lines.filter(bool)
_bodies = _words.map(without_controls).filter(lambda text: bool(text.strip()))
_names = st.from_regex(r"[a-zé一-三0-9./?=-]{1,30}", fullmatch=True)
_urls = _names.map(lambda name: f"https://q.example/{name}")
_items = st.lists(
    st.tuples(st.integers(1, 50), _texts, st.none() | _urls, st.integers(0, 9)),
    min_size=1,
    max_size=6,
    unique_by=lambda item: item[0],
).map(lambda found: tuple(ListItem(*fields) for fields in sorted(found, key=lambda item: item[0])))
_lists = st.builds(
    RankedList,
    _names,
    st.sampled_from(Kind),
    _times,
    _items,
    st.none() | _lines,
    st.none() | _lines,
    st.none() | _urls,
)
_articles = st.builds(
    Article, _names, _urls, _times, _texts, st.none() | _bodies, st.none() | _times,
    st.none() | _lines, st.lists(_lines, max_size=3).map(tuple), st.none() | _lines,
)  # fmt: skip


def read_or_refuse(data: bytes) -> Page | None:
    try:
        page = read(data, name="any", observed_at=SEEN)
    except ReadError as error:
        str(error).encode()
        return None
    for record in (*([article_record(page.article)] if page.article else []), *map(list_record, page.lists)):
        format_record(record).encode()
    return page


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_page_or_a_read_error(data: bytes) -> None:
    read_or_refuse(data)


@given(
    st.sampled_from(
        [b"<html>", b'{"type": "list", ', b"\x1f\x8b\x08\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"MOST READ\n- "]
    ),
    st.binary(),
)
def test_any_bytes_after_a_telling_start_are_a_page_or_a_read_error(start: bytes, data: bytes) -> None:
    read_or_refuse(start + data)


@settings(deadline=None)
@given(st.sampled_from(DOCUMENTS), st.data())
def test_a_damaged_document_is_a_page_or_a_read_error(document: bytes, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(begin, min(len(document), begin + data.draw(st.sampled_from([1, 20, 2000])))))
    patch = data.draw(
        st.binary(max_size=20)
        | st.sampled_from([b"<", b'"', b"\n", b"-\n", b"\\ud800", b"&#55296;", b"&#0;"])
    )
    read_or_refuse(document[:begin] + patch + document[end:])


_leaves = st.sampled_from(
    ["Most read", "関連記事", "The ferry keeps its winter timetable", "", "3", " ", "&#0;", "</div></ul>"]
)
_targets = st.sampled_from(
    ["/news/a-story-of-the-day-1", "/a/b", "#x", "javascript:x()", "http://[", "//y", ""]
)
_attributes = st.sampled_from(
    ["", "id=x", "hidden", "aria-controls=x", "aria-labelledby=x", "aria-label='Most read'", "class=title"]
)
_links = st.builds("<a href='{}' {}>{}</a>".format, _targets, _attributes, _leaves)
_tags = st.sampled_from("div ul ol li h2 p table tr td th dl dt dd nav section article span button".split())
_trees = st.recursive(
    _leaves | _links,
    lambda inner: st.builds(
        lambda tag, attribute, parts: f"<{tag} {attribute}>{''.join(parts)}</{tag}>",
        _tags,
        _attributes,
        st.lists(inner, max_size=5),
    ),
    max_leaves=40,
)


@settings(deadline=None)
@given(_trees)
def test_any_tree_of_elements_is_a_page_or_a_read_error(tree: str) -> None:
    read_or_refuse(page_with(tree).encode())


@given(_articles)
def test_an_article_that_is_written_reads_back_equal(article: Article) -> None:
    assert read_or_refuse(format_record(article_record(article)).encode()) == Page(article)


@given(_lists)
def test_a_list_that_is_written_reads_back_equal(ranked: RankedList) -> None:
    assert read_or_refuse(format_record(list_record(ranked)).encode()) == Page(lists=(ranked,))
