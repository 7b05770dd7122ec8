"""Removes invalid rows, and derives again what depends on the remaining facts.

A repair reads the whole store, and holds the times of all headlines in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)

from recsys.domain import PAGE_KINDS
from recsys.store import schema
from recsys.store.changes import renew_state
from recsys.store.digests import STUB_PREFIX, headline_digest, key_hash, list_digest
from recsys.store.identity import rederive
from recsys.store.list_queries import load_lists
from recsys.store.unit_of_work import free_ids, insert_rows, portions, update_rows
from recsys.store.unreadable_rows import Fault

articles, headlines, revisions = schema.articles, schema.headlines, schema.revisions
readings, lists, list_items = schema.readings, schema.lists, schema.list_items

DERIVED: Mapping[str, frozenset[str]] = {
    schema.meta.name: frozenset({"value"}),
    articles.name: frozenset({"owner_id", "paged_at", "listed_at", "linked_at", "first_seen_at"}),
    headlines.name: frozenset({"paged_at", "listed_at", "linked_at"}),
}
"""Derived columns: rows with a fault in one of them are corrected, others are removed."""
_PASSES = 4  # each pass finds what the removals of the one before left behind
_BATCH = 500  # rows of one statement
_TIMES = ("paged_at", "listed_at", "linked_at")
Times = tuple[int | None, int | None, int | None]
"""When something was first seen as a page, on a list, and as a link."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Numbers of rows: removed as faulty, removed because they refer to those, and corrected."""

    removed: int = 0
    removed_with_them: int = 0
    corrected: int = 0


def repair(connection: Connection, find: Callable[[], Iterable[Fault]]) -> Repair:
    """Repair the faults that `find` returns until there are none, inside the caller's transaction."""
    removed = corrected = total = 0
    for _ in range(_PASSES):
        faults = list(find())
        if not faults:
            break
        bad: dict[str, set[tuple[tuple[str, object], ...]]] = defaultdict(set)
        for each in faults:
            if each.field not in DERIVED.get(each.table, ()):
                bad[each.table].add(each.key)
        work = _Repair(connection)
        for table, keys in bad.items():
            work.remove(schema.metadata.tables[table], list(keys))
        work.derive()
        renew_state(connection)
        total += work.removed
        removed += sum(map(len, bad.values()))
        corrected += len({(each.table, each.key) for each in faults if each.key not in bad[each.table]})
    return Repair(removed, max(total - removed, 0), corrected)


@dataclass
class _Repair:
    """Deletes rows together with those that refer to them, and counts them."""

    connection: Connection
    removed: int = 0
    emptied: set[int] = field(default_factory=set)
    """Lists that lost items."""

    def remove(self, table: Table, keys: Sequence[Sequence[tuple[str, object]]]) -> None:
        """Delete rows by their primary keys, after those that refer to them."""
        names = [column.name for column in table.primary_key]
        if len(names) == 1:
            values = [_bound(value) for key in keys for _, value in key]
            for start in range(0, len(values), _BATCH):
                self._delete(table, table.c[names[0]].in_(values[start : start + _BATCH]))
            return
        for key in keys:
            self._delete(table, and_(*(table.c[name] == _bound(value) for name, value in key)))

    def _delete(self, table: Table, chosen: ColumnElement[bool]) -> None:
        if table is list_items:
            self.emptied |= set(self.connection.scalars(select(list_items.c.list_id).where(chosen)))
        for other, reference, target in _REFERRING.get(table.name, ()):
            ids = list(self.connection.scalars(select(table.c[target]).where(chosen)))
            for some in portions(ids):
                self._delete(other, other.c[reference].in_(some))
        self.removed += self.connection.execute(delete(table).where(chosen)).rowcount

    def derive(self) -> None:
        """Update the lists that lost items, and the times of articles and headlines."""
        self._update_lists()
        self._delete(revisions, ~exists().where(readings.c.revision_id == revisions.c.id))
        self._restore_headlines()
        self._derive_times()
        owned = update(articles).where(~articles.c.url.startswith(STUB_PREFIX))
        self.connection.execute(owned.where(articles.c.owner_id.is_not(None)).values(owner_id=None))
        stubs = select(headlines.c.site, headlines.c.key).join(articles)
        keys = self.connection.execute(stubs.where(articles.c.url.startswith(STUB_PREFIX)).distinct())
        ids = self.connection.scalars(select(articles.c.id)).all()
        rederive(self.connection, ids, [(row[0], row[1]) for row in keys])
        self.removed += self.connection.execute(delete(articles).where(~_has_facts())).rowcount

    def _update_lists(self) -> None:
        """Update the digests of lists that lost items; remove those that are empty or duplicates now."""
        ids = [each for each in self.emptied if isinstance(each, int)]
        remaining = {each.id: each.list for each in load_lists(self.connection, ids, _ignore)}
        for list_id in sorted(ids):
            ranked = remaining.get(list_id)
            digest = None if ranked is None else list_digest(ranked)
            same = select(lists.c.id).where(lists.c.digest == digest, lists.c.id != list_id)
            if ranked is None or self.connection.scalar(same) is not None:
                self._delete(lists, lists.c.id == list_id)
                continue
            counted = update(lists).where(lists.c.id == list_id)
            self.connection.execute(counted.values(item_count=len(ranked.items), digest=digest))

    def _restore_headlines(self) -> None:
        """Restore lost rows of headlines that pages have."""
        revision, printed = revisions.c, headlines.c
        is_same = and_(
            printed.article_id == revision.article_id,
            printed.site == revision.site,
            printed.text == revision.headline,
        )
        query = (
            select(revision.article_id, revision.site, revision.headline)
            .where(revision.headline.is_not(None), ~exists().where(is_same))
            .distinct()
        )
        lost = self.connection.execute(query).all()
        new_ids = free_ids(self.connection, headlines)
        rows = [
            {
                "id": row_id,
                "article_id": article_id,
                "digest": headline_digest(site, text),
                "site": site,
                "text": text,
                "key": key_hash(text),
            }
            for row_id, (article_id, site, text) in zip(new_ids, lost, strict=False)
        ]
        insert_rows(self.connection, headlines, rows)

    def _derive_times(self) -> None:
        """Derive first times from readings and lists; remove headlines that nobody printed."""
        listed = _listed(self.connection)
        read = _read_headlines(self.connection)
        of_articles: dict[int, list[Times]] = defaultdict(list)
        for article_id, seen_at in _read_articles(self.connection):
            of_articles[article_id].append((seen_at, None, None))
        columns = headlines.c
        wanted = (columns.id, columns.article_id, columns.site, columns.text)
        changed: list[dict[str, object]] = []
        unprinted: list[int] = []
        for row in self.connection.execute(select(*wanted, *(columns[name] for name in _TIMES))).all():
            times: Times = (read.get((row[1], row[2], row[3])), *listed.get(row[0], (None, None)))
            if row[3] == "":
                times = (None, None, None)  # a link without words does not make a story known
            of_articles[row[1]].append(times)
            if times[0] is None and row[0] not in listed:
                unprinted.append(row[0])
            elif times != tuple(row[4:]):
                changed.append({"row_id": row[0], **dict(zip(_TIMES, times, strict=True))})
        update_rows(self.connection, headlines, changed, _TIMES)
        for some in portions(unprinted):
            self._delete(headlines, columns.id.in_(some))
        self._derive_article_times(of_articles)

    def _derive_article_times(self, seen: Mapping[int, Sequence[Times]]) -> None:
        columns = articles.c
        changed: list[dict[str, object]] = []
        for row in self.connection.execute(select(columns.id, *(columns[name] for name in _TIMES))).all():
            firsts = [
                min((time for time in each if time is not None), default=None)
                for each in zip(*seen.get(row[0], [(None, None, None)]), strict=True)
            ]
            if firsts != list(row[1:]):
                changed.append({"row_id": row[0], **dict(zip(_TIMES, firsts, strict=True))})
        update_rows(self.connection, articles, changed, _TIMES)


_REFERRING: Mapping[str, Sequence[tuple[Table, str, str]]] = {
    articles.name: ((headlines, "article_id", "id"), (revisions, "article_id", "id")),
    headlines.name: ((list_items, "headline_id", "id"),),
    revisions.name: ((readings, "revision_id", "id"),),
    lists.name: ((list_items, "list_id", "id"),),
    schema.impressions.name: ((schema.impression_clicks, "impression_id", "id"),),
}
"""The rows that are removed with a row: their table and column, and the column that it refers to."""


def _ignore(_: Fault) -> None:
    """Ignore a fault: it has been reported, and the next pass finds it again."""


def _bound(value: object) -> Any:
    """A value as the database has it, even a text that is not UTF-8."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return cast(literal(value.encode("utf-8", "surrogateescape"), LargeBinary), Text)
    return value


def _listed(connection: Connection) -> dict[int, tuple[int | None, int | None]]:
    """When the headlines of list items were first seen on a list and as a link, by their ids."""
    linked = lists.c.kind.in_([kind.value for kind in PAGE_KINDS])
    query = (
        select(list_items.c.headline_id, linked, func.min(lists.c.observed_at))
        .join(lists, lists.c.id == list_items.c.list_id)
        .group_by(list_items.c.headline_id, linked)
    )
    times: dict[int, tuple[int | None, int | None]] = {}
    for headline_id, is_link, seen_at in connection.execute(query):
        before = times.get(headline_id, (None, None))
        times[headline_id] = (before[0], seen_at) if is_link else (seen_at, before[1])
    return times


def _read_headlines(connection: Connection) -> dict[tuple[int, str, str], int]:
    """When each headline was first read on a page, by article, site and text."""
    key = (revisions.c.article_id, revisions.c.site, revisions.c.headline)
    query = select(*key, func.min(readings.c.seen_at)).join(readings).group_by(*key)
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)}


def _read_articles(connection: Connection) -> Iterator[tuple[int, int]]:
    """When the page of each article was first read."""
    query = select(revisions.c.article_id, func.min(readings.c.seen_at)).join(readings)
    return ((row[0], row[1]) for row in connection.execute(query.group_by(revisions.c.article_id)).all())


def _has_facts() -> ColumnElement[bool]:
    """Whether an article has a page or a printed headline."""
    paged = exists().where(revisions.c.article_id == articles.c.id)
    return paged | exists().where(headlines.c.article_id == articles.c.id)
