"""Who takes part: rankers that score, fixed or re-trained, and runs that were written down."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.evaluation.results import MODEL, SystemInfo
from recsys.ranking import BASELINES, Ranker, persistence

SAYS: Mapping[str, str] = {
    "newest": "the newest first",
    "popularity": "the readers' rankings so far, half-life 2 hours",
    "persistence": "the readers' ranking as it stands",
    "tfidf": "cosine of the whole texts",
    "bm25": "BM25 of the whole texts",
}


@dataclass(frozen=True)
class Scorer:
    """A ranker, or one after the other: `rankers[i]` answers from `starts[i]` (microseconds) on."""

    about: SystemInfo
    rankers: tuple[Ranker, ...]
    starts: tuple[int, ...] = (0,)

    @property
    def name(self) -> str:
        """As in the results."""
        return self.about.name

    def ranker_at(self, moment: int, source: int | None = None) -> Ranker:
        """Who answers at a moment; persistence is that of the ranking in question."""
        if self.about.kind == "baseline" and self.name == "persistence":
            return persistence(source)
        return self.rankers[max(bisect_right(self.starts, moment) - 1, 0)]


@dataclass(frozen=True)
class WrittenRun:
    """A run from a file: rows by query, best first; -1 for what is no article of the archive."""

    about: SystemInfo
    answers: Mapping[str, Sequence[int]]

    @property
    def name(self) -> str:
        """As in the results."""
        return self.about.name


System = Scorer | WrittenRun


def baselines() -> list[Scorer]:
    """All of BASELINES."""
    return [Scorer(SystemInfo(name, "baseline", SAYS[name]), (ranker,)) for name, ranker in BASELINES.items()]


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """The name, or the name with a number where it is taken; MODEL and the baselines are always taken."""
    used, name, number = {MODEL, "served", *BASELINES, *taken}, wanted, 1
    while name in used:
        number += 1
        name = f"{wanted}-{number}"
    return name
