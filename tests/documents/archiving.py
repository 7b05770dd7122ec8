"""Pages to archive, and how the tests read what was made of them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from recsys.documents import read_stream
from recsys.documents.source import ImportHints
from recsys.domain import Page
from recsys.errors import ReadError

from .conftest import SEEN

GUESSED = ImportHints(is_time_guessed=True)
SENTENCE = "The swing bridge was closed for eleven weeks while divers replaced its bearings. "


def page_html(headline: str, *, list_of: Iterable[str] = (), charset: str = "") -> str:
    """A page with an article, and a list of the most read where there are headlines for it."""
    items = "".join(
        f'<li><a href="/2026/{each.lower().replace(" ", "-")}">{each}</a></li>' for each in list_of
    )
    box = f"<aside><h2>Most read</h2><ol>{items}</ol></aside>" if items else ""
    meta = f'<meta charset="{charset}">' if charset else ""
    return (
        f"<!DOCTYPE html><html><head>{meta}<title>{headline}</title></head><body><article><h1>{headline}</h1>"
        f"<p>{SENTENCE * 4}</p><p>{SENTENCE * 3}</p></article>{box}</body></html>"
    )


def read_bytes(data: bytes, name: str, **given: Any) -> list[Page | ReadError]:
    """Everything that a file of this content and name yields."""
    return list(read_stream(io.BytesIO(data), name=name, observed_at=SEEN, **given))


def good(found: Iterable[Page | ReadError]) -> list[Page]:
    return [each for each in found if isinstance(each, Page)]


def errors(found: Iterable[Page | ReadError]) -> list[ReadError]:
    return [each for each in found if isinstance(each, ReadError)]


def headlines(found: Iterable[Page | ReadError]) -> list[str | None]:
    return [page.article.headline for page in good(found) if page.article]
