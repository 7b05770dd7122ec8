"""Gzip files of many members, as web archives are: a damaged member is named and what follows it is read."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from recsys.documents.source import AsShown, Source
from recsys.documents.streams import CHUNK
from recsys.errors import ReadError

_MAGIC = b"\x1f\x8b\x08"
_WINDOW = 31  # zlib: expect a gzip header and check its CRC
_GROWTH = 200  # times; HTML grows 5- to 20-fold. zlib allows 1,032
_GROWTH_FROM = 16 * 2**20  # bytes of a member before its growth is looked at


def decompress_members(chunks: Iterable[bytes], source: Source) -> Iterator[bytes | ReadError]:
    """The content piece by piece; a ReadError stands where a member breaks off, and the next one follows.

    A member that grows 200-fold is left in the middle like a damaged one: it is a bomb.
    """
    members = _Members(source)
    for chunk in chunks:
        yield from members.feed(chunk)
    yield from members.finish()


class _Members:
    """What is being inflated, and where in the file it began."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._inflate: zlib._Decompress | None = None
        self._searching = b""  # the end of what was looked through for a member
        self._offset = self._began = self._taken = self._made = 0

    def feed(self, chunk: bytes) -> Iterator[bytes | ReadError]:
        """What a chunk of the file gives."""
        left = chunk
        while left:
            if self._inflate is None:
                left = self._seek(left)
                continue
            before = len(left)
            try:
                out = self._inflate.decompress(left, CHUNK)
            except zlib.error as error:
                yield self._leave(str(error))
                skipped = int(self._taken == 0)  # else it would be found again where it begins
                self._offset += skipped
                left = left[skipped:]
                continue
            rest = self._inflate.unconsumed_tail or self._inflate.unused_data
            self._taken += before - len(rest)
            self._offset += before - len(rest)
            self._made += len(out)
            if out:
                yield out
            if self._inflate.eof:
                self._inflate = None
            elif self._made > _GROWTH_FROM and self._made > _GROWTH * max(self._taken, 1):
                yield self._leave(f"a member that grows {_GROWTH}-fold")
            left = rest

    def finish(self) -> Iterator[bytes | ReadError]:
        """What is left at the end of the file."""
        if self._inflate is not None:
            if out := self._inflate.flush():
                yield out
            yield self._leave("a truncated file")

    def _seek(self, data: bytes) -> bytes:
        """What follows the beginning of the next member, with it; nothing where there is none."""
        data, self._searching = self._searching + data, b""
        at = data.find(_MAGIC)
        if at < 0:
            self._searching = data[-2:]
            self._offset += len(data) - len(self._searching)
            return b""
        self._offset += at
        self._inflate, self._began = zlib.decompressobj(_WINDOW), self._offset
        self._taken = self._made = 0
        return data[at:]

    def _leave(self, found: str) -> ReadError:
        self._inflate = None
        return self._source.error("whole gzip data", AsShown(found), field=f"member at byte {self._began}")
