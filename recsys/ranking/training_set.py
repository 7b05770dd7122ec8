"""What is learnt from: contexts, and many of them packed, in no more memory than they may have.

A model sees the values of a column only through its curve, and of a curve only the two knots that a value
lies between. Four fifths of all values of appeal and two fifths of those of relatedness are 0, where every
curve is 0. So packed contexts hold hats (piecewise linear, 1 at a knot and 0 at the next ones) as sparse
rows: a tenth of the dense ramps of appeal and a fifth of those of relatedness (bbc), and as much faster to
pass over. What memory does not hold lies in a temporary file and is read, block by block, in every pass.
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
from recsys.ranking.hat_basis import stack_hats
from recsys.ranking.splines import APPEAL_KNOTS, RELATEDNESS_KNOTS

MEMORY = 2_000_000_000
"""Bytes that packed contexts take at the most unless something else is said; ten months of hourly lists of
bbc take .3 GB."""
BLOCK = 8_192
"""Candidates that are packed together, about: 6 MB, so that reading one costs little beside its use."""


@dataclass(frozen=True, slots=True)
class QueryGroup:
    """Candidates of one moment, beside one article or none, with the evidence about them.

    `relatedness` has shape (candidates, relatedness columns) or no columns when nothing is being read,
    `appeal` (candidates, appeal columns); `relevance` says how much each was preferred, 0 for what was not.
    """

    source: str
    weight: float
    relatedness: Floats
    appeal: Floats
    relevance: Floats

    @property
    def is_beside(self) -> bool:
        """Whether it is about an article; else it is about a moment alone."""
        return bool(self.relatedness.shape[1] > 0)

    @property
    def teaches(self) -> bool:
        """Whether something was preferred and, beside an article, something else was not."""
        preferred = int(np.count_nonzero(self.relevance > 0))
        return preferred > 0 and (not self.is_beside or preferred < len(self.relevance))


Held = Callable[[], sparse.csr_matrix]
"""Gives a matrix that lies in memory or in a file."""


@dataclass(frozen=True, slots=True)
class Block:
    """Contexts below each other: their hats, shape (candidates, columns * (knots - 1) + 1).

    The last column of each matrix is 1, for what enters beside the curves. `lengths` are the candidates of
    every context; of moments there is no relatedness.
    """

    relatedness: Held | None
    appeal: Held
    relevance: Floats
    lengths: Ints
    weights: Floats

    @property
    def starts(self) -> Ints:
        """Where each context begins."""
        starts: Ints = np.cumsum(self.lengths) - self.lengths
        return starts

    @property
    def shares(self) -> Floats:
        """The gains over those of their context together."""
        shares: Floats = self.relevance / np.repeat(
            np.add.reduceat(self.relevance, self.starts), self.lengths
        )
        return shares


class TrainingSet:
    """Contexts that teach something, packed as they come; `memory` bounds the bytes of their hats."""

    def __init__(self, contexts: Iterable[QueryGroup] = (), *, memory: int = MEMORY) -> None:
        self._counts: Counter[str] = Counter()
        self._shelf = Shelf(memory)
        self._blocks: dict[bool, list[Block]] = {True: [], False: []}
        self._waiting: dict[bool, list[QueryGroup]] = {True: [], False: []}
        for context in contexts:
            self.add(context)

    @property
    def moments(self) -> Sequence[Block]:
        """The contexts of moments alone."""
        return self._packed(beside=False)

    @property
    def beside(self) -> Sequence[Block]:
        """The contexts of articles."""
        return self._packed(beside=True)

    @property
    def counts(self) -> dict[str, int]:
        """How many there were of every source, in the order of `Kind`."""
        return {kind.value: self._counts[kind] for kind in Kind if kind in self._counts}

    @property
    def held(self) -> int:
        """Bytes of hats in memory."""
        return self._shelf.held

    def add(self, context: QueryGroup) -> None:
        """Take one more; `counts` has it whether it teaches or not."""
        self._counts[context.source] += 1
        if not context.teaches:
            return
        beside = context.is_beside
        waiting = self._waiting[beside]
        waiting.append(context)
        if sum(len(each.relevance) for each in waiting) >= BLOCK:
            self._pack(beside=beside)

    def _packed(self, *, beside: bool) -> Sequence[Block]:
        if self._waiting[beside]:
            self._pack(beside=beside)
        return self._blocks[beside]

    def _pack(self, *, beside: bool) -> None:
        contexts, self._waiting[beside] = self._waiting[beside], []
        relatedness = None
        if beside:
            relatedness = self._shelf.put(stack_hats([c.relatedness for c in contexts], RELATEDNESS_KNOTS))
        self._blocks[beside].append(
            Block(
                relatedness,
                self._shelf.put(stack_hats([c.appeal for c in contexts], APPEAL_KNOTS)),
                np.concatenate([c.relevance for c in contexts]).astype(np.float32),
                np.array([len(c.relevance) for c in contexts], dtype=np.int64),
                np.array([c.weight for c in contexts], dtype=np.float32),
            )
        )


class Shelf:
    """Sparse matrices: in memory up to a number of bytes, then in a file that is gone when this is."""

    def __init__(self, memory: int) -> None:
        self.held, self._memory, self._end = 0, memory, 0
        self._file: IO[bytes] | None = None

    def put(self, matrix: sparse.csr_matrix) -> Held:
        """Keep a matrix of float32 values and int32 places."""
        parts = (matrix.data, matrix.indices, matrix.indptr)
        size = sum(part.nbytes for part in parts)
        if self.held + size <= self._memory:
            self.held += size
            return lambda: matrix
        if self._file is None:
            # read into buffers and not mapped: mapped pages would count as memory of the process
            self._file = tempfile.TemporaryFile(prefix="recsys-training-")  # noqa: SIM115 closed with this
            weakref.finalize(self, self._file.close)
        start, self._end = self._end, self._end + size
        self._file.seek(start)
        for part in parts:
            self._file.write(part)
        kinds, shape = [(part.dtype, len(part)) for part in parts], matrix.shape
        return lambda: self._read(start, kinds, shape)

    def _read(
        self, start: int, kinds: Sequence[tuple[np.dtype[Any], int]], shape: tuple[int, int]
    ) -> sparse.csr_matrix:
        assert self._file is not None
        self._file.seek(start)
        data, places, ends = (np.fromfile(self._file, dtype=kind, count=count) for kind, count in kinds)
        return sparse.csr_matrix((data, places, ends), shape=shape, copy=False)
