"""Tables that searches use again and again, for each thread its own; whoever fills one empties it."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.analysis import COLUMNS
from recsys.corpus.term_segments import Floats


class TermSlots(threading.local):
    """A table from column to place, one a thread; whoever fills it empties it again."""

    def __init__(self) -> None:
        self.table = np.zeros(COLUMNS, dtype=np.int32)

    def of(self, columns: NDArray[np.int32]) -> NDArray[np.int32]:
        """The table with the place of each column, from 1."""
        self.table[columns] = np.arange(1, len(columns) + 1)
        return self.table


places = TermSlots()


class Scratch(threading.local):
    """Scores of rows, all 0 between two searches, and room to note those that have one; for each thread."""

    def __init__(self) -> None:
        self.scores, self.rows = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int32)

    def of(self, size: int) -> tuple[Floats, NDArray[np.int32]]:
        """Both for so many rows."""
        if len(self.scores) < size:
            room = size + size // 4
            self.scores, self.rows = np.zeros(room, dtype=np.float32), np.empty(room, dtype=np.int32)
        return self.scores, self.rows


scratch = Scratch()
