"""True preferences in a simulated newsroom: how attractive stories are to readers of another, and appeal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.simulation.plan import Plan
from recsys.simulation.simulated_stories import Floats, Ints, Stories


@dataclass(frozen=True, slots=True)
class Weights:
    """The terms of how attractive a story is to readers of another, in logits."""

    base: float = -2.6
    """An unrelated new story of average strength: about one reader in fourteen. Real widgets get fewer
    clicks; more clicks per impression save impressions."""
    thread: float = 1.8
    topic: float = 0.9
    place: float = 0.9
    strength: float = 0.6
    """Per standard deviation."""
    taste: float = 0.6
    """Per standard deviation of readers' interest in its topic."""
    age: float = -0.25
    """Per doubling of its age in days plus one."""


WEIGHTS = Weights()
HALF_LIFE = 8.0
"""The number of hours in which readers' interest in a story halves."""
LASTS = 72.0
"""The age in hours up to which lists for everybody show a story."""


class Tastes:
    """The preferences of the readers and editors of a newsroom."""

    def __init__(self, plan: Plan, stories: Stories) -> None:
        self._stories = stories
        topics = int(stories.topics.max()) + 1
        self.topic_tastes: Floats = plan.chance("tastes").normal(size=topics)
        self._pull = WEIGHTS.strength * stories.strength + WEIGHTS.taste * self.topic_tastes[stories.topics]

    def relation(self, query: int, rows: Ints) -> Floats:
        """How related stories are to another, in logits; shape (rows,)."""
        s = self._stories
        relation: Floats = (
            WEIGHTS.thread * (s.threads[rows] == s.threads[query])
            + WEIGHTS.topic * (s.topics[rows] == s.topics[query])
            + WEIGHTS.place * (s.places[rows] == s.places[query])
        )
        return relation

    def attractiveness(self, query: int, rows: Ints, hour: float) -> Floats:
        """The probability that a reader of `query` who examines a story clicks it; shape (rows,)."""
        days = np.maximum(hour - self._stories.hours[rows], 0) / 24
        logit = WEIGHTS.base + self.relation(query, rows) + self._pull[rows]
        chance: Floats = 1 / (1 + np.exp(-(logit + WEIGHTS.age * np.log2(1 + days))))
        return chance

    def interest(self, rows: Ints, hour: float) -> Floats:
        """The interest of all readers in stories at a moment, in logits; shape (rows,)."""
        fading = np.log(2) / HALF_LIFE * (hour - self._stories.hours[rows])
        wanted: Floats = self._pull[rows] - fading
        return wanted

    def importance(self, rows: Ints, hour: float) -> Floats:
        """How high editors place stories on the front page, in logits: by strength, whatever the topic."""
        fading = np.log(2) / HALF_LIFE * (hour - self._stories.hours[rows])
        placed: Floats = self._stories.strength[rows] - fading
        return placed
