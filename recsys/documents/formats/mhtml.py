"""Pages that a browser saved as one file (`.mht`, `.mhtml`; RFC 2557): HTML and pictures in MIME."""

from __future__ import annotations

import re
from email.message import Message

from recsys.documents.formats.mime import header_url, read_mime_page
from recsys.documents.source import Source
from recsys.documents.streams import Pieces
from recsys.domain import Page
from recsys.errors import ReadError

_START = re.compile(rb"\s*[A-Za-z][A-Za-z0-9-]{2,40}:[ \t]")
_RELATED = re.compile(rb"content-type:\s*multipart/related", re.IGNORECASE)
_WITHIN = 8 * 2**10  # bytes in which the header must name the content type


def is_mhtml(start: bytes) -> bool:
    """Whether a file begins with mail headers of `multipart/related`."""
    return bool(_START.match(start)) and bool(_RELATED.search(start[:_WITHIN]))


def read_mhtml(pieces: Pieces, source: Source) -> Page | ReadError:
    """The page in a saved file, seen at the Date of its header unless the user named another time."""
    return read_mime_page(pieces, source, "a saved page", _find_url)


def _find_url(message: Message, part: Message) -> str | None:
    return header_url(part, "Content-Location") or header_url(message, "Snapshot-Content-Location")
