"""Reads a document of any format, detected by its content."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum, auto
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from recsys.documents.formats.analytics import is_analytics, read_analytics
from recsys.documents.formats.eml import is_eml, read_eml
from recsys.documents.formats.feed import read_feed
from recsys.documents.formats.html_files import read_html
from recsys.documents.formats.html_page import suggest_for_html
from recsys.documents.formats.jsonl import parse_lines
from recsys.documents.formats.mhtml import is_mhtml, read_mhtml
from recsys.documents.formats.plain_text import parse_capture
from recsys.documents.formats.warc import is_warc, read_warc
from recsys.documents.formats.wxr import is_wxr, read_wxr
from recsys.documents.formats.zip_archive import MAGIC, read_zip
from recsys.documents.html.charset import bom_encoding, decode_html, decode_text
from recsys.documents.lists.list_selectors import Profiles
from recsys.documents.lists.suggest_selectors import Suggestion
from recsys.documents.local_files import open_regular
from recsys.documents.source import AsShown, ImportHints, Source
from recsys.documents.streams import CHUNK, Pieces, decompress, join_pieces, limit_pieces, split_lines
from recsys.documents.urls import site_of
from recsys.domain import Page
from recsys.errors import InvalidValueError, ReadError

_RECORD_NAME = re.compile(r"\.(?:jsonl|ndjson)(?:\.gz)?$", re.IGNORECASE)
_TABLE_NAME = re.compile(r"\.(?:csv|tsv)(?:\.gz)?$", re.IGNORECASE)
_ROOT = re.compile(  # possessive: else 10,000 comments could match in 2^10,000 ways
    rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*+<([A-Za-z][\w:.-]*)", re.DOTALL
)
_FEEDS = frozenset({"rss", "feed", "rdf:rdf"})
_RECORD_LINE = re.compile(rb'^[^\S\n]*+\{\s*+"', re.MULTILINE)
_HTML_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p)\b", re.IGNORECASE)
_SOMETHING = "a document"


_WITHIN = 8 * 2**10  # bytes in which a table must have its headings


class _Format(Enum):
    RECORDS = auto()
    FEED = auto()
    EXPORT = auto()
    TABLE = auto()
    MAIL = auto()
    MHTML = auto()
    FOREIGN = auto()
    HTML = auto()
    TEXT = auto()


def read(
    data: bytes,
    *,
    name: str,
    observed_at: datetime,
    site: str | None = None,
    profiles: Profiles | None = None,
    charset: str | None = None,
) -> Page:
    """The page in a document of any format, gzip or not.

    `name` is the file that errors name, `observed_at` when the page was saved, `site` that of a text without
    an address, `profiles` the list selectors of sites, `charset` the encoding that a server named. Raises
    ReadError for what is no page, for more than 16 MB, for a bad interchange record, and for records of more
    than one article (`read_stream` takes those).
    """
    hints = ImportHints(profiles=profiles or {})
    source = Source(name, observed_at, site, hints=hints, charset=charset)
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
    if first.startswith(MAGIC):
        return read_zip(stream, source, _read_table)
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
    if not data.strip() or _detect_format(data[:CHUNK], name) is not _Format.HTML:
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
        yield first or source.error(_SOMETHING, AsShown("an empty file"))
        return
    content: Pieces = chain([first], pieces)
    form = _detect_format(first, source.name)
    if form in _OF_MANY:
        yield from _OF_MANY[form](content, source)
    elif form is _Format.FOREIGN:
        yield source.error("HTML, a feed or a WordPress export", "another kind of XML")
    elif form in _OF_ONE:
        yield _OF_ONE[form](content, source)
    else:
        yield _read_document(content, form, source)


def _read_table(chunks: Iterator[bytes], source: Source) -> Iterator[Page | ReadError]:
    return read_analytics(decompress(chunks, source), source)


def _read_feed(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    try:
        data = join_pieces(pieces, source)
    except ReadError as error:
        yield error
        return
    yield from read_feed(data, source)


def _read_records(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    first = next(pieces, b"")
    pieces = chain([first], pieces)
    if isinstance(first, ReadError):
        yield first
        return
    mark, count = bom_encoding(first), 0
    recoded = _recode(pieces, mark[0], source) if mark and mark[0] != "utf-8" else pieces
    for page in parse_lines(split_lines(recoded, source), source):
        count += 1
        yield page
    if not count:
        yield source.error("interchange records", AsShown("empty lines"))


def _recode(pieces: Pieces, encoding: str, source: Source) -> Pieces:
    """A stream in UTF-16 or UTF-32 as one in UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            if isinstance(piece, ReadError):
                yield piece
            elif text := decoder.decode(piece):
                yield text.removeprefix("\ufeff").encode()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        yield source.error(f"text in {encoding}", AsShown(error.reason))


def _read_document(pieces: Pieces, form: _Format, source: Source) -> Page | ReadError:
    try:
        data = join_pieces(pieces, source)
        if not data.strip():
            return source.error(_SOMETHING, AsShown("nothing but spaces"))
        if form is _Format.TEXT:
            return parse_capture(decode_text(data, source), source)
        return read_html(data, source)
    except ReadError as error:
        return error


def _detect_format(first: bytes, name: str) -> _Format:
    """The format of a document by its first piece; by its name only if that is no JSON or markup."""
    mark = bom_encoding(first)
    if mark and mark[0] != "utf-8":
        first = first[mark[1] :].decode(mark[0], errors="ignore").encode()
    start = first[mark[1] if mark and mark[0] == "utf-8" else 0 :].lstrip()
    if start.startswith(b"{"):
        return _Format.RECORDS
    if start.startswith(b"<"):
        return _detect_markup(start)
    if (is_mail := is_eml(start)) or is_mhtml(start):  # a mail with pictures is multipart/related too
        return _Format.MAIL if is_mail else _Format.MHTML
    if _TABLE_NAME.search(name) or is_analytics(start[:_WITHIN].decode(errors="replace")):
        return _Format.TABLE
    if _RECORD_NAME.search(name) or _RECORD_LINE.search(start):
        return _Format.RECORDS
    return _Format.HTML if _HTML_TAG.search(start) else _Format.TEXT


def _detect_markup(start: bytes) -> _Format:
    root = found[1].decode("ascii").lower() if (found := _ROOT.match(start)) else ""
    if root in _FEEDS:
        return _Format.EXPORT if is_wxr(start) else _Format.FEED
    return _Format.FOREIGN if start.startswith(b"<?xml") and root not in ("", "html") else _Format.HTML


_OF_MANY: dict[_Format, Callable[[Pieces, Source], Iterator[Page | ReadError]]] = {
    _Format.RECORDS: _read_records,
    _Format.FEED: _read_feed,
    _Format.EXPORT: read_wxr,
    _Format.TABLE: read_analytics,
}
_OF_ONE: dict[_Format, Callable[[Pieces, Source], Page | ReadError]] = {
    _Format.MAIL: read_eml,
    _Format.MHTML: read_mhtml,
}
