"""How much a candidate's words are the query's: cosines of the fields in all pairings, BM25, names, tags."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from recsys.corpus.inverted_index import Floats, Ints
from recsys.corpus.term_segments import weights_table
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup, over_best, reciprocal_rank

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
"""Fields of which the headline is a part: all that is known of a story whose page was seen later."""
_OF_THE_HEADLINE = tuple((name, ours, "headline", bm25) for name, ours, _, bm25 in _MEASURES)
_UNKNOWN = np.array([theirs not in _OF_THE_TEXT for _, _, theirs, _ in _MEASURES])
_IS_BM25 = [bm25 for *_, bm25 in _MEASURES]
_APART = frozenset({"names", "tags"})
"""Fields whose terms are no words of the text."""


def _together(measures: tuple[_Measure, ...]) -> dict[tuple[str, bool, str], list[int]]:
    """The measures that are one product, by field of theirs, whether BM25, and ours where it stands apart."""
    found: dict[tuple[str, bool, str], list[int]] = defaultdict(list)
    for at, (_, ours, theirs, bm25) in enumerate(measures):
        found[theirs, bm25, ours if ours in _APART else ""].append(at)
    return dict(found)


_TOGETHER = {measures: _together(measures) for measures in (_MEASURES, _OF_THE_HEADLINE)}


def _columns() -> tuple[Column, ...]:
    made = []
    for form, said in (("", ""), ("_over_max", " over the largest"), ("_rr", ", reciprocal rank")):
        for name, ours, theirs, bm25 in _MEASURES:
            what = (
                f"{'BM25' if bm25 else 'cosine'} of the query's {ours.replace('_', ' ')}"
                f" with the candidate's {theirs}{said}"
            )
            if bm25 and not form:
                what += ", over 50"
            made.append(Column(name + form, "relatedness", what, f"{ours.replace('_', ' ')} alike"))
    return tuple(made)


def _compute(candidate_set: CandidateSet) -> Floats:
    raw = _measure(candidate_set, candidate_set.rows, _MEASURES)
    late = candidate_set.page_came_later
    if late.any():
        raw[late] = _measure(candidate_set, candidate_set.rows[late], _OF_THE_HEADLINE)
        raw[late[:, None] & _UNKNOWN] = 0
    scaled = raw.copy()
    scaled[:, _IS_BM25] /= 50
    return np.hstack([np.minimum(scaled, 1), over_best(raw), reciprocal_rank(raw)])


def _measure(candidate_set: CandidateSet, rows: Ints, measures: tuple[_Measure, ...]) -> Floats:
    """The measures of some candidates; those that share a field of theirs are one product."""
    raw = np.zeros((len(rows), len(measures)), dtype=np.float32)
    asked, terms = candidate_set.context.weighted, candidate_set.view.corpus.terms
    for (theirs, bm25, apart), columns in _TOGETHER[measures].items():
        held = asked[apart].columns if apart else candidate_set.context.words
        if len(held):
            weights = weights_table(held, [(asked[measures[at][1]], bm25) for at in columns])
            raw[:, columns] = terms[theirs].products(rows, held, weights, bm25=bm25)
    return raw


TEXT = ColumnGroup(_columns(), _compute)
