"""Term segments: the terms of consecutive articles as immutable arrays, by article and by term.

The weights of a row use the document frequencies at the arrival of its article: the number of earlier rows
that contain the term. So a row never changes afterwards, nothing in it can come from the future, a posting
list cut at row `n` is the past, and a segment stays valid whatever follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.kernels import lower_bounds

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Int32s = NDArray[np.int32]

BM25_K1, BM25_B = 1.2, 0.75  # Robertson & Zaragoza 2009, section 3.5: the usual values
_FEW = 50_000  # up to this many columns, sorting is faster than counting


@dataclass(frozen=True)
class TermSegment:
    """Rows `first` to `first + size` of an index. Term columns are those of the hashed space.

    By article: row `i` has the entries `indptr[i]` to `indptr[i + 1]` of `columns` (sorted), `counts`,
    `tfidf` and `bm25`. By term: `terms` (sorted); term `j` occurs in the rows `term_rows[term_ptr[j]:
    term_ptr[j + 1]]` (sorted, from 0), with the weights at the same indices of `term_tfidf`.
    A truncated segment keeps its full posting lists: readers stop at `size`.
    """

    first: int
    indptr: Ints
    columns: Int32s
    counts: Floats
    tfidf: Floats
    bm25: Floats
    terms: Int32s
    term_ptr: Ints
    term_rows: Int32s
    term_tfidf: Floats
    posted: int
    """The number of rows in the posting lists."""
    tokens: float
    """The total length of its rows in terms."""

    @property
    def size(self) -> int:
        return len(self.indptr) - 1

    @property
    def end(self) -> int:
        """The first row after the segment."""
        return self.first + self.size

    @property
    def postings(self) -> int:
        """The number of postings."""
        return int(self.indptr[-1])

    def cut(self, end: int) -> TermSegment:
        """The segment without the rows from row `end` of the index on."""
        size = min(end - self.first, self.size)
        last = int(self.indptr[size])
        shorter = {name: getattr(self, name)[:last] for name in ("columns", "counts", "tfidf", "bm25")}
        return replace(self, indptr=self.indptr[: size + 1], **shorter, tokens=_total(shorter["counts"]))

    def without_weights(self, rows: Ints) -> TermSegment:
        """The segment with weights of 0 in these rows (from 0), whose terms still count in frequencies."""
        hidden = np.zeros(max(self.posted, self.size), dtype=np.bool_)
        hidden[rows] = True
        entries = np.repeat(hidden[: self.size], np.diff(self.indptr))
        return replace(
            self,
            counts=np.where(entries, np.float32(1), self.counts),
            tfidf=np.where(entries, np.float32(0), self.tfidf),
            bm25=np.where(entries, np.float32(0), self.bm25),
            term_tfidf=np.where(hidden[self.term_rows], np.float32(0), self.term_tfidf),
        )

    def places(self, columns: Int32s) -> Ints:
        """The index of each term in `terms`, -1 for those that occur in no row."""
        at = np.searchsorted(self.terms, columns)
        occurs = len(self.terms) and np.take(self.terms, at, mode="clip") == columns
        return np.where(occurs, at, -1)

    def slices(self, places: Ints, low: int, high: int) -> tuple[Ints, Ints]:
        """Start and end in `term_rows` of the rows from `low` to `high` (from 0) of each term."""
        starts, ends = self.term_ptr[places], self.term_ptr[places + 1]
        if high < self.posted:
            ends = lower_bounds(self.term_rows, starts, ends, high)
        if low > 0:
            starts = lower_bounds(self.term_rows, starts, ends, low)
        return starts, ends

    def document_frequencies(self, columns: Int32s, high: int) -> Ints:
        """The number of its first `high` rows that contain each term."""
        places = self.places(columns)
        frequencies = np.zeros(len(columns), dtype=np.int64)
        occurs = places >= 0
        starts, ends = self.slices(places[occurs], 0, high)
        frequencies[occurs] = ends - starts
        return frequencies

    def frequencies_before(self, columns: Int32s, rows: Ints) -> Ints:
        """For each pair of term and row (from 0), the number of earlier rows that contain the term."""
        width = self.posted + 1
        keys = np.repeat(np.arange(len(self.terms), dtype=np.int64), np.diff(self.term_ptr)) * width
        keys += self.term_rows
        places = self.places(columns)
        known = np.maximum(places, 0)
        frequencies = np.searchsorted(keys, known * width + rows) - self.term_ptr[known]
        return np.where(places >= 0, frequencies, 0)

    @cached_property
    def term_bm25(self) -> Floats:
        """BM25 weights by term, computed on first use: only baselines need them."""
        _, _, _, order = _by_term(self.indptr, self.columns)
        return self.bm25[order]


def build_segment(
    counts: sparse.csr_matrix,
    first: int,
    frequencies_before: Ints,
    *,
    tokens_before: float,
    full_text: tuple[TermSegment, Ints] | None = None,
) -> TermSegment:
    """Weigh the rows from row `first` on.

    `counts` has shape (articles, COLUMNS); `frequencies_before` is the number of rows before `first` that
    contain each of its distinct terms, sorted. With `full_text`, the segment of the full texts and the same
    frequencies of it, document frequencies are those of the full texts.
    """
    indptr, columns = counts.indptr.astype(np.int64), counts.indices.astype(np.int32)
    terms, ptr, rows, order = _by_term(indptr, columns)
    place = np.repeat(np.arange(len(terms), dtype=np.int64), np.diff(ptr))
    earlier = np.empty(len(columns), dtype=np.int64)
    if full_text is None:
        earlier[order] = np.arange(len(columns)) - ptr[place] + frequencies_before[place]
    else:
        text, before = full_text
        row_of = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
        # in posting order: unsorted lookups take several times as long
        earlier[order] = before[place] + text.frequencies_before(columns[order], row_of[order])
    tfidf, bm25 = _weigh(counts.data, indptr, earlier, first, tokens_before)
    by_row = (first, indptr, columns, counts.data, tfidf, bm25)
    return TermSegment(
        *by_row, terms, ptr, rows, tfidf[order], posted=len(indptr) - 1, tokens=_total(counts.data)
    )


def merge_segments(parts: Sequence[TermSegment]) -> TermSegment:
    """Consecutive segments joined into one, with the same weights."""
    ends = np.cumsum([0, *(part.postings for part in parts)])
    indptr = np.concatenate(
        [np.zeros(1, np.int64), *(part.indptr[1:] + end for part, end in zip(parts, ends[:-1], strict=True))]
    )
    joined = {
        name: np.concatenate([getattr(part, name)[: part.postings] for part in parts])
        for name in ("columns", "counts", "tfidf", "bm25")
    }
    terms, ptr, rows, order = _by_term(indptr, joined["columns"])
    return TermSegment(
        parts[0].first,
        indptr,
        **joined,
        terms=terms,
        term_ptr=ptr,
        term_rows=rows,
        term_tfidf=joined["tfidf"][order],
        posted=len(indptr) - 1,
        tokens=sum(part.tokens for part in parts),
    )


def distinct_terms(columns: Int32s) -> Int32s:
    """The distinct columns, sorted."""
    if len(columns) < _FEW:
        return np.unique(columns)
    return np.flatnonzero(np.bincount(columns)).astype(np.int32)


def _total(counts: Floats) -> float:
    return float(counts.sum(dtype=np.float64))


def inverse_frequency(frequencies: Ints, rows: Ints | int) -> NDArray[np.float64]:
    """Inverse document frequency, above zero: BM25's (Robertson & Zaragoza 2009, equation 3.3, plus one)."""
    result: NDArray[np.float64] = np.log1p((rows - frequencies + 0.5) / (frequencies + 0.5))
    return result


@dataclass(frozen=True, slots=True)
class TermVector:
    """The terms of one text: columns (sorted) and counts."""

    columns: Int32s
    counts: Floats


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """The terms of a query as of a moment: TF-IDF weights of unit length, and IDF for BM25."""

    columns: Int32s
    tfidf: Floats
    bm25: Floats


def weigh_terms(vector: TermVector, frequencies: Ints, before: int) -> WeightedTerms:
    """The weights of a query, given the document frequencies of its terms in the rows before row `before`."""
    rarity = inverse_frequency(frequencies, before)
    weights = (1 + np.log(vector.counts)) * rarity
    weights /= max(float(np.sqrt((weights**2).sum())), 1e-9)
    return WeightedTerms(vector.columns, weights.astype(np.float32), rarity.astype(np.float32))


def weights_table(columns: Int32s, queries: Sequence[tuple[WeightedTerms, bool]]) -> Floats:
    """The weight of each term (sorted columns) in each query, BM25's for True; shape (terms, queries).

    The queries must have no other terms.
    """
    weights = np.zeros((len(columns), len(queries)), dtype=np.float32)
    for at, (query, bm25) in enumerate(queries):
        weights[np.searchsorted(columns, query.columns), at] = query.bm25 if bm25 else query.tfidf
    return weights


def _by_term(indptr: Ints, columns: Int32s) -> tuple[Int32s, Ints, Int32s, Ints]:
    """Distinct terms, the offsets of their posting lists, the rows in them, and their order by article."""
    if len(columns) < _FEW:
        return _by_few_terms(indptr, columns)
    terms = distinct_terms(columns)
    place = np.zeros(int(terms[-1]) + 1 if len(terms) else 0, dtype=np.int32)
    place[terms] = np.arange(len(terms))
    shape = (len(indptr) - 1, len(terms))
    by_row = sparse.csr_matrix((np.arange(len(columns)), place[columns], indptr), shape=shape)
    by_term = by_row.tocsc()
    return (
        terms,
        by_term.indptr.astype(np.int64),
        by_term.indices.astype(np.int32),
        by_term.data.astype(np.int64),
    )


def _by_few_terms(indptr: Ints, columns: Int32s) -> tuple[Int32s, Ints, Int32s, Ints]:
    """The same by sorting, which is faster for few articles than a table of all terms."""
    order = np.argsort(columns, kind="stable")
    terms, begins = np.unique(columns[order], return_index=True)
    rows = np.repeat(np.arange(len(indptr) - 1, dtype=np.int32), np.diff(indptr))
    return terms, np.append(begins, len(columns)), rows[order], order


def _weigh(
    counts: Floats, indptr: Ints, earlier: Ints, first: int, tokens_before: float
) -> tuple[Floats, Floats]:
    size = len(indptr) - 1
    row = np.repeat(np.arange(size), np.diff(indptr))
    weights = (1 + np.log(counts)) * inverse_frequency(earlier + 1, row + first + 1)
    norms = np.sqrt(np.bincount(row, weights**2, minlength=size))
    tfidf = weights / np.maximum(norms[row], 1e-9)
    tokens = np.bincount(row, counts, minlength=size)
    average = (tokens_before + np.cumsum(tokens)) / np.arange(first + 1, first + size + 1)
    relative = (tokens / np.maximum(average, 1e-9))[row]
    bm25 = counts / (counts + BM25_K1 * (1 - BM25_B + BM25_B * relative))
    return tfidf.astype(np.float32), bm25.astype(np.float32)
