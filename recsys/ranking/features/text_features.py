"""Features of text similarity: cosines of all pairs of fields, BM25, names and tags."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from recsys.corpus.inverted_index import Floats, Ints
from recsys.corpus.term_segments import weights_table
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup, over_max, reciprocal_rank

_PAIRS = tuple(
    (ours, theirs) for ours in ("headline", "lead", "text") for theirs in ("headline", "lead", "text")
)
_Measure = tuple[str, str, str, bool]
_MEASURES: tuple[_Measure, ...] = (
    *((f"{ours}_{theirs}", ours, theirs, False) for ours, theirs in _PAIRS),
    ("names", "names", "names", False),
    ("tags", "tags", "tags", False),
    ("tag_words", "tag_words", "headline", False),
    ("text_bm25", "text", "text", True),
    ("lead_bm25", "lead", "text", True),
    ("headline_bm25", "headline", "text", True),
)


_OF_THE_TEXT = frozenset({"headline", "lead", "text"})
"""Fields that include the headline, which stands in for them until the page of a story has been read."""
_OF_THE_HEADLINE = tuple((name, ours, "headline", bm25) for name, ours, _, bm25 in _MEASURES)
_UNKNOWN = np.array([theirs not in _OF_THE_TEXT for _, _, theirs, _ in _MEASURES])
_IS_BM25 = [bm25 for *_, bm25 in _MEASURES]
_OWN_TERMS = frozenset({"names", "tags"})
"""Fields whose terms are not words of the text."""


def _group_by_product(measures: tuple[_Measure, ...]) -> dict[tuple[str, bool, str], list[int]]:
    """Indices of the measures that share one matrix product.

    By candidate field, whether it is BM25, and the query field if it has terms of its own.
    """
    groups: dict[tuple[str, bool, str], list[int]] = defaultdict(list)
    for at, (_, ours, theirs, bm25) in enumerate(measures):
        groups[theirs, bm25, ours if ours in _OWN_TERMS else ""].append(at)
    return dict(groups)


_PRODUCTS = {measures: _group_by_product(measures) for measures in (_MEASURES, _OF_THE_HEADLINE)}


def _columns() -> tuple[Column, ...]:
    columns = []
    for suffix, addition in (("", ""), ("_over_max", ", over the largest"), ("_rr", ", reciprocal rank")):
        for name, ours, theirs, bm25 in _MEASURES:
            what = (
                f"{'BM25' if bm25 else 'cosine'} of the query's {ours.replace('_', ' ')}"
                f" with the candidate's {theirs}{addition}"
            )
            if bm25 and not suffix:
                what += ", over 50"
            columns.append(Column(name + suffix, "relatedness", what, f"similar {ours.replace('_', ' ')}"))
    return tuple(columns)


def _compute(candidate_set: CandidateSet) -> Floats:
    raw = _measure(candidate_set, candidate_set.rows, _MEASURES)
    late = candidate_set.page_came_later
    if late.any():
        raw[late] = _measure(candidate_set, candidate_set.rows[late], _OF_THE_HEADLINE)
        raw[late[:, None] & _UNKNOWN] = 0
    scaled = raw.copy()
    scaled[:, _IS_BM25] /= 50
    return np.hstack([np.minimum(scaled, 1), over_max(raw), reciprocal_rank(raw)])


def _measure(candidate_set: CandidateSet, rows: Ints, measures: tuple[_Measure, ...]) -> Floats:
    """Compute measures of these candidates, one matrix product per group."""
    raw = np.zeros((len(rows), len(measures)), dtype=np.float32)
    query_terms, terms = candidate_set.context.weighted, candidate_set.view.corpus.terms
    for (field, bm25, own), columns in _PRODUCTS[measures].items():
        ids = query_terms[own].columns if own else candidate_set.context.words
        if len(ids):
            weights = weights_table(ids, [(query_terms[measures[at][1]], bm25) for at in columns])
            raw[:, columns] = terms[field].products(rows, ids, weights, bm25=bm25)
    return raw


TEXT_MEASURES = tuple(name for name, *_ in _MEASURES)
"""Names of the columns that compare the article with one candidate alone."""
TEXT = ColumnGroup(_columns(), _compute)
