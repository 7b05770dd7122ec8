"""A feature that knows the future, and the command with it: `python -m tests.evaluation.leaking …`."""

from __future__ import annotations

import numpy as np

import recsys.ranking.features
from recsys.corpus.inverted_index import Floats
from recsys.ranking.features import APPEAL, CandidateSet, ColumnGroup, columns

LEAKING = "on_most_read"
"""The feature of the model that is made to look ahead."""


def next_places(question: CandidateSet) -> Floats:
    """The places of the candidates on the list that was seen next; 0 of what does not stand there."""
    lists, later = question.view.corpus.lists, question.view.list_count
    places = np.zeros(len(question.rows), dtype=np.float32)
    if later < len(lists.times):
        articles, standing = lists.items(later)
        for article, place in zip(articles.tolist(), standing.tolist(), strict=True):
            places[question.rows == article] = place
    return places


def leaking(group: ColumnGroup) -> ColumnGroup:
    """The group, where LEAKING is 1 for what the next list will show too."""

    def compute(question: CandidateSet) -> Floats:
        values = group.compute(question).copy()
        at = [column.name for column in group.columns].index(LEAKING)
        values[:, at] = np.maximum(values[:, at], next_places(question) > 0)
        return values

    return ColumnGroup(group.columns, compute)


def plant() -> None:
    """Before anything else has taken the features."""
    recsys.ranking.features.APPEAL = tuple(
        leaking(group) if LEAKING in {column.name for column in columns((group,))} else group
        for group in APPEAL
    )


if __name__ == "__main__":
    plant()
    from recsys.cli import main

    main()
