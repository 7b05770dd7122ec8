"""Files made to be slow or large: each ends soon, in pages or in errors that say what was refused."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.domain import Page
from recsys.errors import ReadError

from .archiving import page_html, read_bytes
from .test_eml import NEWSLETTER
from .test_saved import mhtml
from .test_warc import block_of, record, story
from .test_wxr import HEAD, TAIL, export, item

MB = 2**20
HERE, DAY = "https://q.example/a", "2026-01-02T09:30:00Z"
SECONDS = 5.0  # of a processor; each takes about one at the most


def many_members() -> bytes:
    return gzip.compress(story(1)) + gzip.compress(b"", mtime=0) * 50_000


def nested_mime() -> bytes:
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(5_000))
    return (
        f'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="a"\r\n\r\n--a\r\n{parts}'.encode()
    )


def doubled_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(200):
            packed.writestr(f"archive/{number}.warc", b"\0" * MB)
    return made.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "comments before a root that never comes": ("a.xml", lambda: b"<!---->" * 9_000),
    "declarations before it": ("a.xml", lambda: b"<!DOCTYPE a []>" * 4_000 + b"<?x?>" * 4_000),
    "entities that double in an attribute": (
        "a.xml",
        lambda: b"<!DOCTYPE rss ["
        + b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (n + 1, n, n) for n in range(60))
        + b'<!ENTITY a0 "ha">]><rss version="&a60;"><channel><item><link>&a60;</link></item></channel></rss>',
    ),
    "a feed of elements in each other": ("a.xml", lambda: b"<rss><channel>" + b"<item>" * MB),
    "100,000 empty entries": ("a.xml", lambda: b"<rss><channel>" + b"<item/>" * 100_000),
    "toolbars that never end": (
        "a.html",
        lambda: b"<html><body>web.archive.org" + b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->" * 100_000,
    ),
    "shortcodes in each other": ("a.xml", lambda: export(item(content="[caption " * 500_000))),
    "a post that never ends": (
        "a.xml",
        (HEAD + "<item>" + ("<wp:comment>" + "x" * 500 + "</wp:comment>") * 60_000).encode,
    ),
    "a channel without posts": ("a.xml", (HEAD + "<wp:term/>" * 100_000 + TAIL).encode),
    "a cell of digits": ("a.csv", lambda: b"Page,Views\n\n" + b"1" * 99_000 + b"x,2\n"),
    "a quote in every row": ("a.csv", lambda: b"Page,Views\n" + b'/2026/"a,1\n' * 100_000),
    "more rows than are looked at": ("a.csv", lambda: b"Page,Views\n" + b"/2026/a,1\n" * 210_000),
    "nothing but separators": ("a.csv", lambda: b"Page,Views\n" + b"," * 8 * MB),
    "parts in each other": ("a.mht", nested_mime),
    "parts in each other, in a mail": ("a.eml", lambda: b"From: a\r\nTo: b\r\n" + nested_mime()),
    "headers without end": ("a.eml", lambda: b"From: a\r\n" + b"To: b\r\n" * MB),
    "50,000 members of nothing": ("a.warc.gz", many_members),
    "fields without end": ("a.warc", lambda: b"WARC/1.0\r\n" + b" x\r\n" * 4 * MB),
    "a line without end": ("a.warc", lambda: b"WARC/1.0\r\n" + b"x" * 16 * MB),
    "beginnings of records": ("a.warc", lambda: b"WARC/1.0\r\n" * 100_000),
    "chunks of one byte": (
        "a.warc",
        lambda: record(
            block_of(b"1\r\nx\r\n" * MB, ("Transfer-Encoding", "chunked")), HERE, DAY
        ),
    ),
    "codings in a row": (
        "a.warc",
        lambda: record(
            block_of(gzip.compress(b"x"), ("Content-Encoding", "gzip, " * 5_000)), HERE, DAY
        ),
    ),
    "a zip that grows": ("a.wacz", doubled_zip),
}  # fmt: skip


@pytest.mark.parametrize("how", HOSTILE)
def test_it_ends_soon(how: str) -> None:
    name, make = HOSTILE[how]
    data, began = make(), time.process_time()
    found = read_bytes(data, name)
    assert time.process_time() - began < SECONDS
    assert all(isinstance(each, Page | ReadError) and len(str(each)) < 10 * MB for each in found)


def test_xml_of_another_kind_is_no_page() -> None:
    sitemap = '<?xml version="1.0"?><urlset><url><loc>https://q.example/a-story-of-today</loc></url></urlset>'
    (error,) = read_bytes(sitemap.encode(), "sitemap.xml")
    assert str(error) == (
        "sitemap.xml: expected HTML, a feed or a WordPress export, found 'another kind of XML'"
    )
    xhtml = '<?xml version="1.0"?>' + page_html("Harbour bridge opens again")
    assert isinstance(read_bytes(xhtml.encode(), "a.xhtml")[0], Page)


_SAVED = mhtml(page_html("Harbour bridge opens again"))


@pytest.mark.parametrize("saved", [_SAVED, NEWSLETTER])
@given(data=st.data())
def test_noise_in_a_saved_page_gives_a_page_or_a_read_error(saved: bytes, data: st.DataObject) -> None:
    at, length = data.draw(st.integers(0, len(saved))), data.draw(st.integers(0, 60))
    noise = data.draw(st.binary(max_size=30) | st.just(b"\r\nContent-Transfer-Encoding: base64\r\n"))
    for found in read_bytes(saved[:at] + noise + saved[at + length :], "a.mht"):
        assert isinstance(found, Page | ReadError)
        str(found).encode()
