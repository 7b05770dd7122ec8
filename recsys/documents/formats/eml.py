"""Mails saved as a file (`.eml`; RFC 5322), such as newsletters: their HTML part is a page."""

from __future__ import annotations

import re
from email.message import Message

from recsys.documents.formats.mime import header_url, read_mime_page
from recsys.documents.source import Source
from recsys.documents.streams import Pieces
from recsys.domain import Page
from recsys.errors import ReadError

_START = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}:[ \t\r\n]")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_AUTHOR = re.compile(rb"^from:", re.IGNORECASE | re.MULTILINE)
# Headers of mails that were sent, which browsers do not write into saved pages.
_SENT = re.compile(
    rb"^(?:to|received|delivered-to|return-path|message-id|list-[a-z]+):", re.IGNORECASE | re.MULTILINE
)


def is_eml(start: bytes) -> bool:
    """Whether a file begins with the headers of a mail that was sent."""
    if not _START.match(start):
        return False
    head = _HEAD_END.split(start, maxsplit=1)[0]
    return bool(_AUTHOR.search(head)) and bool(_SENT.search(head))


def read_eml(pieces: Pieces, source: Source) -> Page | ReadError:
    """The page in a mail, seen at the Date of its header unless the user named another time.

    Its address is that of the mail in the archive of its list, if a header names it (RFC 5064).
    """
    return read_mime_page(pieces, source, "a mail", _find_url)


def _find_url(message: Message, part: Message) -> str | None:
    return header_url(part, "Content-Location") or header_url(message, "Archived-At")
