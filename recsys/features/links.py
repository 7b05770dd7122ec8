"""What earlier articles linked to: often, lately, and above all the articles that resemble the query."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.archive.terms import Floats, Ints
from recsys.features.columns import (
    HOURS_IN_YEAR,
    Column,
    ColumnGroup,
    Question,
    log_scaled,
    over_best,
    reciprocal_rank,
)

BOX_HOURS = 48
"""Hours after which a link of a related box counts 1 / e in `boxed_by_alike_lately`."""


def _compute(question: Question) -> Floats:
    view, rows, n = question.view, question.rows, len(question.rows)
    links = view.archive.links
    into, origins, drawn = links.origins(rows, view.moment)
    out_of, targets, _ = links.targets(rows, view.moment)
    from_alike = _alike(question, origins)
    walk = np.zeros((n, len(_WALKS)), dtype=np.float32)
    walk[:, 0] = np.bincount(into, from_alike, minlength=n)
    walk[:, 1] = np.bincount(out_of, _alike(question, targets), minlength=n)
    walk[:, 2] = _co_linked(question, into, origins)
    np.maximum.at(walk[:, 3], into, from_alike)
    boxed = _box(question, walk[:, 4:])
    plain = np.empty((n, 3), dtype=np.float32)
    plain[:, 0] = log_scaled(np.bincount(into, minlength=n).astype(np.float64), 50)
    plain[:, 1] = _recency(question, into, drawn)
    plain[:, 2] = log_scaled(boxed, 50)
    return np.hstack([plain, np.minimum(walk, 1), over_best(walk), reciprocal_rank(walk)])


def _alike(question: Question, rows: Ints) -> Floats:
    """Likeness to the query, squared, of articles; 0 for what the view does not hold."""
    known = rows < question.view.size
    if known.all():
        return question.reading.similarity_to(rows) ** 2
    found = np.zeros(len(rows), dtype=np.float32)
    found[known] = question.reading.similarity_to(rows[known]) ** 2
    return found


def _recency(question: Question, into: Ints, drawn: Ints) -> Floats:
    """1 - log of the hours since each candidate was last linked, 0 for what never was."""
    hours = np.full(len(question.rows), float(HOURS_IN_YEAR))
    np.minimum.at(hours, into, question.view.hours_since(drawn))
    return 1 - log_scaled(hours, HOURS_IN_YEAR)


def _box(question: Question, walk: Floats) -> NDArray[np.float64]:
    """How many boxes hold each candidate, and in the columns of `walk` what they say.

    Apart from links in texts, which say less: editors put a box together.
    """
    view, n = question.view, len(question.rows)
    into, origins, drawn = view.archive.boxes.origins(question.rows, view.moment)
    likeness = _alike(question, origins)
    lately = likeness * np.exp(-view.hours_since(drawn) / BOX_HOURS)
    walk[:, 0] = np.bincount(into, likeness, minlength=n)
    np.maximum.at(walk[:, 1], into, likeness)
    walk[:, 2] = np.bincount(into, lately, minlength=n)
    return np.bincount(into, minlength=n).astype(np.float64)


def _co_linked(question: Question, into: Ints, origins: Ints) -> NDArray[np.float64]:
    """Stories linked beside the candidate by the same article, weighed by their likeness to the query."""
    view, rows = question.view, question.rows
    which, siblings, _ = view.archive.links.targets(origins, view.moment)
    candidate = into[which]
    weights = np.where(siblings != rows[candidate], _alike(question, siblings), 0)
    return np.bincount(candidate, weights, minlength=len(rows)).astype(np.float64)


_WALKS = (
    (
        "linked_by_alike",
        "likeness to the query, squared, of the articles that link to it, summed",
        "linked by similar",
    ),
    (
        "links_to_alike",
        "likeness to the query, squared, of the articles it links to, summed",
        "links to similar",
    ),
    (
        "linked_beside_alike",
        "likeness to the query, squared, of what is linked beside it, summed",
        "linked beside similar",
    ),
    (
        "linked_by_most_alike",
        "largest likeness to the query, squared, of an article that links to it",
        "linked by similar",
    ),
    (
        "boxed_by_alike",
        "likeness to the query, squared, of the articles with it in their related box, summed",
        "in boxes of similar",
    ),
    (
        "boxed_by_most_alike",
        "largest likeness to the query, squared, of an article with it in its related box",
        "in boxes of similar",
    ),
    (
        "boxed_by_alike_lately",
        f"boxed_by_alike, a box counting by its age, 1/e after {BOX_HOURS} hours",
        "in boxes of similar",
    ),
)
LINKS = ColumnGroup(
    (
        Column(
            "linked",
            "relatedness",
            "log of the number of earlier articles that link to it, 50 is 1",
            "often linked",
        ),
        Column(
            "linked_lately",
            "relatedness",
            "1 - log of the hours since it was last linked, a year is 0",
            "linked lately",
        ),
        Column(
            "boxed",
            "relatedness",
            "log of the number of earlier related boxes that hold it, 50 is 1",
            "often in boxes",
        ),
        *(
            Column(name + form, "relatedness", doc + said, says)
            for form, said in (("", ""), ("_best", ", over the best"), ("_rank", ", one over the rank"))
            for name, doc, says in _WALKS
        ),
    ),
    _compute,
)
