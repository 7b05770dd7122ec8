"""What is true of an invented newsroom: how attractive a story is beside another, and to whom it matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.simulation.plan import Plan
from recsys.simulation.simulated_stories import Floats, Ints, Stories


@dataclass(frozen=True, slots=True)
class Weights:
    """What makes a story attractive beside another, in logits."""

    base: float = -2.6
    """Of an unrelated new story of middling strength: about one reader in fourteen. Real widgets are clicked
    less; more clicks per view only save views."""
    thread: float = 1.8
    topic: float = 0.9
    place: float = 0.9
    strength: float = 0.6
    """For each standard deviation."""
    taste: float = 0.6
    """For each standard deviation of what readers think of its topic."""
    age: float = -0.25
    """For each doubling of its age in days plus one."""


WEIGHTS = Weights()
HALF_LIFE = 8.0
"""Hours in which the interest of all readers in a story halves."""
LASTS = 72.0
"""Hours after which no list for everybody shows a story."""


class Tastes:
    """Of the readers and editors of a newsroom."""

    def __init__(self, plan: Plan, stories: Stories) -> None:
        self._stories = stories
        topics = int(stories.topics.max()) + 1
        self.topic_tastes: Floats = plan.chance("tastes").normal(size=topics)
        self._pull = WEIGHTS.strength * stories.strength + WEIGHTS.taste * self.topic_tastes[stories.topics]

    def relation(self, query: int, rows: Ints) -> Floats:
        """How much stories have to do with another, in logits; shape (rows,)."""
        s = self._stories
        relation: Floats = (
            WEIGHTS.thread * (s.threads[rows] == s.threads[query])
            + WEIGHTS.topic * (s.topics[rows] == s.topics[query])
            + WEIGHTS.place * (s.places[rows] == s.places[query])
        )
        return relation

    def attractiveness(self, query: int, rows: Ints, hour: float) -> Floats:
        """The chance that a reader of `query` who examines a story clicks it; shape (rows,)."""
        days = np.maximum(hour - self._stories.hours[rows], 0) / 24
        logit = WEIGHTS.base + self.relation(query, rows) + self._pull[rows]
        chance: Floats = 1 / (1 + np.exp(-(logit + WEIGHTS.age * np.log2(1 + days))))
        return chance

    def interest(self, rows: Ints, hour: float) -> Floats:
        """How much all readers want stories at a moment, in logits; shape (rows,)."""
        fading = np.log(2) / HALF_LIFE * (hour - self._stories.hours[rows])
        wanted: Floats = self._pull[rows] - fading
        return wanted

    def importance(self, rows: Ints, hour: float) -> Floats:
        """How high editors place stories on the front page, in logits: strong news, whatever its topic."""
        fading = np.log(2) / HALF_LIFE * (hour - self._stories.hours[rows])
        placed: Floats = self._stories.strength[rows] - fading
        return placed
