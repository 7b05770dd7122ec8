"""Rankers: the pairwise logistic one, the baselines, and the rules that come last."""

from recsys.ranking.baselines import BASELINES, Baseline, persistence
from recsys.ranking.contexts import Context, PackedContexts
from recsys.ranking.curves import Curves
from recsys.ranking.pairwise import PairwiseRanker, Weighting
from recsys.ranking.ranker import Ranker, Scores, order
from recsys.ranking.rules import Desk, Stories, apply_rules
from recsys.request import LEARNT_DIAL, check_dial

__all__ = [
    "BASELINES",
    "LEARNT_DIAL",
    "Baseline",
    "Context",
    "Curves",
    "Desk",
    "PackedContexts",
    "PairwiseRanker",
    "Ranker",
    "Scores",
    "Stories",
    "Weighting",
    "apply_rules",
    "check_dial",
    "order",
    "persistence",
]
