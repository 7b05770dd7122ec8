"""Rankers: the pairwise logistic one, the baselines, and the rules that come last."""

from recsys.ranking.baselines import BASELINES
from recsys.ranking.curves import Curves
from recsys.ranking.pairwise import Context, PairwiseRanker, Weighting
from recsys.ranking.ranker import LEARNT_DIAL, Ranker, Scores, check_dial, order
from recsys.ranking.rules import keep_allowed

__all__ = [
    "BASELINES",
    "LEARNT_DIAL",
    "Context",
    "Curves",
    "PairwiseRanker",
    "Ranker",
    "Scores",
    "Weighting",
    "check_dial",
    "keep_allowed",
    "order",
]
