"""A classifier of candidates as related to the article or not: the minimum relatedness `auto`.

The ranker orders candidates, and its features compare them with the best one of the query. So its logits
do not say whether the best one is any good, least of all in a small corpus. This classifier does: a logistic
model of what readers call related, over features that need no other candidate, the ranker's logit and the
size of the corpus. docs/rules.md says what it drops; `python -m benchmarks.relatedness` fits it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.ranking.features import RELATEDNESS, CandidateSet, columns, compute_relatedness
from recsys.ranking.features.text_features import TEXT_MEASURES

_SQUARE_ROOTS = (
    *TEXT_MEASURES,
    "inlink_similarity_max",
    "outlink_similarity",
    "cocitation_similarity",
    "related_inlink_similarity_max",
)
"""Features whose square roots are inputs: most of their values are close to 0."""
_PLACES = [[each.name for each in columns(RELATEDNESS)].index(name) for name in _SQUARE_ROOTS]
INPUTS = (*_SQUARE_ROOTS, "relatedness", "log_size", "has_text")
"""The inputs by name. The last three are the ranker's logit, the decimal logarithm of the number of articles,
and whether more than the headline of a candidate is known."""
INTERCEPT = -2.599
WEIGHTS = {
    "headline_lead": 0.704,
    "headline_text": 1.789,
    "lead_headline": 1.139,
    "text_headline": 3.492,
    "text_text": 1.635,
    "names": 0.726,
    "tags": 0.390,
    "tag_words": 0.139,
    "text_bm25": 1.133,
    "lead_bm25": 0.540,
    "headline_bm25": 2.783,
    "inlink_similarity_max": 1.334,
    "outlink_similarity": 2.155,
    "cocitation_similarity": 1.251,
    "related_inlink_similarity_max": 0.510,
    "relatedness": 0.432,
    "log_size": 0.040,
    "has_text": -1.735,
}


def inputs_of(candidate_set: CandidateSet, relatedness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inputs of each candidate; `relatedness` are logits at the trained dial."""
    features = compute_relatedness(candidate_set)[:, _PLACES]
    inputs = np.empty((len(candidate_set.rows), len(INPUTS)))
    inputs[:, : len(_SQUARE_ROOTS)] = np.sqrt(np.maximum(features, 0))
    inputs[:, -3] = relatedness
    inputs[:, -2] = np.log10(max(candidate_set.view.size, 1))
    inputs[:, -1] = candidate_set.formats[:, -1] > 0
    return inputs


def are_related(candidate_set: CandidateSet, relatedness: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each candidate is related to the article; `relatedness` are logits at the trained dial."""
    weights = np.array([WEIGHTS.get(name, 0.0) for name in INPUTS])
    related: NDArray[np.bool_] = inputs_of(candidate_set, relatedness) @ weights + INTERCEPT >= 0
    return related
