"""Pages in MIME messages (RFC 2045): what a browser saves as one file, and mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from typing import Any

from recsys.documents.formats.html_files import parse_page
from recsys.documents.html.dates import parse_mail_time
from recsys.documents.source import AsShown, Source
from recsys.documents.streams import MAX_BYTES, Pieces
from recsys.documents.urls import canonical_url
from recsys.domain import Page, is_valid_time
from recsys.errors import ReadError

FindUrl = Callable[[Message, Message], str | None]
"""The address of a page, from the message and from the part that is the page."""

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_START = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}+:[ \t\r\n]")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_AUTHOR = re.compile(rb"^from:", re.IGNORECASE | re.MULTILINE)
# Headers that mail programs and servers write, and browsers that save a page do not.
_SENT = re.compile(
    rb"^(?:to|received|delivered-to|return-path|message-id|list-[a-z]++):", re.IGNORECASE | re.MULTILINE
)
# Python's parser compares every line with the boundary of every part around it, and takes quadratic time for
# the parameters of a header. Newsletters and saved pages have 1 to 5 nested parts and some 220,000 lines.
_LIMITS = (
    (re.compile(rb"multipart/", re.IGNORECASE), 20, "parts with parts"),
    (re.compile(rb"[\r\n]--"), 10_000, "parts"),
    (re.compile(rb"\r\n?+|\n"), 500_000, "lines"),
)
_MAX_HEADER = 8 * 2**10  # characters


def read_head(start: bytes) -> bytes:
    """The headers of a message; empty if a file does not begin with headers."""
    return _HEAD_END.split(start, maxsplit=1)[0] if _START.match(start) else b""


def is_mail(head: bytes) -> bool:
    """Whether headers are those of a mail: it has an author and was sent or addressed."""
    return bool(_AUTHOR.search(head)) and bool(_SENT.search(head))


def read_html_part(pieces: Pieces, source: Source, what: str, find_url: FindUrl) -> Page:
    """The first page in a message, seen at its Date if the time of the source is a guess.

    The first 16 MB are read; the HTML comes before pictures and attachments. ReadError, which names `what`
    was expected, if it is not there.
    """
    message, part = _find_page(_read_beginning(pieces), source, what)
    body = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(body, bytes) or not body.strip():
        raise source.error(f"{what} with a part of text/html", AsShown("none"))
    sent_at = _parse_date(read_header(message, "Date")) if source.hints.is_time_guessed else None
    found = replace(
        source,
        observed_at=sent_at or source.observed_at,
        url=find_url(message, part) or source.url,
        charset=part.get_content_charset(),
    )
    return parse_page(body, found)


def read_header(message: Message, name: str) -> str:
    """A header on one line; spaces in folded headers stay."""
    return str(message.get(name, "")).replace("\r", "").replace("\n", "").strip()


def read_header_url(message: Message, name: str) -> str | None:
    """The canonical address in a header, with or without angle brackets."""
    return canonical_url(read_header(message, name).removeprefix("<").removesuffix(">"))


class _Part(Message):
    """A message, or a part of one, whose headers are cut off where they are too long."""

    def get(self, name: str, failobj: Any = None) -> Any:
        value = super().get(name, failobj)
        return value[:_MAX_HEADER] if isinstance(value, str) else value


def _read_beginning(pieces: Pieces) -> bytes:
    data = bytearray()
    for piece in pieces:
        if isinstance(piece, ReadError):
            raise piece
        data += piece
        if len(data) >= MAX_BYTES:  # the rest are pictures
            break
    return bytes(data[:MAX_BYTES])


def _find_page(data: bytes, source: Source, what: str) -> tuple[Message, Message | None]:
    """The message, and its first part that is a page."""
    for pattern, limit, unit in _LIMITS:
        if sum(1 for _ in pattern.finditer(data)) > limit:
            raise source.error(f"{what} of at most {limit:,} {unit}", AsShown("more"))
    try:
        message = message_from_bytes(data, _Part)
        return message, next((each for each in message.walk() if _is_page(each)), None)
    except RecursionError:  # mails in mails
        raise source.error(what, AsShown("parts that are nested too deeply")) from None


def _is_page(part: Message) -> bool:
    return part.get_content_type() in _PAGES and part.get_content_disposition() != "attachment"


def _parse_date(text: str) -> datetime | None:
    """The time of a Date header, in UTC; Chromium writes it without a zone (`-0000`) and means UTC."""
    moment = parse_mail_time(text)
    if moment is None or moment.year < 1990:
        return None
    zoned = moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC) if is_valid_time(zoned) else None
