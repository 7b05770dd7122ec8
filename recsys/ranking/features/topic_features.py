"""Features of a candidate's place in the topic of the query: time, centrality, and newer similar stories."""

from __future__ import annotations

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.kernels import count_dominating
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup, over_max

HOURS_IN_WEEK = 24 * 7
HOURS_IN_60_DAYS = 24 * 60
NEIGHBOURS = 30
"""Number of stories most similar to the query, within the window, that represent its topic."""
FIELD = "text"


def _compute_time(candidate_set: CandidateSet) -> Floats:
    gap, hours = candidate_set.log_age, candidate_set.hours
    similarity = candidate_set.context.similarity_to(candidate_set.rows)
    newer_and_closer = count_dominating(similarity, -gap)
    stacked = np.empty((len(gap), len(TIME.columns)), dtype=np.float32)
    stacked[:, 0] = gap
    stacked[:, 1] = np.minimum(hours / HOURS_IN_WEEK, 1)
    stacked[:, 2] = np.minimum(hours / HOURS_IN_60_DAYS, 1)
    stacked[:, 3] = 1 / (1 + newer_and_closer)
    stacked[:, 4] = similarity * (1 - gap)
    return stacked


def _compute_topic(candidate_set: CandidateSet) -> Floats:
    context, rows = candidate_set.context, candidate_set.rows
    corpus, (near, similarity) = candidate_set.view.corpus, context.most_similar.first(NEIGHBOURS)
    if not len(near) or not len(rows):
        return np.zeros((len(rows), len(TOPIC.columns)), dtype=np.float32)
    is_other = rows[:, None] != near[None, :]
    is_newer = candidate_set.view.story_times(near)[None, :] > candidate_set.times[:, None]
    late = candidate_set.page_came_later
    by_text = corpus.terms[FIELD].cosines(rows, near) * is_other
    by_headline = corpus.terms["headline"].cosines(rows, near) * is_other
    if late.any() or context.view.came_later(near).any():
        is_text_unknown = late[:, None] | context.view.came_later(near)[None, :]
        by_text = np.where(is_text_unknown, by_headline, by_text)
    centrality = ((by_text * similarity).sum(axis=1) / similarity.sum()).astype(np.float32)[:, None]
    values = [
        centrality,
        over_max(centrality),
        (by_text * is_newer).max(axis=1)[:, None],
        (by_headline * is_newer).max(axis=1)[:, None],
    ]
    clipped: Floats = np.clip(np.hstack(values), 0, 1).astype(np.float32)
    return clipped


TIME = ColumnGroup(
    (
        Column(
            "time_gap_log",
            "relatedness",
            "log of the hours between the two stories, 1 at a year",
            "time between the stories",
        ),
        Column(
            "time_gap_week",
            "relatedness",
            "hours between the two stories, 1 from a week on",
            "time between the stories",
        ),
        Column(
            "time_gap_60d",
            "relatedness",
            "hours between the two stories, 1 from 60 days on",
            "time between the stories",
        ),
        Column(
            "pareto_rank",
            "relatedness",
            "1 / (1 + number of candidates both newer and more similar)",
            "newest of the similar stories",
        ),
        Column(
            "recency_weighted_similarity",
            "relatedness",
            "cosine of the texts times (1 - `time_gap_log`)",
            "recent and similar",
        ),
    ),
    _compute_time,
)

_CENTRALITY = f"mean cosine with the {NEIGHBOURS} stories most similar to the query, weighted by similarity"
_NEWER = f"largest cosine of its {{}} with a newer one of the {NEIGHBOURS} stories most similar to the query"
TOPIC = ColumnGroup(
    (
        Column("cluster_centrality", "relatedness", _CENTRALITY, "central to this topic"),
        Column(
            "cluster_centrality_over_max",
            "relatedness",
            f"{_CENTRALITY}, over the largest",
            "central to this topic",
        ),
        Column("newer_similarity", "relatedness", _NEWER.format("text"), "newer similar stories"),
        Column(
            "newer_headline_similarity", "relatedness", _NEWER.format("headline"), "newer similar headlines"
        ),
    ),
    _compute_topic,
)
