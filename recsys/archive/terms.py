"""Terms of texts as sparse rows in order of arrival, with TF-IDF and BM25 weights fixed at arrival.

A row's weights use the document frequencies of the moment at which its article arrived: the number of
earlier rows that hold the term is the place of the row in the term's posting list. So a row never changes
afterwards, nothing in it can come from the future, and a posting list cut at row `n` is the past.
A query is weighted with the frequencies of its own moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_Text = TypeVar("_Text")
COLUMNS = 2**22  # of the hashed space; of the 86,563 distinct terms of the bbc archive 2 % share one
BM25_K1, BM25_B = 1.2, 0.75  # Robertson & Zaragoza 2009, section 3.5: the usual values


@dataclass(frozen=True, slots=True)
class TermVector:
    """The terms of one text: columns (rising) and how often each occurs."""

    columns: NDArray[np.int32]
    counts: Floats


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """A query's terms as of a moment: weight of unit length, and plain inverse document frequency."""

    columns: NDArray[np.int32]
    tfidf: Floats
    bm25: Floats


def count_terms(texts: Iterable[_Text], analyzer: Callable[[_Text], Sequence[str]]) -> sparse.csr_matrix:
    """Occurrences of hashed terms, one row a text; any term has a column, seen before or not."""
    vectorizer = HashingVectorizer(
        analyzer=analyzer, n_features=COLUMNS, norm=None, alternate_sign=False, dtype=np.float32
    )
    rows = list(texts)
    if not rows:  # HashingVectorizer takes no empty collection
        return sparse.csr_matrix((0, COLUMNS), dtype=np.float32)
    counts: sparse.csr_matrix = vectorizer.transform(rows)
    counts.sum_duplicates()
    return counts


class TermIndex:
    """Rows of weighted terms in order of arrival, and the same by term.

    `counts` is a CSR matrix of occurrences (articles in order of arrival x hashed columns). With
    `whole`, the index of the texts that these are parts of, terms have its columns and frequencies:
    a query of one field can then be asked of another.
    """

    def __init__(self, counts: sparse.csr_matrix, whole: TermIndex | None = None) -> None:
        self.size: int = counts.shape[0]
        self.hashed: NDArray[np.int32] = np.unique(counts.indices) if whole is None else whole.hashed
        columns = np.searchsorted(self.hashed, counts.indices).astype(np.int32)
        shape = (self.size, len(self.hashed))
        by_row = sparse.csr_matrix((counts.data, columns, counts.indptr), shape=shape)
        self._indptr, self._columns, self._counts = by_row.indptr.astype(np.int64), columns, by_row.data
        order = self._index_terms(by_row)
        if whole is None:
            earlier = np.empty(by_row.nnz, dtype=np.int64)
            earlier[order] = np.arange(by_row.nnz) - np.repeat(self._term_ptr[:-1], np.diff(self._term_ptr))
            self._frequencies = self
        else:
            rows = np.repeat(np.arange(self.size), np.diff(self._indptr))
            earlier = whole.document_frequencies(columns, rows)
            self._frequencies = whole
        self._tfidf, self._bm25 = self._weigh(by_row.data, earlier)
        self._term_tfidf, self._term_bm25 = self._tfidf[order], self._bm25[order]

    def _index_terms(self, by_row: sparse.csr_matrix) -> Ints:
        places = sparse.csr_matrix((np.arange(by_row.nnz), by_row.indices, by_row.indptr), shape=by_row.shape)
        by_term = places.tocsc()
        self._term_ptr, self._term_rows = by_term.indptr.astype(np.int64), by_term.indices
        self._keys = np.repeat(np.arange(by_row.shape[1], dtype=np.int64), np.diff(self._term_ptr))
        self._keys = self._keys * (self.size + 1) + self._term_rows
        order: Ints = by_term.data.astype(np.int64)
        return order

    def _weigh(self, counts: Floats, earlier: Ints) -> tuple[Floats, Floats]:
        lengths = np.diff(self._indptr)
        row = np.repeat(np.arange(self.size), lengths)
        weights = (1 + np.log(counts)) * inverse_frequency(earlier + 1, row + 1)
        norms = np.sqrt(np.bincount(row, weights**2, minlength=self.size))
        tfidf = weights / np.maximum(norms[row], 1e-9)
        tokens = np.bincount(row, counts, minlength=self.size)
        average = np.cumsum(tokens) / np.arange(1, self.size + 1)
        relative = (tokens / np.maximum(average, 1e-9))[row]
        bm25 = counts / (counts + BM25_K1 * (1 - BM25_B + BM25_B * relative))
        return tfidf.astype(np.float32), bm25.astype(np.float32)

    @property
    def counts(self) -> sparse.csr_matrix:
        """What it was made of: occurrences by hashed column, a row an article."""
        return sparse.csr_matrix(
            (self._counts, self.hashed[self._columns], self._indptr), shape=(self.size, COLUMNS)
        )

    def vector(self, counts: sparse.csr_matrix) -> TermVector:
        """The first row of `counts` in this index's columns; terms that no row holds get column -1."""
        at = np.searchsorted(self.hashed, counts.indices)
        held = len(self.hashed) and np.take(self.hashed, at, mode="clip") == counts.indices
        return TermVector(np.where(held, at, -1).astype(np.int32), counts.data.astype(np.float32))

    def row_vector(self, row: int) -> TermVector:
        """The terms of a row, to ask with it."""
        part = slice(self._indptr[row], self._indptr[row + 1])
        return TermVector(self._columns[part], self._counts[part])

    @property
    def width(self) -> int:
        """How many terms it tells apart."""
        return len(self.hashed)

    def row_terms(self, row: int) -> tuple[NDArray[np.int32], Floats]:
        """The columns of a row's terms and their TF-IDF weights."""
        part = slice(self._indptr[row], self._indptr[row + 1])
        return self._columns[part], self._tfidf[part]

    def cosines(self, rows: Ints, others: Ints) -> Floats:
        """Cosine of every one of `rows` with every one of `others`; shape (rows, others)."""
        theirs = [self.row_terms(other) for other in others.tolist()]
        held = np.unique(np.concatenate([terms for terms, _ in theirs])) if theirs else self._columns[:0]
        place = np.zeros(self.width, dtype=np.int32)  # of a term among those that `others` hold, from 1
        place[held] = np.arange(1, len(held) + 1)
        dense = np.zeros((len(held) + 1, len(others)), dtype=np.float32)
        for at, (terms, values) in enumerate(theirs):
            dense[place[terms], at] = values
        starts, lengths = self._indptr[rows], self._indptr[rows + 1] - self._indptr[rows]
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
        part = sparse.csr_matrix(
            (self._tfidf[at], place[self._columns[at]], np.concatenate([[0], ends])),
            shape=(len(rows), len(dense)),
        )
        found: Floats = part @ dense
        return found

    def document_frequencies(self, columns: NDArray[np.int32], before: int | Ints) -> Ints:
        """How many of the rows before row `before` (one for all, or one each) hold each term."""
        wanted = np.maximum(columns, 0).astype(np.int64)
        found = np.searchsorted(self._keys, wanted * (self.size + 1) + before) - self._term_ptr[wanted]
        return np.where(columns >= 0, found, 0)

    def weigh(self, vector: TermVector, before: int) -> WeightedTerms:
        """A query's weights with the frequencies of the rows before row `before`."""
        found = self._frequencies.document_frequencies(vector.columns, before)
        rarity = inverse_frequency(found, before)
        weights = (1 + np.log(vector.counts)) * rarity
        weights /= max(float(np.sqrt((weights**2).sum())), 1e-9)
        held = vector.columns >= 0
        return WeightedTerms(
            vector.columns[held], weights[held].astype(np.float32), rarity[held].astype(np.float32)
        )

    def search(self, query: WeightedTerms, before: int, *, since: int = 0, bm25: bool = False) -> Floats:
        """Cosine (or BM25) of the query with every row from `since` to `before`; shape (before - since,)."""
        scores = np.zeros(max(before - since, 0), dtype=np.float32)
        values = self._term_bm25 if bm25 else self._term_tfidf
        base = query.columns.astype(np.int64) * (self.size + 1)
        starts = np.searchsorted(self._keys, base + since)
        ends = np.searchsorted(self._keys, base + before)
        weights = query.bm25 if bm25 else query.tfidf
        for start, end, weight in zip(starts.tolist(), ends.tolist(), weights.tolist(), strict=True):
            scores[self._term_rows[start:end] - since] += weight * values[start:end]
        return scores

    def similarity(self, query: WeightedTerms, rows: Ints, *, bm25: bool = False) -> Floats:
        """Cosine (or BM25) of the query with the given rows; shape (rows,)."""
        dense = np.zeros(len(self.hashed) + 1, dtype=np.float32)
        dense[query.columns] = query.bm25 if bm25 else query.tfidf
        values = self._bm25 if bm25 else self._tfidf
        starts, lengths = self._indptr[rows], self._indptr[rows + 1] - self._indptr[rows]
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
        products = dense[self._columns[at]] * values[at]
        total = np.concatenate([[0.0], np.cumsum(products, dtype=np.float64)])
        sums: Floats = (total[ends] - total[ends - lengths]).astype(np.float32)
        return sums


def inverse_frequency(holding: Ints, rows: Ints | int) -> NDArray[np.float64]:
    """How rare a term is, above zero: BM25's form (Robertson & Zaragoza 2009, equation 3.3, plus one)."""
    result: NDArray[np.float64] = np.log1p((rows - holding + 0.5) / (holding + 0.5))
    return result
