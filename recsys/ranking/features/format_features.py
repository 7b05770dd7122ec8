"""What form a candidate has: live page, video, question, explainer, and how long its text is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from recsys.corpus.inverted_index import Floats
from recsys.corpus.story_format import FULL_LENGTH, STORY_FORMATS
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup, Group

_COLUMNS: Final = (
    *(Column(f"format_{form.name}", "relatedness", form.description, form.label) for form in STORY_FORMATS),
    Column(
        "format_length",
        "relatedness",
        f"log of the characters of its text, {FULL_LENGTH:,} is 1; 0 while its page was not seen",
        "length of text",
    ),
)


def name_forms(group: Group, suffix: str) -> tuple[Column, ...]:
    """The columns of `forms_of` for a group."""
    return tuple(replace(column, name=column.name + suffix, group=group) for column in _COLUMNS)


def forms_of(candidate_set: CandidateSet) -> Floats:
    """The forms and the length of every candidate; shape (candidates, forms + 1)."""
    return candidate_set.forms


FORM = ColumnGroup(name_forms("relatedness", ""), forms_of)
