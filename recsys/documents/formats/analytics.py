"""Exports of web analytics: the most viewed pages of a period as a `popular` list, observed at its end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from urllib.parse import unquote

from recsys.documents.formats.analytics_columns import Columns, choose_columns, is_table
from recsys.documents.formats.delimited import Row, Table, cells_of, split_tables
from recsys.documents.html.charset import decode_text
from recsys.documents.html.link_rules import looks_like_story
from recsys.documents.html.metadata import clean
from recsys.documents.source import LOCAL_SITE, AsShown, Period, Source
from recsys.documents.streams import Pieces, join_pieces
from recsys.documents.urls import canonical_url, site_of
from recsys.domain import FIRST_YEAR, LAST_YEAR, Kind, ListItem, Page, RankedList
from recsys.errors import InvalidValueError, ReadError

MAX_ITEMS = 1_000  # of a list; the tail of an export is pages with a view or two, in no order
MAX_ROWS = 200_000  # of a table that are read
_HEADINGS_WITHIN = 8 * 2**10  # bytes in which a table must have its headings
_TOTALS = frozenset(
    {
        "total",
        "totals",
        "grand total",
        "gesamt",
        "gesamtsumme",
        "summe",
        "total général",
        "totale",
        "totaal",
        "合計",
    }
)
_DAY = re.compile(r"(?<!\d)(?P<year>20\d{2})(?P<mark>[-/.]?)(?P<month>\d{2})(?P=mark)(?P<day>\d{2})(?!\d)")
_PLAIN_NUMBER = re.compile(r"\d{1,18}(?:[.,]0+)?")
_GROUPED_NUMBER = re.compile(r"\d{1,3}(?:(?P<mark>[.,'’ ])\d{3})(?:(?P=mark)\d{3})*")
_HOST_AND_PATH = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?/")
_NAMED_SITE = re.compile(r"Plausible[ _]export[ _](?P<host>[^\W_-][^\s_/.]*+\.[^\s_/]++)[ _]++20\d{2}-")
_PERSON = frozenset(
    """email e-mail mail user userid user_id username uid visitor visitorid visitor_id clientid client_id
    session sessionid session_id sid phpsessid jsessionid token auth password ip phone""".split()
)
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}", re.IGNORECASE)


def is_analytics(start: bytes) -> bool:
    """Whether a text begins as an export does: known headings, perhaps below lines with a `#`."""
    text = start[:_HEADINGS_WITHIN].decode(errors="replace")
    lines = (line for line in text.splitlines()[:40] if line.strip() and not line.startswith("#"))
    return is_table(cells_of(next(lines, "")))


def read_analytics(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """A Page with the list of each table of pages: one for its period, or one a day if rows have a date.

    A row that cannot be read is an error in its place. Rows without a page (`(not set)`, `Others`) keep their
    position but are no items. Only pages and views are read: no other column, and of addresses no parameter
    that identifies a person.
    """
    text = decode_text(join_pieces(pieces, source), source)
    others: list[Row] = []
    found = False
    for table in split_tables(text, source):
        if isinstance(table, ReadError):
            yield table
        elif _is_chosen(table.header, source):
            found = True
            yield from _read_table(table, source)
        else:
            others.append(table.header)
    if not found:
        raise _refuse(others, source)


def _is_chosen(header: Row, source: Source) -> bool:
    """Whether a table has pages and views, by its headings or by the columns that the user named."""
    return is_table(header.cells) or not isinstance(_columns_of(header, source), ReadError)


def _columns_of(header: Row, source: Source) -> Columns | ReadError:
    try:
        return choose_columns(header.cells, source.hints.columns, source, header.line)
    except ReadError as error:
        return error


def _refuse(headers: list[Row], source: Source) -> ReadError:
    error = _columns_of(headers[0], source) if headers else None
    return error if isinstance(error, ReadError) else source.error("a table of pages", AsShown("none"))


@dataclass(slots=True)
class _Entry:
    """A line of a list under construction; without an address it only keeps its position."""

    url: str | None
    title: str
    views: int


@dataclass(slots=True)
class _Count:
    """The views of a period, in the order of the rows."""

    entries: list[_Entry] = field(default_factory=list)
    by_url: dict[str, _Entry] = field(default_factory=dict)

    def add(self, url: str | None, title: str, views: int) -> None:
        """Adds a row; the views of two spellings of one address are added up."""
        known = self.by_url.get(url) if url is not None else None
        if known is not None:
            known.views += views
            known.title = known.title or title
            return
        entry = _Entry(url, title, views)
        self.entries.append(entry)
        if url is not None:
            self.by_url[url] = entry


def _read_table(table: Table, source: Source) -> Iterator[Page | ReadError]:
    counts = dict[date | None, _Count]()
    columns = _columns_of(table.header, source)
    if isinstance(columns, ReadError):
        yield columns
        return
    by_day = columns.date is not None and source.hints.period is None
    for row in table.rows[:MAX_ROWS]:
        try:
            _count_row(row, columns, table, source, counts, by_day=by_day)
        except ReadError as error:
            yield error
            if error.field == _SITE:  # the same in all further rows
                return
    if len(table.rows) > MAX_ROWS:
        line = table.rows[MAX_ROWS].line
        yield source.error(f"a table of at most {MAX_ROWS:,} rows", AsShown("more"), line=line)
    try:
        yield from _build_pages(table, counts, source)
    except ReadError as error:
        yield error
    except InvalidValueError as error:
        yield source.refusal(error)


_SITE = "site"


def _count_row(
    row: Row,
    columns: Columns,
    table: Table,
    source: Source,
    counts: dict[date | None, _Count],
    *,
    by_day: bool,
) -> None:
    """Adds the views of a row; ReadError names its line and the heading of a bad cell."""
    cells, header = row.cells, table.header.cells
    if len(cells) <= columns.last:
        found = AsShown(str(len(cells)))
        raise source.error(f"at least {columns.last + 1} cells", found, line=row.line)
    shown = [cells[place] for place in (columns.url, columns.path) if place is not None]
    if not any(shown) or any(each.casefold() in _TOTALS for each in shown):
        return
    views = _parse_views(cells[columns.views])
    if views is None:
        field_name = header[columns.views]
        raise source.error("a count of views", cells[columns.views], line=row.line, field=field_name)
    day = None
    if by_day and columns.date is not None:
        day = next(_days_in(_at(cells, columns.date)), None)
        if day is None:
            found_day, field_name = _at(cells, columns.date), header[columns.date]
            raise source.error("a day such as 2026-01-15", found_day, line=row.line, field=field_name)
    url = _address(cells, columns, source, row.line)
    title = clean(_at(cells, columns.title)) if url and looks_like_story(url) else ""
    if views > 0:
        counts.setdefault(day, _Count()).add(url, title, views)


def _at(cells: tuple[str, ...], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _parse_views(text: str) -> int | None:
    """The number in `1234`, `1,234`, `1.234`, `1 234` or `1234.0`; None for anything else."""
    plain = text.replace("\u00a0", " ").replace("\u202f", " ").strip()
    if _PLAIN_NUMBER.fullmatch(plain):
        return int(re.split(r"[.,]", plain)[0])
    return int(re.sub(r"\D", "", plain)) if _GROUPED_NUMBER.fullmatch(plain) and len(plain) < 24 else None


def _address(cells: tuple[str, ...], columns: Columns, source: Source, line: int) -> str | None:
    """The page of a row; None if it counts something else."""
    url, path, host = (_at(cells, place) for place in (columns.url, columns.path, columns.host))
    for each in (url, path):
        if each.startswith(("http://", "https://")):
            return _without_persons(canonical_url(each))
    text = url if columns.url is not None else path  # a report of Matomo includes folders, which have no URL
    if text.startswith("//") or _HOST_AND_PATH.match(text):
        return _without_persons(canonical_url(f"https://{text.lstrip('/')}"))
    if not text.startswith("/"):
        return None
    base = f"https://{host}/" if host and "." in host else source.hints.base or _base_in_name(source.name)
    if base is None:
        expected = "the address of the site for paths: --site https://www.example.org"
        raise source.error(expected, text, line=line, field=_SITE)
    return _without_persons(canonical_url(text, base))


def _base_in_name(name: str) -> str | None:
    """The site of a Plausible export, from the file's name."""
    found = _NAMED_SITE.search(name)
    return f"https://{found['host']}/" if found else None


def _without_persons(url: str | None) -> str | None:
    """An address without parameters that identify a person, by name, e-mail address or IP address."""
    if url is None or "?" not in url:
        return url
    head, _, query = url.partition("?")
    chosen = [part for part in query.split("&") if not _names_person(part)]
    return f"{head}?{'&'.join(chosen)}" if chosen else head


def _names_person(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    value = unquote(value)
    return name.lower() in _PERSON or "@" in value or bool(_IP.fullmatch(value))


def _build_pages(table: Table, counts: Mapping[date | None, _Count], source: Source) -> Iterator[Page]:
    if not any(count.by_url for count in counts.values()):
        found = AsShown(", ".join(table.header.cells)[:80])
        raise source.error("rows with pages and their views", found, line=table.header.line)
    for day, count in sorted(counts.items(), key=lambda each: each[0] or date.min):
        if count.by_url:
            yield _build_page(count, _period(table, day, source), source)


def _build_page(count: _Count, period: Period, source: Source) -> Page:
    """The list of a period, most viewed first; ties in the order of the file."""
    ranked = sorted(count.entries, key=lambda entry: -entry.views)
    chosen = ranked[:MAX_ITEMS]
    items = tuple(
        ListItem(place, entry.title, entry.url)
        for place, entry in enumerate(chosen, 1)
        if entry.url is not None
    )
    sites = Counter(site_of(item.url) for item in items if item.url)
    days = period.days
    title = "Top pages" if days is None else f"Top pages, {days} day{'s' if days > 1 else ''}"
    site = source.site or sites.most_common(1)[0][0] or LOCAL_SITE
    warnings: tuple[str, ...] = ()
    if len(ranked) > MAX_ITEMS:
        warnings = (f"of {len(ranked):,} pages the {MAX_ITEMS:,} with the most views make the list",)
    observed_at, now = period.end, source.hints.read_at
    if now is not None and period.start is not None and period.start <= now:  # the period may not be over
        observed_at = min(period.end, now)
    return Page(lists=(RankedList(site, Kind.POPULAR, observed_at, items, title=title),), warnings=warnings)


def _period(table: Table, day: date | None, source: Source) -> Period:
    """The period of a list: as the user said, else from its rows, the lines above it, or the file's name."""
    hints = source.hints
    if hints.period is not None:
        return hints.period
    in_comments = [day for comment in table.comments for day in _days_in(comment)]
    in_name = list(_days_in(source.name))  # a single one may be the day of the export
    for days in ([day] if day else [], in_comments[-2:], in_name[-2:] if len(in_name) > 1 else []):
        if days:
            return build_period(min(days), max(days), hints.zone)
    if not hints.is_time_guessed:
        return Period(None, source.observed_at)
    expected = "the days that it counts; say them with --period 2026-01-01..2026-01-07"
    raise source.error(expected, AsShown("none in the file or its name"), field="period")


def build_period(first: date, last: date, zone: tzinfo) -> Period:
    """Whole days, both included; InvalidValueError for days out of range."""
    for day in (first, last):
        if not FIRST_YEAR < day.year < LAST_YEAR:
            expected = f"days of the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}"
            raise InvalidValueError("period", expected=expected, found=day.isoformat())
    after = last + timedelta(days=1)
    return Period(datetime.combine(first, time(), zone), datetime.combine(after, time(), zone))


def _days_in(text: str) -> Iterator[date]:
    """Days written as 20260115 or 2026-01-15."""
    for found in _DAY.finditer(text):
        try:
            yield date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            continue
