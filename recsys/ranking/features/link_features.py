"""Features of links from earlier articles: how many, how recent, and from articles similar to the query.

Inline links in the text and related lists next to it are separate columns: editors choose a related list for
the whole article, so it says more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.inverted_index import Floats, Ints
from recsys.ranking.features.base import (
    HOURS_IN_YEAR,
    CandidateSet,
    Column,
    ColumnGroup,
    log_scaled,
    over_max,
    reciprocal_rank,
)

DECAY_HOURS = 48
"""Hours after which a related list counts 1 / e in `related_inlink_similarity_decayed`."""


def _compute(candidate_set: CandidateSet) -> Floats:
    view, rows, n = candidate_set.view, candidate_set.rows, len(candidate_set.rows)
    links = view.corpus.links
    into, origins, linked_at = links.origins(rows, view.moment)
    out_of, targets, _ = links.targets(rows, view.moment)
    inlink_similarity = _squared_similarity(candidate_set, origins)
    walk = np.zeros((n, len(_SIMILARITIES)), dtype=np.float32)
    walk[:, 0] = np.bincount(into, inlink_similarity, minlength=n)
    walk[:, 1] = np.bincount(out_of, _squared_similarity(candidate_set, targets), minlength=n)
    walk[:, 2] = _cocitation_similarity(candidate_set, into, origins)
    np.maximum.at(walk[:, 3], into, inlink_similarity)
    related_inlinks = _fill_related(candidate_set, walk[:, 4:])
    counts = np.empty((n, 3), dtype=np.float32)
    counts[:, 0] = log_scaled(np.bincount(into, minlength=n).astype(np.float64), 50)
    counts[:, 1] = _recency(candidate_set, into, linked_at)
    counts[:, 2] = log_scaled(related_inlinks, 50)
    return np.hstack([counts, np.minimum(walk, 1), over_max(walk), reciprocal_rank(walk)])


def _squared_similarity(candidate_set: CandidateSet, rows: Ints) -> Floats:
    """Squared similarity of articles to the query; 0 for rows that are not in the view."""
    known = rows < candidate_set.view.size
    if known.all():
        return candidate_set.context.similarity_to(rows) ** 2
    squares = np.zeros(len(rows), dtype=np.float32)
    squares[known] = candidate_set.context.similarity_to(rows[known]) ** 2
    return squares


def _recency(candidate_set: CandidateSet, into: Ints, linked_at: Ints) -> Floats:
    """1 - log of the hours since each candidate was last linked; 0 for candidates without inlinks."""
    hours = np.full(len(candidate_set.rows), float(HOURS_IN_YEAR))
    np.minimum.at(hours, into, candidate_set.view.hours_since(linked_at))
    return 1 - log_scaled(hours, HOURS_IN_YEAR)


def _fill_related(candidate_set: CandidateSet, columns: Floats) -> NDArray[np.float64]:
    """Write the three columns of related lists; return in how many lists each candidate is."""
    view, n = candidate_set.view, len(candidate_set.rows)
    into, origins, linked_at = view.corpus.boxes.origins(candidate_set.rows, view.moment)
    similarity = _squared_similarity(candidate_set, origins)
    decayed = similarity * np.exp(-view.hours_since(linked_at) / DECAY_HOURS)
    columns[:, 0] = np.bincount(into, similarity, minlength=n)
    np.maximum.at(columns[:, 1], into, similarity)
    columns[:, 2] = np.bincount(into, decayed, minlength=n)
    return np.bincount(into, minlength=n).astype(np.float64)


def _cocitation_similarity(candidate_set: CandidateSet, into: Ints, origins: Ints) -> NDArray[np.float64]:
    """Sum of the squared similarity of the other stories that articles linking to the candidate link to."""
    view, rows = candidate_set.view, candidate_set.rows
    which, siblings, _ = view.corpus.links.targets(origins, view.moment)
    candidate = into[which]
    weights = np.where(siblings != rows[candidate], _squared_similarity(candidate_set, siblings), 0)
    return np.bincount(candidate, weights, minlength=len(rows)).astype(np.float64)


_SIMILARITIES = (
    (
        "inlink_similarity",
        "squared similarity to the query of the articles that link to it, summed",
        "linked by similar stories",
    ),
    (
        "outlink_similarity",
        "squared similarity to the query of the articles it links to, summed",
        "links to similar stories",
    ),
    (
        "cocitation_similarity",
        "squared similarity to the query of the stories linked by the same articles, summed",
        "linked together with similar stories",
    ),
    (
        "inlink_similarity_max",
        "largest squared similarity to the query of an article that links to it",
        "linked by similar stories",
    ),
    (
        "related_inlink_similarity",
        "squared similarity to the query of the articles with it in their related list, summed",
        "in related lists of similar stories",
    ),
    (
        "related_inlink_similarity_max",
        "largest squared similarity to the query of an article with it in its related list",
        "in related lists of similar stories",
    ),
    (
        "related_inlink_similarity_decayed",
        f"`related_inlink_similarity`, each list weighted by its age, 1/e after {DECAY_HOURS} hours",
        "in related lists of similar stories",
    ),
)
LINKS = ColumnGroup(
    (
        Column(
            "inlinks",
            "relatedness",
            "log of the number of earlier articles that link to it, 1 at 50",
            "often linked",
        ),
        Column(
            "inlink_recency",
            "relatedness",
            "1 - log of the hours since it was last linked, 0 at a year",
            "recently linked",
        ),
        Column(
            "related_inlinks",
            "relatedness",
            "log of the number of earlier related lists it is in, 1 at 50",
            "often in related lists",
        ),
        *(
            Column(name + suffix, "relatedness", doc + addition, says)
            for suffix, addition in (
                ("", ""),
                ("_over_max", ", over the largest"),
                ("_rr", ", reciprocal rank"),
            )
            for name, doc, says in _SIMILARITIES
        ),
    ),
    _compute,
)
