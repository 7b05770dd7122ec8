"""Feeds, sitemaps and robots.txt of strangers: the good is kept, the bad named, no bomb goes off."""

from __future__ import annotations

import gzip
import re
import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.crawl.discovery import read_announcement
from recsys.crawl.revisit_policy import next_reading, next_try, parse_retry_after
from recsys.crawl.robots import decode_rules, parse_rules
from recsys.documents.source import Source
from recsys.errors import ReadError

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOURCE = Source("https://example.org/map.xml", NOW)


def announced(data: bytes | str):
    content = data.encode() if isinstance(data, str) else data
    return read_announcement(content, SOURCE, base="https://example.org/map.xml")


def test_of_a_sitemap_only_recent_stories_count_and_a_bad_entry_costs_itself_alone():
    found = announced(
        """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>https://example.org/2026/03/02/a-new-story-of-today</loc><lastmod>2026-03-02</lastmod></url>
        <url><loc> /2026/03/01/relative-and-with-spaces </loc><lastmod>2026-03-01T10:00+09:00</lastmod></url>
        <url><loc>https://example.org/2020/01/01/an-old-story-of-old</loc><lastmod>2020-01-01</lastmod></url>
        <url><loc>https://example.org/2019/01/01/a-story-without-a-date</loc></url>
        <url><loc>https://example.org/sport/</loc><lastmod>2026-03-02</lastmod></url>
        <url><loc>mailto:a@example.org</loc></url>
        <url><lastmod>2026-03-02</lastmod></url>
        <url><loc>https://example.org/x</loc><news:news><news:title>A &amp; B</news:title>
        <news:publication_date>2026-03-02T09:00:00Z</news:publication_date></news:news></url></urlset>"""
    )
    assert [each.url for each in found.stories] == [
        "https://example.org/2026/03/02/a-new-story-of-today",
        "https://example.org/2026/03/01/relative-and-with-spaces",
        "https://example.org/x",
    ]
    assert found.stories[2].published_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert [str(each) for each in found.problems] == [
        "https://example.org/map.xml:8: entry 6: loc: expected a web address, found 'mailto:a@example.org'",
        "https://example.org/map.xml:9: entry 7: loc: expected a web address, found none",
    ]


def test_of_an_index_the_news_come_first_and_what_is_old_is_left_alone():
    entries = "".join(
        f"<sitemap><loc>https://example.org/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for name, day in (
            ("archive-2019", "2019-12-31"),
            ("pages", ""),
            ("month", "2026-03-01"),
            ("news", ""),
            *((f"part-{number}", "2026-02-28") for number in range(40)),
        )
    )
    found = announced(gzip.compress(f"<sitemapindex>{entries}</sitemapindex>".encode())).sitemaps
    assert found[:3] == tuple(f"https://example.org/{name}.xml" for name in ("news", "month", "part-0"))
    assert len(found) == 20


BOMB = "".join(
    f'<!ENTITY a{number} "{f"&a{number - 1};" * 10 if number else "boom"}">' for number in range(10)
)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (f"<!DOCTYPE rss [{BOMB}]><rss><channel>&a9;</channel></rss>", "XML without entities of its own"),
        (f"<!DOCTYPE urlset [{BOMB}]><urlset><url><loc>&a9;</loc></url></urlset>", "entities of its own"),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', "entities of its own"),
        ("<rss>" + "<a/>" * 300_000, "XML of at most 300,000 tags, found 300,001"),
        ("<urlset>" + "<url/>" * 1_100_000, "XML of at most 1,000,000 tags"),
        (gzip.compress(b"<rss>" + b" " * 20_000_000), "a document of at most 16,777,216 bytes"),
        (gzip.compress(b"<rss></rss>", mtime=0)[:-6], "whole gzip data"),
        (b"\x1f\x8b" + b"\0" * 100, "whole gzip data"),
        ("<html><body>Not found</body></html>", "expected a feed (RSS or Atom), found <html>"),
        ('{"version": "https://jsonfeed.org/version/1"}', "expected XML"),
        (b"\0\0\0\0", "expected text, found binary data"),
        ("", "expected XML"),
        ("<" * 1_000, ""),
        ("<rss>" + "<item>" * 100_000, ""),
        ("<urlset>" + "<url>" * 100_000, ""),
    ],
)
def test_what_is_no_feed_or_a_bomb_is_named_in_bounded_time_and_memory(data: bytes | str, says: str):
    tracemalloc.start()
    began = time.process_time()
    if says:
        with pytest.raises(ReadError, match=re.escape(says)) as caught:
            announced(data)
        assert str(caught.value).startswith("https://example.org/map.xml")
    else:
        with suppress(ReadError):
            assert announced(data).stories == ()
    assert time.process_time() - began < 10
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()


def test_a_feed_that_breaks_off_or_lies_about_its_charset_gives_what_can_be_read():
    item = "<item><title>Größe zählt: {n}</title><link>https://example.org/{n}</link></item>"
    whole = "<rss><channel>" + "".join(item.format(n=n) for n in range(5)) + "</channel></rss>"
    cut = whole[: whole.index("https://example.org/4") + 10]
    assert len(announced(cut).stories) in (4, 5)
    for declared, written in (("utf-8", "cp1252"), ("iso-8859-1", "utf-8"), ("nonsense-8", "utf-16")):
        data = (f'<?xml version="1.0" encoding="{declared}"?>' + whole).encode(written)
        assert [each.url for each in announced(data).stories] == [
            f"https://example.org/{n}" for n in range(5)
        ]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_an_announcement_or_one_error(data: bytes):
    for content in (data, b"<urlset>" + data, b"<rss><channel><item>" + data):
        try:
            found = announced(content)
        except ReadError:
            continue
        assert all(each.url.startswith("http") for each in found.stories)


def test_robots_rules_are_those_of_rfc_9309():
    rules = parse_rules(
        decode_rules(
            b"\xef\xbb\xbfUser-agent: other\nDisallow: /\n\n"
            b"User-agent: RECSYS\nuser-agent: more\nCrawl-delay: 7\n"
            b"Disallow: /private\nAllow: /private/open\nDisallow: /*.pdf$\nDisallow: /*?print\n"
            b"Sitemap: https://example.org/news.xml\n\nUser-agent: *\nDisallow: /everything\n"
        ),
        "recsys/0.1 (collects)",
    )
    base = "https://example.org"
    allowed = {
        path: rules.allow(base + path) for path in ("/", "/private/x", "/private/open", "/a.pdf", "/a.pdfx")
    }
    assert allowed == {
        "/": True,
        "/private/x": False,
        "/private/open": True,
        "/a.pdf": False,
        "/a.pdfx": True,
    }
    assert not rules.allow(base + "/story?print=1")
    assert rules.allow(base + "/everything")
    assert (rules.delay, rules.sitemaps) == (7.0, (f"{base}/news.xml",))
    assert parse_rules(None, "recsys").allow(base + "/private")
    long = b"User-agent: *\n" + b"Disallow: /a\n" * 100_000 + b"Disallow: /\n"
    assert parse_rules(decode_rules(long), "recsys").allow(base + "/b")
    began = time.process_time()
    mean = parse_rules("User-agent: *\nDisallow: /" + "*a" * 2_000 + "$\nCrawl-delay: 1e9", "recsys")
    assert mean.allow(base + "/" + "a" * 1_900)
    assert mean.delay == 60.0
    assert time.process_time() - began < 1


def test_pauses_grow_and_what_a_server_asks_for_is_kept_within_a_day():
    pauses = [next_try(NOW, failures, 0.5) - NOW for failures in (1, 2, 3, 100)]
    assert pauses == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8), timedelta(days=1)]
    assert next_try(NOW, 1, 0.0) - NOW == timedelta(minutes=1)
    assert parse_retry_after("120", NOW) == NOW + timedelta(minutes=2)
    assert parse_retry_after("Mon, 02 Mar 2026 12:30:00 GMT", NOW) == NOW + timedelta(minutes=30)
    assert parse_retry_after("Sun, 01 Mar 2026 12:30:00 GMT", NOW) == NOW
    assert parse_retry_after("9" * 30, NOW) == NOW + timedelta(days=1)
    assert parse_retry_after("soon", NOW) is parse_retry_after(None, NOW) is None
    assert next_reading(NOW, NOW + timedelta(days=1)) == NOW + timedelta(minutes=54)
    assert next_reading(NOW, NOW - timedelta(days=8)) is None
