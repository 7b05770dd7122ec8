"""How good one ranked list is, as plain functions of gains.

`ranked` holds the gain of every story of a list in its order, 0 for what was not relevant; `relevant` the
gains of all that was relevant, found or not, each above 0, in any order. Gains are those of the protocol: 1
for a chosen story, 11 - position for a place on the readers' ranking.

Whatever the metric: a list that is empty scores 0, and so does a query to which nothing was relevant (no
such query is asked). A list shorter than the cut is like one filled up with what was not relevant. No story
may stand in a list twice; then every value lies in [0, 1]. Where two stories have the same score the newer
one stands first: `recsys.ranking.order` decides that, before anything is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log2

Gains = Sequence[float]

DEPTH = 100
"""Places that are looked at where a metric has no cut of its own."""


def dcg(gains: Gains) -> float:
    """Discounted cumulative gain: gain over log2(1 + rank), summed (Järvelin & Kekäläinen 2002)."""
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def ndcg(ranked: Gains, relevant: Gains, k: int) -> float:
    """DCG of the first k places over that of the best list there could be; gains are linear."""
    best = dcg(sorted(relevant, reverse=True)[:k])
    return dcg(ranked[:k]) / best if best else 0.0


def reciprocal_rank(ranked: Gains, relevant: Gains) -> float:  # noqa: ARG001
    """One over the rank of the first relevant story; 0 where none is among the first hundred."""
    return next((1 / rank for rank, gain in enumerate(ranked[:DEPTH], start=1) if gain > 0), 0.0)


def recall(ranked: Gains, relevant: Gains, k: int) -> float:
    """The share of the relevant stories among the first k; below 1 where there are more than k."""
    return _found(ranked[:k]) / len(relevant) if relevant else 0.0


def hit(ranked: Gains, relevant: Gains, k: int) -> float:  # noqa: ARG001
    """1 where one of the first k is relevant, else 0. Its mean over queries is the hit rate."""
    return float(_found(ranked[:k]) > 0)


def average_precision(ranked: Gains, relevant: Gains) -> float:
    """Precision at the rank of every relevant story, averaged over all that are relevant.

    One that is not among the first hundred counts 0. Gains above 0 are all alike here. Its mean is MAP.
    """
    places = [rank for rank, gain in enumerate(ranked[:DEPTH], start=1) if gain > 0]
    total = sum(found / rank for found, rank in enumerate(places, start=1))
    return total / len(relevant) if relevant else 0.0


def _found(gains: Gains) -> int:
    return sum(gain > 0 for gain in gains)


MAIN = "ndcg@10"

METRICS: Mapping[str, Callable[[Gains, Gains], float]] = {
    "ndcg@5": lambda ranked, relevant: ndcg(ranked, relevant, 5),
    MAIN: lambda ranked, relevant: ndcg(ranked, relevant, 10),
    "mrr": reciprocal_rank,
    "recall@10": lambda ranked, relevant: recall(ranked, relevant, 10),
    "hit@10": lambda ranked, relevant: hit(ranked, relevant, 10),
    "map": average_precision,
}
"""By the names that tables and JSON use."""


def measure(ranked: Gains, relevant: Gains) -> dict[str, float]:
    """All of METRICS for one list."""
    return {name: metric(ranked, relevant) for name, metric in METRICS.items()}
