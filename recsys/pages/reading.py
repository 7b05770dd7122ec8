"""The one way in: tell a document's format by its content and read it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum, auto
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from recsys.domain import Page
from recsys.errors import ReadError
from recsys.pages.capture import parse_capture
from recsys.pages.decoding import bom_encoding, decode_html, decode_text
from recsys.pages.html import parse_html, suggest_for_html
from recsys.pages.interchange import parse_lines
from recsys.pages.profiles import Profiles
from recsys.pages.source import AsShown, Source
from recsys.pages.streams import CHUNK, Pieces, decompress, join_pieces, limit_pieces, split_lines
from recsys.pages.suggesting import Suggestion

_RECORD_NAME = re.compile(r"\.(?:jsonl|ndjson)(?:\.gz)?$", re.IGNORECASE)
_RECORD_LINE = re.compile(rb'^\s*\{\s*"', re.MULTILINE)
_HTML_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p)\b", re.IGNORECASE)
_SOMETHING = "a document"


class _Format(Enum):
    RECORDS = auto()
    HTML = auto()
    TEXT = auto()


def read(
    data: bytes,
    *,
    name: str,
    observed_at: datetime,
    site: str | None = None,
    profiles: Profiles | None = None,
) -> Page:
    """The page in a document, whatever its format, gzip undone.

    `name` is the file that errors name, `observed_at` when the page was saved, `site` whose page a text
    without address is, `profiles` what sites say of their own lists. Raises ReadError for what is no page,
    for more than 16 MB, for a bad interchange record, and for records of more than one article (`read_stream`
    takes those).
    """
    source = Source(name, observed_at, site, profiles or {})
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
    profiles: Profiles | None = None,
) -> Iterator[Page | ReadError]:
    """The pages in a stream as they come: one for every interchange record, or the one of another format.

    A bad record is yielded as a ReadError in its place and the good ones around it are kept; so are
    those before the point where a gzip breaks off. Memory holds one line, of at most 16 MB.
    """
    source = Source(name, observed_at, site, profiles or {})
    return _read_pieces(decompress(iter(partial(stream.read, CHUNK), b""), source), source)


def read_file(
    path: Path,
    *,
    observed_at: datetime,
    site: str | None = None,
    name: str | None = None,
    profiles: Profiles | None = None,
) -> Iterator[Page | ReadError]:
    """The pages in a file, as `read_stream` yields them; one ReadError if it cannot be opened or read."""
    shown = name if name is not None else str(path)
    try:
        with path.open("rb") as stream:
            yield from read_stream(stream, name=shown, observed_at=observed_at, site=site, profiles=profiles)
    except OSError as error:
        yield ReadError(
            shown, expected="a file that can be read", found=AsShown(error.strerror or str(error))
        )


def suggest_profile(
    stream: BinaryIO, *, name: str, observed_at: datetime, site: str | None = None
) -> tuple[str, list[Suggestion]]:
    """The site of an HTML page and a rule for each list found on it; ReadError for anything else."""
    source = Source(name, observed_at, site)
    data = join_pieces(decompress(iter(partial(stream.read, CHUNK), b""), source), source)
    if not data.strip() or _tell_format(data[:CHUNK], name) is not _Format.HTML:
        raise source.error("an HTML page", AsShown("another document"))
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
    whole: Pieces = chain([first], pieces)
    form = _tell_format(first, source.name)
    if form is _Format.RECORDS:
        yield from _read_records(whole, first, source)
    else:
        yield _read_document(whole, form, source)


def _read_records(pieces: Pieces, first: bytes, source: Source) -> Iterator[Page | ReadError]:
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
        text, warnings = decode_html(data, source)
        page = parse_html(text, source)
        return Page(page.article, page.lists, warnings + page.warnings)
    except ReadError as error:
        return error


def _tell_format(first: bytes, name: str) -> _Format:
    """By the first piece of a document; its name counts only where that is neither JSON nor HTML."""
    mark = bom_encoding(first)
    if mark and mark[0] != "utf-8":
        first = first[mark[1] :].decode(mark[0], errors="ignore").encode()
    start = first[mark[1] if mark and mark[0] == "utf-8" else 0 :].lstrip()
    if start.startswith(b"{"):
        return _Format.RECORDS
    if start.startswith(b"<"):
        return _Format.HTML
    if _RECORD_NAME.search(name) or _RECORD_LINE.search(start):
        return _Format.RECORDS
    return _Format.HTML if _HTML_TAG.search(start) else _Format.TEXT
