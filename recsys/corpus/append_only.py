"""A column that grows at its end without being copied each time, while who holds an earlier one is safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPARE = 0.25  # of the length, room for what comes
_LEAST_SPARE = 1_024


@dataclass
class _Room:
    """Memory shared by columns that begin alike, and how much of it is written."""

    data: NDArray[Any]
    written: int


class Column:
    """Values, one a row, that never change. `grown` gives another column with more."""

    def __init__(self, values: NDArray[Any], room: _Room | None = None) -> None:
        self.values, self._room = values, room

    def grown(self, kept: int, found: Sequence[NDArray[Any]]) -> Column:
        """The first `kept` values and what follows them."""
        more = [each for each in found if len(each)]
        if not more:
            return Column(self.values[:kept], self._room)
        length = kept + sum(map(len, more))
        room = self._room
        if room is None or room.written != kept or length > len(room.data):
            shape = (length + max(int(length * _SPARE), _LEAST_SPARE), *more[0].shape[1:])
            room = _Room(np.empty(shape, dtype=more[0].dtype), kept)
            room.data[:kept] = self.values[:kept]
        at = kept
        for each in more:
            room.data[at : at + len(each)] = each
            at += len(each)
        room.written = at
        return Column(room.data[:at], room)
