"""Tables as text (CSV, TSV): rows with line numbers; a row that does not end is an error."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from recsys.documents.source import AsShown, Source
from recsys.errors import ReadError

_DELIMITERS = (",", "\t", ";")
_MAX_ROW_LINES = 10  # of a cell with line breaks; a longer one has lost its closing quote
_MAX_CELL = 100_000  # characters; csv would raise at 131,072
_NUMBER = re.compile(r"[-+\d.,\s%]+")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and the line where it begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(slots=True)
class Table:
    """Headings, the rows below, and the `#` lines above, as Google Analytics writes them."""

    comments: tuple[str, ...]
    header: Row
    rows: list[Row] = field(default_factory=list)


def split_tables(text: str, source: Source) -> Iterator[Table | ReadError]:
    """The tables in a text, in order, and an error for each row that cannot be read.

    A run of `# A run of `#` lines begins a new table, and so does a row without numbers after an empty line.
    """
    comments: list[str] = []
    table: Table | None = None
    after_gap = True
    for row in _split_rows(text, source):
        if isinstance(row, ReadError):
            yield row
        elif isinstance(row, str):
            if table is not None and row:
                yield table
                table, comments = None, []
            comments += [row] if row else []
            after_gap = True
        elif table is None or (after_gap and not any(map(_is_number, row.cells))):
            if table is not None:
                yield table
            table, after_gap = Table(tuple(comments), row), False
        else:
            table.rows.append(row)
            after_gap = False
    if table is not None:
        yield table


def detect_delimiter(line: str) -> str:
    """The delimiter of a line of headings."""
    return max(_DELIMITERS, key=line.count)


def cells_of(line: str) -> Sequence[str]:
    """The cells of a line of headings."""
    return next(csv.reader([line[:_MAX_CELL]], delimiter=detect_delimiter(line)), [])


def _is_number(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and _NUMBER.fullmatch(cell) is not None


def _split_rows(text: str, source: Source) -> Iterator[Row | str | ReadError]:
    """Rows, `#` lines without the mark, an empty text for an empty line, and errors."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at, delimiter = 0, None
    while at < len(lines):
        line = lines[at]
        if not line.strip() or line.startswith("#"):
            yield line.lstrip("#").strip() or ("-" if line.strip() else "")
            delimiter = None
            at += 1
            continue
        delimiter = delimiter or detect_delimiter(line)
        row, length = _read_row(lines, at, delimiter, source)
        yield row
        at += length


def _read_row(lines: list[str], at: int, delimiter: str, source: Source) -> tuple[Row | ReadError, int]:
    """The row that begins at a line, and the number of its lines."""
    row, length = lines[at], 1
    while row.count('"') % 2 and length < _MAX_ROW_LINES and at + length < len(lines):
        row += f"\n{lines[at + length]}"
        length += 1
    if row.count('"') % 2:
        return source.error("a row whose quotes are closed", lines[at], line=at + 1), 1
    if len(row) > _MAX_CELL:
        return source.error(
            f"a row of at most {_MAX_CELL:,} characters", AsShown("more"), line=at + 1
        ), length
    try:
        cells = next(csv.reader([row], delimiter=delimiter), [])
    except csv.Error as error:
        return source.error(f"a row of a table ({error})", lines[at], line=at + 1), length
    return Row(at + 1, tuple(cell.strip() for cell in cells)), length
