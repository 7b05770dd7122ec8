"""Overrides: stories that editors pinned and blocked, and the log of their decisions, in a file next to the
store.

A story has at most one override for all lists, and at most one beside each article. A decision is stored with
the override before and after it, so it can be undone for as long as nothing else was decided there since.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from recsys.domain import check_name, format_time, parse_time
from recsys.errors import InvalidValueError
from recsys.request import Block, Pin, Request, Rules
from recsys.serve.shared_file import Decoded, SharedFile, read_entries

MAX_DECISIONS = 1_000
"""Decisions in the file; older ones are only in the log of the service."""

Override = Pin | Block


class Action(StrEnum):
    """What an editor decided."""

    PIN = "pin"
    BLOCK = "block"
    RELEASE = "release"
    MODEL = "model"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided, and the state before and after it.

    The state is an override of the story `subject`, or None for none; for a model it is the name of one, and
    the subject is the name of the model that was chosen.
    """

    id: str
    at: datetime
    by: str
    """The name of the API key that signed in."""
    action: Action
    subject: str
    beside: str | None = None
    before: Override | str | None = None
    after: Override | str | None = None

    @property
    def is_about_model(self) -> bool:
        """Whether it chose a model."""
        return isinstance(self.before, str) or isinstance(self.after, str)


@dataclass(frozen=True, slots=True)
class Overrides:
    """Pinned and blocked stories, and the latest decisions, oldest first."""

    pinned: tuple[Pin, ...] = ()
    blocked: tuple[Block, ...] = ()
    log: tuple[Decision, ...] = ()

    @property
    def all(self) -> tuple[Override, ...]:
        """All of them, pins first."""
        return (*self.pinned, *self.blocked)

    def find(self, url: str, beside: str | None) -> Override | None:
        """Return the override of a story in every list, or beside an article."""
        return next((each for each in self.all if _is_at(each, url, beside)), None)

    def find_decision(self, decision_id: str) -> Decision | None:
        """Return the decision with an id."""
        return next((each for each in self.log if each.id == decision_id), None)

    def can_undo(self, decision: Decision, model: str | None) -> bool:
        """Whether the state is still as the decision left it; `model` is the name of the current one."""
        if decision.is_about_model:
            return isinstance(decision.before, str) and decision.after == model != decision.before
        state = self.find(decision.subject, decision.beside)
        return decision.after == state and decision.before != decision.after

    def with_decision(self, decision: Decision) -> Overrides:
        """Return the overrides after a decision, with the decision in the log."""
        url, beside, after = decision.subject, decision.beside, decision.after
        log = (*self.log, decision)[-MAX_DECISIONS:]
        if decision.is_about_model:
            return replace(self, log=log)
        pinned = tuple(each for each in self.pinned if not _is_at(each, url, beside))
        blocked = tuple(each for each in self.blocked if not _is_at(each, url, beside))
        return Overrides(
            (*pinned, after) if isinstance(after, Pin) else pinned,
            (*blocked, after) if isinstance(after, Block) else blocked,
            log,
        )


class OverridesFile:
    """The file with the overrides. Several processes may change it at once without losing changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SharedFile(path, _OverridesCodec())

    def version(self) -> object:
        """Return a value that changes with every change of the overrides."""
        return self._file.version()

    @property
    def problem(self) -> str | None:
        """What in the file cannot be read; None if all of it can."""
        return self._file.problem

    def load(self) -> Overrides:
        """Return the current overrides: of a damaged file the readable entries, or else the previous ones."""
        return self._file.read()

    def apply(self, request: Request) -> Request:
        """Return the request with the overrides placed before its own pins and blocks."""
        overrides = self.load()
        rules = request.rules or Rules()
        pinned, blocks = (*overrides.pinned, *rules.pinned), (*overrides.blocked, *rules.blocks)
        return replace(request, rules=replace(rules, pinned=pinned, blocks=blocks))

    def add(self, override: Override, *, by: str, now: datetime) -> Decision:
        """Pin or block a story, in place of what was decided for it in the same lists before.

        InvalidValueError if the override has already expired.
        """
        if not override.holds(now):
            expected = f"a time in the future, after {format_time(now)}"
            raise InvalidValueError("until", expected=expected, found=str(override.until))
        action = Action.PIN if isinstance(override, Pin) else Action.BLOCK
        at = override.url, override.beside
        return self._decide(lambda old: _Author(by, now).change(action, at, old.find(*at), override))

    def release(self, url: str, beside: str | None = None, *, by: str, now: datetime) -> Decision | None:
        """Remove the pin or block of a story, and return the decision; None if there was none."""
        at = url, beside
        if self.load().find(*at) is None:
            return None
        return self._decide(lambda old: _Author(by, now).change(Action.RELEASE, at, old.find(*at), None))

    def undo(self, decision_id: str, *, by: str, now: datetime) -> Decision:
        """Restore what held before a decision; InvalidValueError if something else was decided since."""

        def undo(old: Overrides) -> Decision:
            decision = old.find_decision(decision_id)
            if decision is None or isinstance(decision.before, str) or isinstance(decision.after, str):
                raise InvalidValueError("decision", expected="a decision about a story", found=decision_id)
            if not old.can_undo(decision, None):
                expected = "a decision after which nothing else was decided about the story"
                raise InvalidValueError("decision", expected=expected, found=decision_id)
            at = decision.subject, decision.beside
            return _Author(by, now).change(Action.UNDO, at, decision.after, decision.before)

        return self._decide(undo)

    def record_model(
        self, before: str | None, after: str, *, by: str, now: datetime, is_undo: bool = False
    ) -> Decision:
        """Log that somebody chose a model."""
        action = Action.UNDO if is_undo else Action.MODEL
        return self._decide(lambda _: _Author(by, now).choose_model(action, before, after))

    def _decide(self, decide: Callable[[Overrides], Decision]) -> Decision:
        """Make a decision, given the overrides as they are while no other process changes them."""
        made: list[Decision] = []

        def change(old: Overrides) -> Overrides:
            made.append(decide(old))
            return old.with_decision(made[-1])

        self._file.change(change)
        return made[-1]


def _is_at(override: Override, url: str, beside: str | None) -> bool:
    return override.url == url and override.beside == beside


@dataclass(frozen=True, slots=True)
class _Author:
    """Who decides, and when."""

    by: str
    now: datetime

    def change(
        self, action: Action, at: tuple[str, str | None], before: Override | None, after: Override | None
    ) -> Decision:
        """Return the decision about a story `at` its address, and beside an article or in every list."""
        return Decision(secrets.token_hex(8), self.now, self.by, action, *at, before, after)

    def choose_model(self, action: Action, before: str | None, after: str) -> Decision:
        """Return the decision about a model."""
        return Decision(secrets.token_hex(8), self.now, self.by, action, after, None, before, after)


class _OverridesCodec:
    """`{"pinned": [{"url": ..., "position": ...}], "blocked": [{"url": ...}], "log": [{"id": ...}]}`.

    Pins and blocks may have `until` and `beside`.
    """

    name = "overrides"

    def encode(self, value: Overrides) -> object:
        """Return the overrides as JSON."""
        return {
            "pinned": [_encode_override(each) for each in value.pinned],
            "blocked": [_encode_override(each) for each in value.blocked],
            "log": [_encode_decision(each) for each in value.log],
        }

    def decode(self, document: object) -> Decoded[Overrides]:
        """Return the overrides that can be read, and the entries that cannot."""
        if not isinstance(document, dict):
            raise InvalidValueError(
                "overrides", expected="an object with pinned and blocked", found=type(document).__name__
            )
        pins, bad_pins = read_entries(document, "pinned", _read_pin)
        blocked, bad_blocked = read_entries(document, "blocked", _read_block)
        log, bad_log = read_entries(document, "log", _read_decision)
        return Overrides(pins, blocked, log), (*bad_pins, *bad_blocked, *bad_log)

    def missing(self) -> Overrides:
        """Return no overrides."""
        return Overrides()

    def fallback(self, last: Overrides) -> Overrides:
        """Return the previous overrides."""
        return last


def _encode_override(override: Override) -> dict[str, object]:
    position = {"position": override.position} if isinstance(override, Pin) else {}
    until = {} if override.until is None else {"until": format_time(override.until)}
    beside = {} if override.beside is None else {"beside": override.beside}
    return {"url": override.url, **position, **until, **beside}


def _encode_decision(decision: Decision) -> dict[str, object]:
    return {
        "id": decision.id,
        "at": format_time(decision.at),
        "by": decision.by,
        "action": str(decision.action),
        "subject": decision.subject,
        "beside": decision.beside,
        "before": _encode_state(decision.before),
        "after": _encode_state(decision.after),
    }


def _encode_state(state: Override | str | None) -> object:
    if state is None:
        return None
    if isinstance(state, str):
        return {"model": state}
    return {"pin" if isinstance(state, Pin) else "block": _encode_override(state)}


def _read_pin(entry: object) -> Pin:
    fields = _read_object(entry, "pinned", "an object with url, position and until")
    url, until, beside = _read_scope(fields)
    position = fields.get("position", 1)
    return Pin(url, position, until, beside)  # type: ignore[arg-type]  # Pin checks it


def _read_block(entry: object) -> Block:
    return Block(*_read_scope(_read_object(entry, "blocked", "an object with url and until")))


def _read_scope(fields: dict[str, object]) -> tuple[str, datetime | None, str | None]:
    """Return url, until and beside."""
    until, beside = fields.get("until"), fields.get("beside")
    return (
        _read_url(fields.get("url")),
        None if until is None else parse_time(until, "until"),
        None if beside is None else _read_url(beside, "beside"),
    )


def _read_decision(entry: object) -> Decision:
    fields = _read_object(entry, "log", "an object with id, at, by and action")
    action, beside = fields.get("action"), fields.get("beside")
    if action not in list(Action):
        raise InvalidValueError("action", expected=f"one of {', '.join(Action)}", found=action)
    return Decision(
        _read_text(fields, "id"),
        parse_time(fields.get("at"), "at"),
        _read_text(fields, "by"),
        Action(str(action)),
        _read_text(fields, "subject"),
        None if beside is None else _read_url(beside, "beside"),
        _read_state(fields.get("before")),
        _read_state(fields.get("after")),
    )


def _read_state(entry: object) -> Override | str | None:
    if entry is None:
        return None
    expected = "null, or an object with pin, block or model"
    fields = _read_object(entry, "state", expected)
    if "pin" in fields:
        return _read_pin(fields["pin"])
    if "block" in fields:
        return _read_block(fields["block"])
    return _read_text(fields, "model")


def _read_object(entry: object, name: str, expected: str) -> dict[str, object]:
    if not isinstance(entry, dict):
        raise InvalidValueError(name, expected=expected, found=entry)
    return entry


def _read_text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidValueError(name, expected="a text", found=value)
    return value


def _read_url(entry: object, name: str = "url") -> str:
    check_name(name, entry)
    return str(entry)
