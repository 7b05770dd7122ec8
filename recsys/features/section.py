"""Whether a candidate stands in the section of the article being read."""

from __future__ import annotations

import numpy as np

from recsys.archive.terms import Floats
from recsys.features.columns import Column, ColumnGroup, Question


def _compute(question: Question) -> Floats:
    archive, query = question.view.archive, question.reading.query
    ours = None if query is None else query.article.section
    if ours is None:
        return np.zeros((len(question.rows), 1), dtype=np.float32)
    same = archive.sections[question.rows] == archive.section_codes.get(ours, -2)
    known: Floats = (same & ~question.page_came_later)[:, None].astype(np.float32)
    return known


SECTION = ColumnGroup(
    (Column("section", "relatedness", "whether both stories stand in the same section", "same section"),),
    _compute,
)
"""The shipped weights leave it at 0: they were learnt where addresses tell no section."""
