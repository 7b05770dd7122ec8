"""Feature columns and column groups; the query context and the candidates they are computed for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.corpus import CorpusView, Query, WeightedTerms
from recsys.corpus.inverted_index import MOST_POSTINGS, Floats, Ints
from recsys.kernels import best_rows, divide_by_best, reciprocal_ranks

HOURS_IN_YEAR = 24 * 365
OBSERVED_LIVE = 24 * 3_600_000_000
"""The delay between publication and first sight, in microseconds, from which features use the former. Without
such a limit models mix two meanings of age: on bbc, where one article in ten has a time of publication,
recall@10 fell by .003 and +6h new by .008."""
EXHAUSTIVE_SEARCH_SIZE = 50_000
"""Corpus size up to which the query is compared with every article: cheaper than comparing some again."""
MOST_SIMILAR = 200
"""Number of nearest neighbours of the query that are looked up."""

Group = Literal["relatedness", "appeal"]


@dataclass(frozen=True, slots=True)
class Column:
    """One feature, with values in [0, 1]; `says` is its name in explanations."""

    name: str
    group: Group
    doc: str
    says: str


class Neighbours(NamedTuple):
    """Rows of similar articles, most similar first (ties: newest first), and their cosines."""

    rows: Ints
    cosines: Floats

    def first(self, count: int) -> Neighbours:
        """The `count` most similar."""
        return Neighbours(self.rows[:count], self.cosines[:count])


_NO_TERMS = WeightedTerms(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True)
class QueryContext:
    """The corpus as of a moment, and the article being read, if any."""

    view: CorpusView
    query: Query | None = None
    window: timedelta | None = None
    """Largest age of a candidate; None admits the whole corpus."""

    @cached_property
    def first_row(self) -> int:
        """A row before which no story is within the window; later ones may be older (`in_window`)."""
        return self.view.since(self.window)

    def in_window(self, rows: Ints) -> NDArray[np.bool_]:
        """Which stories are within the window; shape (rows,)."""
        if self.window is None:
            return np.ones(len(rows), dtype=np.bool_)
        return self.view.story_times(rows) >= self.view.edge_of(self.window)

    @cached_property
    def weighted(self) -> dict[str, WeightedTerms]:
        """The query's terms by field, weighted by the document frequencies then; empty without a query."""
        return {} if self.query is None else self.view.weigh(self.query)

    @cached_property
    def words(self) -> NDArray[np.int32]:
        """Term ids of the query, ascending; empty without a query."""
        return np.zeros(0, dtype=np.int32) if self.query is None else self.query.words

    @cached_property
    def similarity_to_all(self) -> Floats:
        """Cosine of the query's text with every article of the view; shape (view.size,)."""
        if self.query is None:
            return np.zeros(self.view.size, dtype=np.float32)
        return self.search("text", "text")

    def similarity_to(self, rows: Ints) -> Floats:
        """Exact cosine of the query's text with these articles; shape (rows,)."""
        if self.view.size <= EXHAUSTIVE_SEARCH_SIZE or self.query is None:
            return self.similarity_to_all[rows]
        terms, late = self.view.corpus.terms, self.view.came_later(rows)
        cosines = terms["text"].similarity(self.weighted["text"], rows)
        if late.any():
            cosines[late] = terms["headline"].similarity(self.weighted["text"], rows[late])
        return cosines

    @cached_property
    def most_similar(self) -> Neighbours:
        """Up to MOST_SIMILAR articles within the window whose texts are most similar to the query's."""
        return self.nearest("text", "text", MOST_SIMILAR)

    def nearest(self, query_field: str, field: str, count: int) -> Neighbours:
        """Up to `count` articles within the window by the cosine of a query field with one of their fields.

        Only cosines above 0. In a large corpus the search uses the query's heaviest terms alone, see
        `MOST_POSTINGS`.
        """
        view = self.view
        if self.query is None or (view.size > EXHAUSTIVE_SEARCH_SIZE and not view.any_page_came_later):
            index, terms = view.corpus.terms[field], self.weighted.get(query_field, _NO_TERMS)
            is_eligible = None if self.window is None else self.in_window
            return Neighbours(
                *index.best(
                    terms, view.size, count, self.first_row, most=MOST_POSTINGS, is_eligible=is_eligible
                )
            )
        if (query_field, field) == ("text", "text"):
            cosines = self.similarity_to_all
        else:
            cosines = self.search(query_field, field)
        if self.window is not None:
            cosines = cosines * self.in_window(np.arange(view.size))
        rows = best_rows(cosines, count)
        return Neighbours(rows, cosines[rows])

    def search(self, query_field: str, field: str, *, bm25: bool = False) -> Floats:
        """Cosine (or BM25) of a query field with a field of every article; shape (view.size,).

        Articles whose page was first read after the moment are compared by headline.
        """
        view, query_terms = self.view, self.weighted[query_field]
        terms = view.corpus.terms
        scores = terms[field].search(query_terms, view.size, bm25=bm25)
        if field != "headline" and view.any_page_came_later:
            late = np.flatnonzero(view.page_came_later)
            scores[late] = terms["headline"].similarity(query_terms, late, bm25=bm25)
        return scores


@dataclass(frozen=True)
class CandidateSet:
    """Candidates of a query context: rows of the corpus that were known at its moment."""

    context: QueryContext
    rows: Ints
    computed: dict[tuple[ColumnGroup, ...], Floats] = field(default_factory=dict, repr=False, compare=False)
    """Columns that are needed more than once."""

    @property
    def view(self) -> CorpusView:
        """The corpus as of the moment."""
        return self.context.view

    @cached_property
    def page_came_later(self) -> NDArray[np.bool_]:
        """Which candidates were known only by headline, because their page was read after the moment."""
        return self.view.came_later(self.rows)

    @cached_property
    def times(self) -> Ints:
        """When each candidate's story was published, as far as was known; shape (candidates,)."""
        return self.view.story_times(self.rows)

    @cached_property
    def hours(self) -> NDArray[np.float64]:
        """The age of each candidate's story in hours, as models learn it; shape (candidates,).

        A story that was first seen within a day of its publication counts from then on: it was observed live,
        and on most lists the time of publication is unknown.
        """
        seen = self.view.corpus.first_seen[self.rows]
        delay = seen - self.times
        return self.view.hours_since(np.where((delay > 0) & (delay < OBSERVED_LIVE), seen, self.times))

    @cached_property
    def log_age(self) -> Floats:
        """Log of the age of each candidate's story in hours, 1 at a year; shape (candidates,)."""
        return log_scaled(self.hours, HOURS_IN_YEAR)

    @cached_property
    def formats(self) -> Floats:
        """Format flags of every candidate and last the length of its text; shape (candidates, flags + 1)."""
        corpus = self.view.corpus
        values = np.empty((len(self.rows), corpus.formats.shape[1] + 1), dtype=np.float32)
        values[:, :-1] = np.take(corpus.formats, self.rows, axis=0)
        values[:, -1] = corpus.body_lengths[self.rows]
        values[self.page_came_later, -1] = 0
        return values


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """Columns that are computed together; `compute` returns an array of shape (candidates, columns)."""

    columns: tuple[Column, ...]
    compute: Callable[[CandidateSet], Floats]


def over_max(values: Floats) -> Floats:
    """Each value over the maximum of its column, 0 in columns without a positive value."""
    return divide_by_best(np.ascontiguousarray(values, dtype=np.float32))


def reciprocal_rank(values: Floats) -> Floats:
    """Reciprocal rank within the column (competition ranking: ties share the better rank), 0 for 0."""
    return reciprocal_ranks(np.ascontiguousarray(values, dtype=np.float32))


def log_scaled(values: NDArray[np.float64] | Floats, full: float) -> Floats:
    """log(1 + value) / log(1 + full), clipped to 1."""
    scaled: Floats = np.minimum(np.log1p(np.maximum(values, 0)) / np.log1p(full), 1).astype(np.float32)
    return scaled
