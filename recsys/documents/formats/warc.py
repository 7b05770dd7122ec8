"""Web archives (WARC 1.0 and 1.1, ISO 28500): each captured HTML page, seen at the date of its record.

warcio and fastwarc read them too, but stop at the first damaged record or skip it silently. Here it is an
error, and reading continues at the next. Records are read one after the other, and only those with HTML are
kept in memory.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

from recsys.documents.formats.gzip_members import decompress_members
from recsys.documents.formats.html_files import parse_page
from recsys.documents.http_message import Head, decode_body, parse_fields, parse_head
from recsys.documents.source import AsShown, Source
from recsys.documents.streams import MAX_BYTES
from recsys.documents.urls import canonical_url
from recsys.domain import Page, parse_time
from recsys.errors import InvalidValueError, ReadError

_VERSION = re.compile(rb"WARC/\d\.\d+\s*$")
_NEXT = re.compile(rb"(?:\r?\n|^)(?=WARC/\d\.\d+\r?\n)")
_MAX_FIELDS = 64 * 2**10  # bytes of the fields of a record, and of the head of a response
_MAX_LINE = 8 * 2**10
_REMEMBERED = 16 * 2**20  # characters of pages to which a revisit record may refer; some 4,000 pages
_SHORT_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?$")  # WARC 1.1 allows a year or a month


def is_warc(start: bytes) -> bool:
    """Whether a file begins, compressed or not, as a web archive does."""
    if start.startswith(b"\x1f\x8b"):
        start = next((each for each in decompress_members([start], _NOBODY) if isinstance(each, bytes)), b"")
    return start.startswith(b"WARC/")


def read_warc(chunks: Iterable[bytes], source: Source) -> Iterator[Page | ReadError]:
    """A Page for every captured HTML page, and a ReadError for every record that cannot be read.

    Its article and lists were seen at the record's WARC-Date. Read are successful responses and resources
    with HTML, and revisits (the same page, captured again) if their page is not far before them in the file:
    16 million characters of pages are remembered.
    """
    reading = iter(chunks)
    first = next(reading, b"")
    content = chain([first], reading)
    pieces = decompress_members(content, source) if first.startswith(b"\x1f\x8b") else content
    records = _Records(_Content(iter(pieces)), source)
    while (found := records.read()) is not None:
        if found is not _NOTHING:
            yield found


_NOBODY = Source("", datetime(2000, 1, 1, tzinfo=UTC))
_NOTHING = Page()  # the result for a record without a page


class _BrokenError(Exception):
    """The content breaks off here, and continues elsewhere."""

    def __init__(self, error: ReadError) -> None:
        super().__init__(str(error))
        self.error = error


class _Content:
    """The decompressed content, read from the front. `at` is the number of bytes read."""

    def __init__(self, pieces: Iterator[bytes | ReadError]) -> None:
        self._pieces = pieces
        self._held = bytearray()
        self._break: ReadError | None = None
        self.at = 0

    def peek(self, size: int) -> bytes:
        """The next bytes without consuming them; fewer at the end and before a break."""
        while len(self._held) < size and self._break is None:
            piece = next(self._pieces, None)
            if piece is None:
                break
            if isinstance(piece, ReadError):
                self._break = piece
            else:
                self._held += piece
        return bytes(self._held[:size])

    def take(self, size: int) -> bytes:
        """The next bytes; fewer at the end. A break among them loses those before it."""
        taken = self.peek(size)
        del self._held[: len(taken)]
        self.at += len(taken)
        if len(taken) < size and self._break is not None:
            broken, self._break = self._break, None
            raise _BrokenError(broken)
        return taken

    def give_back(self, data: bytes) -> None:
        """Puts the end of what was read back in front."""
        self._held[:0] = data
        self.at -= len(data)

    def skip(self, size: int) -> int:
        """Skips bytes without keeping them; how many there were."""
        left = size
        while left and (taken := len(self.take(min(left, 2**16)))):
            left -= taken
        return size - left

    def skip_to_record(self) -> bool:
        """Skips to the next line that begins a record; False if there is none."""
        while window := self.peek(2**16) or self.take(1):
            if found := _NEXT.search(window):
                self.take(found.end())
                return True
            self.take(max(len(window) - 16, 1) if len(window) == 2**16 else len(window))
        return False


@dataclass(frozen=True, slots=True)
class _Record:
    """The fields of a record, and the length of its block."""

    fields: dict[str, str]
    length: int

    @property
    def kind(self) -> str:
        return self.fields.get("warc-type", "").lower()

    @property
    def url(self) -> str | None:
        return canonical_url(self.fields.get("warc-target-uri", "").strip("<>"))

    @property
    def key(self) -> tuple[str, str] | None:
        """The key that a page and its revisits share: payload and address."""
        digest = self.fields.get("warc-payload-digest", "")
        address = self.fields.get("warc-refers-to-target-uri") or self.fields.get("warc-target-uri", "")
        return (digest, address.strip("<>")) if digest else None


class _Records:
    """Reads one record after the other."""

    def __init__(self, content: _Content, source: Source) -> None:
        self._content, self._source, self._file = content, source, source
        self._number = 0
        self._is_lost = False  # whether the next record must be searched for
        self._pages: OrderedDict[tuple[str, str], Page] = OrderedDict()
        self._remembered = 0

    def read(self) -> Page | ReadError | None:
        """The page of the next record, or its error; `_NOTHING` for one without a page, None at the end."""
        try:
            if not self._begin():
                return None
            record = self._read_fields()
            page = self._read_block(record)
        except _BrokenError as broken:
            self._is_lost = True
            error = broken.error
            return self._source.error(error.expected, AsShown(error.found), field=error.field)
        except ReadError as error:
            return error
        except InvalidValueError as error:
            return self._source.refusal(error)
        return self._source.check_observed(page)

    def _begin(self) -> bool:
        """Whether there is another record; errors name it by its number and offset."""
        content, self._source = self._content, self._file
        while content.peek(1) in (b"\r", b"\n"):
            content.take(1)
        if not content.peek(1) and not content.take(1):
            return False
        if self._is_lost:
            self._is_lost = False
            if not content.skip_to_record():
                return False
        self._number += 1
        place = f"record {self._number} at byte {content.at}"
        self._source = replace(self._file, name=f"{self._file.name}: {place}")
        return True

    def _read_fields(self) -> _Record:
        version = self._read_line()
        if not _VERSION.match(version):
            self._is_lost = True
            raise self._source.error("a record that begins with WARC/1.0 or WARC/1.1", _shown(version))
        lines, size = list[bytes](), 0
        while (line := self._read_line()).strip():
            lines.append(line)
            size += len(line)
            if size > _MAX_FIELDS:
                self._is_lost = True
                raise self._source.error(f"fields of at most {_MAX_FIELDS:,} bytes", AsShown("more"))
        fields = parse_fields(lines)
        length = fields.get("content-length", "")
        if not re.fullmatch(r"[0-9]{1,15}", length):
            self._is_lost = True
            raise self._source.error("a count of bytes", length or AsShown("none"), field="Content-Length")
        return _Record(fields, int(length))

    def _read_line(self) -> bytes:
        window = self._content.peek(_MAX_LINE)
        end = window.find(b"\n")
        return self._content.take(len(window) if end < 0 else end + 1)

    def _read_block(self, record: _Record) -> Page:
        """The page in the block, which is consumed in any case."""
        end = self._content.at + record.length
        body, head = b"", None
        try:
            if record.kind != "revisit":
                head = self._read_head(record)
            if head is not None and record.url is not None:
                self._check_length(record)
                body = self._content.take(end - self._content.at)
        except ReadError:
            self._skip_rest(record, body, end)
            raise
        self._skip_rest(record, body, end)
        if record.kind == "revisit":
            return self._revisit(record)
        if head is None or record.url is None:
            return _NOTHING
        return self._remember(record, self._read_page(record, head, body))

    def _skip_rest(self, record: _Record, body: bytes, end: int) -> None:
        """Skips the rest of a block; if the file ends in it, records in `body` are read again."""
        left = end - self._content.at
        if left <= 0 or self._content.skip(left) == left:
            return
        error = self._cut_off(record, end)
        if found := _NEXT.search(body):
            self._content.give_back(body[found.end() :])
        raise error

    def _cut_off(self, record: _Record, end: int) -> ReadError:
        there = record.length - (end - self._content.at)
        return self._source.error(f"{record.length:,} bytes", AsShown(f"the end of the file after {there:,}"))

    def _check_length(self, record: _Record) -> None:
        if record.length > MAX_BYTES + _MAX_FIELDS:
            found = AsShown(f"{record.length:,} bytes")
            raise self._source.error(f"a page of at most {MAX_BYTES:,} bytes", found)

    def _read_head(self, record: _Record) -> Head | None:
        """The head of a response with a page, made up for a resource; None for anything else."""
        kind = record.fields.get("content-type", "")
        if record.kind == "resource":
            return Head(200, {"content-type": kind}) if "html" in kind.lower() else None
        if record.kind != "response" or (kind and "http" not in kind.lower()):
            return None
        found = parse_head(self._content.peek(min(record.length, _MAX_FIELDS)))
        if found is None:
            raise self._source.error("the head of an HTTP response", AsShown("none"))
        head, size = found
        self._content.take(size)
        return head if head.is_page else None

    def _read_page(self, record: _Record, head: Head, body: bytes) -> Page:
        data = decode_body(body, head, self._source)
        if not data.strip():
            return _NOTHING
        if "content-type" not in head.headers and not data.lstrip().startswith(b"<"):
            return _NOTHING
        page = parse_page(data, self._source_of(record, head))
        said = list(page.warnings)
        if reason := record.fields.get("warc-truncated"):
            said.append(f"the capture was cut off ({reason[:40]}); it was read as far as it goes")
        return replace(page, warnings=tuple(f"{self._source.name}: {each}" for each in said))

    def _source_of(self, record: _Record, head: Head) -> Source:
        """A page's source: captured from its address, at its date."""
        moment = _captured_at(record)
        return replace(self._source, observed_at=moment, url=record.url, charset=head.charset)

    def _remember(self, record: _Record, page: Page) -> Page:
        if record.key is not None and page is not _NOTHING:
            if record.key in self._pages:
                self._remembered -= _size_of(self._pages.pop(record.key))
            self._pages[record.key] = replace(page, warnings=())
            self._remembered += _size_of(page)
            while self._remembered > _REMEMBERED:
                self._remembered -= _size_of(self._pages.popitem(last=False)[1])
        return page

    def _revisit(self, record: _Record) -> Page:
        """The page of an earlier record, as seen this time."""
        page = self._pages.get(record.key) if record.key is not None else None
        if page is None:
            return _NOTHING
        moment = _captured_at(record)
        article = page.article and replace(page.article, first_seen_at=moment)
        return Page(article, tuple(replace(each, observed_at=moment) for each in page.lists))


def _size_of(page: Page) -> int:
    """The approximate number of characters of a page."""
    body = page.article.body if page.article else None
    items = sum(len(item.headline) + len(item.url or "") for each in page.lists for item in each.items)
    return 500 + len(body or "") + items


def _captured_at(record: _Record) -> datetime:
    """The record's WARC-Date; InvalidValueError for none or another format."""
    text = record.fields.get("warc-date", "")
    if _SHORT_DATE.match(text):
        text = f"{text}{'-01-01'[len(text) - 4 :]}T00:00:00Z"
    return parse_time(text, "WARC-Date")


def _shown(line: bytes) -> str:
    return line[:80].decode("utf-8", errors="replace").strip()
