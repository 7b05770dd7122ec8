"""An ingest in a process of its own, as a user starts it, and the same pages for a test to add itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from recsys.documents import read_file
from recsys.domain import Page

OBSERVED_AT = datetime(2026, 3, 1, tzinfo=UTC)  # interchange records bear their own times


def command(store: Path, files: Sequence[Path]) -> list[str]:
    """The one place that says how an ingest is started."""
    return [sys.executable, "-m", "recsys", "ingest", "--json", "--store", str(store), *map(str, files)]


def pages_of(files: Sequence[Path]) -> Iterator[Page]:
    """The good pages of interchange files."""
    found = (page for file in files for page in read_file(file, observed_at=OBSERVED_AT))
    return (page for page in found if isinstance(page, Page))
