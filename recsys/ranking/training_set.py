"""Training examples, and a packed set of them within a limit of memory.

The loss sees a value only through its curve, and of a curve only the two knots next to the value. Four fifths
of all appeal values and two fifths of all relatedness values are 0, where every curve is 0. A packed set
therefore holds the sparse hat basis of the curves: a tenth of the dense ramp basis of appeal and a fifth of
that of relatedness (bbc), and as much faster to pass over. What exceeds the limit goes to a temporary file
and is read again, block by block, in every pass.
"""

from __future__ import annotations

import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from scipy import sparse

from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Kind
from recsys.ranking.splines import APPEAL_KNOTS, RELATEDNESS_KNOTS, stack_hat_bases

MEMORY = 2_000_000_000
"""Default limit, in bytes, of a packed set; ten months of hourly lists of bbc take .3 GB."""
BLOCK = 8_192
"""Candidates per block, about: 6 MB, so that reading a block costs little compared with using it."""


@dataclass(frozen=True, slots=True)
class QueryGroup:
    """One training example: the candidates for an article at a moment, or for a moment alone.

    `relatedness` has shape (candidates, relatedness columns), or no columns without an article; `appeal` has
    shape (candidates, appeal columns). `relevance` is the graded relevance of each candidate, 0 for those
    that were not chosen.
    """

    source: str
    weight: float
    relatedness: Floats
    appeal: Floats
    relevance: Floats

    @property
    def has_article(self) -> bool:
        """Whether its query is an article; otherwise it is a moment alone."""
        return bool(self.relatedness.shape[1] > 0)

    @property
    def is_informative(self) -> bool:
        """Whether something was chosen and, for an article, something else was not."""
        chosen = int(np.count_nonzero(self.relevance > 0))
        return chosen > 0 and (not self.has_article or chosen < len(self.relevance))


LoadMatrix = Callable[[], sparse.csr_matrix]
"""Returns a matrix from memory or from a file."""


@dataclass(frozen=True, slots=True)
class Block:
    """Stacked query groups in the hat basis: matrices of shape (candidates, columns * (knots - 1) + 1).

    The last column of each matrix is 1, for the one weight that belongs to no curve. `lengths` is the number
    of candidates of every group; groups without an article have no relatedness.
    """

    relatedness: LoadMatrix | None
    appeal: LoadMatrix
    relevance: Floats
    lengths: Ints
    weights: Floats

    @property
    def starts(self) -> Ints:
        """Index of the first candidate of each group."""
        starts: Ints = np.cumsum(self.lengths) - self.lengths
        return starts

    @property
    def shares(self) -> Floats:
        """Relevance as a fraction of the total of its group."""
        shares: Floats = self.relevance / np.repeat(
            np.add.reduceat(self.relevance, self.starts), self.lengths
        )
        return shares


class TrainingSet:
    """Informative query groups, packed as they are added; `memory` limits the bytes of their hat bases."""

    def __init__(self, groups: Iterable[QueryGroup] = (), *, memory: int = MEMORY) -> None:
        self._counts: Counter[str] = Counter()
        self._matrices = MatrixStore(memory)
        self._blocks: dict[bool, list[Block]] = {True: [], False: []}
        self._pending: dict[bool, list[QueryGroup]] = {True: [], False: []}
        for group in groups:
            self.add(group)

    @property
    def without_article(self) -> Sequence[Block]:
        """Groups whose query is a moment alone."""
        return self._packed(has_article=False)

    @property
    def with_article(self) -> Sequence[Block]:
        """Groups whose query is an article."""
        return self._packed(has_article=True)

    @property
    def counts(self) -> dict[str, int]:
        """Number of groups added by source, in the order of `Kind`."""
        return {kind.value: self._counts[kind] for kind in Kind if kind in self._counts}

    @property
    def memory_used(self) -> int:
        """Bytes of hat bases in memory."""
        return self._matrices.memory_used

    def add(self, group: QueryGroup) -> None:
        """Add one group; `counts` includes it even if it is not informative."""
        self._counts[group.source] += 1
        if not group.is_informative:
            return
        pending = self._pending[group.has_article]
        pending.append(group)
        if sum(len(each.relevance) for each in pending) >= BLOCK:
            self._pack(has_article=group.has_article)

    def _packed(self, *, has_article: bool) -> Sequence[Block]:
        if self._pending[has_article]:
            self._pack(has_article=has_article)
        return self._blocks[has_article]

    def _pack(self, *, has_article: bool) -> None:
        groups, self._pending[has_article] = self._pending[has_article], []
        relatedness = None
        if has_article:
            stacked = stack_hat_bases([each.relatedness for each in groups], RELATEDNESS_KNOTS)
            relatedness = self._matrices.add(stacked)
        self._blocks[has_article].append(
            Block(
                relatedness,
                self._matrices.add(stack_hat_bases([each.appeal for each in groups], APPEAL_KNOTS)),
                np.concatenate([each.relevance for each in groups]).astype(np.float32),
                np.array([len(each.relevance) for each in groups], dtype=np.int64),
                np.array([each.weight for each in groups], dtype=np.float32),
            )
        )


class MatrixStore:
    """Sparse matrices, in memory up to a number of bytes, then in a temporary file."""

    def __init__(self, memory: int) -> None:
        self.memory_used, self._memory, self._end = 0, memory, 0
        self._file: IO[bytes] | None = None

    def add(self, matrix: sparse.csr_matrix) -> LoadMatrix:
        """Store a matrix of float32 values and int32 indices; return a function that loads it."""
        arrays = (matrix.data, matrix.indices, matrix.indptr)
        size = sum(array.nbytes for array in arrays)
        if self.memory_used + size <= self._memory:
            self.memory_used += size
            return lambda: matrix
        if self._file is None:
            # read into buffers, not mapped: mapped pages would count as memory of the process
            self._file = tempfile.TemporaryFile(prefix="recsys-training-")  # noqa: SIM115 closed with this
            weakref.finalize(self, self._file.close)
        start, self._end = self._end, self._end + size
        self._file.seek(start)
        for array in arrays:
            self._file.write(array)
        layout, shape = [(array.dtype, len(array)) for array in arrays], matrix.shape
        return lambda: self._read(start, layout, shape)

    def _read(
        self, start: int, layout: Sequence[tuple[np.dtype[Any], int]], shape: tuple[int, int]
    ) -> sparse.csr_matrix:
        assert self._file is not None
        self._file.seek(start)
        data, indices, ends = (np.fromfile(self._file, dtype=dtype, count=count) for dtype, count in layout)
        return sparse.csr_matrix((data, indices, ends), shape=shape, copy=False)
