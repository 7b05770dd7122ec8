"""Whether a candidate stands in the section of the article being read."""

from __future__ import annotations

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup


def _compute(candidate_set: CandidateSet) -> Floats:
    corpus, query = candidate_set.view.corpus, candidate_set.context.query
    ours = None if query is None else query.article.section
    if ours is None:
        return np.zeros((len(candidate_set.rows), 1), dtype=np.float32)
    same = corpus.sections[candidate_set.rows] == corpus.section_codes.get(ours, -2)
    known: Floats = (same & ~candidate_set.page_came_later)[:, None].astype(np.float32)
    return known


SECTION = ColumnGroup(
    (
        Column(
            "same_section", "relatedness", "whether both stories stand in the same section", "same section"
        ),
    ),
    _compute,
)
"""The shipped weights leave it at 0: they were learnt where addresses tell no section."""
