"""A small JSON file that several processes and people write, such as keys and overrides.

What is written is first read back with the reader's own checks. A damaged file never stops the service:
entries that can be read are used, the others are reported, and the next change keeps the damaged file aside.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from recsys.errors import InvalidValueError, ServiceError
from recsys.fileio import MAX_SIZE, file_version, locked, read_file, set_aside, write_atomically

_LOG = logging.getLogger("recsys.serve")
_MOST_NAMED = 10  # entries that the log names; the others are counted


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that cannot be read: where it stands, and why."""

    place: str
    error: InvalidValueError

    def __str__(self) -> str:
        return f"{self.place}: {self.error}"


T = TypeVar("T")
E = TypeVar("E")
Decoded = tuple[T, tuple[BadEntry, ...]]


class Codec(Protocol[T]):
    """How a value is stored. `decode` raises InvalidValueError when nothing at all can be read."""

    name: str
    """What the file holds, for the log."""

    def encode(self, value: T) -> object:
        """The value as JSON."""

    def decode(self, document: object) -> Decoded[T]:
        """The value of all entries that can be read, and the others."""

    def missing(self) -> T:
        """The value where there is no file."""

    def fallback(self, last: T) -> T:
        """The value while a file cannot be read at all, after the last one that could be."""


class SharedFile(Generic[T]):
    """The value of a file, read again whenever the file changed."""

    def __init__(self, path: Path, codec: Codec[T], *, mode: int = 0o666) -> None:
        self.path = path
        self._codec, self._mode = codec, mode
        self._lock = threading.RLock()
        self._version: tuple[int, ...] | None = None
        self._value = codec.missing()
        self._problem: str | None = None

    def version(self) -> tuple[int, ...]:
        """Another one after every change of the file."""
        return file_version(self.path)

    @property
    def problem(self) -> str | None:
        """What of the file could not be read last time, for operators; None when all of it could."""
        return self._problem

    def read(self) -> T:
        """The present value. It never raises: `problem` says what could not be read, and so does the log."""
        with self._lock:
            version = self.version()
            if version != self._version:
                try:
                    self._load()
                except OSError as error:
                    self._take(self._codec.fallback(self._value), f"cannot be read: {error.strerror}")
                self._version = version
            return self._value

    def change(self, change: Callable[[T], T]) -> None:
        """Replace the value by what `change` makes of it, while no other process or thread does.

        InvalidValueError for a value that could not be read back, ServiceError when the file cannot be
        written; the file is then as it was.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.path), self._lock:  # in this order: readers do not wait for the lock
                is_damaged = self._load_to_change()
                value = change(self._value)
                if value == self._value and not is_damaged and self.path.exists():
                    return
                data = self._encode(value)
                if is_damaged:
                    aside = set_aside(self.path)
                    _LOG.error(json.dumps({self._codec.name: f"the damaged file is kept as {aside}"}))
                write_atomically(self.path, data, mode=self._mode)
        except OSError as error:
            raise ServiceError(f"{self.path}: cannot be written: {error.strerror}") from error
        self.read()

    def _load_to_change(self) -> bool:
        """Read the file whatever its version; whether it is damaged. OSError for one that may not be read."""
        try:
            self._load()
        except PermissionError:
            raise  # it may be in order: nothing of it is to be lost
        except OSError as error:
            self._take(self._codec.fallback(self._value), f"cannot be read: {error.strerror}")
        return self._problem is not None

    def _load(self) -> None:
        try:
            document = json.loads(read_file(self.path))
            value, bad = self._codec.decode(document)
        except FileNotFoundError:
            self._take(self._codec.missing(), None)
        except (ValueError, RecursionError, InvalidValueError) as error:
            why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            self._take(self._codec.fallback(self._value), f"damaged, nothing in it can be read: {why}")
        else:
            self._take(value, _describe(bad))

    def _take(self, value: T, problem: str | None) -> None:
        self._value = value
        found = None if problem is None else f"{self.path}: {problem}"
        if found is not None and (found != self._problem or self._version != self.version()):
            _LOG.error(json.dumps({self._codec.name: found}))
        if found is None and self._problem is not None:
            _LOG.warning(json.dumps({self._codec.name: f"{self.path}: can be read again"}))
        self._problem = found

    def _encode(self, value: T) -> bytes:
        """The file of a value; InvalidValueError for one that would be read as another or not at all."""
        name = self._codec.name
        try:
            text = json.dumps(self._codec.encode(value), indent=1, ensure_ascii=False)
            data = text.encode()
        except UnicodeEncodeError:
            raise InvalidValueError(
                name, expected="text that UTF-8 can hold", found="half a character"
            ) from None
        if len(data) > MAX_SIZE:
            raise InvalidValueError(
                name, expected=f"at most {MAX_SIZE:,} bytes; remove some first", found=len(data)
            )
        again, bad = self._codec.decode(json.loads(data))
        if bad:
            raise bad[0].error
        if again != value:
            raise InvalidValueError(
                name, expected="what is read back as it was written", found="another value"
            )
        return data


def read_entries(
    document: dict[str, object], name: str, read: Callable[[object], E]
) -> tuple[tuple[E, ...], tuple[BadEntry, ...]]:
    """The entries of a list by their reader, and those that it refuses."""
    entries = document.get(name, [])
    if not isinstance(entries, list):
        return (), (BadEntry(name, InvalidValueError(name, expected="a list", found=entries)),)
    good: list[E] = []
    bad: list[BadEntry] = []
    for number, entry in enumerate(entries, start=1):
        try:
            good.append(read(entry))
        except InvalidValueError as error:
            bad.append(BadEntry(f"{name}, entry {number}", error))
    return tuple(good), tuple(bad)


def _describe(bad: tuple[BadEntry, ...]) -> str | None:
    if not bad:
        return None
    named = "; ".join(map(str, bad[:_MOST_NAMED]))
    more = f"; and {len(bad) - _MOST_NAMED:,} more" if len(bad) > _MOST_NAMED else ""
    return (
        f"{len(bad):,} {'entry is' if len(bad) == 1 else 'entries are'} damaged and left out: {named}{more}"
    )
