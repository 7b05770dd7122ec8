"""Similarity of candidates, used by the thread limit and by diversification."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.corpus import CorpusView, WeightedTerms
from recsys.corpus.inverted_index import Floats, Ints


class Similarity:
    """Cosine similarity of articles in a view, by text if the page was known, else by headline."""

    def __init__(self, view: CorpusView) -> None:
        self.view = view
        self._weighted: dict[int, WeightedTerms] = {}

    def between(self, row: int, others: Sequence[int]) -> Floats:
        """Return the cosine of one article with each of the others; shape (others,)."""
        rows = np.array(others, dtype=np.int64)
        known = self._known(rows)
        cosines = np.zeros(len(rows), dtype=np.float32)
        for field, part in (("text", known), ("headline", ~known)):
            if part.any():
                cosines[part] = self.view.corpus.terms[field].similarity(self._weigh(row), rows[part])
        return cosines

    def _known(self, rows: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        known: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
            self.view.corpus.page_seen[rows] < self.view.moment
        )
        return known

    def _weigh(self, row: int) -> WeightedTerms:
        if row not in self._weighted:
            field = "text" if self._known(np.array([row]))[0] else "headline"
            terms = self.view.corpus.terms[field]
            self._weighted[row] = terms.weigh(terms.row_vector(row), self.view.size)
        return self._weighted[row]
