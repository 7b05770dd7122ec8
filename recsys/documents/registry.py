"""Reads a document of any format, detected by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from recsys.documents.formats.analytics import is_analytics, read_analytics
from recsys.documents.formats.eml import is_eml, read_eml
from recsys.documents.formats.feed import is_feed, read_feed
from recsys.documents.formats.html_files import has_html_tag, is_markup, read_html
from recsys.documents.formats.html_page import suggest_for_html
from recsys.documents.formats.jsonl import has_record_line, is_jsonl, read_records
from recsys.documents.formats.mhtml import is_mhtml, read_mhtml
from recsys.documents.formats.plain_text import read_capture
from recsys.documents.formats.sitemap import is_sitemap, read_sitemap
from recsys.documents.formats.warc import is_warc, read_warc
from recsys.documents.formats.wxr import is_wxr, read_wxr
from recsys.documents.formats.zip_archive import is_zip, read_zip
from recsys.documents.html.charset import bom_encoding, decode_html
from recsys.documents.lists.suggest_selectors import Suggestion
from recsys.documents.local_files import open_regular
from recsys.documents.source import AsShown, ImportHints, Source
from recsys.documents.streams import CHUNK, Pieces, Reader, decompress, join_pieces, limit_pieces
from recsys.documents.urls import site_of
from recsys.documents.xml import root_name
from recsys.domain import Page
from recsys.errors import InvalidValueError, ReadError


@dataclass(frozen=True, slots=True)
class Format:
    """A format, its reader, and how it is recognised.

    `matches` is given the first 64 kB of a document, in UTF-8 and without leading spaces. A name with one of
    the `suffixes` is enough where no earlier format matches the content.
    """

    name: str
    matches: Callable[[bytes], bool]
    read: Reader
    suffixes: tuple[str, ...] = ()


def _is_other_xml(start: bytes) -> bool:
    return start.startswith(b"<?xml") and root_name(start) not in ("", "html")


def _refuse_xml(_: Pieces, source: Source) -> Iterator[Page | ReadError]:
    yield source.no_page("HTML, a feed, a sitemap or a WordPress export", "another kind of XML")


FORMATS = (
    Format("interchange records", is_jsonl, read_records),
    Format("WordPress export", is_wxr, read_wxr),
    Format("feed", is_feed, read_feed),
    Format("sitemap", is_sitemap, read_sitemap),
    Format("other XML", _is_other_xml, _refuse_xml),
    Format("HTML", is_markup, read_html),
    Format("mail", is_eml, read_eml),
    Format("saved page", is_mhtml, read_mhtml),
    Format("table", is_analytics, read_analytics, (".csv", ".tsv")),
    Format("interchange records", has_record_line, read_records, (".jsonl", ".ndjson")),
    Format("HTML", has_html_tag, read_html),
    Format("text capture", lambda _: True, read_capture),
)
"""The formats of documents, in the order in which they are tried; less certain signs of a format have a row
of their own. Archives, which contain documents, are recognised before they are decompressed (`_read_any`)."""


def read(
    data: bytes,
    *,
    name: str,
    observed_at: datetime,
    site: str | None = None,
    hints: ImportHints | None = None,
    charset: str | None = None,
) -> Page:
    """The page in a document of any format, gzip or not.

    `name` is the file that errors name, `observed_at` when the page was saved, `site` that of a text without
    an address, `hints` what else is known of it, `charset` the encoding that a server named. Raises
    ReadError for what is no page, for more than 16 MB, for a bad interchange record, and for records of more
    than one article (`read_stream` takes those).
    """
    source = Source(name, observed_at, site, hints=hints or ImportHints(), charset=charset)
    chunks = (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))
    pages = list(_raise_first(_read_pieces(limit_pieces(decompress(chunks, source), source), source)))
    articles = [page.article for page in pages if page.article is not None]
    if len(articles) > 1:
        raise source.error(
            "records of at most one article (a stream reader takes more)", AsShown(str(len(articles)))
        )
    return Page(
        articles[0] if articles else None,
        tuple(chain.from_iterable(page.lists for page in pages)),
        tuple(chain.from_iterable(page.warnings for page in pages)),
        is_listing=any(page.is_listing for page in pages),
    )


def read_stream(
    stream: BinaryIO,
    *,
    name: str,
    observed_at: datetime,
    site: str | None = None,
    url: str | None = None,
    hints: ImportHints | None = None,
) -> Iterator[Page | ReadError]:
    """The pages in a stream as they are read: one for each record of an archive or export, else a single one.

    A bad record is yielded as a ReadError in its place, and the good ones around it are read, also those
    before the point where a gzip stream breaks off. One document of at most 16 MB is in memory. `url` is the
    address of the page, if it is known. A page with invalid times is a ReadError too.
    """
    try:
        source = Source(name, observed_at, site, url=url, hints=hints or ImportHints())
    except InvalidValueError as error:
        refusal = ReadError(name, expected=error.expected, found=AsShown(error.found), field=error.field)
        return iter([refusal])
    return _check_times(_read_any(stream, source), source)


def _read_any(stream: BinaryIO, source: Source) -> Iterator[Page | ReadError]:
    first = stream.read(CHUNK)
    if is_zip(first):
        return read_zip(stream, source)
    chunks = chain([first], iter(partial(stream.read, CHUNK), b""))
    if is_warc(first):
        return read_warc(chunks, source)
    return _read_pieces(decompress(chunks, source), source)


def _check_times(pages: Iterator[Page | ReadError], source: Source) -> Iterator[Page | ReadError]:
    """The pages; those that were observed in the future as errors in their place."""
    try:
        for page in pages:
            yield page if isinstance(page, ReadError) else source.check_observed(page)
    except InvalidValueError as error:
        yield source.refusal(error)


def read_file(
    path: Path,
    *,
    observed_at: datetime,
    site: str | None = None,
    name: str | None = None,
    hints: ImportHints | None = None,
) -> Iterator[Page | ReadError]:
    """The pages in a file, as `read_stream` yields them; one ReadError if it cannot be opened or read."""
    shown = name if name is not None else str(path)
    try:
        with open_regular(path) as stream:
            yield from read_stream(stream, name=shown, observed_at=observed_at, site=site, hints=hints)
    except OSError as error:
        yield ReadError(
            shown, expected="a file that can be read", found=AsShown(error.strerror or str(error))
        )


def suggest_profile(
    stream: BinaryIO, *, name: str, observed_at: datetime, site: str | None = None, url: str | None = None
) -> tuple[str, list[Suggestion]]:
    """The site of an HTML page and a rule for each list on it; ReadError for anything else.

    `url` is its address, if it is known.
    """
    source = Source(name, observed_at, site or (site_of(url) if url else None), url)
    data = join_pieces(decompress(iter(partial(stream.read, CHUNK), b""), source), source)
    if not data.strip() or detect_format(data[:CHUNK], name).read is not read_html:
        raise source.error("an HTML page", AsShown("a different type of document"))
    return suggest_for_html(decode_html(data, source)[0], source)


def _raise_first(pages: Iterator[Page | ReadError]) -> Iterator[Page]:
    for page in pages:
        if isinstance(page, ReadError):
            raise page
        yield page


def _read_pieces(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    first = next(pieces, b"")
    if isinstance(first, ReadError) or not first:
        yield first or source.error("a document", AsShown("an empty file"))
        return
    try:
        yield from detect_format(first, source.name).read(chain([first], pieces), source)
    except ReadError as error:
        yield error


def detect_format(first: bytes, name: str) -> Format:
    """The format of a document by its first piece, or by its name if the content does not tell."""
    encoding, length = bom_encoding(first) or ("utf-8", 0)
    text = first[length:]
    if encoding != "utf-8":
        text = text.decode(encoding, errors="ignore").encode()
    start, plain_name = text.lstrip(), name.lower().removesuffix(".gz")
    return next(each for each in FORMATS if each.matches(start) or plain_name.endswith(each.suffixes))
