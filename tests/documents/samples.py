"""A small document of each format that is read. A test of all formats takes them from here."""

from __future__ import annotations

from typing import NamedTuple

from recsys.documents.formats.warc import is_warc
from recsys.documents.formats.zip_archive import is_zip
from recsys.documents.registry import FORMATS, detect_format
from recsys.documents.streams import CHUNK

from .archiving import page_html
from .test_analytics import PLAUSIBLE_DAYS
from .test_eml import NEWSLETTER
from .test_feeds import RSS
from .test_laws import CAPTURE, RECORD
from .test_saved import MOST_READ, mhtml
from .test_warc import story, zipped
from .test_wxr import export, item

ARCHIVES = ("WARC", "zip")
REFUSED = ("other XML",)
READ_FORMATS = {each.name for each in FORMATS}.difference(REFUSED).union(ARCHIVES)


class Sample(NamedTuple):
    """A document, and a name of a file that it may have."""

    name: str
    data: bytes


_HTML = page_html("Harbour bridge opens again", list_of=MOST_READ)
_RECORD = RECORD.replace(b"2025-11-21", b"2025-11-20")
NEWS_SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>
 <loc>https://town.example/a</loc><news:news><news:publication_date>2026-05-01T10:00:00Z</news:publication_date>
 <news:title>A story of the town</news:title></news:news></url></urlset>"""
SAMPLES: dict[str, Sample] = {
    "interchange records": Sample("a.jsonl", _RECORD + b"\n" + _RECORD),
    "WordPress export": Sample("a.xml", export(item(1), item(2))),
    "feed": Sample("a.xml", RSS.replace("{encoding}", "utf-8").encode()),
    "sitemap": Sample("a.xml", NEWS_SITEMAP),
    "HTML": Sample("a.html", _HTML.encode()),
    "mail": Sample("a.eml", NEWSLETTER),
    "saved page": Sample("a.mht", mhtml(_HTML)),
    "table": Sample("a.csv", PLAUSIBLE_DAYS.encode()),
    "text capture": Sample("a.txt", CAPTURE),
    "WARC": Sample("a.warc", story(1) + story(2)),
    "zip": Sample("a.wacz", zipped(("archive/data.warc", story(1)))),
}


def format_of(data: bytes, name: str) -> str:
    """The name of the format that a document is recognised as."""
    start = data[:CHUNK]
    if is_zip(start):
        return "zip"
    return "WARC" if is_warc(start) else detect_format(start, name).name
