"""Answers that were given already, sent again as bytes before anything is parsed."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_SMALLEST_ZIPPED = 500  # bytes
MOST_BYTES = 64_000_000
"""Of bodies that are remembered by one process, and of the addresses that they were asked by."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer with all its headers, plain and zipped."""

    etag: str
    headers: tuple[tuple[bytes, bytes], ...]
    plain: bytes
    zipped: bytes | None
    until: float
    version: object

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.zipped or b"") + 500


class AnswerCache:
    """By path and query; an answer holds for its life, as long as nothing that it came from changed."""

    def __init__(self, most: int = MOST_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._held: OrderedDict[bytes, Stored] = OrderedDict()
        self._size, self._version = 0, object()
        self.hits = self.misses = 0

    def find(self, key: bytes, version: object) -> Stored | None:
        """The answer, when it still holds."""
        found = self._held.get(key)
        if found is None or found.version != version or found.until <= self._clock():
            self.misses += 1
            return None
        self.hits += 1
        self._held.move_to_end(key)
        return found

    def keep(self, key: bytes, stored: Stored) -> None:
        """Remember an answer; the longest unasked are forgotten for it, and all of another version."""
        if stored.version != self._version:
            self._held.clear()
            self._size, self._version = 0, stored.version
        before = self._held.pop(key, None)
        self._size += stored.size - (before.size if before else -len(key))
        self._held[key] = stored
        while self._size > self._most and self._held:
            asked, oldest = self._held.popitem(last=False)
            self._size -= oldest.size + len(asked)

    def until(self, seconds: float) -> float:
        """The clock's time in so many seconds."""
        return self._clock() + seconds


def make_etag(content: bytes) -> str:
    """A weak tag: the same content may come with another moment in it."""
    return f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def zip_body(plain: bytes) -> bytes | None:
    """The body zipped, where that is worth it."""
    if len(plain) < _SMALLEST_ZIPPED:
        return None
    return gzip.compress(plain, compresslevel=5, mtime=0)
