"""The systems of an evaluation: rankers, fixed or retrained, and runs from files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.evaluation.results import MODEL, SystemInfo
from recsys.ranking import BASELINES, Ranker, persistence

SAYS: Mapping[str, str] = {
    "newest": "newest first",
    "popularity": "past most-read lists, half-life 2 hours",
    "persistence": "the current most-read list",
    "tfidf": "cosine similarity of the texts",
    "bm25": "BM25 of the texts",
}


@dataclass(frozen=True)
class Scorer:
    """A ranker, or several in succession: `rankers[i]` answers from `starts[i]` (microseconds) on."""

    about: SystemInfo
    rankers: tuple[Ranker, ...]
    starts: tuple[int, ...] = (0,)

    @property
    def name(self) -> str:
        """The name in the results."""
        return self.about.name

    def ranker_at(self, moment: int, source: int | None = None) -> Ranker:
        """The ranker in use at a moment; `persistence` uses the list to be predicted."""
        if self.about.kind == "baseline" and self.name == "persistence":
            return persistence(source)
        return self.rankers[max(bisect_right(self.starts, moment) - 1, 0)]


@dataclass(frozen=True)
class WrittenRun:
    """A run from a file: rows by query, best first; -1 for articles that are not in the corpus."""

    about: SystemInfo
    answers: Mapping[str, Sequence[int]]

    @property
    def name(self) -> str:
        """The name in the results."""
        return self.about.name


System = Scorer | WrittenRun


def baselines() -> list[Scorer]:
    """All of BASELINES."""
    return [Scorer(SystemInfo(name, "baseline", SAYS[name]), (ranker,)) for name, ranker in BASELINES.items()]


def free_name(name: str, taken: Sequence[str]) -> str:
    """The name, with a number added if it is taken; MODEL and the baselines always are."""
    used, candidate, number = {MODEL, "served", *BASELINES, *taken}, name, 1
    while candidate in used:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
