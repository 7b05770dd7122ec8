"""Overrides and decisions as the dashboard shows them: with headlines, and whether they can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recsys.corpus import Corpus
from recsys.request import Pin
from recsys.serve.dashboard.stories import label_of
from recsys.serve.overrides import Decision, Override, Overrides

MAX_SHOWN = 200
"""Decisions on the page, the latest."""


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """A pinned or blocked story with its headline."""

    override: Override
    headline: str
    beside: str | None
    """The headline of the only article beside which it holds."""
    has_expired: bool

    @property
    def url(self) -> str:
        """The address of the story."""
        return self.override.url

    @property
    def position(self) -> int | None:
        """The position of a pin; None for a block."""
        return self.override.position if isinstance(self.override, Pin) else None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision with the headlines of its story and of the article beside which it holds."""

    decision: Decision
    headline: str
    beside: str | None
    can_undo: bool

    @property
    def url(self) -> str:
        """The address of the story; the name of a model."""
        return self.decision.subject


def override_rows(corpus: Corpus, overrides: Overrides, as_of: datetime) -> list[OverrideRow]:
    """Return pins by position, then blocks in the order in which they were made."""
    pins = sorted(overrides.pinned, key=lambda pin: pin.position)
    ordered: list[Override] = [*pins, *overrides.blocked]
    return [
        OverrideRow(
            each,
            label_of(corpus, each.url),
            each.beside and label_of(corpus, each.beside),
            not each.holds(as_of),
        )
        for each in ordered
    ]


def decision_rows(corpus: Corpus, overrides: Overrides, model: str | None) -> list[DecisionRow]:
    """Return the latest decisions, latest first; `model` is the name of the current one."""
    return [
        DecisionRow(
            each,
            each.subject if each.is_about_model else label_of(corpus, each.subject),
            each.beside and label_of(corpus, each.beside),
            overrides.can_undo(each, model),
        )
        for each in reversed(overrides.log[-MAX_SHOWN:])
    ]
