"""Training: corpus -> query groups -> a fitted ranker."""

from recsys.training.examples import (
    HORIZONS,
    SHORTEST_QUERY,
    SOURCES,
    build_query_groups,
    group_lists,
    is_for_everybody,
    query_moment,
)
from recsys.training.missing_examples import explain_missing_examples
from recsys.training.train import Moved, Trained, TrainingReport, choose_start, train

__all__ = [
    "HORIZONS",
    "SHORTEST_QUERY",
    "SOURCES",
    "Moved",
    "Trained",
    "TrainingReport",
    "build_query_groups",
    "choose_start",
    "explain_missing_examples",
    "group_lists",
    "is_for_everybody",
    "query_moment",
    "train",
]
