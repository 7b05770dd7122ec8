"""Pages that a browser saved as one file (`.mht`, `.mhtml`; RFC 2557): HTML and pictures in MIME."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from recsys.documents.formats.mime import is_mail, read_head, read_header_url, read_html_part
from recsys.documents.source import Source
from recsys.documents.streams import Pieces
from recsys.domain import Page
from recsys.errors import ReadError

_RELATED = re.compile(rb"^content-type:\s*+multipart/related", re.IGNORECASE | re.MULTILINE)


def is_mhtml(start: bytes) -> bool:
    """Whether a file begins with headers of `multipart/related` and is no mail, which may have them too."""
    head = read_head(start)
    return bool(_RELATED.search(head)) and not is_mail(head)


def read_mhtml(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """The page in a saved file."""
    yield read_html_part(pieces, source, "a saved page", _find_url)


def _find_url(message: Message, part: Message) -> str | None:
    return read_header_url(part, "Content-Location") or read_header_url(message, "Snapshot-Content-Location")
