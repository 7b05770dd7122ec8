"""Who linked to whom: the edges that related boxes and links in texts draw between articles, by time."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from recsys.corpus.inverted_index import Ints
from recsys.corpus.list_history import KIND_CODE, ListHistory, gather
from recsys.domain import PAGE_KINDS, Kind


class LinkHistory:
    """Directed edges from the article that shows a link to the article that it leads to.

    An edge exists from the first time it was seen; both directions can be walked. `kinds` are those of the
    lists that draw edges.
    """

    def __init__(self, lists: ListHistory, size: int, kinds: Set[Kind] = PAGE_KINDS) -> None:
        codes = [KIND_CODE[kind] for kind in kinds]
        number = lists.list_of
        source, target = lists.pages[number], lists.articles
        drawn = np.isin(lists.kinds[number], codes) & (source >= 0) & (target >= 0) & (source != target)
        source, target, times = source[drawn], target[drawn], lists.times[number][drawn]
        _, first = np.unique(source * size + target, return_index=True)
        self._out = _Adjacency(source[first], target[first], times[first], size)
        self._in = _Adjacency(target[first], source[first], times[first], size)

    def targets(self, rows: Ints, moment: int) -> tuple[Ints, Ints, Ints]:
        """Edges out of the given articles seen before the moment: which row, target, time."""
        return self._out.neighbours(rows, moment)

    def origins(self, rows: Ints, moment: int) -> tuple[Ints, Ints, Ints]:
        """Edges into the given articles seen before the moment: which row, origin, time."""
        return self._in.neighbours(rows, moment)


class _Adjacency:
    def __init__(self, keys: Ints, others: Ints, times: Ints, size: int) -> None:
        order = np.lexsort((others, keys))
        self._others, self._times = others[order], times[order]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=size))]).astype(np.int64)

    def neighbours(self, rows: Ints, moment: int) -> tuple[Ints, Ints, Ints]:
        last = len(self._starts) - 1  # rows that came later have no edges
        which, at = gather(self._starts[np.minimum(rows, last)], self._starts[np.minimum(rows + 1, last)])
        kept = self._times[at] < moment
        return which[kept], self._others[at][kept], self._times[at][kept]
