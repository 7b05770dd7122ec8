"""An ingest in a process of its own, to be killed: `python -m tests.store.ingesting STORE FILE...`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from recsys.domain import Page
from recsys.pages import read_file
from recsys.store import Store

OBSERVED_AT = datetime(2026, 3, 1, tzinfo=UTC)  # interchange records bear their own times


def command(store: Path, files: Sequence[Path]) -> list[str]:
    """The one place that says how an ingest is started."""
    return [sys.executable, "-m", "tests.store.ingesting", str(store), *map(str, files)]


def pages_of(files: Sequence[Path]) -> Iterator[Page]:
    found = (page for file in files for page in read_file(file, observed_at=OBSERVED_AT))
    return (page for page in found if isinstance(page, Page))


def main(place: str, *files: str) -> None:
    with Store.open(place) as store:
        store.add_all(pages_of([Path(file) for file in files]))


if __name__ == "__main__":
    main(*sys.argv[1:])
