"""Pages in MIME messages (RFC 2045): what a browser saves as one file, and mails."""

from __future__ import annotations

from collections.abc import Callable
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

FindUrl = Callable[[Message, Message], str | None]
"""The address of a page, from the message and from the part that is the page."""

_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def read_mime_page(pieces: Pieces, source: Source, what: str, find_url: FindUrl) -> Page | ReadError:
    """The first page in a message, seen at the Date of its header unless the user named another time.

    The first 16 MB are read; the HTML comes before pictures and attachments. ReadError, which names `what`
    was expected, if it is not there.
    """
    data = bytearray()
    for piece in pieces:
        if isinstance(piece, ReadError):
            return piece
        data += piece[: max(MAX_BYTES - len(data), 0)]
    try:
        message = message_from_bytes(bytes(data))
        part = next((each for each in message.walk() if _is_page(each)), None)
    except RecursionError:
        return source.error(what, AsShown("parts that are nested too deeply"))
    body = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(body, bytes) or not body.strip():
        return source.error(f"{what} with a part of text/html", AsShown("none"))
    saved_at = None if source.hints.dated else _date(header(message, "Date"))
    saved = replace(
        source,
        observed_at=saved_at or source.observed_at,
        url=find_url(message, part) or source.url,
        charset=part.get_content_charset(),
    )
    try:
        return read_html(body, saved)
    except ReadError as error:
        return error


def header(message: Message, name: str) -> str:
    """A header on one line; spaces in folded headers stay."""
    return str(message.get(name, "")).replace("\r", "").replace("\n", "").strip()


def header_url(message: Message, name: str) -> str | None:
    """The canonical address in a header, with or without angle brackets."""
    return canonical_url(header(message, name).removeprefix("<").removesuffix(">"))


def _is_page(part: Message) -> bool:
    return part.get_content_type() in _PAGES and part.get_content_disposition() != "attachment"


def _date(text: str) -> datetime | None:
    """The time of a Date header, which Chromium writes without a zone (`-0000`) and means in UTC."""
    moment = parse_mail_time(text)
    if moment is None or moment.year < 1990:
        return None
    zoned = moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
    return zoned if is_valid_time(zoned) else None
