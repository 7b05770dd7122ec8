"""Terms of consecutive articles: plain arrays that never change, by article and by term.

A row's weights use the document frequencies of the moment at which its article arrived: the number of
earlier rows that hold the term. So a row never changes afterwards, nothing in it can come from the future,
a posting list cut at row `n` is the past, and a segment once made holds whatever follows it.
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
_FEW = 50_000  # columns that are sorted rather than counted


@dataclass(frozen=True)
class TermSegment:
    """Rows `first` to `first + size` of an index. Term columns are those of the hashed space.

    By article: row `i` holds the places `indptr[i]` to `indptr[i + 1]` of `columns` (rising), `counts`,
    `tfidf` and `bm25`. By term: `terms` (rising); term `j` stands in the rows `term_rows[term_ptr[j]:
    term_ptr[j + 1]]` (rising, from 0), with the weights at the same places of `term_tfidf`.
    A segment that was cut keeps its posting lists whole: whoever reads them stops at `size`.
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
    """How many rows the posting lists hold."""
    tokens: float
    """How many terms its rows have, repeated as they occur."""

    @property
    def size(self) -> int:
        return len(self.indptr) - 1

    @property
    def end(self) -> int:
        """The first row after it."""
        return self.first + self.size

    @property
    def postings(self) -> int:
        """How many terms of rows it holds."""
        return int(self.indptr[-1])

    def cut(self, end: int) -> TermSegment:
        """The same without the rows from row `end` of the index on."""
        size = min(end - self.first, self.size)
        last = int(self.indptr[size])
        shorter = {name: getattr(self, name)[:last] for name in ("columns", "counts", "tfidf", "bm25")}
        return replace(self, indptr=self.indptr[: size + 1], **shorter, tokens=_total(shorter["counts"]))

    def places(self, columns: Int32s) -> Ints:
        """Where each term stands in `terms`, -1 for those that no row holds."""
        at = np.searchsorted(self.terms, columns)
        held = len(self.terms) and np.take(self.terms, at, mode="clip") == columns
        return np.where(held, at, -1)

    def slices(self, places: Ints, low: int, high: int) -> tuple[Ints, Ints]:
        """Where in `term_rows` the rows from `low` to `high` (from 0) of each term begin and end."""
        starts, ends = self.term_ptr[places], self.term_ptr[places + 1]
        if high < self.posted:
            ends = lower_bounds(self.term_rows, starts, ends, high)
        if low > 0:
            starts = lower_bounds(self.term_rows, starts, ends, low)
        return starts, ends

    def holding(self, columns: Int32s, high: int) -> Ints:
        """How many of its first `high` rows hold each term."""
        places = self.places(columns)
        found = np.zeros(len(columns), dtype=np.int64)
        held = places >= 0
        starts, ends = self.slices(places[held], 0, high)
        found[held] = ends - starts
        return found

    def earlier(self, columns: Int32s, rows: Ints) -> Ints:
        """How many of its rows before each row (from 0) hold the term beside it."""
        width = self.posted + 1
        keys = np.repeat(np.arange(len(self.terms), dtype=np.int64), np.diff(self.term_ptr)) * width
        keys += self.term_rows
        places = self.places(columns)
        known = np.maximum(places, 0)
        found = np.searchsorted(keys, known * width + rows) - self.term_ptr[known]
        return np.where(places >= 0, found, 0)

    @cached_property
    def term_bm25(self) -> Floats:
        """BM25 weights by term; only baselines ask for them, so they are made when first asked for."""
        _, _, _, order = _by_term(self.indptr, self.columns)
        return self.bm25[order]


def build_segment(
    counts: sparse.csr_matrix,
    first: int,
    held_before: Ints,
    *,
    tokens_before: float,
    whole: tuple[TermSegment, Ints] | None = None,
) -> TermSegment:
    """Weigh the rows that follow row `first`.

    `counts` are occurrences (articles x COLUMNS); `held_before` says how many rows before `first` hold each
    of its distinct terms, rising. With `whole`, the segment of the texts that these are parts of (and the
    same numbers of it), frequencies are those of the texts.
    """
    indptr, columns = counts.indptr.astype(np.int64), counts.indices.astype(np.int32)
    terms, ptr, rows, order = _by_term(indptr, columns)
    place = np.repeat(np.arange(len(terms), dtype=np.int64), np.diff(ptr))
    earlier = np.empty(len(columns), dtype=np.int64)
    if whole is None:
        earlier[order] = np.arange(len(columns)) - ptr[place] + held_before[place]
    else:
        text, before = whole
        row_of = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
        # in the order in which they lie there: looked up as they come it takes several times as long
        earlier[order] = before[place] + text.earlier(columns[order], row_of[order])
    tfidf, bm25 = _weigh(counts.data, indptr, earlier, first, tokens_before)
    by_row = (first, indptr, columns, counts.data, tfidf, bm25)
    return TermSegment(
        *by_row, terms, ptr, rows, tfidf[order], posted=len(indptr) - 1, tokens=_total(counts.data)
    )


def merge_segments(parts: Sequence[TermSegment]) -> TermSegment:
    """One segment of several that follow one another, with the same weights."""
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
    """The distinct columns, rising."""
    if len(columns) < _FEW:
        return np.unique(columns)
    return np.flatnonzero(np.bincount(columns)).astype(np.int32)


def _total(counts: Floats) -> float:
    return float(counts.sum(dtype=np.float64))


def inverse_frequency(holding: Ints, rows: Ints | int) -> NDArray[np.float64]:
    """How rare a term is, above zero: BM25's form (Robertson & Zaragoza 2009, equation 3.3, plus one)."""
    result: NDArray[np.float64] = np.log1p((rows - holding + 0.5) / (holding + 0.5))
    return result


def _by_term(indptr: Ints, columns: Int32s) -> tuple[Int32s, Ints, Int32s, Ints]:
    """Distinct terms, where their posting lists begin, the rows in them, and their places by article."""
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
    """The same by sorting: a table of all terms would take longer than a few articles do."""
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
