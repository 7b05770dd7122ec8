"""Gzip files of many members, as web archives are: a damaged member is an error, and the next one is read."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from recsys.documents.source import AsShown, Source
from recsys.documents.streams import GZIP, Inflater
from recsys.errors import ReadError

_MAGIC = b"\x1f\x8b\x08"
_GROWTH = 200  # times; HTML grows 5- to 20-fold. zlib allows 1,032
_GROWTH_FROM = 16 * 2**20  # bytes of a member before its growth is checked


def decompress_members(chunks: Iterable[bytes], source: Source) -> Iterator[bytes | ReadError]:
    """The content in pieces; where a member is damaged a ReadError, then the content of the next one.

    A member that grows 200-fold is abandoned like a damaged one: it is a decompression bomb.
    """
    members = _Members(source)
    for chunk in chunks:
        yield from members.feed(chunk)
    yield from members.finish()


class _Members:
    """The member that is being decompressed, and where in the file it began."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._inflater: Inflater | None = None
        self._searched = b""  # the end of what was searched for the next member
        self._offset = self._began = 0

    def feed(self, chunk: bytes) -> Iterator[bytes | ReadError]:
        """The content of the next chunk of the file."""
        left = chunk
        while left:
            if self._inflater is None:
                left = self._seek(left)
                continue
            inflater, before, skipped = self._inflater, self._inflater.consumed, 0
            try:
                for piece in inflater.feed(left):
                    yield piece
                    if not inflater.is_finished and _is_bomb(inflater):
                        yield self._abandon(f"a member that grows {_GROWTH}-fold")
                        break
            except zlib.error as error:
                yield self._abandon(str(error))
                skipped = int(inflater.consumed == 0)  # else it would be found again where it begins
            self._offset += inflater.consumed - before + skipped
            left = inflater.rest[skipped:]
            if inflater.is_finished:
                self._inflater = None

    def finish(self) -> Iterator[bytes | ReadError]:
        """The error for a member that the end of the file cuts off."""
        if self._inflater is not None:
            yield self._abandon("a truncated file")

    def _seek(self, data: bytes) -> bytes:
        """The data from where the next member begins; empty if none does."""
        data, self._searched = self._searched + data, b""
        start = data.find(_MAGIC)
        if start < 0:
            self._searched = data[-2:]
            self._offset += len(data) - len(self._searched)
            return b""
        self._offset += start
        self._inflater, self._began = Inflater(GZIP), self._offset
        return data[start:]

    def _abandon(self, found: str) -> ReadError:
        self._inflater = None
        return self._source.error("whole gzip data", AsShown(found), field=f"member at byte {self._began}")


def _is_bomb(inflater: Inflater) -> bool:
    return inflater.produced > max(_GROWTH_FROM, _GROWTH * inflater.consumed)
