"""The plan of a simulation: its length, volume and language, and the policy of the widget."""

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
    """How the widget orders stories."""

    NEWEST = "newest"
    """Newest first, with noise: common on real sites, and not optimal."""
    RANDOM = "random"
    """Shuffled, so that the position is independent of the story."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Equal plans give equal newsrooms. Everything but the widget is the same for all policies."""

    seed: int = 0
    days: int = 60
    articles_per_day: int = 40
    views_per_day: int = 200
    """Impressions of the widget a day, a `served` list each."""
    policy: Policy = Policy.NEWEST
    language: str = "en"
    propensities: tuple[float, ...] = tuple(1 / position for position in range(1, 9))
    """The probability that a reader examines each position of the widget; the length is that of the widget.
    Joachims, Swaminathan & Schnabel (2017, section 6) simulate one over the position."""

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
            raise InvalidValueError("propensities", expected="probabilities above 0", found=self.propensities)

    @property
    def end(self) -> datetime:
        """The end of the simulated period."""
        return START + timedelta(days=self.days)

    def chance(self, part: str) -> np.random.Generator:
        """The random generator of one part, independent of the others."""
        return np.random.default_rng([self.seed, crc32(part.encode())])


def _check_from(least: int, name: str, value: int) -> None:
    if value < least:
        raise InvalidValueError(name, expected=f"a whole number from {least}", found=value)
