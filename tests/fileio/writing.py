"""Processes that write until they are killed: `python -m tests.fileio.writing count|write FILE`."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from recsys.fileio import locked, read_file, write_atomically

SIZE = 300_000


def content(number: int) -> bytes:
    """What is recognised as whole: one digit, so many times."""
    return str(number % 10).encode() * SIZE


def write(path: Path) -> None:
    """Replace the file again and again, a line on standard output after each."""
    for number in count():
        with locked(path):
            write_atomically(path, content(number))
        print(number, flush=True)  # noqa: T201


def increase(path: Path, times: int = 100) -> None:
    """Add 1 to the number in the file so many times."""
    for _ in range(times):
        with locked(path, wait=60):
            write_atomically(path, str(int(read_file(path)) + 1).encode())


if __name__ == "__main__":
    {"write": write, "increase": increase}[sys.argv[1]](Path(sys.argv[2]))
