"""An archive -> contexts with evidence -> a fitted ranker."""

from recsys.training.examples import (
    HORIZONS,
    SHORTEST_QUERY,
    SOURCES,
    build_contexts,
    find_jobs,
    lists_for_everybody,
    moment_beside,
)
from recsys.training.train import Moved, Trained, TrainingReport, choose_start, train

__all__ = [
    "HORIZONS",
    "SHORTEST_QUERY",
    "SOURCES",
    "Moved",
    "Trained",
    "TrainingReport",
    "build_contexts",
    "choose_start",
    "find_jobs",
    "lists_for_everybody",
    "moment_beside",
    "train",
]
