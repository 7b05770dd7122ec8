"""Arrays in one file, memory-mapped when they are read: pages are shared by all processes that read them.

A line of JSON says name, type, shape and place of every array; the arrays follow, each at a multiple of 64
bytes. Nothing in such a file is ever run; what does not fit its first line is refused.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ArchiveFileError

_ALIGNED = 64
_KINDS = frozenset("iufb")
_LONGEST_HEAD = 1_000_000  # bytes

Arrays = dict[str, NDArray[Any]]


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], told: Mapping[str, Any]) -> None:
    """Write a new file; on disk when this returns. `told` is JSON that goes with the arrays."""
    at, placed = 0, {}
    for name, array in arrays.items():
        placed[name] = (array.dtype.str, list(array.shape), at)
        at = _aligned(at + array.nbytes)
    head = json.dumps({"arrays": placed, "told": told}, ensure_ascii=True).encode() + b"\n"
    start = _aligned(len(head))
    with path.open("xb") as file:
        file.write(head.ljust(start, b" "))
        for name, array in arrays.items():
            file.seek(start + placed[name][2])
            file.write(np.ascontiguousarray(array).data)
        file.truncate(start + at)
        file.flush()
        os.fsync(file.fileno())


def read_arrays(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """The arrays of a file, mapped, and what is told with them; ArchiveFileError for anything else."""
    try:
        with path.open("rb") as file:
            head = file.readline(_LONGEST_HEAD)
        told = json.loads(head)
        data = np.memmap(path, dtype=np.uint8, mode="r")
        start = _aligned(len(head))
        arrays = {name: _view(np.asarray(data)[start:], *place) for name, place in told["arrays"].items()}
        return arrays, told["told"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveFileError(f"{path}: cannot be read: {error}") from error


def _view(data: NDArray[np.uint8], kind: str, shape: list[int], at: int) -> NDArray[Any]:
    dtype = np.dtype(kind)
    if dtype.kind not in _KINDS:
        raise ValueError(f"expected numbers, found {kind}")
    length = math.prod(shape) * dtype.itemsize
    if at < 0 or length < 0 or at + length > len(data):
        raise ValueError("shorter than its first line says")
    return data[at : at + length].view(dtype).reshape(shape)


def _aligned(length: int) -> int:
    return -(-length // _ALIGNED) * _ALIGNED
