"""What is simulated: how long, how much, in which language, and how the widget orders what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zlib import crc32

import numpy as np

from recsys.errors import InvalidValueError
from recsys.simulation.vocabulary import VOCABULARIES

SITE = "brackwater.example"
START = datetime(2025, 1, 6, tzinfo=UTC)


class Policy(StrEnum):
    """How the widget orders what it shows."""

    NEWEST = "newest"
    """The newest first, with noise: what many sites do, and partly bad."""
    RANDOM = "random"
    """Shuffled, so that a position says nothing about a story."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The same plan makes the same newsroom. Everything but the widget is the same for all policies."""

    seed: int = 0
    days: int = 60
    articles_per_day: int = 40
    views_per_day: int = 200
    """Views of a page with the widget: a `served` list each."""
    policy: Policy = Policy.NEWEST
    language: str = "en"
    propensities: tuple[float, ...] = tuple(1 / position for position in range(1, 9))
    """The chance that a reader examines each position of the widget; its length is what the widget shows.
    One over the position is what Joachims, Swaminathan & Schnabel (2017, section 6) simulate."""

    def __post_init__(self) -> None:
        for name in ("seed", "views_per_day"):
            _check_from(0, name, getattr(self, name))
        for name in ("days", "articles_per_day"):
            _check_from(1, name, getattr(self, name))
        if self.language not in VOCABULARIES:
            raise InvalidValueError(
                "language", expected=f"one of {', '.join(VOCABULARIES)}", found=self.language
            )
        if not self.propensities or not all(0 < chance <= 1 for chance in self.propensities):
            raise InvalidValueError("propensities", expected="chances above 0", found=self.propensities)

    @property
    def end(self) -> datetime:
        """After everything that happens."""
        return START + timedelta(days=self.days)

    def chance(self, part: str) -> np.random.Generator:
        """The randomness of one part, which no other part disturbs."""
        return np.random.default_rng([self.seed, crc32(part.encode())])


def _check_from(least: int, name: str, value: int) -> None:
    if value < least:
        raise InvalidValueError(name, expected=f"a whole number from {least}", found=value)
