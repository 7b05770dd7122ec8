"""Sitemaps and news sitemaps (sitemaps.org 0.9, Google's news extension), and indexes of them.

An entry without an address is an error, the others are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from recsys.documents.html.charset import decode_html
from recsys.documents.html.dates import parse_declared_time
from recsys.documents.html.metadata import clean
from recsys.documents.source import AsShown, Source
from recsys.documents.streams import Pieces, join_pieces
from recsys.documents.urls import canonical_url, site_of
from recsys.documents.xml import parse_xml, root_name
from recsys.domain import Article, Page
from recsys.errors import ReadError

MAX_LOCATIONS = 50_000
"""The most addresses of a sitemap, by its specification."""
MAX_TAGS = 1_000_000
"""The most angle brackets of a document that is parsed: 50,000 addresses have 800,000. More would take
far more memory than their bytes."""


@dataclass(frozen=True, slots=True)
class Location:
    """An address in a sitemap; only news sitemaps have `headline` and `published_at`."""

    url: str
    changed_at: datetime | None = None
    published_at: datetime | None = None
    headline: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages of a sitemap, or the sitemaps of an index, in order."""

    pages: tuple[Location, ...] = ()
    sitemaps: tuple[Location, ...] = ()
    problems: tuple[ReadError, ...] = ()
    warnings: tuple[str, ...] = ()


def is_sitemap(start: bytes) -> bool:
    """Whether a document begins as a sitemap or an index of sitemaps does."""
    return root_name(start).rpartition(":")[2] in ("urlset", "sitemapindex")


def read_sitemap(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """A Page for each entry with a headline, as news sitemaps have them, and errors for bad ones.

    NoPageError for a sitemap of addresses alone: only a crawl makes stories of them.
    """
    sitemap = parse_sitemap(join_pieces(pieces, source), source, base=source.url)
    yield from sitemap.problems
    named = [each for each in sitemap.pages if each.headline is not None]
    if not named and not sitemap.problems:
        count = len(sitemap.pages) + len(sitemap.sitemaps)
        yield source.no_page(
            "a sitemap with headlines (recsys crawl reads the others)",
            AsShown(f"addresses alone, {count:,} of them"),
        )
    for each in named:
        yield Page(
            Article(
                site=source.site or site_of(each.url),
                url=each.url,
                first_seen_at=source.observed_at,
                headline=each.headline,
                published_at=each.published_at,
            ),
            warnings=sitemap.warnings,
        )


def parse_sitemap(data: bytes, source: Source, *, base: str | None = None) -> Sitemap:
    """The sitemap in a document of any encoding; `base` is its address, for relative addresses.

    ReadError for anything else, and for a document that declares entities.
    """
    check_tags(data, source)
    text, warnings = decode_html(data, source)
    root = parse_xml(text, source)
    if _local(root) not in ("urlset", "sitemapindex"):
        raise source.error("a sitemap", AsShown(f"<{_local(root)}>"))
    pages: list[Location] = []
    sitemaps: list[Location] = []
    problems: list[ReadError] = []
    for number, element in enumerate(_elements(root), start=1):
        if number > MAX_LOCATIONS:
            longer = AsShown("a longer one")
            problems.append(source.error(f"a sitemap of at most {MAX_LOCATIONS:,} addresses", longer))
            break
        try:
            found = _read_location(element, number, base, source)
        except ReadError as error:
            problems.append(error)
        else:
            (pages if _local(element) == "url" else sitemaps).append(found)
    return Sitemap(tuple(pages), tuple(sitemaps), tuple(problems), warnings)


def check_tags(data: bytes, source: Source, *, most: int = MAX_TAGS) -> None:
    """ReadError for XML with more tags than any sitemap has, or than `most`."""
    if (count := data.count(b"<")) > most:
        raise source.error(f"XML of at most {most:,} tags", AsShown(f"{count:,}"))


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return (each for each in root if isinstance(each.tag, str) and _local(each) in ("url", "sitemap"))


def _local(element: etree._Element) -> str:
    """The name without namespace or prefix: sitemaps declare theirs in many ways."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _read_location(element: etree._Element, number: int, base: str | None, source: Source) -> Location:
    said: dict[str, str] = {}
    for child in element.iter():
        if isinstance(child.tag, str) and child.text and child.text.strip():
            said.setdefault(_local(child), child.text.strip())
    shown = said.get("loc")
    url = canonical_url(shown, base) if shown else None
    if url is None:
        found = AsShown("none") if shown is None else shown
        line = int(element.sourceline or 0) or 1
        raise source.error("a web address", found, line=line, field=f"entry {number}: loc")
    return Location(
        url,
        changed_at=_time(said.get("lastmod")),
        published_at=_time(said.get("publication_date")),
        headline=clean(said.get("title", "")) or None,
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_declared_time(text).moment
