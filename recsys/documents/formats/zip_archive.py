"""Zip files: web archives packaged as WACZ, and exports of Plausible."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from recsys.documents.formats.analytics import read_analytics
from recsys.documents.formats.warc import read_warc
from recsys.documents.source import AsShown, Source
from recsys.documents.streams import CHUNK, decompress
from recsys.domain import Page
from recsys.errors import ReadError

_MAGIC = b"PK\x03\x04"
_GROWTH = 200  # times the size of the file that all members may have; text expands 5- to 20-fold
_MAX_MEMBERS = 10_000

_DAMAGES = (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OverflowError)

_MemberReader = Callable[[Iterator[bytes], Source], Iterator[Page | ReadError]]

# The members that are read: WARCs of a WACZ, in archive/ (https://specs.webrecorder.net/wacz/1.1.1/), and the
# pages of both exports of Plausible, that of the dashboard and that of all data.
_WARC = re.compile(r"(?:^|/)[^/]+\.warc(?:\.gz)?$", re.IGNORECASE)
_TABLE = re.compile(r"(?:^|/)(?:pages|imported_pages_\d{8}_\d{8})\.csv$")


def is_zip(start: bytes) -> bool:
    """Whether a file begins as a zip file does."""
    return start.startswith(_MAGIC)


def read_zip(stream: BinaryIO, source: Source) -> Iterator[Page | ReadError]:
    """The pages in the members of a zip file; a damaged member is an error, and the others are read.

    ReadError for a pipe, a damaged file, one without such members, and one that would expand 200-fold.
    """
    if not stream.seekable():
        yield source.error("a zip file on disk", AsShown("a pipe"))
        return
    try:
        with zipfile.ZipFile(stream) as packed:
            yield from _read_members(packed, stream.seek(0, 2), source)
    except _DAMAGES as error:
        yield source.error("a whole zip file", AsShown(str(error) or type(error).__name__))


def _read_members(packed: zipfile.ZipFile, size: int, source: Source) -> Iterator[Page | ReadError]:
    members = packed.infolist()
    grown = sum(each.file_size for each in members)
    if len(members) > _MAX_MEMBERS or grown > _GROWTH * size:
        found = AsShown(f"{len(members):,} members of {grown:,} bytes in {size:,}")
        yield source.error(f"at most {_MAX_MEMBERS:,} members that grow {_GROWTH}-fold", found)
        return
    chosen = [(each, reader) for each in members if (reader := _reader_of(each.filename))]
    if not chosen:
        names = ", ".join(each.filename for each in members[:3]) or "no members"
        yield source.error("a WACZ (archive/*.warc.gz) or an export of Plausible (pages.csv)", names)
    for member, reader in chosen:
        yield from _read_member(packed, member, reader, source)


def _reader_of(name: str) -> _MemberReader | None:
    if _WARC.search(name):
        return read_warc
    return _read_table if _TABLE.search(name) else None


def _read_table(chunks: Iterator[bytes], source: Source) -> Iterator[Page | ReadError]:
    return read_analytics(decompress(chunks, source), source)


def _read_member(
    packed: zipfile.ZipFile, member: zipfile.ZipInfo, reader: _MemberReader, source: Source
) -> Iterator[Page | ReadError]:
    within = replace(source, name=f"{source.name}: {member.filename}")
    try:
        with packed.open(member) as stream:
            yield from reader(iter(partial(stream.read, CHUNK), b""), within)
    except ReadError as error:
        yield error
    except (*_DAMAGES, zlib.error, lzma.LZMAError, OSError, RuntimeError) as error:
        yield within.error("a whole member of a zip file", AsShown(str(error) or type(error).__name__))
