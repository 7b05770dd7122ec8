"""Overrides: stories that editors pinned and blocked in every list, in a file next to the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from recsys.domain import check_name, format_time, parse_time
from recsys.errors import InvalidValueError
from recsys.request import Pin, Request, Rules
from recsys.serve.shared_file import Decoded, SharedFile, read_entries


@dataclass(frozen=True, slots=True)
class Overrides:
    """Pinned and blocked stories."""

    pinned: tuple[Pin, ...] = ()
    blocked: tuple[str, ...] = ()


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
        return replace(
            request,
            rules=replace(
                rules, pinned=(*overrides.pinned, *rules.pinned), blocked=(*overrides.blocked, *rules.blocked)
            ),
        )

    def pin(self, pin: Pin, now: datetime) -> None:
        """Pin a story, or move its pin; InvalidValueError if the pin has already expired."""
        if not pin.holds(now):
            expected = f"a time in the future, after {format_time(now)}"
            raise InvalidValueError("until", expected=expected, found=str(pin.until))
        self._file.change(
            lambda old: replace(old, pinned=(*_others(old.pinned, pin.url), pin)),
        )

    def block(self, url: str) -> None:
        """Block a story, and remove its pin."""
        self._file.change(
            lambda old: Overrides(_others(old.pinned, url), tuple(dict.fromkeys((*old.blocked, url))))
        )

    def release(self, url: str) -> None:
        """Remove the pin or block of a story."""
        self._file.change(
            lambda old: Overrides(
                _others(old.pinned, url), tuple(each for each in old.blocked if each != url)
            )
        )


def _others(pins: tuple[Pin, ...], url: str) -> tuple[Pin, ...]:
    return tuple(pin for pin in pins if pin.url != url)


class _OverridesCodec:
    """`{"pinned": [{"url": ..., "position": ..., "until": ...}], "blocked": [...]}`."""

    name = "overrides"

    def encode(self, value: Overrides) -> object:
        """Return the overrides as JSON."""
        pins = [
            {"url": pin.url, "position": pin.position, "until": pin.until and format_time(pin.until)}
            for pin in value.pinned
        ]
        return {"pinned": pins, "blocked": list(value.blocked)}

    def decode(self, document: object) -> Decoded[Overrides]:
        """Return the overrides that can be read, and the entries that cannot."""
        if not isinstance(document, dict):
            raise InvalidValueError(
                "overrides", expected="an object with pinned and blocked", found=type(document).__name__
            )
        pins, bad_pins = read_entries(document, "pinned", _read_pin)
        blocked, bad_blocked = read_entries(document, "blocked", _read_url)
        return Overrides(pins, blocked), (*bad_pins, *bad_blocked)

    def missing(self) -> Overrides:
        """Return no overrides."""
        return Overrides()

    def fallback(self, last: Overrides) -> Overrides:
        """Return the previous overrides."""
        return last


def _read_pin(entry: object) -> Pin:
    if not isinstance(entry, dict):
        raise InvalidValueError("pinned", expected="an object with url, position and until", found=entry)
    until = entry.get("until")
    return Pin(
        _read_url(entry.get("url")),
        entry.get("position", 1),
        None if until is None else parse_time(until, "until"),
    )


def _read_url(entry: object) -> str:
    check_name("url", entry)
    return str(entry)
