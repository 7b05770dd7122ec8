"""When a candidate was first seen, and how it stands among the similar stories before and after it."""

from __future__ import annotations

import numpy as np

from recsys.archive.terms import Floats
from recsys.features.columns import Column, ColumnGroup, Question, log_scaled

HOURS_IN_YEAR = 24 * 365
HOURS_IN_WEEK = 24 * 7
HOURS_IN_SEASON = 24 * 60


def age_of(question: Question) -> Floats:
    """Log of the hours since each candidate was first seen, a year is 1; shape (candidates,)."""
    times = question.view.archive.first_seen[question.rows]
    return log_scaled(question.view.hours_since(times), HOURS_IN_YEAR)


def _compute_gap(question: Question) -> Floats:
    gap = age_of(question)
    text = question.reading.similarity_to_all[question.rows]
    newer_and_closer = _dominated(text, -gap)
    hours = question.view.hours_since(question.view.archive.first_seen[question.rows])
    week, season = np.minimum(hours / HOURS_IN_WEEK, 1), np.minimum(hours / HOURS_IN_SEASON, 1)
    stacked: Floats = np.column_stack(
        [gap, week, season, 1 / (1 + newer_and_closer), text * (1 - gap)]
    ).astype(np.float32)
    return stacked


def _dominated(similarity: Floats, recency: Floats) -> Floats:
    """How many candidates are at least as recent and more similar; shape (candidates,)."""
    closer = similarity[None, :] > similarity[:, None]
    newer = recency[None, :] >= recency[:, None]
    result: Floats = (closer & newer).sum(axis=1).astype(np.float32)
    return result


GAP = ColumnGroup(
    (
        Column("gap", "relatedness", "log of the hours between the two stories, a year is 1", "time between"),
        Column(
            "gap_week", "relatedness", "hours between the two stories, a week or more is 1", "time between"
        ),
        Column(
            "gap_season", "relatedness", "hours between the two stories, 60 days or more is 1", "time between"
        ),
        Column("frontier", "relatedness", "1 / (1 + candidates both newer and more similar)", "newest alike"),
        Column("recent_alike", "relatedness", "cosine of the texts times (1 - gap)", "recent and alike"),
    ),
    _compute_gap,
)
