"""One decision on the encoding: the same bytes with the same claims are the same text on every path."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recsys.crawl.fetched_documents import read_article, source_of
from recsys.crawl.http_client import Answer
from recsys.documents import read
from recsys.documents.formats.feed import parse_feed
from recsys.documents.html.charset import decode_text
from recsys.documents.source import Source

from .archiving import SENTENCE, good, page_html, read_bytes
from .conftest import SEEN
from .test_warc import block_of, record

ADDRESS = "https://q.example/2026/cafe"
CYRILLIC, LATIN = "Мост снова открыт", "Zoë’s harbour café opens"

# What the server says, what the page declares, what the bytes are, the headline.
CASES: dict[str, tuple[str, str, str, str]] = {
    "the server alone": ("koi8-r", "", "koi8-r", CYRILLIC),
    "the page alone": ("", "windows-1251", "windows-1251", CYRILLIC),
    "neither": ("", "", "utf-8", CYRILLIC),
    "both, and the server is right": ("koi8-r", "windows-1251", "koi8-r", CYRILLIC),
    "a server's default over a page in UTF-8": ("iso-8859-1", "utf-8", "utf-8", LATIN),
    "a stale declaration of a page in UTF-8": ("utf-8", "iso-8859-1", "utf-8", LATIN),
    "a server that says UTF-8 of everything": ("utf-8", "shift_jis", "shift_jis", "橋の通行が再開された"),
    "an unknown label of the server": ("us-ascii-8", "", "utf-8", LATIN),
    "no encoding of text": ("punycode", "windows-1251", "windows-1251", CYRILLIC),
}


def content_type(charset: str) -> str:
    return f"text/html; charset={charset}" if charset else "text/html"


def crawled(data: bytes, charset: str) -> str | None:
    answer = Answer(ADDRESS, 200, {"content-type": content_type(charset)}, data)
    article = read_article(answer, source_of(answer, "q.example", SEEN)).article
    return article and article.headline


def archived(data: bytes, charset: str) -> str | None:
    block = block_of(data, kind=content_type(charset))
    (page,) = good(read_bytes(record(block, ADDRESS, "2026-01-15T09:30:00Z"), "a.warc"))
    return page.article and page.article.headline


def saved_by_a_browser(data: bytes, charset: str) -> str | None:
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="B"\r\n\r\n--B\r\n'
    part = f"Content-Type: {content_type(charset)}\r\nContent-Location: {ADDRESS}\r\n\r\n".encode()
    (page,) = good(read_bytes(head + part + data + b"\r\n--B--\r\n", "cafe.mhtml"))
    return page.article and page.article.headline


def posted(data: bytes, charset: str) -> str | None:
    article = read(data, name=ADDRESS, observed_at=SEEN, charset=charset or None).article
    return article and article.headline


def mailed(data: bytes, charset: str) -> str | None:
    head = f"From: a@q.example\r\nTo: b@q.example\r\nContent-Type: {content_type(charset)}\r\n\r\n".encode()
    (page,) = good(read_bytes(head + data, "cafe.eml"))
    return page.article and page.article.headline


PATHS: dict[str, tuple[str, Callable[[bytes, str], str | None]]] = {
    "crawled": ("HTML", crawled),
    "web archive": ("WARC", archived),
    "saved by a browser": ("saved page", saved_by_a_browser),
    "sent by mail": ("mail", mailed),
    "posted to the service": ("HTML", posted),
}
"""The ways on which a page comes with what the server said of it, each with its format."""
DECODED_ELSEWHERE = {
    "interchange records": "are in UTF-8, or have a byte order mark",
    "WordPress export": "declares its encoding",
    "feed": "tested below",
    "sitemap": "is decoded like a feed",
    "table": "is decoded like a text",
    "text capture": "tested below",
    "zip": "contains web archives and tables",
}
"""Formats that are on none of these ways, and why."""


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("case", CASES)
def test_a_headline_is_decoded_the_same_way_on_every_path(case: str, path: str) -> None:
    server, declared, encoding, headline = CASES[case]
    text = page_html(headline, charset=declared).replace(SENTENCE, f"{headline}. ")
    _, read_headline = PATHS[path]
    assert read_headline(text.encode(encoding), server) == headline


def test_a_feed_and_a_text_are_decoded_as_the_server_says() -> None:
    feed = f"<rss><channel><item><title>{CYRILLIC}</title><link>{ADDRESS}</link></item></channel></rss>"
    source = Source("feed", SEEN, charset="koi8-r")
    (entry,) = parse_feed(feed.encode("koi8-r"), source).entries
    assert entry.headline == CYRILLIC
    assert decode_text(CYRILLIC.encode("koi8-r"), source) == CYRILLIC
