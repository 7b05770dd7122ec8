"""Arrays in one file, with checksums: what is read is what was written, or it is refused.

The first line gives the length and the checksum of the head, a JSON object: type, shape, place and
checksums of every array, one for each MiB of it. The arrays follow, each at a multiple of 64 bytes. Nothing
in such a file is ever run.

Arrays are read into memory of the process, not mapped. A mapped file that another process truncates, as
`cp` does when a backup is copied over it, kills whoever reads it (SIGBUS), and one that is overwritten
changes under the kernels after it was verified. The price is that processes do not share the pages;
docs/adr/0001 has the figures. The checksum is CRC-32: it finds damage, not forgery, and of what the
standard library has it is the fastest.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import zlib
from collections.abc import Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.errors import CorpusFileError

BLOCK = 2**20
"""Bytes of an array that have a checksum of their own."""
_FIRST_LINE = re.compile(rb"recsys-arrays ([0-9]{1,18}) ([0-9]{1,18})\n")
_ALIGNED = 64
_KINDS = frozenset("iufb")
_LONGEST_LINE = 100  # bytes

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe without a writer does not wait; it is refused."""

Arrays = dict[str, NDArray[Any]]


class _Place(NamedTuple):
    """Where an array lies, as the head says it; `start` counts from the end of the head."""

    kind: str
    shape: list[int]
    start: int
    checksums: list[int]


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], told: Mapping[str, Any]) -> None:
    """Write a new file; on disk when this returns. `told` is JSON that goes with the arrays."""
    end, placed = 0, {}
    for name, array in arrays.items():
        checksums = [zlib.crc32(block) for block in _blocks(_bytes_of(array))]
        placed[name] = _Place(array.dtype.str, list(array.shape), end, checksums)
        end = _aligned(end + array.nbytes)
    head = json.dumps({"arrays": placed, "told": told, "length": end}, ensure_ascii=True).encode()
    first = b"recsys-arrays %d %d\n" % (len(head), zlib.crc32(head))
    start = _aligned(len(first) + len(head))
    with path.open("xb") as file:
        file.write((first + head).ljust(start, b" "))
        for name, array in arrays.items():
            file.seek(start + placed[name].start)
            file.write(_bytes_of(array))
        file.truncate(start + end)
        file.flush()
        os.fsync(file.fileno())


def read_arrays(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """The arrays of a file, read-only, and what is told with them; CorpusFileError for anything else."""
    arrays, told, damaged = _read(path)
    if damaged:
        raise CorpusFileError(f"{path}: {damaged[0]}")
    return arrays, told


def check_arrays(path: Path) -> list[str]:
    """What is damaged in a file, a line each."""
    try:
        _, _, damaged = _read(path)
    except CorpusFileError as error:
        return [str(error)]
    return [f"{path}: {each}" for each in damaged]


def _read(path: Path) -> tuple[Arrays, dict[str, Any], list[str]]:
    """Arrays, what is told with them, and the blocks that are not what was written."""
    try:
        with _open_regular(path) as file:
            head, start = _read_head(file)
            if os.fstat(file.fileno()).st_size != start + head["length"]:
                raise ValueError("not as long as its head says")
            arrays, damaged = {}, []
            for name, values in head["arrays"].items():
                place = _Place(*values)
                arrays[name], bad = _read_array(file, start, place, head["length"])
                damaged += [f"{name}: block {at} of {len(place.checksums)} is damaged" for at in bad]
            return arrays, head["told"], damaged
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CorpusFileError(f"{path}: cannot be read: {error}") from error


def _open_regular(path: Path) -> BufferedReader:
    file = os.fdopen(os.open(path, _FLAGS), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValueError("expected a regular file")
    return file


def _read_head(file: BufferedReader) -> tuple[dict[str, Any], int]:
    """The head, and where the arrays begin."""
    first = file.readline(_LONGEST_LINE)
    found = _FIRST_LINE.fullmatch(first)
    if found is None:
        raise ValueError("its first line is not that of a file of arrays")
    length, checksum = map(int, found.groups())
    if length > os.fstat(file.fileno()).st_size:
        raise ValueError("shorter than its head")
    head = file.read(length)
    if zlib.crc32(head) != checksum:
        raise ValueError("its head is damaged")
    return json.loads(head), _aligned(len(first) + len(head))


def _read_array(
    file: BufferedReader, start: int, place: _Place, length: int
) -> tuple[NDArray[Any], list[int]]:
    """An array, and the numbers of its damaged blocks."""
    dtype = np.dtype(place.kind)
    if dtype.kind not in _KINDS:
        raise ValueError(f"expected numbers, found {place.kind}")
    size = math.prod(place.shape) * dtype.itemsize
    if place.start < 0 or min(place.shape, default=0) < 0 or place.start + size > length:
        raise ValueError("shorter than its head says")
    if len(place.checksums) != -(-size // BLOCK):
        raise ValueError("has not the checksums that belong to it")
    array = np.empty(place.shape, dtype=dtype)
    file.seek(start + place.start)
    damaged = []
    for number, block in enumerate(_blocks(_bytes_of(array))):
        if file.readinto(block) != len(block) or zlib.crc32(block) != place.checksums[number]:
            damaged.append(number)
    array.flags.writeable = False
    return array, damaged


def _blocks(data: memoryview) -> Iterator[memoryview]:
    return (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))


def _bytes_of(array: NDArray[Any]) -> memoryview:
    """An array as bytes: its own memory where it lies in one piece, else a copy's."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _aligned(length: int) -> int:
    return -(-length // _ALIGNED) * _ALIGNED
