"""Features of what a candidate is: whether it is in the query's section, its format and its length."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.corpus.story_format import FULL_LENGTH, STORY_FORMATS
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup, Group

_FORMAT_COLUMNS: Final = (
    *(Column(f"format_{each.name}", "relatedness", each.description, each.label) for each in STORY_FORMATS),
    Column(
        "format_length",
        "relatedness",
        f"log of the number of characters of its text, 1 at {FULL_LENGTH:,}; 0 until its page has been read",
        "length of text",
    ),
)


def format_columns(group: Group, suffix: str) -> tuple[Column, ...]:
    """The columns of `CandidateSet.formats`, for one of the two groups."""
    return tuple(replace(column, name=column.name + suffix, group=group) for column in _FORMAT_COLUMNS)


def _compute_format(candidate_set: CandidateSet) -> Floats:
    return candidate_set.formats


def _compute_section(candidate_set: CandidateSet) -> Floats:
    corpus, query = candidate_set.view.corpus, candidate_set.context.query
    section = None if query is None else query.article.section
    if section is None:
        return np.zeros((len(candidate_set.rows), 1), dtype=np.float32)
    is_same = corpus.sections[candidate_set.rows] == corpus.section_codes.get(section, -2)
    values: Floats = (is_same & ~candidate_set.page_came_later)[:, None].astype(np.float32)
    return values


FORMAT = ColumnGroup(format_columns("relatedness", ""), _compute_format)
SECTION = ColumnGroup(
    (Column("same_section", "relatedness", "1 if both stories are in the same section", "same section"),),
    _compute_section,
)
"""Has no weight in the pretrained model: the URLs it was trained on do not contain sections."""
