"""Are the model's scores the chances that they claim to be, and what does its dial trade?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from recsys.evaluation.metrics import ndcg
from recsys.evaluation.replay import DIALS, Answer
from recsys.evaluation.results import DialPoint, ReliabilityBin
from recsys.evaluation.statistics import Bootstrap

EDGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Of the chances. Narrower towards 1, where most pairs are: what nobody chose is mostly far off."""
_CUT: Final = 10


def reliability(answers: Sequence[Answer]) -> tuple[ReliabilityBin, ...]:
    """Pairs of a right story and another by the chance that the model gave the one with the higher score.

    The model learnt logits of preferences, so the chance is the logistic function of the difference of the
    scores. Bins without pairs are left out.
    """
    asked = [answer.margins for answer in answers if len(answer.margins)]
    if not asked:
        return ()
    margins = np.concatenate(asked)
    query = np.repeat(np.arange(len(asked)), [len(each) for each in asked])
    chance = 1 / (1 + np.exp(-np.abs(margins)))
    right = np.where(margins == 0, 0.5, (margins > 0).astype(np.float64))
    bootstrap, found = Bootstrap(len(asked)), []
    for low, high in pairwise(EDGES):
        mine = (chance >= low) & ((chance < high) | (high == EDGES[-1]))
        if mine.any():
            sums = np.bincount(query[mine], right[mine], minlength=len(asked))
            counts = np.bincount(query[mine], minlength=len(asked)).astype(np.float64)
            observed = bootstrap.ratio(sums.astype(np.float64), counts, n=int(mine.sum()))
            found.append(ReliabilityBin(low, high, float(chance[mine].mean()), observed))
    return tuple(found)


def turn_dial(answers: Sequence[Answer], task: str) -> tuple[DialPoint, ...]:
    """nDCG@10 of the lists beside articles at every position of the dial.

    Once against what was chosen for the task, once against the readers' ranking an hour later.
    """
    asked = [answer for answer in answers if answer.dials and task in answer.query.gains]
    if not asked:
        return ()
    bootstrap, points = Bootstrap(len(asked)), []
    for dial in DIALS:
        values = [
            [
                ndcg([gains.get(row, 0.0) for row in answer.dials[dial].tolist()], [*gains.values()], _CUT)
                for gains in (answer.query.gains[task], answer.query.wanted)
            ]
            for answer in asked
        ]
        related, appeal = np.array(values).T
        points.append(DialPoint(dial, bootstrap.mean(related), bootstrap.mean(appeal)))
    return tuple(points)
