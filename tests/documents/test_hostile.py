"""Files made to be slow or large: each ends soon, in pages or in errors that say what was refused."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable

import pytest

from recsys.domain import Page
from recsys.errors import ReadError

from .archiving import page_html, read_bytes
from .samples import SAMPLES
from .test_warc import block_of, record, story
from .test_wxr import HEAD, TAIL, export, item

MB = 2**20
MAIL = b"From: a\r\nTo: b\r\n"
HERE, DAY = "https://q.example/a", "2026-01-02T09:30:00Z"
SECONDS = 5.0  # of a processor; each takes about one at the most


def many_members() -> bytes:
    return gzip.compress(story(1)) + gzip.compress(b"", mtime=0) * 50_000


def nested_mime(depth: int = 5_000) -> bytes:
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
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
    "records in each other": ("interchange records", lambda: b'{"a":' * 2 * MB),
    "lines of nothing": ("interchange records", lambda: b'{"type": "list"}\n' + b"\n" * 4 * MB),
    "bullets without end": ("text capture", lambda: b"MOST READ\n" + b"- \n" * 200_000),
    "comments before a root that never comes": ("feed", lambda: b"<!---->" * 9_000),
    "declarations before it": ("feed", lambda: b"<!DOCTYPE a []>" * 4_000 + b"<?x?>" * 4_000),
    "entities that double in an attribute": (
        "feed",
        lambda: b"<!DOCTYPE rss ["
        + b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (n + 1, n, n) for n in range(60))
        + b'<!ENTITY a0 "ha">]><rss version="&a60;"><channel><item><link>&a60;</link></item></channel></rss>',
    ),
    "a feed of elements in each other": ("feed", lambda: b"<rss><channel>" + b"<item>" * MB),
    "100,000 empty entries": ("feed", lambda: b"<rss><channel>" + b"<item/>" * 100_000),
    "100,000 addresses without a headline": ("sitemap", lambda: b"<urlset>" + b"<url/>" * 100_000),
    "toolbars that never end": (
        "HTML",
        lambda: b"<html><body>web.archive.org" + b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->" * 100_000,
    ),
    "shortcodes in each other": ("WordPress export", lambda: export(item(content="[caption " * 500_000))),
    "a post that never ends": (
        "WordPress export",
        (HEAD + "<item>" + ("<wp:comment>" + "x" * 500 + "</wp:comment>") * 60_000).encode,
    ),
    "a channel without posts": ("WordPress export", (HEAD + "<wp:term/>" * 100_000 + TAIL).encode),
    "a cell of digits": ("table", lambda: b"Page,Views\n\n" + b"1" * 99_000 + b"x,2\n"),
    "a quote in every row": ("table", lambda: b"Page,Views\n" + b'/2026/"a,1\n' * 100_000),
    "more rows than are looked at": ("table", lambda: b"Page,Views\n" + b"/2026/a,1\n" * 210_000),
    "nothing but separators": ("table", lambda: b"Page,Views\n" + b"," * 8 * MB),
    "parts in each other": ("saved page", nested_mime),
    "parts in each other, in a mail": ("mail", lambda: MAIL + nested_mime()),
    "headers without end": ("mail", lambda: b"From: a\r\n" + b"To: b\r\n" * MB),
    "lines in nested parts": ("mail", lambda: MAIL + nested_mime(200) + b"\r" * 15 * MB),
    "as many lines and parts as are read": ("mail", lambda: MAIL + nested_mime(18) + b"\r" * 490_000),
    "parts without end": ("mail", lambda: MAIL + nested_mime(1) + b"--a\n\n" * 2 * MB),
    "parameters without end": ("mail", lambda: MAIL + b"Content-Type: multipart/mixed; " + b"a=b; " * 3 * MB),
    "mails in each other": ("mail", lambda: MAIL + b"Content-Type: message/rfc822\n\n" * 100_000),
    "50,000 members of nothing": ("WARC", many_members),
    "fields without end": ("WARC", lambda: b"WARC/1.0\r\n" + b" x\r\n" * 4 * MB),
    "a line without end": ("WARC", lambda: b"WARC/1.0\r\n" + b"x" * 16 * MB),
    "beginnings of records": ("WARC", lambda: b"WARC/1.0\r\n" * 100_000),
    "chunks of one byte": (
        "WARC",
        lambda: record(
            block_of(b"1\r\nx\r\n" * MB, ("Transfer-Encoding", "chunked")), HERE, DAY
        ),
    ),
    "codings in a row": (
        "WARC",
        lambda: record(
            block_of(gzip.compress(b"x"), ("Content-Encoding", "gzip, " * 5_000)), HERE, DAY
        ),
    ),
    "a zip that grows": ("zip", doubled_zip),
}  # fmt: skip
"""By what is wrong with it: the format of the document, and how it is made."""


@pytest.mark.parametrize("how", HOSTILE)
def test_it_ends_soon(how: str) -> None:
    form, make = HOSTILE[how]
    data, began = make(), time.process_time()
    found = read_bytes(data, SAMPLES[form].name)
    assert time.process_time() - began < SECONDS
    assert all(isinstance(each, Page | ReadError) and len(str(each)) < 10 * MB for each in found)


def test_xml_of_another_kind_is_no_page() -> None:
    sitemap = '<?xml version="1.0"?><urlset><url><loc>https://q.example/a-story-of-today</loc></url></urlset>'
    (error,) = read_bytes(sitemap.encode(), "sitemap.xml")
    assert str(error) == (
        "sitemap.xml: expected a sitemap with headlines (recsys crawl reads the others), "
        "found addresses alone, 1 of them"
    )
    (error,) = read_bytes(b'<?xml version="1.0"?><opml/>', "list.xml")
    assert str(error) == (
        "list.xml: expected HTML, a feed, a sitemap or a WordPress export, found 'another kind of XML'"
    )
    xhtml = '<?xml version="1.0"?>' + page_html("Harbour bridge opens again")
    assert isinstance(read_bytes(xhtml.encode(), "a.xhtml")[0], Page)
