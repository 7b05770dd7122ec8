"""Calibration of the model's scores, and the trade-off of its dial."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from recsys.evaluation.beyond_accuracy import churn
from recsys.evaluation.metrics import ndcg
from recsys.evaluation.replay import DIALS, Answer
from recsys.evaluation.results import DialPoint, ReliabilityBin
from recsys.evaluation.statistics import Bootstrap

EDGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Bins of predicted probability, narrower towards 1, where most pairs are."""
_CUT: Final = 10


def reliability(answers: Sequence[Answer]) -> tuple[ReliabilityBin, ...]:
    """How often the higher score of a relevant and another story was right, by predicted probability.

    The model learns logits of preferences, so the probability is the logistic function of the difference in
    score. Empty bins are left out.
    """
    by_query = [answer.margins for answer in answers if len(answer.margins)]
    if not by_query:
        return ()
    margins = np.concatenate(by_query)
    query = np.repeat(np.arange(len(by_query)), [len(each) for each in by_query])
    probability = 1 / (1 + np.exp(-np.abs(margins)))
    right = np.where(margins == 0, 0.5, (margins > 0).astype(np.float64))
    bootstrap, bins = Bootstrap(len(by_query)), []
    for low, high in pairwise(EDGES):
        inside = (probability >= low) & ((probability < high) | (high == EDGES[-1]))
        if inside.any():
            sums = np.bincount(query[inside], right[inside], minlength=len(by_query))
            counts = np.bincount(query[inside], minlength=len(by_query)).astype(np.float64)
            observed = bootstrap.ratio(sums.astype(np.float64), counts, n=int(inside.sum()))
            bins.append(ReliabilityBin(low, high, float(probability[inside].mean()), observed))
    return tuple(bins)


def turn_dial(answers: Sequence[Answer], task: str) -> tuple[DialPoint, ...]:
    """nDCG@10 of the lists for articles at every position of the dial.

    Against the stories chosen for the task, and against the most-read list an hour later; and how much of a
    list each step changes.
    """
    judged = [answer for answer in answers if answer.dials and task in answer.query.gains]
    if not judged:
        return ()
    bootstrap, points, before = Bootstrap(len(judged)), [], DIALS[0]
    for dial in DIALS:
        values = [
            [
                ndcg([gains.get(row, 0.0) for row in answer.dials[dial].tolist()], [*gains.values()], _CUT)
                for gains in (answer.query.gains[task], answer.query.wanted)
            ]
            for answer in judged
        ]
        related, appeal = np.array(values).T
        changed = float(
            np.mean([churn(each.dials[before].tolist(), each.dials[dial].tolist()) for each in judged])
        )
        points.append(DialPoint(dial, bootstrap.mean(related), bootstrap.mean(appeal), changed))
        before = dial
    return tuple(points)
