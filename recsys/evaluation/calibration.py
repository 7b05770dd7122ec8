"""Calibration of the model's scores, and the trade-off of its dial."""

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
"""Bin edges of the probability; narrower towards 1, where most pairs are."""
_CUT: Final = 10


def reliability(answers: Sequence[Answer]) -> tuple[ReliabilityBin, ...]:
    """Reliability of predicted preferences, in bins of pairs of a relevant story and another candidate.

    Scores are logits of preference, so the predicted probability is the logistic function of the score
    difference. Empty bins are left out.
    """
    margins_of = [answer.margins for answer in answers if len(answer.margins)]
    if not margins_of:
        return ()
    margins = np.concatenate(margins_of)
    query = np.repeat(np.arange(len(margins_of)), [len(each) for each in margins_of])
    chance = 1 / (1 + np.exp(-np.abs(margins)))
    right = np.where(margins == 0, 0.5, (margins > 0).astype(np.float64))
    bootstrap, bins = Bootstrap(len(margins_of)), list[ReliabilityBin]()
    for low, high in pairwise(EDGES):
        mine = (chance >= low) & ((chance < high) | (high == EDGES[-1]))
        if mine.any():
            sums = np.bincount(query[mine], right[mine], minlength=len(margins_of))
            counts = np.bincount(query[mine], minlength=len(margins_of)).astype(np.float64)
            observed = bootstrap.ratio(sums.astype(np.float64), counts, n=int(mine.sum()))
            bins.append(ReliabilityBin(low, high, float(chance[mine].mean()), observed))
    return tuple(bins)


def turn_dial(answers: Sequence[Answer], task: str) -> tuple[DialPoint, ...]:
    """nDCG@10 of the recommendations for articles at every position of the dial.

    Once evaluated against the relevant stories of the task, once against the most-read list an hour later.
    """
    chosen = [answer for answer in answers if answer.dials and task in answer.query.gains]
    if not chosen:
        return ()
    bootstrap, points = Bootstrap(len(chosen)), []
    for dial in DIALS:
        values = [
            [
                ndcg([gains.get(row, 0.0) for row in answer.dials[dial].tolist()], [*gains.values()], _CUT)
                for gains in (answer.query.gains[task], answer.query.wanted)
            ]
            for answer in chosen
        ]
        related, appeal = np.array(values).T
        points.append(DialPoint(dial, bootstrap.mean(related), bootstrap.mean(appeal)))
    return tuple(points)
