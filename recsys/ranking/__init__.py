"""Rankers: the logistic ranker, the baselines and their common interface."""

from recsys.ranking.baselines import BASELINES, Baseline, persistence
from recsys.ranking.logistic_ranker import LogisticRanker, RankerWeights
from recsys.ranking.ranker import Ranker, Scores, order
from recsys.ranking.splines import Splines
from recsys.ranking.training_set import QueryGroup, TrainingSet
from recsys.request import TRAINED_DIAL, check_dial

__all__ = [
    "BASELINES",
    "TRAINED_DIAL",
    "Baseline",
    "LogisticRanker",
    "QueryGroup",
    "Ranker",
    "RankerWeights",
    "Scores",
    "Splines",
    "TrainingSet",
    "check_dial",
    "order",
    "persistence",
]
