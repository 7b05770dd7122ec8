"""The editors' desk: stories pinned and blocked for every list, kept in a file beside the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from recsys.domain import check_name, format_time, parse_time
from recsys.errors import InvalidValueError
from recsys.request import Pin, Request, Rules
from recsys.serve.shared_file import Decoded, SharedFile, read_entries


@dataclass(frozen=True, slots=True)
class Decisions:
    """What editors decided."""

    pinned: tuple[Pin, ...] = ()
    blocked: tuple[str, ...] = ()


class OverridesFile:
    """The file of the decisions. Several processes may change it at once, and none of the changes is lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SharedFile(path, _OverridesCodec())

    def version(self) -> object:
        """Another value whenever something was decided."""
        return self._file.version()

    @property
    def problem(self) -> str | None:
        """What of the file cannot be read; None when all of it can."""
        return self._file.problem

    def decisions(self) -> Decisions:
        """What holds now: of a damaged file the entries that can be read, or what held before."""
        return self._file.read()

    def apply(self, request: Request) -> Request:
        """A request with what was decided, before what it has of its own."""
        found = self.decisions()
        rules = request.rules or Rules()
        return replace(
            request,
            rules=replace(
                rules, pinned=(*found.pinned, *rules.pinned), blocked=(*found.blocked, *rules.blocked)
            ),
        )

    def pin(self, pin: Pin, now: datetime) -> None:
        """Pin a story, or move one that is pinned; InvalidValueError for a pin that is over already."""
        if not pin.holds(now):
            expected = f"a time after now, {format_time(now)}; this one lies in the past"
            raise InvalidValueError("until", expected=expected, found=str(pin.until))
        self._file.change(
            lambda found: replace(found, pinned=(*_others(found.pinned, pin.url), pin)),
        )

    def block(self, url: str) -> None:
        """Block a story; a pin of it is removed."""
        self._file.change(
            lambda found: Decisions(_others(found.pinned, url), tuple(dict.fromkeys((*found.blocked, url))))
        )

    def release(self, url: str) -> None:
        """Neither pinned nor blocked any more."""
        self._file.change(
            lambda found: Decisions(
                _others(found.pinned, url), tuple(each for each in found.blocked if each != url)
            )
        )


def _others(pins: tuple[Pin, ...], url: str) -> tuple[Pin, ...]:
    return tuple(pin for pin in pins if pin.url != url)


class _OverridesCodec:
    """`{"pinned": [{"url": ..., "position": ..., "until": ...}], "blocked": [...]}`."""

    name = "overrides"

    def encode(self, value: Decisions) -> object:
        """The decisions as JSON."""
        pins = [
            {"url": pin.url, "position": pin.position, "until": pin.until and format_time(pin.until)}
            for pin in value.pinned
        ]
        return {"pinned": pins, "blocked": list(value.blocked)}

    def decode(self, document: object) -> Decoded[Decisions]:
        """The decisions that can be read, and the entries that cannot."""
        if not isinstance(document, dict):
            raise InvalidValueError(
                "overrides", expected="an object with pinned and blocked", found=type(document).__name__
            )
        pins, bad_pins = read_entries(document, "pinned", _read_pin)
        blocked, bad_blocked = read_entries(document, "blocked", _read_url)
        return Decisions(pins, blocked), (*bad_pins, *bad_blocked)

    def missing(self) -> Decisions:
        """Nothing was decided yet."""
        return Decisions()

    def fallback(self, last: Decisions) -> Decisions:
        """What held before."""
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
