"""The inverted index: sparse rows of terms in order of arrival, with TF-IDF and BM25 weights.

An index is a sequence of segments (see `recsys.corpus.term_segments`); a query is weighted with the document
frequencies of its own moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.corpus.analysis import COLUMNS, FIELDS
from recsys.corpus.term_segments import (
    Floats,
    Ints,
    TermSegment,
    TermVector,
    WeightedTerms,
    build_segment,
    distinct_terms,
    weigh_terms,
)
from recsys.kernels import (
    Postings,
    Rows,
    ScoredRows,
    Slices,
    accumulate_postings,
    add_postings,
    multiply_rows,
    top_scored,
)

__all__ = ["MOST_POSTINGS", "TEXT_FIELDS", "Floats", "Ints", "InvertedIndex", "RowWeights", "Workspace"]

MOST_POSTINGS = 200_000
"""The most postings a search reads: those of the query's heaviest terms. docs/performance.md has the loss in
recall; up to some 50,000 news stories there is none."""

TEXT_FIELDS = ("headline", "lead", "tag_words")
"""Fields that are compared with each other and with the text, and so share its document frequencies."""


class Workspace(threading.local):
    """Arrays reused by searches, one set a thread. They are all 0 between two searches."""

    def __init__(self) -> None:
        self.table = np.zeros(COLUMNS, dtype=np.int32)
        self._scores, self._rows = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int32)

    def positions(self, columns: NDArray[np.int32]) -> NDArray[np.int32]:
        """A table from column to its position in `columns`, from 1; the caller resets it."""
        self.table[columns] = np.arange(1, len(columns) + 1)
        return self.table

    def accumulators(self, size: int) -> tuple[Floats, NDArray[np.int32]]:
        """Scores of `size` rows, and space to list the rows with a score; the caller resets the scores."""
        if len(self._scores) < size:
            capacity = size + size // 4
            self._scores, self._rows = (
                np.zeros(capacity, dtype=np.float32),
                np.empty(capacity, dtype=np.int32),
            )
        return self._scores, self._rows


@dataclass(frozen=True, slots=True)
class RowWeights:
    """TF-IDF weights of consecutive rows: row `i` has the entries `bounds[i]` to `bounds[i + 1]`."""

    bounds: list[int]
    columns: NDArray[np.int32]
    values: Floats

    def slice(self, row: int) -> slice:
        """The entries of a row."""
        return slice(self.bounds[row], self.bounds[row + 1])


class InvertedIndex:
    """Rows of weighted terms in order of arrival, and their posting lists. Immutable.

    With `full_text`, the index of the texts that these rows are parts of, terms have its document
    frequencies, so that a query of one field can search another.
    """

    def __init__(
        self,
        segments: Sequence[TermSegment] = (),
        full_text: InvertedIndex | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        self.segments = tuple(segments)
        self.size = self.segments[-1].end if self.segments else 0
        self.workspace = workspace or Workspace()
        self._full_text = full_text
        self._ends = np.array([segment.end for segment in self.segments], dtype=np.int64)

    @classmethod
    def of(cls, counts: sparse.csr_matrix, full_text: InvertedIndex | None = None) -> InvertedIndex:
        """The index of term counts; shape (articles in order of arrival, COLUMNS)."""
        return cls((), None if full_text is None else full_text.cut(0)).extended(counts, full_text)

    def cut(self, end: int) -> InvertedIndex:
        """The index without the rows from row `end` on."""
        segments = [each if each.end <= end else each.cut(end) for each in self.segments if each.first < end]
        full_text = None if self._full_text is None else self._full_text.cut(end)
        return InvertedIndex(segments, full_text, self.workspace)

    def without_weights(self, rows: Ints) -> InvertedIndex:
        """The index in which these rows match nothing; document frequencies stay the same."""
        segments = [
            each.without_weights(rows[(rows >= each.first) & (rows < each.end)] - each.first)
            for each in self.segments
        ]
        return InvertedIndex(segments, self._full_text, self.workspace)

    def extended(self, counts: sparse.csr_matrix, full_text: InvertedIndex | None = None) -> InvertedIndex:
        """The index with more rows, as one more segment; `full_text` must contain them already."""
        if not counts.shape[0]:
            return InvertedIndex(self.segments, full_text, self.workspace)
        columns = counts.indices.astype(np.int32)
        terms = distinct_terms(columns)
        before = (self if full_text is None else full_text).document_frequencies(terms, self.size)
        segment = build_segment(
            counts,
            self.size,
            before,
            tokens_before=sum(each.tokens for each in self.segments),
            full_text=None if full_text is None else (full_text.segments[-1], before),
        )
        return InvertedIndex((*self.segments, segment), full_text, self.workspace)

    @property
    def counts(self) -> sparse.csr_matrix:
        """The term counts it was built from, one row an article."""
        parts = [
            sparse.csr_matrix((each.counts, each.columns, each.indptr), shape=(each.size, COLUMNS))
            for each in self.segments
        ]
        return (
            sparse.vstack(parts, format="csr") if parts else sparse.csr_matrix((0, COLUMNS), dtype=np.float32)
        )

    def counts_of(self, rows: Ints) -> sparse.csr_matrix:
        """The term counts of some rows, in their order."""
        lengths, columns, values = self._gather(rows, "counts")
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        return sparse.csr_matrix((values, columns, indptr), shape=(len(rows), COLUMNS))

    @staticmethod
    def vector(counts: sparse.csr_matrix) -> TermVector:
        """The first row of `counts` as a query."""
        return TermVector(counts.indices.astype(np.int32), counts.data.astype(np.float32))

    def row_vector(self, row: int) -> TermVector:
        """The terms of a row as a query."""
        segment, part = self._locate(row)
        return TermVector(segment.columns[part], segment.counts[part])

    def weights_of(self, start: int, end: int) -> RowWeights:
        """The TF-IDF weights of the rows from `start` to `end`."""
        lengths, columns, values = self._gather(np.arange(start, end), "tfidf")
        return RowWeights(np.concatenate([[0], np.cumsum(lengths)]).tolist(), columns, values)

    def cosines(self, rows: Ints, others: Ints) -> Floats:
        """Cosines of `rows` with `others`; shape (rows, others)."""
        lengths, columns, values = self._gather(others, "tfidf")
        terms = distinct_terms(columns)
        which = np.repeat(np.arange(len(others)), lengths)
        dense = np.zeros((len(terms), len(others)), dtype=np.float32)
        dense[np.searchsorted(terms, columns), which] = values
        return self.products(rows, terms, dense)

    def products(
        self, rows: Ints, columns: NDArray[np.int32], weights: Floats, *, bm25: bool = False
    ) -> Floats:
        """The weights of terms (sorted columns) in each row times `weights` (terms, k); shape (rows, k)."""
        positions = self.workspace.positions(columns)
        try:
            return self._multiply(rows, positions, weights, "bm25" if bm25 else "tfidf")
        finally:
            positions[columns] = 0

    def _multiply(self, rows: Ints, positions: NDArray[np.int32], weights: Floats, field: str) -> Floats:
        products = np.zeros((len(rows), weights.shape[1]), dtype=np.float32)
        for segment, at in self._by_segment(rows):
            table = Rows(segment.indptr, segment.columns, getattr(segment, field))
            products[at] = multiply_rows(table, rows[at] - segment.first, positions, weights)
        return products

    def _by_segment(self, rows: Ints) -> Iterator[tuple[TermSegment, slice | NDArray[np.int64]]]:
        """The segments that contain the rows, each with the indices of its rows."""
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
        """Cosines (or BM25 scores) of the query with the given rows; shape (rows,)."""
        weights = query.bm25 if bm25 else query.tfidf
        return self.products(rows, query.columns, weights[:, None], bm25=bm25)[:, 0]

    def document_frequencies(self, columns: NDArray[np.int32], before: int) -> Ints:
        """The number of rows before row `before` that contain each term."""
        frequencies = np.zeros(len(columns), dtype=np.int64)
        for segment in self.segments:
            if segment.first < before:
                high = min(before - segment.first, segment.size)
                frequencies += segment.document_frequencies(columns, high)
        return frequencies

    def rows_with(self, column: int, before: int) -> Ints:
        """The rows before row `before` that contain a term, in order."""
        found = [
            segment.term_rows[starts[0] : ends[0]].astype(np.int64) + segment.first
            for segment, starts, ends in self._slices(np.array([column], dtype=np.int32), 0, before)
        ]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def weigh(self, vector: TermVector, before: int) -> WeightedTerms:
        """The weights of a query with the document frequencies of the rows before row `before`."""
        index = self if self._full_text is None else self._full_text
        return weigh_terms(vector, index.document_frequencies(vector.columns, before), before)

    def search(
        self,
        query: WeightedTerms,
        before: int,
        *,
        since: int = 0,
        bm25: bool = False,
    ) -> Floats:
        """Cosines (or BM25 scores) of the query with rows `since` to `before`; shape (before - since,)."""
        scores = np.zeros(max(before - since, 0), dtype=np.float32)
        weights = query.bm25 if bm25 else query.tfidf
        for segment, starts, ends in self._slices(query.columns, since, before):
            values = segment.term_bm25 if bm25 else segment.term_tfidf
            postings = Postings(segment.term_rows, values, segment.first - since)
            add_postings(scores, postings, starts, ends, weights)
        return scores

    def best(
        self,
        query: WeightedTerms,
        before: int,
        count: int,
        since: int = 0,
        *,
        most: int | None = None,
        is_eligible: Callable[[Ints], NDArray[np.bool_]] | None = None,
    ) -> tuple[Ints, Floats]:
        """The rows from `since` to `before` with the largest cosines above 0, best first, and the cosines.

        Ties go to the higher row. Equal to the best of `search`, but reads only rows that share a term with
        the query. With `most`, reads only the query's heaviest terms that together have this many postings.
        `is_eligible` says which rows may be returned.
        """
        postings_of = list(self._slices(query.columns, since, before))
        terms = _heaviest_terms(query.tfidf, _lengths(postings_of, len(query.columns)), most)
        scores, rows = self.workspace.accumulators(max(before - since, 0))
        scored = ScoredRows(rows, 0)
        for segment, starts, ends in postings_of:
            postings = Postings(segment.term_rows, segment.term_tfidf, segment.first - since)
            slices = Slices(starts[terms], ends[terms])
            scored = ScoredRows(
                rows, accumulate_postings(scores, scored, postings, slices, query.tfidf[terms])
            )
        if is_eligible is not None:
            matched = rows[: scored.filled].astype(np.int64)
            scores[matched[~is_eligible(matched + since)]] = 0
        best = top_scored(scores, scored, count)
        if is_eligible is not None:
            best = best[scores[best] > 0]
        values = scores[best]
        scores[rows[: scored.filled]] = 0
        return best + since, values

    def _slices(
        self, columns: NDArray[np.int32], since: int, before: int
    ) -> Iterator[tuple[TermSegment, Ints, Ints]]:
        for segment in self.segments:
            low, high = max(since - segment.first, 0), min(before - segment.first, segment.size)
            if low < high:
                places = segment.places(columns)
                occurs = places >= 0
                starts, ends = np.zeros((2, len(columns)), dtype=np.int64)
                starts[occurs], ends[occurs] = segment.slices(places[occurs], low, high)
                yield segment, starts, ends

    def _locate(self, row: int) -> tuple[TermSegment, slice]:
        segment = self.segments[int(np.searchsorted(self._ends, row, side="right"))]
        at = row - segment.first
        return segment, slice(int(segment.indptr[at]), int(segment.indptr[at + 1]))

    def _gather(self, rows: Ints, field: str) -> tuple[Ints, NDArray[np.int32], Floats]:
        """The number of terms of each row, and the columns and values of all rows, concatenated."""
        if len(self.segments) == 1 or not len(rows):
            return _gather_from(self.segments[0], rows, field) if len(rows) else _EMPTY
        number = np.searchsorted(self._ends, rows, side="right")
        groups = [(at, np.flatnonzero(number == at)) for at in np.unique(number).tolist()]
        gathered = [(where, *_gather_from(self.segments[at], rows[where], field)) for at, where in groups]
        if len(gathered) == 1:
            return gathered[0][1:]
        lengths = np.zeros(len(rows), dtype=np.int64)
        for where, lengths_there, _, _ in gathered:
            lengths[where] = lengths_there
        ends = np.cumsum(lengths)
        columns, values = np.empty(ends[-1], dtype=np.int32), np.empty(ends[-1], dtype=np.float32)
        for where, lengths_there, columns_there, values_there in gathered:
            at = _flat(ends[where] - lengths_there, lengths_there)
            columns[at], values[at] = columns_there, values_there
        return lengths, columns, values


def build_field_indexes(
    segments: Mapping[str, Sequence[TermSegment]], workspace: Workspace | None = None
) -> dict[str, InvertedIndex]:
    """The index of every field, from the segments of each."""
    text = InvertedIndex(segments["text"], None, workspace)
    return {
        name: text
        if name == "text"
        else InvertedIndex(segments[name], text if name in TEXT_FIELDS else None, text.workspace)
        for name in FIELDS
    }


def index_fields(counts: dict[str, sparse.csr_matrix]) -> dict[str, InvertedIndex]:
    """The index of every field, from term counts of articles in order of arrival."""
    return extend_fields(build_field_indexes(dict.fromkeys(FIELDS, ())), counts)


def extend_fields(
    terms: dict[str, InvertedIndex], counts: dict[str, sparse.csr_matrix]
) -> dict[str, InvertedIndex]:
    """The index of every field with more rows."""
    text = terms["text"].extended(counts["text"])
    return {
        name: text if name == "text" else index.extended(counts[name], text if name in TEXT_FIELDS else None)
        for name, index in terms.items()
    }


_ZERO = np.zeros(1, dtype=np.int64)
_EMPTY = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))


def _gather_from(segment: TermSegment, rows: Ints, field: str) -> tuple[Ints, NDArray[np.int32], Floats]:
    local = rows - segment.first
    starts = segment.indptr[local]
    lengths = segment.indptr[local + 1] - starts
    at = _flat(starts, lengths)
    values: Floats = getattr(segment, field)[at]
    return lengths, segment.columns[at], values


def _flat(starts: Ints, lengths: Ints) -> Ints:
    """The indices in slices, concatenated."""
    ends = np.cumsum(lengths)
    flat: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    return flat


def _lengths(slices: Sequence[tuple[TermSegment, Ints, Ints]], terms: int) -> Ints:
    """The number of postings of each term."""
    return sum((ends - starts for _, starts, ends in slices), np.zeros(terms, dtype=np.int64))


def _heaviest_terms(weights: Floats, postings: Ints, most: int | None) -> slice | Ints:
    """The heaviest terms that together have up to `most` postings, in their order."""
    if most is None or int(postings.sum()) <= most:
        return slice(None)
    order = np.argsort(-weights, kind="stable")
    fits = np.cumsum(postings[order]) <= most
    fits[0] = True
    return np.sort(order[fits])
