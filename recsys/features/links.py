"""What earlier articles linked to: often, lately, and above all the articles that resemble the query."""

from __future__ import annotations

import numpy as np

from recsys.archive.terms import Floats, Ints
from recsys.features.columns import (
    Column,
    ColumnGroup,
    Question,
    log_scaled,
    over_best,
    reciprocal_rank,
)
from recsys.features.time import HOURS_IN_YEAR

BOX_HOURS = 48
"""Hours after which a link of a related box counts 1 / e in `boxed_by_alike_lately`."""


def _compute(question: Question) -> Floats:
    view, rows = question.view, question.rows
    links, n = view.archive.links, len(rows)
    alike = question.reading.similarity_to_all**2
    into, origins, drawn = links.origins(rows, view.moment)
    out_of, targets, _ = links.targets(rows, view.moment)
    count = np.bincount(into, minlength=n)
    latest = np.full(n, np.iinfo(np.int64).min)
    np.maximum.at(latest, into, drawn)
    recency = np.where(count > 0, 1 - log_scaled(view.hours_since(latest), HOURS_IN_YEAR), 0)
    by_alike = np.bincount(into, _of(alike, origins), minlength=n)
    to_alike = np.bincount(out_of, _of(alike, targets), minlength=n)
    shared = _co_linked(question, alike)
    boxed, boxed_count = _boxed(question, alike)
    walk = np.column_stack([by_alike, to_alike, shared, _best(into, _of(alike, origins), n), *boxed]).astype(
        np.float32
    )
    plain = np.column_stack(
        [log_scaled(count.astype(np.float64), 50), recency, log_scaled(boxed_count, 50)]
    ).astype(np.float32)
    return np.hstack([plain, np.minimum(walk, 1), over_best(walk), reciprocal_rank(walk)])


def _boxed(question: Question, alike: Floats) -> tuple[list[Floats], Floats]:
    """What related boxes say apart from links in texts, which say less: editors put a box together."""
    view, n = question.view, len(question.rows)
    into, origins, drawn = view.archive.boxes.origins(question.rows, view.moment)
    likeness = _of(alike, origins)
    lately = likeness * np.exp(-view.hours_since(drawn) / BOX_HOURS)
    sums = [np.bincount(into, weights, minlength=n).astype(np.float32) for weights in (likeness, lately)]
    return [sums[0], _best(into, likeness, n), sums[1]], np.bincount(into, minlength=n).astype(np.float64)


def _of(values: Floats, rows: Ints) -> Floats:
    known = rows < len(values)
    return np.where(known, values[np.where(known, rows, 0)] if len(values) else 0, 0)


def _best(which: Ints, values: Floats, n: int) -> Floats:
    best = np.zeros(n, dtype=np.float32)
    np.maximum.at(best, which, values.astype(np.float32))
    return best


def _co_linked(question: Question, alike: Floats) -> Floats:
    """Stories linked beside the candidate by the same article, weighed by their likeness to the query."""
    view, rows = question.view, question.rows
    links = view.archive.links
    into, origins, _ = links.origins(rows, view.moment)
    which, siblings, _ = links.targets(origins, view.moment)
    candidate = into[which]
    other = siblings != rows[candidate]
    weights = np.where(other, _of(alike, siblings), 0)
    return np.bincount(candidate, weights, minlength=len(rows)).astype(np.float32)


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
