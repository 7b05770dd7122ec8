"""Pages that a browser saved as one file (`.mht`, `.mhtml`; RFC 2557): HTML and pictures in MIME."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

from recsys.documents.formats.html_files import read_html
from recsys.documents.html.dates import parse_mail_time
from recsys.documents.source import AsShown, Source
from recsys.documents.streams import MAX_BYTES, Pieces
from recsys.documents.urls import canonical_url
from recsys.domain import Page, is_valid_time
from recsys.errors import ReadError

_START = re.compile(rb"\s*[A-Za-z][A-Za-z0-9-]{2,40}:[ \t]")
_RELATED = re.compile(rb"content-type:\s*multipart/related", re.IGNORECASE)
_WITHIN = 8 * 2**10  # bytes in which the header must name the content type


def is_mhtml(start: bytes) -> bool:
    """Whether a file begins with mail headers of `multipart/related`."""
    return bool(_START.match(start)) and bool(_RELATED.search(start[:_WITHIN]))


def read_mhtml(pieces: Pieces, source: Source) -> Page | ReadError:
    """The page in a saved file, seen at the Date of its header unless the user named another time.

    The first 16 MB are read; browsers put the HTML first. ReadError if it is not there.
    """
    data = bytearray()
    for piece in pieces:
        if isinstance(piece, ReadError):
            return piece
        data += piece[: max(MAX_BYTES - len(data), 0)]  # the rest are pictures
    try:
        message = message_from_bytes(bytes(data))
        part = next((each for each in message.walk() if each.get_content_type() in _PAGES), None)
    except RecursionError:
        return source.error("a saved page", AsShown("parts that are nested too deeply"))
    body = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(body, bytes) or not body.strip():
        return source.error("a saved page with a part of text/html", AsShown("none"))
    url = canonical_url(_header(part, "Content-Location")) or canonical_url(
        _header(message, "Snapshot-Content-Location")
    )
    saved_at = None if source.hints.dated else _date(_header(message, "Date"))
    saved = replace(
        source,
        observed_at=saved_at or source.observed_at,
        url=url or source.url,
        charset=part.get_content_charset(),
    )
    try:
        return read_html(body, saved)
    except ReadError as error:
        return error


_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def _header(message: Message, name: str) -> str:
    """A header on one line; spaces in folded headers stay."""
    return str(message.get(name, "")).replace("\r", "").replace("\n", "").strip()


def _date(text: str) -> datetime | None:
    """The time of a Date header, which Chromium writes without a zone (`-0000`) and means in UTC."""
    moment = parse_mail_time(text)
    if moment is None or moment.year < 1990:
        return None
    zoned = moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
    return zoned if is_valid_time(zoned) else None
