"""The editors' desk: stories pinned and blocked for every list, kept in a file beside the store."""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from recsys.domain import format_time, parse_time
from recsys.errors import InvalidValueError, ServiceError
from recsys.request import Pin, Request, Rules


@dataclass(frozen=True, slots=True)
class Decisions:
    """What editors decided."""

    pinned: tuple[Pin, ...] = ()
    blocked: tuple[str, ...] = ()


class Desk:
    """The file of the decisions; several processes may write it, the last one counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def version(self) -> int:
        """Another number whenever something was decided."""
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return 0

    def decisions(self) -> Decisions:
        """What holds now; ServiceError for a file that somebody else wrote."""
        try:
            told = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return Decisions()
        except (OSError, ValueError) as error:
            raise ServiceError(f"{self.path}: cannot be read: {error}") from error
        try:
            pins = tuple(_read_pin(each) for each in told["pinned"])
            return Decisions(pins, tuple(map(str, told["blocked"])))
        except (KeyError, TypeError, InvalidValueError) as error:
            raise ServiceError(f"{self.path}: expected decisions of the desk: {error}") from error

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

    def pin(self, pin: Pin) -> None:
        """Pin a story; one that is pinned already gets its new place."""
        with self._lock:
            found = self.decisions()
            kept = tuple(each for each in found.pinned if each.url != pin.url)
            self._write(replace(found, pinned=(*kept, pin)))

    def block(self, url: str) -> None:
        """Block a story; a pin of it is taken away."""
        with self._lock:
            found = self.decisions()
            pinned = tuple(each for each in found.pinned if each.url != url)
            self._write(Decisions(pinned, tuple(dict.fromkeys((*found.blocked, url)))))

    def release(self, url: str) -> None:
        """Neither pinned nor blocked any more."""
        with self._lock:
            found = self.decisions()
            pinned = tuple(each for each in found.pinned if each.url != url)
            self._write(Decisions(pinned, tuple(each for each in found.blocked if each != url)))

    def _write(self, decisions: Decisions) -> None:
        pins = [
            {"url": pin.url, "position": pin.position, "until": pin.until and format_time(pin.until)}
            for pin in decisions.pinned
        ]
        told = json.dumps({"pinned": pins, "blocked": decisions.blocked}, indent=1, ensure_ascii=False)
        beside = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(told)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as error:
            raise ServiceError(f"{self.path}: cannot be written: {error.strerror}") from error


def _read_pin(told: dict[str, object]) -> Pin:
    until: datetime | None = None if told["until"] is None else parse_time(told["until"], "until")
    return Pin(str(told["url"]), int(str(told["position"])), until)
