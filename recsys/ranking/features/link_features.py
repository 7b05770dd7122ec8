"""What earlier articles linked to: often, lately, and above all the articles that resemble the query."""

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
    over_best,
    reciprocal_rank,
)

BOX_HOURS = 48
"""Hours after which a link of a related box counts 1 / e in `related_inlink_similarity_decayed`."""


def _compute(candidate_set: CandidateSet) -> Floats:
    view, rows, n = candidate_set.view, candidate_set.rows, len(candidate_set.rows)
    links = view.corpus.links
    into, origins, drawn = links.origins(rows, view.moment)
    out_of, targets, _ = links.targets(rows, view.moment)
    from_alike = _alike(candidate_set, origins)
    walk = np.zeros((n, len(_WALKS)), dtype=np.float32)
    walk[:, 0] = np.bincount(into, from_alike, minlength=n)
    walk[:, 1] = np.bincount(out_of, _alike(candidate_set, targets), minlength=n)
    walk[:, 2] = _co_linked(candidate_set, into, origins)
    np.maximum.at(walk[:, 3], into, from_alike)
    boxed = _box(candidate_set, walk[:, 4:])
    plain = np.empty((n, 3), dtype=np.float32)
    plain[:, 0] = log_scaled(np.bincount(into, minlength=n).astype(np.float64), 50)
    plain[:, 1] = _recency(candidate_set, into, drawn)
    plain[:, 2] = log_scaled(boxed, 50)
    return np.hstack([plain, np.minimum(walk, 1), over_best(walk), reciprocal_rank(walk)])


def _alike(candidate_set: CandidateSet, rows: Ints) -> Floats:
    """Likeness to the query, squared, of articles; 0 for what the view does not hold."""
    known = rows < candidate_set.view.size
    if known.all():
        return candidate_set.context.similarity_to(rows) ** 2
    found = np.zeros(len(rows), dtype=np.float32)
    found[known] = candidate_set.context.similarity_to(rows[known]) ** 2
    return found


def _recency(candidate_set: CandidateSet, into: Ints, drawn: Ints) -> Floats:
    """1 - log of the hours since each candidate was last linked, 0 for what never was."""
    hours = np.full(len(candidate_set.rows), float(HOURS_IN_YEAR))
    np.minimum.at(hours, into, candidate_set.view.hours_since(drawn))
    return 1 - log_scaled(hours, HOURS_IN_YEAR)


def _box(candidate_set: CandidateSet, walk: Floats) -> NDArray[np.float64]:
    """How many boxes hold each candidate, and in the columns of `walk` what they say.

    Apart from links in texts, which say less: editors put a box together.
    """
    view, n = candidate_set.view, len(candidate_set.rows)
    into, origins, drawn = view.corpus.boxes.origins(candidate_set.rows, view.moment)
    similarity = _alike(candidate_set, origins)
    lately = similarity * np.exp(-view.hours_since(drawn) / BOX_HOURS)
    walk[:, 0] = np.bincount(into, similarity, minlength=n)
    np.maximum.at(walk[:, 1], into, similarity)
    walk[:, 2] = np.bincount(into, lately, minlength=n)
    return np.bincount(into, minlength=n).astype(np.float64)


def _co_linked(candidate_set: CandidateSet, into: Ints, origins: Ints) -> NDArray[np.float64]:
    """Stories linked beside the candidate by the same article, weighed by their likeness to the query."""
    view, rows = candidate_set.view, candidate_set.rows
    which, siblings, _ = view.corpus.links.targets(origins, view.moment)
    candidate = into[which]
    weights = np.where(siblings != rows[candidate], _alike(candidate_set, siblings), 0)
    return np.bincount(candidate, weights, minlength=len(rows)).astype(np.float64)


_WALKS = (
    (
        "inlink_similarity",
        "likeness to the query, squared, of the articles that link to it, summed",
        "linked by similar",
    ),
    (
        "outlink_similarity",
        "likeness to the query, squared, of the articles it links to, summed",
        "links to similar",
    ),
    (
        "cocitation_similarity",
        "likeness to the query, squared, of what is linked beside it, summed",
        "linked beside similar",
    ),
    (
        "inlink_similarity_max",
        "largest likeness to the query, squared, of an article that links to it",
        "linked by similar",
    ),
    (
        "related_inlink_similarity",
        "likeness to the query, squared, of the articles with it in their related box, summed",
        "in boxes of similar",
    ),
    (
        "related_inlink_similarity_max",
        "largest likeness to the query, squared, of an article with it in its related box",
        "in boxes of similar",
    ),
    (
        "related_inlink_similarity_decayed",
        f"boxed_by_alike, a box counting by its age, 1/e after {BOX_HOURS} hours",
        "in boxes of similar",
    ),
)
LINKS = ColumnGroup(
    (
        Column(
            "inlinks",
            "relatedness",
            "log of the number of earlier articles that link to it, 50 is 1",
            "often linked",
        ),
        Column(
            "inlink_recency",
            "relatedness",
            "1 - log of the hours since it was last linked, a year is 0",
            "linked lately",
        ),
        Column(
            "related_inlinks",
            "relatedness",
            "log of the number of earlier related boxes that hold it, 50 is 1",
            "often in boxes",
        ),
        *(
            Column(name + form, "relatedness", doc + said, says)
            for form, said in (("", ""), ("_over_max", ", over the largest"), ("_rr", ", reciprocal rank"))
            for name, doc, says in _WALKS
        ),
    ),
    _compute,
)
