"""Mails saved as a file (`.eml`; RFC 5322), such as newsletters: their HTML part is a page."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

from recsys.documents.formats.mime import is_mail, read_head, read_header_url, read_html_part
from recsys.documents.source import Source
from recsys.documents.streams import Pieces
from recsys.domain import Page
from recsys.errors import ReadError


def is_eml(start: bytes) -> bool:
    """Whether a file begins with the headers of a mail."""
    return is_mail(read_head(start))


def read_eml(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """The page in a mail.

    Its address is that of the mail in the archive of its list, if a header names it (RFC 5064).
    """
    yield read_html_part(pieces, source, "a mail", _find_url)


def _find_url(message: Message, part: Message) -> str | None:
    return read_header_url(part, "Content-Location") or read_header_url(message, "Archived-At")
