"""Feeds: each format gives the same stories, a bad entry costs only itself, and no bomb goes off."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.documents.formats.feed import Feed, parse_feed, read_feed
from recsys.documents.source import Source
from recsys.domain import Kind, Page
from recsys.errors import ReadError

from .conftest import SEEN

SOURCE = Source("news.xml", SEEN)

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>Quay Post – Harbour</title>
<atom:link href="https://quaypost.example/feed" rel="self" type="application/rss+xml"/>
<link>https://www.quaypost.example/</link>
<language>en-GB</language>
<item>
  <title>Bridge &amp; ferry reopen&nbsp;at dawn</title>
  <link>/2026/bridge-and-ferry?utm_source=rss</link>
  <guid isPermaLink="false">7001</guid>
  <pubDate>Thu, 15 Jan 2026 09:30:00 +0100</pubDate>
  <category><![CDATA[Harbour]]></category><category>Ferries</category>
  <description><![CDATA[<p>The bridge is open.</p>]]></description>
  <content:encoded><![CDATA[<p>The café’s bridge is <b>open</b>.</p>
    <script>x()</script><p>So is the ferry.</p>]]></content:encoded>
  <media:thumbnail url="https://img.quaypost.example/b.jpg"/>
</item>
<item>
  <title><![CDATA[A <em>second</em> story]]></title>
  <guid>https://www.quaypost.example/2026/second-story</guid>
  <dc:date>2026-01-15T07:00:00Z</dc:date>
</item>
</channel></rss>"""

RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://www.quaypost.example/"><title>Quay Post – Harbour</title>
<link>https://www.quaypost.example/</link><dc:language>en</dc:language></channel>
<item rdf:about="https://www.quaypost.example/2026/bridge-and-ferry">
<title>Bridge &amp; ferry reopen at dawn</title><link>https://www.quaypost.example/2026/bridge-and-ferry</link>
<dc:date>2026-01-15T08:30:00Z</dc:date><dc:subject>Harbour, Ferries</dc:subject></item>
<item><title>A second story</title><link>https://www.quaypost.example/2026/second-story</link>
<dc:date>2026-01-15T07:00:00Z</dc:date></item>
</rdf:RDF>"""

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title type="text">Quay Post – Harbour</title>
<link rel="self" href="https://www.quaypost.example/atom"/><link href="https://www.quaypost.example/"/>
<entry><title type="html">Bridge &amp;amp; ferry reopen at dawn</title>
<link rel="enclosure" type="image/jpeg" href="https://img.quaypost.example/b.jpg"/>
<link rel="alternate" href="/2026/bridge-and-ferry"/>
<published>2026-01-15T08:30:00Z</published><updated>2026-01-15T10:00:00Z</updated>
<category term="harbour" label="Harbour"/><category term="Ferries"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The café’s bridge is <b>open</b>.</p>
<p>So is the ferry.</p></div></content></entry>
<entry><title>A second story</title><id>https://www.quaypost.example/2026/second-story</id>
<updated>2026-01-15T07:00:00Z</updated></entry>
</feed>"""


def feed_of(text: str, encoding: str = "utf-8") -> Feed:
    return parse_feed(text.replace("{encoding}", encoding).encode(encoding), SOURCE)


def plain(headline: str | None) -> str | None:
    """With a plain space for the no-break space that is kept as printed."""
    return headline and headline.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("text", [RSS, RDF, ATOM], ids=["RSS 2.0", "RSS 1.0", "Atom"])
def test_every_format_gives_the_same_stories(text: str) -> None:
    feed = feed_of(text)
    assert (feed.title, feed.url, feed.language) == (
        "Quay Post – Harbour", "https://www.quaypost.example/", "en",
    )  # fmt: skip
    first, second = feed.entries
    assert first.url == "https://www.quaypost.example/2026/bridge-and-ferry"
    assert plain(first.headline) == "Bridge & ferry reopen at dawn"
    assert first.published_at == datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
    assert first.tags == ("Harbour", "Ferries")
    assert (second.url, second.headline) == (
        "https://www.quaypost.example/2026/second-story",
        "A second story",
    )
    assert second.published_at == datetime(2026, 1, 15, 7, tzinfo=UTC)
    if text is not RDF:
        assert first.text == "The café’s bridge is open.\nSo is the ferry."
    if text is RSS:
        assert (first.summary, first.image) == ("The bridge is open.", "https://img.quaypost.example/b.jpg")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_the_encoding_is_that_of_the_bytes_or_the_declared_one(encoding: str) -> None:
    assert "café’s" in str(feed_of(RSS, encoding).entries[0].text)


_RSS = RSS.replace("{encoding}", "utf-8").encode()


def test_stories_become_articles_and_a_list_of_the_newest() -> None:
    *articles, last = read_feed(iter([_RSS]), SOURCE)
    assert articles
    assert all(isinstance(page, Page) and page.article for page in articles)
    assert isinstance(last, Page)
    (shown,) = last.lists
    assert (shown.kind, shown.site, shown.observed_at) == (Kind.LATEST, "quaypost.example", SEEN)
    headlines = [plain(item.headline) for item in shown.items]
    assert headlines == ["Bridge & ferry reopen at dawn", "A second story"]


def test_a_bad_entry_is_named_by_its_line_and_the_good_ones_are_kept() -> None:
    broken = RSS.replace(
        "<guid>https://www.quaypost.example/2026/second-story</guid>", "<guid>no address</guid>"
    )
    feed = feed_of(broken.replace("</item>\n</channel></rss>", "</item>"))  # and it breaks off
    assert [plain(entry.headline) for entry in feed.entries] == ["Bridge & ferry reopen at dawn"]
    (problem,) = feed.problems
    assert str(problem) == "news.xml:20: entry 2: link: expected the address of a story, found 'no address'"
    (unnamed,) = feed_of(RSS.replace("<title><![CDATA[A <em>second</em> story]]></title>", "")).problems
    assert unnamed.field == "entry 2: title"


def test_entities_of_a_document_are_refused_and_nothing_is_fetched() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(ReadError, match="without entities of its own"):
            feed_of(RSS.replace("<rss ", bomb + "<rss ").replace("A <em>second", "&b;&f;"), encoding)


@pytest.mark.parametrize("text", ["", "<html><body><p>Hello</p></body></html>", "{}", "<rss", "<a/>", "\0"])
def test_what_is_no_feed_is_said(text: str) -> None:
    with pytest.raises(ReadError):
        list(read_feed(iter([text.encode()]), SOURCE))


@given(st.sampled_from([_RSS, ATOM.encode(), RDF.encode()]), st.data())
def test_a_damaged_feed_gives_pages_or_read_errors(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 40))
    damaged = whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + length :]
    with suppress(ReadError):
        for page in read_feed(iter([damaged]), SOURCE):
            str(page).encode()
