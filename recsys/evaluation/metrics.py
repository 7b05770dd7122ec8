"""Ranking metrics as plain functions of gains.

`ranked` contains the gain of every story of a list in order, 0 for stories that are not relevant; `relevant`
contains the gains of all relevant stories, retrieved or not, each above 0, in any order. Gains are those of
the protocol: 1 for a chosen story, 11 - position for a story on the most-read list.

For every metric an empty list scores 0, and so does a query without relevant stories (none is evaluated). A
list shorter than the cut-off is treated as padded with stories that are not relevant. No story may be in a
list twice; then every value lies in [0, 1]. Ties are resolved before, by `recsys.ranking.order`: of two
stories with equal scores the newer one comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, log2
from numbers import Real

import numpy as np

from recsys.errors import InvalidValueError

Gains = Sequence[float]
Metric = Callable[[Gains, Gains], float]
"""A metric of a ranked list and all that was relevant."""

DEPTH = 100
"""Cut-off of metrics without one in their name."""


def dcg(gains: Gains) -> float:
    """Discounted cumulative gain: gain over log2(1 + rank), summed (Järvelin & Kekäläinen 2002)."""
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def ndcg(ranked: Gains, relevant: Gains, k: int) -> float:
    """DCG of the first k places over that of the ideal list; gains are linear."""
    best = dcg(sorted(relevant, reverse=True)[:k])
    return dcg(ranked[:k]) / best if best else 0.0


def reciprocal_rank(ranked: Gains, relevant: Gains) -> float:  # noqa: ARG001
    """Reciprocal rank of the first relevant story; 0 if none is among the first hundred."""
    return next((1 / rank for rank, gain in enumerate(ranked[:DEPTH], start=1) if gain > 0), 0.0)


def recall(ranked: Gains, relevant: Gains, k: int) -> float:
    """The share of the relevant stories that is among the first k; below 1 if there are more than k."""
    return _relevant_count(ranked[:k]) / len(relevant) if relevant else 0.0


def hit(ranked: Gains, relevant: Gains, k: int) -> float:  # noqa: ARG001
    """1 if one of the first k is relevant, else 0. Its mean over queries is the hit rate."""
    return float(_relevant_count(ranked[:k]) > 0)


def average_precision(ranked: Gains, relevant: Gains) -> float:
    """Mean of the precision at the rank of each relevant story.

    Stories that are not among the first hundred count 0. All gains above 0 are equal here. The mean over
    queries is MAP.
    """
    places = [rank for rank, gain in enumerate(ranked[:DEPTH], start=1) if gain > 0]
    total = sum(count / rank for count, rank in enumerate(places, start=1))
    return total / len(relevant) if relevant else 0.0


def _relevant_count(gains: Gains) -> int:
    return sum(gain > 0 for gain in gains)


MAIN = "ndcg@10"

METRICS: dict[str, Metric] = {
    "ndcg@5": lambda ranked, relevant: ndcg(ranked, relevant, 5),
    MAIN: lambda ranked, relevant: ndcg(ranked, relevant, 10),
    "mrr": reciprocal_rank,
    "recall@10": lambda ranked, relevant: recall(ranked, relevant, 10),
    "hit@10": lambda ranked, relevant: hit(ranked, relevant, 10),
    "map": average_precision,
}
"""By their names in tables and JSON."""


def measure(ranked: Gains, relevant: Gains, metrics: Mapping[str, Metric] = METRICS) -> dict[str, float]:
    """Every metric of one list; InvalidValueError for one that is not a finite number."""
    return {name: _check(name, metric(ranked, relevant)) for name, metric in metrics.items()}


def _check(name: str, value: object) -> float:
    if not isinstance(value, Real | np.bool_) or not isfinite(value):
        raise InvalidValueError(f"metric {name}", expected="a finite number per query", found=value)
    return float(value)
