"""When a candidate was first seen, and how it stands among the similar stories before and after it."""

from __future__ import annotations

import numpy as np

from recsys.archive.terms import Floats
from recsys.features.columns import Column, ColumnGroup, Question
from recsys.kernels import count_dominating

HOURS_IN_WEEK = 24 * 7
HOURS_IN_SEASON = 24 * 60


def _compute_gap(question: Question) -> Floats:
    gap, hours = question.age, question.hours
    text = question.reading.similarity_to(question.rows)
    newer_and_closer = count_dominating(text, -gap)
    stacked = np.empty((len(gap), len(GAP.columns)), dtype=np.float32)
    stacked[:, 0] = gap
    stacked[:, 1] = np.minimum(hours / HOURS_IN_WEEK, 1)
    stacked[:, 2] = np.minimum(hours / HOURS_IN_SEASON, 1)
    stacked[:, 3] = 1 / (1 + newer_and_closer)
    stacked[:, 4] = text * (1 - gap)
    return stacked


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
