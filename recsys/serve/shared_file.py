"""A small JSON file that several processes and people write, such as keys and overrides.

Every new version is checked by reading it back before it is written. A damaged file never stops the
service: readable entries are used, the others are reported, and the next change sets the damaged file aside.
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
_MAX_NAMED = 10  # bad entries that the log names; the others are counted


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that cannot be read: its place in the file, and why."""

    place: str
    error: InvalidValueError

    def __str__(self) -> str:
        return f"{self.place}: {self.error}"


T = TypeVar("T")
E = TypeVar("E")
Decoded = tuple[T, tuple[BadEntry, ...]]


class Codec(Protocol[T]):
    """How a value is stored. `decode` raises InvalidValueError if nothing at all can be read."""

    name: str
    """What the file contains, for log entries."""

    def encode(self, value: T) -> object:
        """Return the value as JSON."""

    def decode(self, document: object) -> Decoded[T]:
        """Return the value of the readable entries, and the bad entries."""

    def missing(self) -> T:
        """Return the value if there is no file."""

    def fallback(self, last: T) -> T:
        """Return the value while the file cannot be read at all; `last` was the previous one."""


class SharedFile(Generic[T]):
    """The value of a file, read again whenever the file changes."""

    def __init__(self, path: Path, codec: Codec[T], *, mode: int = 0o666) -> None:
        self.path = path
        self._codec, self._mode = codec, mode
        self._lock = threading.RLock()
        self._version: tuple[int, ...] | None = None
        self._value = codec.missing()
        self._problem: str | None = None

    def version(self) -> tuple[int, ...]:
        """Return a value that differs after every change of the file."""
        return file_version(self.path)

    @property
    def problem(self) -> str | None:
        """What in the file could not be read last time, for operators; None if all of it could."""
        return self._problem

    def read(self) -> T:
        """Return the current value. Never raises: `problem` and the log say what could not be read."""
        with self._lock:
            version = self.version()
            if version != self._version:
                try:
                    self._load()
                except OSError as error:
                    self._set(self._codec.fallback(self._value), f"cannot be read: {error.strerror}")
                self._version = version
            return self._value

    def change(self, change: Callable[[T], T]) -> None:
        """Replace the value by `change(value)`, holding a lock against other processes and threads.

        InvalidValueError for a value that could not be read back, ServiceError if the file cannot be
        written; the file is unchanged then.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with (
                locked(self.path),
                self._lock,
            ):  # in this order, so that readers do not wait for other processes
                is_damaged = self._load_to_change()
                value = change(self._value)
                if value == self._value and not is_damaged and self.path.exists():
                    return
                data = self._encode(value)
                if is_damaged:
                    aside = set_aside(self.path)
                    _LOG.error(json.dumps({self._codec.name: f"the damaged file was moved to {aside}"}))
                write_atomically(self.path, data, mode=self._mode)
        except OSError as error:
            raise ServiceError(f"{self.path}: cannot be written: {error.strerror}") from error
        self.read()

    def _load_to_change(self) -> bool:
        """Read the file whatever its version, and return whether it is damaged; raises PermissionError."""
        try:
            self._load()
        except PermissionError:
            raise  # the file may be intact and must not be overwritten
        except OSError as error:
            self._set(self._codec.fallback(self._value), f"cannot be read: {error.strerror}")
        return self._problem is not None

    def _load(self) -> None:
        try:
            document = json.loads(read_file(self.path))
            value, bad = self._codec.decode(document)
        except FileNotFoundError:
            self._set(self._codec.missing(), None)
        except (ValueError, RecursionError, InvalidValueError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            self._set(self._codec.fallback(self._value), f"damaged, nothing in it can be read: {reason}")
        else:
            self._set(value, _describe(bad))

    def _set(self, value: T, problem: str | None) -> None:
        self._value = value
        message = None if problem is None else f"{self.path}: {problem}"
        if message is not None and (message != self._problem or self._version != self.version()):
            _LOG.error(json.dumps({self._codec.name: message}))
        if message is None and self._problem is not None:
            _LOG.warning(json.dumps({self._codec.name: f"{self.path}: can be read again"}))
        self._problem = message

    def _encode(self, value: T) -> bytes:
        """Return the file's content; InvalidValueError if reading it back would not give the same value."""
        name = self._codec.name
        try:
            text = json.dumps(self._codec.encode(value), indent=1, ensure_ascii=False)
            data = text.encode()
        except UnicodeEncodeError:
            raise InvalidValueError(
                name, expected="text that can be encoded in UTF-8", found="a lone surrogate"
            ) from None
        if len(data) > MAX_SIZE:
            raise InvalidValueError(
                name, expected=f"at most {MAX_SIZE:,} bytes; remove some first", found=len(data)
            )
        decoded, bad = self._codec.decode(json.loads(data))
        if bad:
            raise bad[0].error
        if decoded != value:
            raise InvalidValueError(
                name, expected="a value that is read back unchanged", found="a different value"
            )
        return data


def read_entries(
    document: dict[str, object], name: str, read: Callable[[object], E]
) -> tuple[tuple[E, ...], tuple[BadEntry, ...]]:
    """Return the entries of a list that `read` accepts, and those that it refuses."""
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
    named = "; ".join(map(str, bad[:_MAX_NAMED]))
    more = f"; and {len(bad) - _MAX_NAMED:,} more" if len(bad) > _MAX_NAMED else ""
    return f"{len(bad):,} {'entry is' if len(bad) == 1 else 'entries are'} damaged and ignored: {named}{more}"
