"""What a feature is: a named, documented column; and the question that columns are computed for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.corpus import CorpusView, Query, WeightedTerms
from recsys.corpus.inverted_index import MOST_POSTINGS, Floats, Ints
from recsys.kernels import best_rows, divide_by_best, reciprocal_ranks

HOURS_IN_YEAR = 24 * 365
FEW = 50_000
"""Articles up to which a query is compared with every one: that costs less than to ask for some again."""
MOST_SIMILAR = 200

Group = Literal["relatedness", "appeal"]


@dataclass(frozen=True, slots=True)
class Column:
    """One feature. Its values lie in [0, 1]; `says` is how an explanation puts it in words."""

    name: str
    group: Group
    doc: str
    says: str


class Found(NamedTuple):
    """Rows, the best first (ties: the newer), and their cosines."""

    rows: Ints
    cosines: Floats

    def first(self, count: int) -> Found:
        """So many of them."""
        return Found(self.rows[:count], self.cosines[:count])


_NO_TERMS = WeightedTerms(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True)
class QueryContext:
    """A moment, and the article being read at it, or none."""

    view: CorpusView
    query: Query | None = None
    window: timedelta | None = None
    """How far back a story may have been first seen to be considered; None is the whole archive."""

    @cached_property
    def first(self) -> int:
        """The first row of the window."""
        return self.view.since(self.window)

    @cached_property
    def weighted(self) -> dict[str, WeightedTerms]:
        """The query's terms with the frequencies of the moment; empty without a query."""
        return {} if self.query is None else self.view.weigh(self.query)

    @cached_property
    def words(self) -> NDArray[np.int32]:
        """The columns of the query's words, rising; none without a query."""
        return np.zeros(0, dtype=np.int32) if self.query is None else self.query.words

    @cached_property
    def similarity_to_all(self) -> Floats:
        """Cosine of the query's text with every article of the view; shape (view.size,)."""
        if self.query is None:
            return np.zeros(self.view.size, dtype=np.float32)
        return self.search("text", "text")

    def similarity_to(self, rows: Ints) -> Floats:
        """Cosine of the query's text with some articles, with nothing left out; shape (rows,)."""
        if self.view.size <= FEW or self.query is None:
            return self.similarity_to_all[rows]
        terms, late = self.view.corpus.terms, self.view.came_later(rows)
        found = terms["text"].similarity(self.weighted["text"], rows)
        if late.any():
            found[late] = terms["headline"].similarity(self.weighted["text"], rows[late])
        return found

    @cached_property
    def most_similar(self) -> Found:
        """The articles of the window whose texts are most like the query's, MOST_SIMILAR at the most."""
        return self.best("text", "text", MOST_SIMILAR)

    def best(self, ours: str, theirs: str, count: int) -> Found:
        """The articles of the window with the largest cosines above 0 of a field of ours with one of theirs.

        Of a large archive they are looked for by the query's best terms alone, see `MOST_POSTINGS`.
        """
        view = self.view
        if self.query is None or (view.size > FEW and not view.any_page_came_later):
            terms, asked = view.corpus.terms[theirs], self.weighted.get(ours, _NO_TERMS)
            return Found(*terms.best(asked, view.size, count, since=self.first, most=MOST_POSTINGS))
        whole = self.similarity_to_all if (ours, theirs) == ("text", "text") else self.search(ours, theirs)
        rows = self.first + best_rows(whole[self.first :], count)
        return Found(rows, whole[rows])

    def search(self, ours: str, theirs: str, *, bm25: bool = False) -> Floats:
        """Cosine (or BM25) of a field of the query with a field of every article; shape (view.size,).

        Of an article whose page was seen later only the headline is known yet, and compared.
        """
        view, asked = self.view, self.weighted[ours]
        terms = view.corpus.terms
        scores = terms[theirs].search(asked, view.size, bm25=bm25)
        if theirs != "headline" and view.any_page_came_later:
            late = np.flatnonzero(view.page_came_later)
            scores[late] = terms["headline"].similarity(asked, late, bm25=bm25)
        return scores


@dataclass(frozen=True)
class CandidateSet:
    """Candidates (rows of the archive, known at the moment) beside what is being read."""

    context: QueryContext
    rows: Ints

    @property
    def view(self) -> CorpusView:
        """The archive as of the moment."""
        return self.context.view

    @cached_property
    def page_came_later(self) -> NDArray[np.bool_]:
        """Which candidates were known by their headline alone, their pages being seen later."""
        return self.view.came_later(self.rows)

    @cached_property
    def hours(self) -> NDArray[np.float64]:
        """Hours since each candidate was first seen; shape (candidates,)."""
        return self.view.hours_since(self.view.corpus.first_seen[self.rows])

    @cached_property
    def age(self) -> Floats:
        """Log of the hours since each candidate was first seen, a year is 1; shape (candidates,)."""
        return log_scaled(self.hours, HOURS_IN_YEAR)

    @cached_property
    def forms(self) -> Floats:
        """The forms of every candidate and, last, the length of its text; shape (candidates, forms + 1)."""
        corpus = self.view.corpus
        found = np.empty((len(self.rows), corpus.formats.shape[1] + 1), dtype=np.float32)
        found[:, :-1] = np.take(corpus.formats, self.rows, axis=0)
        found[:, -1] = corpus.body_lengths[self.rows]
        found[self.page_came_later, -1] = 0
        return found


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """Columns that are computed together: `compute` gives an array of shape (candidates, columns)."""

    columns: tuple[Column, ...]
    compute: Callable[[CandidateSet], Floats]


def over_best(values: Floats) -> Floats:
    """Each value over the largest of the column, 0 where nothing is above 0; shape kept."""
    return divide_by_best(np.ascontiguousarray(values, dtype=np.float32))


def reciprocal_rank(values: Floats) -> Floats:
    """One over the rank in the column (competition ranks: ties share the better), 0 for values of 0."""
    return reciprocal_ranks(np.ascontiguousarray(values, dtype=np.float32))


def log_scaled(values: NDArray[np.float64] | Floats, full: float) -> Floats:
    """log(1 + value) so that `full` becomes 1; larger values stay 1."""
    scaled: Floats = np.minimum(np.log1p(np.maximum(values, 0)) / np.log1p(full), 1).astype(np.float32)
    return scaled
