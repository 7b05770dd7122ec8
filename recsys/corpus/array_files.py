"""Files of arrays with checksums: reading returns exactly what was written, or fails.

The first line gives the length and the checksum of the header, a JSON object with the type, shape, offset
and checksums (one for each MiB) of every array. The arrays follow, each aligned to 64 bytes. Nothing in
such a file is ever executed.

Arrays are read into process memory, not memory-mapped. Truncating a mapped file, as `cp` does when a backup
is copied over it, kills its readers (SIGBUS), and overwriting it changes arrays under the kernels after they
were verified. The price is that processes do not share pages; docs/adr/0001 has the figures. CRC-32 detects
damage, not forgery; it is the fastest checksum in the standard library.
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
"""Bytes covered by one checksum."""
_FIRST_LINE = re.compile(rb"recsys-arrays ([0-9]{1,18}) ([0-9]{1,18})\n")
_ALIGNED = 64
_KINDS = frozenset("iufb")
_LONGEST_LINE = 100  # bytes

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe without a writer does not block, so that it can be rejected."""

Arrays = dict[str, NDArray[Any]]


class _Entry(NamedTuple):
    """An array in the header; `start` is its offset from the end of the header."""

    kind: str
    shape: list[int]
    start: int
    checksums: list[int]


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> None:
    """Write a new file and sync it to disk. `metadata` is JSON stored with the arrays."""
    end, entries = 0, {}
    for name, array in arrays.items():
        checksums = [zlib.crc32(block) for block in _blocks(_bytes_of(array))]
        entries[name] = _Entry(array.dtype.str, list(array.shape), end, checksums)
        end = _aligned(end + array.nbytes)
    header = json.dumps({"arrays": entries, "metadata": metadata, "length": end}, ensure_ascii=True).encode()
    first = b"recsys-arrays %d %d\n" % (len(header), zlib.crc32(header))
    start = _aligned(len(first) + len(header))
    with path.open("xb") as file:
        file.write((first + header).ljust(start, b" "))
        for name, array in arrays.items():
            file.seek(start + entries[name].start)
            file.write(_bytes_of(array))
        file.truncate(start + end)
        file.flush()
        os.fsync(file.fileno())


def read_arrays(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """The read-only arrays of a file and their metadata; CorpusFileError if it is damaged."""
    arrays, metadata, damage = _read(path)
    if damage:
        raise CorpusFileError(f"{path}: {damage[0]}")
    return arrays, metadata


def check_arrays(path: Path) -> list[str]:
    """The damage in a file, one line each."""
    try:
        _, _, damage = _read(path)
    except CorpusFileError as error:
        return [str(error)]
    return [f"{path}: {each}" for each in damage]


def _read(path: Path) -> tuple[Arrays, dict[str, Any], list[str]]:
    """Arrays, metadata, and the blocks with a wrong checksum."""
    try:
        with _open_regular(path) as file:
            header, start = _read_header(file)
            if os.fstat(file.fileno()).st_size != start + header["length"]:
                raise ValueError("its length is not the one in its header")
            arrays, damage = {}, []
            for name, values in header["arrays"].items():
                entry = _Entry(*values)
                arrays[name], bad = _read_array(file, start, entry, header["length"])
                damage += [f"{name}: block {at} of {len(entry.checksums)} is damaged" for at in bad]
            return arrays, header["metadata"], damage
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CorpusFileError(f"{path}: cannot be read: {error}") from error


def _open_regular(path: Path) -> BufferedReader:
    file = os.fdopen(os.open(path, _FLAGS), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValueError("expected a regular file")
    return file


def _read_header(file: BufferedReader) -> tuple[dict[str, Any], int]:
    """The header, and the offset of the arrays."""
    first = file.readline(_LONGEST_LINE)
    match = _FIRST_LINE.fullmatch(first)
    if match is None:
        raise ValueError("its first line is not that of a file of arrays")
    length, checksum = map(int, match.groups())
    if length > os.fstat(file.fileno()).st_size:
        raise ValueError("shorter than its header")
    header = file.read(length)
    if zlib.crc32(header) != checksum:
        raise ValueError("its header is damaged")
    return json.loads(header), _aligned(len(first) + len(header))


def _read_array(
    file: BufferedReader, start: int, entry: _Entry, length: int
) -> tuple[NDArray[Any], list[int]]:
    """An array, and the numbers of its damaged blocks."""
    dtype = np.dtype(entry.kind)
    if dtype.kind not in _KINDS:
        raise ValueError(f"expected numbers, found {entry.kind}")
    size = math.prod(entry.shape) * dtype.itemsize
    if entry.start < 0 or min(entry.shape, default=0) < 0 or entry.start + size > length:
        raise ValueError("shorter than its header says")
    if len(entry.checksums) != -(-size // BLOCK):
        raise ValueError("the wrong number of checksums")
    array = np.empty(entry.shape, dtype=dtype)
    file.seek(start + entry.start)
    damaged = []
    for number, block in enumerate(_blocks(_bytes_of(array))):
        if file.readinto(block) != len(block) or zlib.crc32(block) != entry.checksums[number]:
            damaged.append(number)
    array.flags.writeable = False
    return array, damaged


def _blocks(data: memoryview) -> Iterator[memoryview]:
    return (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))


def _bytes_of(array: NDArray[Any]) -> memoryview:
    """An array as bytes: its own memory if contiguous, else that of a copy."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _aligned(length: int) -> int:
    return -(-length // _ALIGNED) * _ALIGNED
