"""When a candidate was first seen, and how it stands among the similar stories before and after it."""

from __future__ import annotations

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.kernels import count_dominating
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup

HOURS_IN_WEEK = 24 * 7
HOURS_IN_SEASON = 24 * 60


def _compute_gap(candidate_set: CandidateSet) -> Floats:
    gap, hours = candidate_set.age, candidate_set.hours
    text = candidate_set.context.similarity_to(candidate_set.rows)
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
        Column(
            "time_gap_log",
            "relatedness",
            "log of the hours between the two stories, a year is 1",
            "time between",
        ),
        Column(
            "time_gap_week",
            "relatedness",
            "hours between the two stories, a week or more is 1",
            "time between",
        ),
        Column(
            "time_gap_60d",
            "relatedness",
            "hours between the two stories, 60 days or more is 1",
            "time between",
        ),
        Column(
            "pareto_rank", "relatedness", "1 / (1 + candidates both newer and more similar)", "newest alike"
        ),
        Column(
            "recency_weighted_similarity",
            "relatedness",
            "cosine of the texts times (1 - gap)",
            "recent and alike",
        ),
    ),
    _compute_gap,
)
