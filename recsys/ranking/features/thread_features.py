"""How a candidate stands in the thread of the query: amid its similar stories, or superseded by one."""

from __future__ import annotations

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.ranking.features.base import CandidateSet, Column, ColumnGroup, over_best

NEIGHBOURS = 30
"""The most similar stories to the query, of the window, which stand for its thread."""
FIELD = "text"


def _compute(candidate_set: CandidateSet) -> Floats:
    context, rows = candidate_set.context, candidate_set.rows
    corpus, (near, alike) = candidate_set.view.corpus, context.most_similar.first(NEIGHBOURS)
    if not len(near) or not len(rows):
        return np.zeros((len(rows), len(THREAD.columns)), dtype=np.float32)
    other = rows[:, None] != near[None, :]
    newer = corpus.first_seen[near][None, :] > corpus.first_seen[rows][:, None]
    late = candidate_set.page_came_later
    by_text = corpus.terms[FIELD].cosines(rows, near) * other
    by_headline = corpus.terms["headline"].cosines(rows, near) * other
    if late.any() or context.view.came_later(near).any():
        unknown = late[:, None] | context.view.came_later(near)[None, :]
        by_text = np.where(unknown, by_headline, by_text)
    central = ((by_text * alike).sum(axis=1) / alike.sum()).astype(np.float32)[:, None]
    found = [
        central,
        over_best(central),
        (by_text * newer).max(axis=1)[:, None],
        (by_headline * newer).max(axis=1)[:, None],
    ]
    clipped: Floats = np.clip(np.hstack(found), 0, 1).astype(np.float32)
    return clipped


_AMID = f"mean cosine with the {NEIGHBOURS} stories most similar to the query, each weighed by its similarity"
_NEWER = f"largest cosine of the {{}} with a newer one of the {NEIGHBOURS} stories most similar to the query"
THREAD = ColumnGroup(
    (
        Column("cluster_centrality", "relatedness", _AMID, "amid the thread"),
        Column("cluster_centrality_over_max", "relatedness", f"{_AMID}, over the best", "amid the thread"),
        Column("newer_similarity", "relatedness", _NEWER.format("text"), "newer stories alike"),
        Column(
            "newer_headline_similarity", "relatedness", _NEWER.format("headline"), "newer headlines alike"
        ),
    ),
    _compute,
)
