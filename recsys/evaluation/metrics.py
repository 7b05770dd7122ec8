"""Accuracy metrics of one ranked list, as plain functions of gains.

`ranked` holds the gains of a list in its order, 0 for stories that are not relevant; `relevant` the gains of
all relevant stories, ranked or not, each above 0, in any order. A story chosen by editors has gain 1, one at
position p of a most-read list 11 - p.

For every metric, an empty list scores 0, and so does a query without relevant stories (there are none). A
list shorter than the cutoff counts as filled up with irrelevant stories. No story may be in a list twice;
then every value is in [0, 1]. Ties in score are resolved before (`recsys.ranking.order`): the newer story is
first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log2

Gains = Sequence[float]
Metric = Callable[[Gains, Gains], float]
"""A metric of a ranked list and all that was relevant."""

DEPTH = 100
"""Cutoff of metrics that have none of their own."""


def dcg(gains: Gains) -> float:
    """Discounted cumulative gain: gain over log2(1 + rank), summed (Järvelin & Kekäläinen 2002)."""
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def ndcg(ranked: Gains, relevant: Gains, k: int) -> float:
    """DCG of the top k, divided by that of the ideal list; gains are linear."""
    best = dcg(sorted(relevant, reverse=True)[:k])
    return dcg(ranked[:k]) / best if best else 0.0


def reciprocal_rank(ranked: Gains, relevant: Gains) -> float:  # noqa: ARG001
    """One over the rank of the first relevant story; 0 if none is in the top hundred."""
    return next((1 / rank for rank, gain in enumerate(ranked[:DEPTH], start=1) if gain > 0), 0.0)


def recall(ranked: Gains, relevant: Gains, k: int) -> float:
    """The share of the relevant stories in the top k; below 1 if there are more than k."""
    return _count_relevant(ranked[:k]) / len(relevant) if relevant else 0.0


def hit(ranked: Gains, relevant: Gains, k: int) -> float:  # noqa: ARG001
    """1 if a story of the top k is relevant, else 0. Its mean over queries is the hit rate."""
    return float(_count_relevant(ranked[:k]) > 0)


def average_precision(ranked: Gains, relevant: Gains) -> float:
    """Precision at the rank of every relevant story, averaged over all relevant stories.

    A story outside the top hundred counts 0; gains are binary. Its mean over queries is MAP.
    """
    places = [rank for rank, gain in enumerate(ranked[:DEPTH], start=1) if gain > 0]
    total = sum(count / rank for count, rank in enumerate(places, start=1))
    return total / len(relevant) if relevant else 0.0


def _count_relevant(gains: Gains) -> int:
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
    """Every metric of one list."""
    return {name: metric(ranked, relevant) for name, metric in metrics.items()}
