"""Files that commands write: atomically, and compressed if the name ends in `.gz`."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from recsys.errors import InputError
from recsys.fileio import replacing

STDOUT = "-"


def write_lines(file: str, lines: Iterable[str], progress: Callable[[int], None]) -> int:
    """Write lines to a file or to stdout (`-`); returns their number.

    The file is replaced atomically. InputError if it cannot be written.
    """
    if file == STDOUT:
        return _write(sys.stdout.buffer, lines, progress)
    try:
        with _replacing(Path(file)) as stream:
            return _write(stream, lines, progress)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from error


def write_binary(file: str, write: Callable[[BinaryIO], None]) -> None:
    """Let a function write a file, which is replaced atomically; InputError if it cannot be written."""
    try:
        with replacing(Path(file)) as stream:
            write(stream)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from error


def check_writable(file: str) -> None:
    """InputError if a file cannot be written, so that the error comes before long work and not after it."""
    path = Path(file)
    if file == STDOUT:
        return
    if path.is_dir():
        raise InputError(f"{file}: cannot be written: it is a folder")
    if not path.parent.is_dir():
        raise InputError(f"{file}: cannot be written: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{file}: cannot be written: {path.parent} is not writable")


def _write(stream: BinaryIO, lines: Iterable[str], progress: Callable[[int], None]) -> int:
    count = 0
    for count, line in enumerate(lines, start=1):
        stream.write(line.encode() + b"\n")
        progress(count)
    stream.flush()
    return count


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content atomically replaces the file, compressed for `.gz`."""
    with replacing(path) as raw:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                yield cast(BinaryIO, packed)
        else:
            yield raw
