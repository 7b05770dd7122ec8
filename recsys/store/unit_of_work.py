"""Unit of work: the rows that one batch touches, loaded, changed in memory, and written back where changed.

There is one writer at a time and nothing is deleted, so ids are assigned here, from one above the highest.
So every write is a plain bulk insert, on any database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

from recsys.domain import Article, is_stored_time, to_microseconds
from recsys.store import schema
from recsys.store.digests import Record, headline_digest, key_hash, to_offset
from recsys.store.revisions import first_seen

_T = TypeVar("_T")
_IN = 10_000  # values in one IN (...); SQLite takes 32,766 parameters


class Source(Enum):
    """Where something was seen; the value is the column of the first time."""

    PAGE = "paged_at"
    LIST = "listed_at"
    LINK = "linked_at"


@dataclass(slots=True)
class SeenRow:
    """A row of `articles` or `headlines`, with the first time for each source."""

    id: int
    paged_at: int | None = None
    listed_at: int | None = None
    linked_at: int | None = None
    is_new: bool = False
    is_earlier: bool = False

    def sight(self, source: Source, at: int) -> None:
        known: int | None = getattr(self, source.value)
        if known is None or at < known:
            setattr(self, source.value, at)
            self.is_earlier = True

    @property
    def is_headline(self) -> bool:
        """Whether only a headline of it was seen."""
        return self.paged_at is None and (self.listed_at is not None or self.linked_at is not None)

    def times(self) -> dict[str, int | None]:
        return {"paged_at": self.paged_at, "listed_at": self.listed_at, "linked_at": self.linked_at}


@dataclass(slots=True)
class RevisionRow:
    """A row of `revisions` with the times at which it was read; a new one has its content."""

    id: int
    content: Article | None = None
    seen: set[int] = field(default_factory=set)
    new_readings: set[int] = field(default_factory=set)


class UnitOfWork:
    """The articles of a batch with their headlines and revisions."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.articles: dict[str, SeenRow] = {}  # by url
        self._headlines: dict[tuple[int, str, str], SeenRow] = {}  # by article, site, text
        self._revisions: dict[tuple[int, bytes], RevisionRow] = {}  # by article, content
        self._headline_ids = free_ids(connection, schema.headlines)
        self._revision_ids = free_ids(connection, schema.revisions)

    def load(self, urls: Iterable[str], records: Sequence[Record]) -> None:
        """Load the articles at `urls`, assigning ids to new ones, and the revisions of the `records`."""
        self._load_articles(list(urls))
        self._load_headlines()
        self._load_revisions(records)

    def headline(self, article: SeenRow, site: str, text: str) -> SeenRow:
        """The row of a headline, created if it is new."""
        key = (article.id, site, text)
        row = self._headlines.get(key)
        if row is None:
            row = self._headlines[key] = SeenRow(next(self._headline_ids), is_new=True)
        return row

    def revise(self, article: SeenRow, record: Record) -> bool:
        """Add a reading of a page; whether its content is new."""
        seen_at = to_microseconds(record.article.first_seen_at)
        row = self._revisions.get((article.id, record.digest))
        is_new = row is None
        if row is None:
            row = RevisionRow(next(self._revision_ids), record.article)
            self._revisions[article.id, record.digest] = row
        if seen_at not in row.seen:
            row.new_readings.add(seen_at)
        return is_new

    def changed(self) -> tuple[list[int], set[tuple[str, bytes]]]:
        """Ids of the articles with new or earlier first times, and (site, key) of such headlines."""
        ids = [row.id for row in self.articles.values() if row.is_earlier]
        keys = {(site, key_hash(text)) for (_, site, text), row in self._headlines.items() if row.is_earlier}
        return ids, keys

    def touched(self) -> set[int]:
        """Ids of the known articles with new facts."""
        seen = {row.id for row in self.articles.values() if row.is_earlier}
        seen |= {key[0] for key, row in self._headlines.items() if row.is_new or row.is_earlier}
        seen |= {key[0] for key, row in self._revisions.items() if row.new_readings}
        return seen - {row.id for row in self.articles.values() if row.is_new}

    def newest_readings(self) -> dict[int, int]:
        """The latest new reading of each article that has one, in microseconds, by article id."""
        newest: dict[int, int] = {}
        for (article_id, _), row in self._revisions.items():
            if row.new_readings:
                newest[article_id] = max(newest.get(article_id, 0), *row.new_readings)
        return newest

    def flush(self, batch: int) -> None:
        """Write the rows; new articles get the number of the batch."""
        self._flush_articles(batch)
        self._flush_headlines()
        self._flush_revisions()

    def _load_articles(self, urls: Sequence[str]) -> None:
        columns = schema.articles.c
        times = (columns.paged_at, columns.listed_at, columns.linked_at)
        for row in rows_in(self.connection, (columns.url, columns.id, *times), columns.url, urls):
            self.articles[row[0]] = _seen_row(row[1], row[2:])
        ids = free_ids(self.connection, schema.articles)
        for url in urls:
            if url not in self.articles:
                self.articles[url] = SeenRow(next(ids), is_new=True)

    def _load_headlines(self) -> None:
        columns = schema.headlines.c
        key = (columns.article_id, columns.site, columns.text)
        times = (columns.paged_at, columns.listed_at, columns.linked_at)
        known = [row.id for row in self.articles.values() if not row.is_new]
        for row in rows_in(self.connection, (*key, columns.id, *times), columns.article_id, known):
            self._headlines[row[0], row[1], row[2]] = _seen_row(row[3], row[4:])

    def _load_revisions(self, records: Sequence[Record]) -> None:
        columns = schema.revisions.c
        ids = {self.articles[record.article.url].id for record in records}
        by_id: dict[int, RevisionRow] = {}
        wanted = (columns.article_id, columns.digest, columns.id)
        for row in rows_in(self.connection, wanted, columns.article_id, ids):
            self._revisions[row[0], row[1]] = by_id[row[2]] = RevisionRow(row[2])
        readings = schema.readings.c
        times = (readings.revision_id, readings.seen_at)
        for revision_id, seen_at in rows_in(self.connection, times, readings.revision_id, by_id):
            by_id[revision_id].seen.add(seen_at)

    def _flush_articles(self, batch: int) -> None:
        new = [
            {
                "id": row.id,
                "url": url,
                **row.times(),
                "first_seen_at": first_seen(**row.times()),
                "changed_in": batch,
            }
            for url, row in self.articles.items()
            if row.is_new
        ]
        insert_rows(self.connection, schema.articles, new)
        self._update_times(schema.articles, self.articles.values())

    def _flush_headlines(self) -> None:
        new = [
            {
                "id": row.id,
                "article_id": article_id,
                "digest": headline_digest(site, text),
                "site": site,
                "text": text,
                "key": key_hash(text),
                **row.times(),
            }
            for (article_id, site, text), row in self._headlines.items()
            if row.is_new
        ]
        insert_rows(self.connection, schema.headlines, new)
        self._update_times(schema.headlines, self._headlines.values())

    def _update_times(self, table: Table, rows: Iterable[SeenRow]) -> None:
        earlier = [{"row_id": row.id, **row.times()} for row in rows if row.is_earlier and not row.is_new]
        update_rows(self.connection, table, earlier, ("paged_at", "listed_at", "linked_at"))

    def _flush_revisions(self) -> None:
        new = [
            _revision_row(row, article_id, digest, row.content)
            for (article_id, digest), row in self._revisions.items()
            if row.content is not None
        ]
        insert_rows(self.connection, schema.revisions, new)
        readings = [
            {"revision_id": row.id, "seen_at": at}
            for row in self._revisions.values()
            for at in sorted(row.new_readings)
        ]
        insert_rows(self.connection, schema.readings, readings)


def _seen_row(row_id: int, times: Sequence[int | None]) -> SeenRow:
    """A row with its stored times; an unreadable one is unknown, and replaced by the next sighting."""
    paged_at, listed_at, linked_at = (time if is_stored_time(time) else None for time in times)
    return SeenRow(row_id, paged_at, listed_at, linked_at)


def rows_in(
    connection: Connection,
    wanted: Sequence[ColumnElement[Any]],
    column: ColumnElement[Any],
    values: Iterable[object],
    source: FromClause | None = None,
) -> Iterator[Sequence[Any]]:
    """The rows of a table, or of the join `source`, whose `column` has one of many values."""
    query = select(*wanted) if source is None else select(*wanted).select_from(source)
    for some in portions(list(values)):
        yield from connection.execute(query.where(column.in_(some)))


def portions(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values in portions that fit one statement."""
    return (values[start : start + _IN] for start in range(0, len(values), _IN))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def update_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], names: Iterable[str]
) -> None:
    """Set the columns `names` of the rows with id `row_id`."""
    if rows:
        values: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in names}
        connection.execute(update(table).where(table.c.id == bindparam("row_id")).values(values), rows)


def free_ids(connection: Connection, table: Table) -> Iterator[int]:
    """Ids above that of every row."""
    return count((connection.scalar(select(func.max(table.c.id))) or 0) + 1)


def _revision_row(row: RevisionRow, article_id: int, digest: bytes, content: Article) -> dict[str, object]:
    published = content.published_at
    return {
        "id": row.id,
        "article_id": article_id,
        "digest": digest,
        "site": content.site,
        "headline": content.headline,
        "published_at": None if published is None else to_microseconds(published),
        "published_offset": None if published is None else to_offset(published),
        "section": content.section,
        "tags": json.dumps(content.tags, ensure_ascii=False) if content.tags else None,
        "language": content.language,
        "body": content.body,
        "image": content.image,
    }
