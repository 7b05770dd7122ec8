"""Saved HTML files: from bytes to a page, without what the Internet Archive adds to its captures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote

from recsys.documents.formats.html_page import build_page
from recsys.documents.html.charset import decode_html
from recsys.documents.html.parse import parse_html
from recsys.documents.source import Source
from recsys.documents.streams import Pieces, join_pieces
from recsys.documents.urls import canonical_url
from recsys.domain import Page
from recsys.errors import ReadError

# The 14-digit dates of the Wayback Machine (https://archive.org/help/wayback_api.php), with or without a
# modifier such as `id_` that says how the page was served.
_STAMP = r"(?<!\d)(?P<stamp>(?:19|20)\d{12})(?:[a-z]{2}_)?(?!\d)"
_DATED_NAME = re.compile(_STAMP)
_REPLAYED_NAME = re.compile(_STAMP + r"/(?P<url>https?(?::|%3A)/+.+)", re.IGNORECASE)
_REWRITTEN = re.compile(
    r"(?:https?:)?(?://web\.archive\.org)?/web/\d{4,14}(?:[a-z]{2}_)?/(?=https?://)", re.IGNORECASE
)
_BAR = ("<!-- BEGIN WAYBACK TOOLBAR INSERT -->", "<!-- END WAYBACK TOOLBAR INSERT -->")
_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p)\b", re.IGNORECASE)
_FILE_URL = re.compile(r"^(https?)(?::|%3A)/+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dated:
    """The capture in the name of a file: its time, and its address if the name has one."""

    captured_at: datetime
    url: str | None = None


def parse_name(name: str) -> Dated | None:
    """The capture in a path: `…/20260115093000id_/https://example.org/a`, or 14 digits anywhere in it.

    The last date counts, that of the file before those of its folders. None if there is none.
    """
    path = name.replace("\\", "/")
    if (found := _REPLAYED_NAME.search(path)) and (moment := _parse_stamp(found["stamp"])):
        return Dated(moment, canonical_url(_FILE_URL.sub(r"\1://", unquote(found["url"]))))
    stamps = (_parse_stamp(each["stamp"]) for each in _DATED_NAME.finditer(path))
    moment = next(reversed([each for each in stamps if each is not None]), None)
    return None if moment is None else Dated(moment)


def is_markup(start: bytes) -> bool:
    """Whether a document begins with a tag, as HTML does and XML of an unknown kind."""
    return start.startswith(b"<")


def has_html_tag(start: bytes) -> bool:
    """Whether a document has a tag of HTML below other text."""
    return bool(_TAG.search(start))


def read_html(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """The page in an HTML file."""
    yield parse_page(join_pieces(pieces, source), source)


def parse_page(data: bytes, source: Source) -> Page:
    """The page in an HTML document; ReadError for no page."""
    text, warnings = decode_html(data, source)
    page = build_page(parse_html(_without_frame(text), source), source)
    return replace(page, warnings=warnings + page.warnings)


def _without_frame(text: str) -> str:
    """The page as captured: without the toolbar, and with the original links."""
    if "web.archive.org" not in text:
        return text
    before, begin, rest = text.partition(_BAR[0])
    _, end, after = rest.partition(_BAR[1])
    return _REWRITTEN.sub("", before + after if begin and end else text)


def _parse_stamp(digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
