"""How much a candidate's words are the query's: cosines of the fields in all pairings, BM25, names, tags."""

from __future__ import annotations

import numpy as np

from recsys.archive.terms import Floats
from recsys.features.columns import Column, ColumnGroup, Question, over_best, reciprocal_rank

_PAIRS = tuple(
    (ours, theirs) for ours in ("headline", "lead", "text") for theirs in ("headline", "lead", "text")
)
_MEASURES: tuple[tuple[str, str, str, bool], ...] = (
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


def _columns() -> tuple[Column, ...]:
    made = []
    for form, said in (("", ""), ("_best", " over the best"), ("_rank", ", one over the rank")):
        for name, ours, theirs, bm25 in _MEASURES:
            what = (
                f"{'BM25' if bm25 else 'cosine'} of the query's {ours.replace('_', ' ')}"
                f" with the candidate's {theirs}{said}"
            )
            if bm25 and not form:
                what += ", over 50"
            made.append(Column(name + form, "relatedness", what, f"{ours.replace('_', ' ')} alike"))
    return tuple(made)


def _compute(question: Question) -> Floats:
    raw = np.zeros((len(question.rows), len(_MEASURES)), dtype=np.float32)
    terms, late = question.view.archive.terms, question.page_came_later
    for at, (_, ours, theirs, bm25) in enumerate(_MEASURES):
        asked = question.reading.weighted[ours]
        raw[:, at] = terms[theirs].similarity(asked, question.rows, bm25=bm25)
        if late.any() and theirs != "headline":
            known = "headline" if theirs in _OF_THE_TEXT else None
            raw[late, at] = (
                0 if known is None else terms[known].similarity(asked, question.rows[late], bm25=bm25)
            )
    scaled = raw.copy()
    scaled[:, [bm25 for *_, bm25 in _MEASURES]] /= 50
    return np.hstack([np.minimum(scaled, 1), over_best(raw), reciprocal_rank(raw)])


TEXT = ColumnGroup(_columns(), _compute)
