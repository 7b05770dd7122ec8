"""Articles with their bodies, read from the store when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from recsys.corpus.term_segments import Ints
from recsys.store import StoredArticle

Fetch = Callable[[Sequence[int]], list[StoredArticle]]
"""Reads articles by their ids, in that order; those that cannot be read any more are left out."""


class StoredRows(Sequence[StoredArticle]):
    """The articles with their bodies, read from the store when they are asked for."""

    _KEPT = 2_000
    _PORTION = 500

    def __init__(self, ids: Ints, fetch: Fetch, without: Callable[[int], StoredArticle]) -> None:
        """`without` gives what stands for the article of a row that `fetch` leaves out."""
        self._ids, self._fetch, self._without = ids, fetch, without
        self._kept: dict[int, StoredArticle] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> StoredArticle: ...
    @overload
    def __getitem__(self, at: slice) -> list[StoredArticle]: ...
    def __getitem__(self, at: int | slice) -> StoredArticle | list[StoredArticle]:
        if isinstance(at, slice):
            return list(self._read(range(*at.indices(len(self)))))
        row = range(len(self))[at]
        found = self._kept.get(row)
        if found is None:
            if len(self._kept) >= self._KEPT:
                self._kept.clear()
            (found,) = self._load([row])
            self._kept[row] = found
        return found

    def __iter__(self) -> Iterator[StoredArticle]:
        return self._read(range(len(self)))

    def _read(self, rows: range) -> Iterator[StoredArticle]:
        for start in range(0, len(rows), self._PORTION):
            yield from self._load(rows[start : start + self._PORTION])

    def _load(self, rows: Sequence[int]) -> Iterator[StoredArticle]:
        ids = [int(self._ids[row]) for row in rows]
        found = {each.id: each for each in self._fetch(ids)}
        return (found.get(each) or self._without(row) for each, row in zip(ids, rows, strict=True))
