"""How the pages' tests read, and the flag that refreshes what the seed page must yield."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recsys.documents import read, read_stream
from recsys.domain import Page
from recsys.errors import ReadError

SEEN = datetime(2025, 11, 21, tzinfo=UTC)
FIXTURES = Path(__file__).parents[1] / "fixtures" / "pages"

ReadText = Callable[..., Page]
ReadStream = Callable[..., list[Page | ReadError]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh-seed", action="store_true", help="write tests/fixtures/pages/seed.json anew")


@pytest.fixture
def read_page() -> ReadText:
    """Read a document given as text or bytes."""

    def run(document: str | bytes, *, name: str = "page", site: str | None = None) -> Page:
        data = document.encode() if isinstance(document, str) else document
        return read(data, name=name, observed_at=SEEN, site=site)

    return run


@pytest.fixture
def read_fixture(read_page: ReadText) -> Callable[[str], Page]:
    """Read a file of tests/fixtures/pages."""
    return lambda name: read_page((FIXTURES / name).read_bytes(), name=name)


@pytest.fixture
def stream_records() -> ReadStream:
    """Stream lines as an interchange file, gzipped on request."""

    def run(*lines: str | bytes, packed: bool = False, name: str = "lists.jsonl") -> list[Page | ReadError]:
        data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines) + b"\n"
        stream = io.BytesIO(gzip.compress(data) if packed else data)
        return list(read_stream(stream, name=name, observed_at=SEEN))

    return run
