"""Streams of bytes in bounded memory: decompress, split into lines, join up to a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from recsys.documents.source import AsShown, Source
from recsys.domain import Page
from recsys.errors import ReadError

MAX_BYTES = 16 * 2**20
"""The most bytes of a document, or of a line of a stream, after decompression. The longest of 80 saved pages
has 1.7 MB; a gzip bomb is refused as soon as it exceeds this."""

CHUNK = 64 * 2**10
"""Bytes that are read or decompressed at a time."""
_GZIP_MAGIC = b"\x1f\x8b"
GZIP, ZLIB, RAW_DEFLATE, GZIP_OR_ZLIB = 31, 15, -15, 47
"""The headers of a compressed stream, as zlib's parameter `wbits`."""

Pieces = Iterator[bytes | ReadError]
"""Content in pieces of bounded size. The last is a ReadError if the compressed data is damaged."""

Reader = Callable[[Pieces, Source], Iterator[Page | ReadError]]
"""Reads documents of one format: yields a Page for each record, or the only one, and a ReadError in place of
each bad record; raises a ReadError for a document that it cannot read any further."""


class Inflater:
    """One gzip, zlib or raw deflate stream, decompressed in pieces of at most 64 kB."""

    def __init__(self, headers: int) -> None:
        self._stream = zlib.decompressobj(headers)
        self.consumed = self.produced = 0
        self.rest = b""
        """Input that was not consumed: what follows the end of the stream, or where it is damaged."""

    @property
    def is_finished(self) -> bool:
        """Whether the end of the stream was reached."""
        return self._stream.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces in the next part of the stream; zlib.error if it is damaged."""
        self.rest = data
        while not self.is_finished:
            piece = self._stream.decompress(self.rest, CHUNK)
            rest = self._stream.unused_data if self.is_finished else self._stream.unconsumed_tail
            self.consumed += len(self.rest) - len(rest)
            self.produced += len(piece)
            self.rest = rest
            if piece:
                yield piece
            if not rest and len(piece) < CHUNK:
                return


def decompress(chunks: Iterable[bytes], source: Source) -> Pieces:
    """The content, decompressed if it begins as gzip does."""
    parts = iter(chunks)
    first = next(parts, b"")
    while first and len(first) < len(_GZIP_MAGIC) and (more := next(parts, b"")):
        first += more
    content = chain([first], parts) if first else parts
    return _gunzip(content, source) if first.startswith(_GZIP_MAGIC) else content


def _gunzip(chunks: Iterable[bytes], source: Source) -> Pieces:
    """Every member of a gzip file; zero bytes after a member are padding."""
    inflater, in_member = Inflater(GZIP), False
    for chunk in chunks:
        left = chunk if in_member else chunk.lstrip(b"\0")
        while left:
            try:
                yield from inflater.feed(left)
            except zlib.error as error:
                yield source.error("whole gzip data", AsShown(str(error)))
                return
            left, in_member = inflater.rest, True
            if inflater.is_finished:
                left, in_member = left.lstrip(b"\0"), False
                inflater = Inflater(GZIP)
    if in_member:
        yield source.error("whole gzip data", AsShown("a truncated file"))


def split_lines(pieces: Pieces, source: Source) -> Iterator[tuple[int, bytes | ReadError]]:
    """Lines with their numbers from 1; a ReadError for one that is too long and, last, for damaged gzip."""
    number, size, parts = 1, 0, list[bytes]()
    for piece in pieces:
        if isinstance(piece, ReadError):  # the line in which it breaks off is lost
            yield number, source.error(piece.expected, AsShown(piece.found), line=number)
            return
        *ends, rest = piece.split(b"\n")
        for end in ends:
            yield number, _join_line([*parts, end], size + len(end), number, source)
            number, size, parts = number + 1, 0, []
        size += len(rest)
        parts.append(rest)
        if size > MAX_BYTES:
            parts.clear()
    if size:
        yield number, _join_line(parts, size, number, source)


def _join_line(parts: list[bytes], size: int, number: int, source: Source) -> bytes | ReadError:
    if size > MAX_BYTES:
        return source.error(f"a line of at most {MAX_BYTES:,} bytes", AsShown(f"{size:,} bytes"), line=number)
    return b"".join(parts)


def limit_pieces(pieces: Pieces, source: Source) -> Pieces:
    """The pieces of one document; the last is a ReadError if it is too long."""
    size = 0
    for piece in pieces:
        size += 0 if isinstance(piece, ReadError) else len(piece)
        if size > MAX_BYTES:
            yield source.error(f"a document of at most {MAX_BYTES:,} bytes", AsShown("a longer one"))
            return
        yield piece


def join_pieces(pieces: Pieces, source: Source) -> bytes:
    """The whole document; ReadError if its gzip is damaged or it is too long."""
    parts = list[bytes]()
    for piece in limit_pieces(pieces, source):
        if isinstance(piece, ReadError):
            raise piece
        parts.append(piece)
    return b"".join(parts)
