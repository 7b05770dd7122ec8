"""The systems of an evaluation: rankers, fixed or retrained, and runs from files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.evaluation.results import MODEL, SystemInfo
from recsys.ranking import BASELINES, Baseline, Ranker, persistence


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

    @property
    def needs_article(self) -> bool:
        """Whether it is a baseline that says nothing without an article."""
        return any(isinstance(ranker, Baseline) and ranker.needs_article for ranker in self.rankers)

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


def baselines(own: Mapping[str, Ranker]) -> list[Scorer]:
    """All of BASELINES, then the user's own, by name."""
    return [
        Scorer(SystemInfo(name, "baseline", _describe(ranker)), (ranker,))
        for name, ranker in {**BASELINES, **own}.items()
    ]


def _describe(ranker: Ranker) -> str:
    """The description of a baseline; the name of a ranker without one."""
    description = ranker.description if isinstance(ranker, Baseline) else ""
    return description or ranker.name


def free_name(name: str, taken: Sequence[str]) -> str:
    """The name, with a number added if it is taken; MODEL and the baselines always are."""
    used, candidate, number = {MODEL, "served", *BASELINES, *taken}, name, 1
    while candidate in used:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
