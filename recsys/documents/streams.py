"""Streams of bytes: undo gzip piece by piece, split into lines, all in bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from recsys.documents.source import AsShown, Source
from recsys.errors import ReadError

MAX_BYTES = 16 * 2**20
"""Bytes of one document, or of one line of a stream, after decompression. The longest of 80 saved pages
has 1.7 MB; a gzip bomb is refused as soon as it passes this."""

CHUNK = 64 * 2**10  # bytes read and decompressed at a time
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib: expect a gzip header and check its CRC

Pieces = Iterator[bytes | ReadError]
"""Content in pieces of bounded size. A ReadError, where the gzip is broken, is the last of them."""


def decompress(chunks: Iterable[bytes], source: Source) -> Pieces:
    """The content, gzip undone where its magic number stands first."""
    pieces = iter(chunks)
    first = next(pieces, b"")
    while first and len(first) < len(_GZIP_MAGIC) and (more := next(pieces, b"")):
        first += more
    whole = chain([first], pieces) if first else pieces
    return _gunzip(whole, source) if first.startswith(_GZIP_MAGIC) else whole


def _gunzip(chunks: Iterable[bytes], source: Source) -> Pieces:
    """Every member of a gzip file; zero bytes after a member are padding."""
    inflate, in_member = zlib.decompressobj(_GZIP_WINDOW), False
    for chunk in chunks:
        left = chunk if in_member else chunk.lstrip(b"\0")
        while left:
            try:
                out = inflate.decompress(left, CHUNK)
            except zlib.error as error:
                yield source.error("whole gzip data", AsShown(str(error)))
                return
            if out:
                yield out
            left, in_member = inflate.unconsumed_tail, True
            if inflate.eof:
                left, in_member = inflate.unused_data.lstrip(b"\0"), False
                inflate = zlib.decompressobj(_GZIP_WINDOW)
    if in_member:
        if out := inflate.flush():
            yield out
        yield source.error("whole gzip data", AsShown("a truncated file"))


def split_lines(pieces: Pieces, source: Source) -> Iterator[tuple[int, bytes | ReadError]]:
    """Lines with their numbers from 1; a ReadError for an over-long one and, last, where gzip breaks off."""
    number, size, parts = 1, 0, list[bytes]()
    for piece in pieces:
        if isinstance(piece, ReadError):  # the line it broke off in is lost
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
    """The pieces of one document; the last is a ReadError where they are together too long."""
    size = 0
    for piece in pieces:
        size += 0 if isinstance(piece, ReadError) else len(piece)
        if size > MAX_BYTES:
            yield source.error(f"a document of at most {MAX_BYTES:,} bytes", AsShown("a longer one"))
            return
        yield piece


def join_pieces(pieces: Pieces, source: Source) -> bytes:
    """The whole document; ReadError where the gzip is broken or the document too long."""
    parts = list[bytes]()
    for piece in limit_pieces(pieces, source):
        if isinstance(piece, ReadError):
            raise piece
        parts.append(piece)
    return b"".join(parts)
