"""Overrides and decisions as the dashboard shows them: with headlines, and whether they can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recsys.corpus import Corpus
from recsys.request import Pin, Rules
from recsys.serve.dashboard.stories import label_of
from recsys.serve.overrides import Action, Decision, Override, Overrides

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

    @property
    def action(self) -> str:
        """What was done; a release is named by what it removed."""
        if self.decision.action is not Action.RELEASE:
            return self.decision.action.value
        return "unpin" if isinstance(self.decision.before, Pin) else "unblock"

    @property
    def is_undo(self) -> bool:
        """Whether it undid a decision, so that undoing it restores that one."""
        return self.decision.action is Action.UNDO

    @property
    def is_undone_model(self) -> bool:
        """Whether it undid the choice of a model."""
        return self.is_undo and self.decision.is_about_model


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


def marks_by_url(rules: Rules, as_of: datetime) -> dict[str, list[str]]:
    """Return the marks of pinned and blocked stories at a moment: keys of messages after `mark.`."""
    marks = {url: ["block"] for url in rules.blocked}
    overrides: tuple[Override, ...] = (*rules.pinned, *rules.blocks)
    for each in overrides:
        if not each.holds(as_of):
            continue
        mark = ("pin" if isinstance(each, Pin) else "block") + ("_beside" if each.beside else "")
        of_story = marks.setdefault(each.url, [])
        if mark not in of_story:
            of_story.append(mark)
    return marks


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
