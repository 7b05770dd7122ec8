"""Features: (query, candidates, archive as of a moment) -> matrix with named columns."""

from __future__ import annotations

import numpy as np

from recsys.archive.terms import Floats
from recsys.features.candidates import CandidateLimits, find_candidates, find_popular_candidates
from recsys.features.columns import Column, ColumnGroup, Question, Reading
from recsys.features.forms import FORM
from recsys.features.links import LINKS
from recsys.features.lists import LISTS
from recsys.features.section import SECTION
from recsys.features.text import TEXT
from recsys.features.thread import THREAD
from recsys.features.time import GAP

RELATEDNESS: tuple[ColumnGroup, ...] = (TEXT, SECTION, GAP, THREAD, LINKS, FORM)
APPEAL: tuple[ColumnGroup, ...] = (LISTS,)


def columns(groups: tuple[ColumnGroup, ...]) -> tuple[Column, ...]:
    """The columns of groups, in their order."""
    return tuple(column for group in groups for column in group.columns)


def compute(groups: tuple[ColumnGroup, ...], question: Question) -> Floats:
    """The matrix of the groups' columns; shape (candidates, columns), values in [0, 1]."""
    nothing = np.zeros((len(question.rows), 0), dtype=np.float32)
    return np.hstack([nothing, *(group.compute(question) for group in groups)])


__all__ = [
    "APPEAL",
    "RELATEDNESS",
    "CandidateLimits",
    "Column",
    "ColumnGroup",
    "Question",
    "Reading",
    "columns",
    "compute",
    "find_candidates",
    "find_popular_candidates",
]
