"""How a candidate stands in the thread of the query: amid its similar stories, or superseded by one."""

from __future__ import annotations

import numpy as np

from recsys.archive.terms import Floats
from recsys.features.columns import Column, ColumnGroup, Question, over_best

NEIGHBOURS = 30
"""The most similar stories to the query, of the window, which stand for its thread."""
FIELD = "text"


def _compute(question: Question) -> Floats:
    reading, rows = question.reading, question.rows
    archive, (near, alike) = question.view.archive, reading.most_similar.first(NEIGHBOURS)
    if not len(near) or not len(rows):
        return np.zeros((len(rows), len(THREAD.columns)), dtype=np.float32)
    other = rows[:, None] != near[None, :]
    newer = archive.first_seen[near][None, :] > archive.first_seen[rows][:, None]
    late = question.page_came_later
    by_text = archive.terms[FIELD].cosines(rows, near) * other
    by_headline = archive.terms["headline"].cosines(rows, near) * other
    if late.any() or reading.view.came_later(near).any():
        unknown = late[:, None] | reading.view.came_later(near)[None, :]
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
        Column("central", "relatedness", _AMID, "amid the thread"),
        Column("central_best", "relatedness", f"{_AMID}, over the best", "amid the thread"),
        Column("superseded", "relatedness", _NEWER.format("text"), "newer stories alike"),
        Column("superseded_headline", "relatedness", _NEWER.format("headline"), "newer headlines alike"),
    ),
    _compute,
)
