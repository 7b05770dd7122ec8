"""Terms of texts as sparse rows in order of arrival, with TF-IDF and BM25 weights fixed at arrival.

An index is a run of segments (see `recsys.corpus.term_segments`); a query is weighted with the document
frequencies of its own moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.corpus.accumulators import places, scratch
from recsys.corpus.analysis import COLUMNS
from recsys.corpus.term_segments import (
    Floats,
    Ints,
    TermSegment,
    build_segment,
    distinct_terms,
)
from recsys.corpus.term_weights import TermVector, WeightedTerms, weigh_terms
from recsys.kernels import (
    Postings,
    Rows,
    Slices,
    Touched,
    add_postings,
    best_touched,
    multiply_rows,
    touch_postings,
)

__all__ = ["MOST_POSTINGS", "Floats", "Ints", "InvertedIndex", "RowWeights"]

MOST_POSTINGS = 200_000
"""Postings that a search looks at, at most: those of the query's best terms, by weight. What of the best is
lost by it stands in docs/performance.md; up to some 50,000 news stories nothing is left out."""


@dataclass(frozen=True, slots=True)
class RowWeights:
    """TF-IDF weights of consecutive rows: row `i` has the places `bounds[i]` to `bounds[i + 1]`."""

    bounds: list[int]
    columns: NDArray[np.int32]
    values: Floats

    def slice(self, row: int) -> slice:
        """The places of a row."""
        return slice(self.bounds[row], self.bounds[row + 1])


class InvertedIndex:
    """Rows of weighted terms in order of arrival, and the same by term.

    With `whole`, the index of the texts that these are parts of, terms have its frequencies: a query of one
    field can then be asked of another. Nothing in it changes; `extended` makes another one.
    """

    def __init__(self, segments: Sequence[TermSegment] = (), whole: InvertedIndex | None = None) -> None:
        self.segments = tuple(segments)
        self.size = self.segments[-1].end if self.segments else 0
        self._whole = whole
        self._ends = np.array([segment.end for segment in self.segments], dtype=np.int64)

    @classmethod
    def of(cls, counts: sparse.csr_matrix, whole: InvertedIndex | None = None) -> InvertedIndex:
        """Of occurrences (articles in order of arrival x COLUMNS)."""
        return cls((), None if whole is None else whole.cut(0)).extended(counts, whole)

    def cut(self, end: int) -> InvertedIndex:
        """Without the rows from row `end` on."""
        kept = [each if each.end <= end else each.cut(end) for each in self.segments if each.first < end]
        return InvertedIndex(kept, None if self._whole is None else self._whole.cut(end))

    def extended(self, counts: sparse.csr_matrix, whole: InvertedIndex | None = None) -> InvertedIndex:
        """With more rows, as one more segment; `whole` is that of the index's with them."""
        if not counts.shape[0]:
            return InvertedIndex(self.segments, whole)
        columns = counts.indices.astype(np.int32)
        terms = distinct_terms(columns)
        before = (self if whole is None else whole).document_frequencies(terms, self.size)
        segment = build_segment(
            counts,
            self.size,
            before,
            tokens_before=sum(each.tokens for each in self.segments),
            whole=None if whole is None else (whole.segments[-1], before),
        )
        return InvertedIndex((*self.segments, segment), whole)

    @property
    def counts(self) -> sparse.csr_matrix:
        """What it was made of: occurrences by hashed column, a row an article."""
        parts = [
            sparse.csr_matrix((each.counts, each.columns, each.indptr), shape=(each.size, COLUMNS))
            for each in self.segments
        ]
        return (
            sparse.vstack(parts, format="csr") if parts else sparse.csr_matrix((0, COLUMNS), dtype=np.float32)
        )

    def counts_of(self, rows: Ints) -> sparse.csr_matrix:
        """The occurrences of some rows, in their order."""
        lengths, columns, values = self._gather(rows, "counts")
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        return sparse.csr_matrix((values, columns, indptr), shape=(len(rows), COLUMNS))

    @staticmethod
    def vector(counts: sparse.csr_matrix) -> TermVector:
        """The first row of `counts`, to ask with it."""
        return TermVector(counts.indices.astype(np.int32), counts.data.astype(np.float32))

    def row_vector(self, row: int) -> TermVector:
        """The terms of a row, to ask with it."""
        segment, part = self._part(row)
        return TermVector(segment.columns[part], segment.counts[part])

    def weights_of(self, start: int, end: int) -> RowWeights:
        """The TF-IDF weights of the rows from `start` to `end`."""
        lengths, columns, values = self._gather(np.arange(start, end), "tfidf")
        return RowWeights(np.concatenate([[0], np.cumsum(lengths)]).tolist(), columns, values)

    def cosines(self, rows: Ints, others: Ints) -> Floats:
        """Cosine of every one of `rows` with every one of `others`; shape (rows, others)."""
        lengths, columns, values = self._gather(others, "tfidf")
        held = distinct_terms(columns)
        which = np.repeat(np.arange(len(others)), lengths)
        dense = np.zeros((len(held), len(others)), dtype=np.float32)
        dense[np.searchsorted(held, columns), which] = values
        return self.products(rows, held, dense)

    def products(
        self, rows: Ints, columns: NDArray[np.int32], weights: Floats, *, bm25: bool = False
    ) -> Floats:
        """Each row's weights of some terms (columns, rising) times `weights` (terms, k); shape (rows, k)."""
        place = places.of(columns)
        try:
            return self._multiply(rows, place, weights, "bm25" if bm25 else "tfidf")
        finally:
            place[columns] = 0

    def _multiply(self, rows: Ints, place: NDArray[np.int32], weights: Floats, what: str) -> Floats:
        found = np.zeros((len(rows), weights.shape[1]), dtype=np.float32)
        for segment, at in self._by_segment(rows):
            table = Rows(segment.indptr, segment.columns, getattr(segment, what))
            found[at] = multiply_rows(table, rows[at] - segment.first, place, weights)
        return found

    def _by_segment(self, rows: Ints) -> Iterator[tuple[TermSegment, slice | NDArray[np.int64]]]:
        """The segments of rows, each with where its rows stand among them."""
        number = np.searchsorted(self._ends, rows, side="right") if len(self.segments) > 1 else _ZERO
        first, last = (int(number.min()), int(number.max())) if len(rows) else (0, -1)
        if first == last:
            yield self.segments[first], slice(None)
            return
        for at in range(first, last + 1):
            where = np.flatnonzero(number == at)
            if len(where):
                yield self.segments[at], where

    def similarity(self, query: WeightedTerms, rows: Ints, *, bm25: bool = False) -> Floats:
        """Cosine (or BM25) of the query with the given rows; shape (rows,)."""
        weights = query.bm25 if bm25 else query.tfidf
        return self.products(rows, query.columns, weights[:, None], bm25=bm25)[:, 0]

    def document_frequencies(self, columns: NDArray[np.int32], before: int) -> Ints:
        """How many of the rows before row `before` hold each term."""
        found = np.zeros(len(columns), dtype=np.int64)
        for segment in self.segments:
            if segment.first < before:
                found += segment.holding(columns, min(before - segment.first, segment.size))
        return found

    def weigh(self, vector: TermVector, before: int) -> WeightedTerms:
        """A query's weights with the frequencies of the rows before row `before`."""
        index = self if self._whole is None else self._whole
        return weigh_terms(vector, index.document_frequencies(vector.columns, before), before)

    def search(
        self,
        query: WeightedTerms,
        before: int,
        *,
        since: int = 0,
        bm25: bool = False,
    ) -> Floats:
        """Cosine (or BM25) of the query with every row from `since` to `before`; shape (before - since,)."""
        scores = np.zeros(max(before - since, 0), dtype=np.float32)
        weights = query.bm25 if bm25 else query.tfidf
        for segment, starts, ends in self._slices(query.columns, since, before):
            values = segment.term_bm25 if bm25 else segment.term_tfidf
            postings = Postings(segment.term_rows, values, segment.first - since)
            add_postings(scores, postings, starts, ends, weights)
        return scores

    def best(
        self, query: WeightedTerms, before: int, count: int, *, since: int = 0, most: int | None = None
    ) -> tuple[Ints, Floats]:
        """The rows from `since` to `before` with the largest cosines above 0, and these; the best first.

        Ties go to the higher row. The same as looking for them in all that `search` gives, but only rows
        that share a term with the query are looked at. With `most`, those of its best terms alone: the
        heaviest that together have so many postings.
        """
        found = list(self._slices(query.columns, since, before))
        kept = _best_terms(query.tfidf, _lengths(found, len(query.columns)), most)
        scores, rows = scratch.of(max(before - since, 0))
        touched = Touched(rows, 0)
        for segment, starts, ends in found:
            postings = Postings(segment.term_rows, segment.term_tfidf, segment.first - since)
            slices = Slices(starts[kept], ends[kept])
            touched = Touched(rows, touch_postings(scores, touched, postings, slices, query.tfidf[kept]))
        best = best_touched(scores, touched, count)
        values = scores[best]
        scores[rows[: touched.filled]] = 0
        return best + since, values

    def _slices(
        self, columns: NDArray[np.int32], since: int, before: int
    ) -> Iterator[tuple[TermSegment, Ints, Ints]]:
        for segment in self.segments:
            low, high = max(since - segment.first, 0), min(before - segment.first, segment.size)
            if low < high:
                places = segment.places(columns)
                held = places >= 0
                starts, ends = np.zeros((2, len(columns)), dtype=np.int64)
                starts[held], ends[held] = segment.slices(places[held], low, high)
                yield segment, starts, ends

    def _part(self, row: int) -> tuple[TermSegment, slice]:
        segment = self.segments[int(np.searchsorted(self._ends, row, side="right"))]
        at = row - segment.first
        return segment, slice(int(segment.indptr[at]), int(segment.indptr[at + 1]))

    def _gather(self, rows: Ints, what: str) -> tuple[Ints, NDArray[np.int32], Floats]:
        """How many terms each row has, their columns and their values, one row after the other."""
        if len(self.segments) == 1 or not len(rows):
            return _gather_from(self.segments[0], rows, what) if len(rows) else _NOTHING
        number = np.searchsorted(self._ends, rows, side="right")
        parts = [(at, np.flatnonzero(number == at)) for at in np.unique(number).tolist()]
        found = [(where, *_gather_from(self.segments[at], rows[where], what)) for at, where in parts]
        if len(found) == 1:
            return found[0][1:]
        lengths = np.zeros(len(rows), dtype=np.int64)
        for where, theirs, _, _ in found:
            lengths[where] = theirs
        ends = np.cumsum(lengths)
        columns, values = np.empty(ends[-1], dtype=np.int32), np.empty(ends[-1], dtype=np.float32)
        for where, theirs, their_columns, their_values in found:
            at = _flat(ends[where] - theirs, theirs)
            columns[at], values[at] = their_columns, their_values
        return lengths, columns, values


_ZERO = np.zeros(1, dtype=np.int64)
_NOTHING = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))


def _gather_from(segment: TermSegment, rows: Ints, what: str) -> tuple[Ints, NDArray[np.int32], Floats]:
    local = rows - segment.first
    starts = segment.indptr[local]
    lengths = segment.indptr[local + 1] - starts
    at = _flat(starts, lengths)
    values: Floats = getattr(segment, what)[at]
    return lengths, segment.columns[at], values


def _flat(starts: Ints, lengths: Ints) -> Ints:
    """Indices of slices, one after the other."""
    ends = np.cumsum(lengths)
    flat: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    return flat


def _lengths(found: Sequence[tuple[TermSegment, Ints, Ints]], terms: int) -> Ints:
    """How many postings each term has."""
    return sum((ends - starts for _, starts, ends in found), np.zeros(terms, dtype=np.int64))


def _best_terms(weights: Floats, postings: Ints, most: int | None) -> slice | Ints:
    """The terms that are looked at, in their order: the heaviest, until they have `most` postings."""
    if most is None or int(postings.sum()) <= most:
        return slice(None)
    order = np.argsort(-weights, kind="stable")
    fits = np.cumsum(postings[order]) <= most
    fits[0] = True
    return np.sort(order[fits])
