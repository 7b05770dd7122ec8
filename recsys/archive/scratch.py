"""Tables that searches use again and again, for each thread its own; whoever fills one empties it."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from recsys.archive.segments import Floats


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
