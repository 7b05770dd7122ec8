"""Features: (query, candidates, corpus as of a moment) -> matrix with named columns."""

from __future__ import annotations

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.ranking.candidates import CandidateLimits, find_candidates, find_popular_candidates
from recsys.ranking.features.article_features import FORMAT, SECTION
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup, Group, QueryContext
from recsys.ranking.features.link_features import LINKS
from recsys.ranking.features.list_features import LISTS
from recsys.ranking.features.text_features import TEXT
from recsys.ranking.features.topic_features import TIME, TOPIC

RELATEDNESS: tuple[ColumnGroup, ...] = (TEXT, SECTION, TIME, TOPIC, LINKS, FORMAT)
APPEAL: tuple[ColumnGroup, ...] = (LISTS,)


def columns(groups: tuple[ColumnGroup, ...]) -> tuple[Column, ...]:
    """All columns of these groups, in order."""
    return tuple(column for group in groups for column in group.columns)


def compute(groups: tuple[ColumnGroup, ...], candidate_set: CandidateSet) -> Floats:
    """Compute these groups; shape (candidates, columns), values in [0, 1]."""
    empty = np.zeros((len(candidate_set.rows), 0), dtype=np.float32)
    return np.hstack([empty, *(group.compute(candidate_set) for group in groups)])


def compute_relatedness(candidate_set: CandidateSet) -> Floats:
    """The relatedness columns, computed once for a candidate set."""
    if RELATEDNESS not in candidate_set.computed:
        candidate_set.computed[RELATEDNESS] = compute(RELATEDNESS, candidate_set)
    return candidate_set.computed[RELATEDNESS]


__all__ = [
    "APPEAL",
    "RELATEDNESS",
    "CandidateLimits",
    "CandidateSet",
    "Column",
    "ColumnGroup",
    "Group",
    "QueryContext",
    "columns",
    "compute",
    "compute_relatedness",
    "find_candidates",
    "find_popular_candidates",
]
