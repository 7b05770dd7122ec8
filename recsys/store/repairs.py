"""Removes rows that cannot be, and derives again what follows from the facts that are left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from recsys.store.encoding import headline_digest, key_hash, list_digest
from recsys.store.faults import Fault
from recsys.store.list_queries import load_lists
from recsys.store.settling import settle_changes
from recsys.store.working import free_ids, insert_rows, portions

articles, headlines, revisions = schema.articles, schema.headlines, schema.revisions
readings, lists, list_items = schema.readings, schema.lists, schema.list_items

DERIVED: Mapping[str, frozenset[str]] = {
    articles.name: frozenset({"owner_id", "paged_at", "listed_at", "linked_at", "first_seen_at"}),
    headlines.name: frozenset({"paged_at", "listed_at", "linked_at"}),
}
"""Columns that follow from facts: such a row is corrected, any other one removed."""


@dataclass(frozen=True, slots=True)
class Repair:
    """How many rows were removed as faulty, removed because they need those, or corrected."""

    removed: int = 0
    removed_with_them: int = 0
    corrected: int = 0


def repair(connection: Connection, find: Callable[[], Iterable[Fault]]) -> Repair:
    """Repairs what `find` finds, and what it finds then, inside the caller's transaction."""
    removed = removed_with_them = corrected = 0
    for _ in range(_ROUNDS):
        faults = list(find())
        if not faults:
            break
        work = _Repair(connection)
        bad = {(each.table, each.key) for each in faults if not _is_derived(each)}
        derived = {(each.table, each.key) for each in faults if _is_derived(each)} - bad
        for table, key in derived:
            work.touch_row(table, key)
        for table, key in bad:
            work.remove(table, key)
        work.derive()
        removed += len(bad)
        removed_with_them += work.removed - len(bad)
        corrected += len(derived)
        renew_state(connection)
    return Repair(removed, max(removed_with_them, 0), corrected)


_ROUNDS = 4  # what a removal leaves behind is found in the next


def _is_derived(fault: Fault) -> bool:
    return fault.field in DERIVED.get(fault.table, ()) or fault.table == schema.meta.name


@dataclass
class _Repair:
    """Deletes rows with those that need them, and remembers what must be derived again."""

    connection: Connection
    removed: int = 0
    touched: set[int] = field(default_factory=set)
    keys: set[tuple[str, bytes]] = field(default_factory=set)
    emptied: set[int] = field(default_factory=set)
    """Lists that lost items."""

    def touch(self, ids: Iterable[int]) -> None:
        """Remember articles whose facts change, with the keys by which they own headlines."""
        new = set(ids) - self.touched
        self.touched |= new
        columns = headlines.c
        for some in portions(list(new)):
            found = select(columns.site, columns.key).where(columns.article_id.in_(some))
            self.keys |= {(row[0], row[1]) for row in self.connection.execute(found) if _is_key(row)}

    def touch_row(self, table: str, key: Sequence[tuple[str, object]]) -> None:
        """The same for the article of a row with a derived column."""
        if table == schema.meta.name:
            return
        column = articles.c.id if table == articles.name else headlines.c.article_id
        self.touch(self._values(column, _where(schema.metadata.tables[table], key)))

    def remove(self, name: str, key: Sequence[tuple[str, object]]) -> None:
        """Delete a row, after those that refer to it."""
        self._delete(schema.metadata.tables[name], _where(schema.metadata.tables[name], key))

    def _delete(self, table: Table, chosen: ColumnElement[bool]) -> None:
        if table is articles:
            ids = self._values(articles.c.id, chosen)
            stubs = self._values(articles.c.id, articles.c.owner_id.in_(ids))
            self.touch([*ids, *stubs])
            self._execute_update(articles.c.owner_id.in_(ids))
            self._delete(headlines, headlines.c.article_id.in_(ids))
            self._delete(revisions, revisions.c.article_id.in_(ids))
        elif table is headlines:
            self.touch(self._values(headlines.c.article_id, chosen))
            ids = self._values(headlines.c.id, chosen)
            self._delete(list_items, list_items.c.headline_id.in_(ids))
        elif table is revisions:
            self.touch(self._values(revisions.c.article_id, chosen))
            ids = self._values(revisions.c.id, chosen)
            self._delete(readings, readings.c.revision_id.in_(ids))
        elif table is readings:
            owners = select(readings.c.revision_id).where(chosen)
            self.touch(self._values(revisions.c.article_id, revisions.c.id.in_(owners)))
        elif table is lists:
            self._delete(list_items, list_items.c.list_id.in_(self._values(lists.c.id, chosen)))
        elif table is list_items:
            self.emptied |= set(self._values(list_items.c.list_id, chosen))
            named = select(list_items.c.headline_id).where(chosen)
            self.touch(self._values(headlines.c.article_id, headlines.c.id.in_(named)))
        elif table is schema.views:
            ids = self._values(schema.views.c.id, chosen)
            self._delete(schema.view_clicks, schema.view_clicks.c.view_id.in_(ids))
        self.removed += self.connection.execute(delete(table).where(chosen)).rowcount

    def _values(self, column: ColumnElement[Any], chosen: ColumnElement[bool]) -> list[Any]:
        return list(self.connection.scalars(select(column).where(chosen).distinct()))

    def _execute_update(self, chosen: ColumnElement[bool]) -> None:
        self.connection.execute(update(articles).where(chosen).values(owner_id=None))

    def derive(self) -> None:
        """Count the lists that lost items, and give articles and headlines the times of the facts left."""
        self._recount_lists()
        self._delete(revisions, ~exists().where(readings.c.revision_id == revisions.c.id))
        for some in portions(list(self.touched)):
            self._spell_again(some)
            chosen = headlines.c.article_id.in_(some)
            self.connection.execute(update(headlines).where(chosen).values(_times_of_headlines()))
            unnamed = and_(chosen, headlines.c.paged_at.is_(None), ~_is_listed())
            self.removed += self.connection.execute(delete(headlines).where(unnamed)).rowcount
            own = articles.c.id.in_(some)
            self.connection.execute(
                update(articles).where(own).values({**_times_of_articles(), "owner_id": None})
            )
        settle_changes(self.connection, self.touched, self.keys)
        for some in portions(list(self.touched)):
            empty = and_(articles.c.id.in_(some), ~_has_facts())
            self.removed += self.connection.execute(delete(articles).where(empty)).rowcount

    def _spell_again(self, ids: Sequence[int]) -> None:
        """What pages say is a spelling of their articles, be its row lost or not."""
        said, printed = revisions.c, headlines.c
        spelt = and_(
            printed.article_id == said.article_id, printed.site == said.site, printed.text == said.headline
        )
        lost = (
            select(said.article_id, said.site, said.headline)
            .where(said.article_id.in_(ids), said.headline.is_not(None), ~exists().where(spelt))
            .distinct()
        )
        found = self.connection.execute(lost).all()
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
            for row_id, (article_id, site, text) in zip(new_ids, found, strict=False)
        ]
        insert_rows(self.connection, headlines, rows)
        self.keys |= {(str(row["site"]), key_hash(str(row["text"]))) for row in rows}

    def _recount_lists(self) -> None:
        """A list without its lost items is another list; one that is there already, or empty, is removed."""
        whole = {each.id: each.list for each in load_lists(self.connection, list(self.emptied), _ignore)}
        for list_id in sorted(self.emptied):
            ranked = whole.get(list_id)
            digest = None if ranked is None else list_digest(ranked)
            same = select(lists.c.id).where(lists.c.digest == digest, lists.c.id != list_id)
            if ranked is None or self.connection.scalar(same) is not None:
                self._delete(lists, lists.c.id == list_id)
                continue
            counted = update(lists).where(lists.c.id == list_id)
            self.connection.execute(counted.values(item_count=len(ranked.items), digest=digest))


def _ignore(_: Fault) -> None:
    """What is faulty has been named, and is found again by the next round."""


def _is_key(row: Sequence[Any]) -> bool:
    return isinstance(row[0], str) and isinstance(row[1], bytes)


def _where(table: Table, key: Sequence[tuple[str, object]]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == _bound(value) for name, value in key))


def _bound(value: object) -> object:
    """A value as the database has it, be it a text that is no UTF-8."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return cast(literal(value.encode("utf-8", "surrogateescape"), LargeBinary), Text)
    return value


def _times_of_headlines() -> dict[str, Any]:
    read = (
        select(func.min(readings.c.seen_at))
        .join(revisions, revisions.c.id == readings.c.revision_id)
        .where(
            revisions.c.article_id == headlines.c.article_id,
            revisions.c.site == headlines.c.site,
            revisions.c.headline == headlines.c.text,
        )
        .correlate(headlines)
    )
    seen = (
        select(func.min(lists.c.observed_at))
        .join(list_items, list_items.c.list_id == lists.c.id)
        .where(list_items.c.headline_id == headlines.c.id, headlines.c.text != "")
        .correlate(headlines)
    )
    return _times(read, seen)


def _times_of_articles() -> dict[str, Any]:
    read = (
        select(func.min(readings.c.seen_at))
        .join(revisions, revisions.c.id == readings.c.revision_id)
        .where(revisions.c.article_id == articles.c.id)
        .correlate(articles)
    )
    seen = (
        select(func.min(lists.c.observed_at))
        .join(list_items, list_items.c.list_id == lists.c.id)
        .join(headlines, headlines.c.id == list_items.c.headline_id)
        .where(headlines.c.article_id == articles.c.id, headlines.c.text != "")
        .correlate(articles)
    )
    return _times(read, seen)


def _times(read: Any, seen: Any) -> dict[str, Any]:
    linked = lists.c.kind.in_([kind.value for kind in PAGE_KINDS])
    return {
        "paged_at": read.scalar_subquery(),
        "listed_at": seen.where(~linked).scalar_subquery(),
        "linked_at": seen.where(linked).scalar_subquery(),
    }


def _is_listed() -> ColumnElement[bool]:
    return exists().where(list_items.c.headline_id == headlines.c.id)


def _has_facts() -> ColumnElement[bool]:
    """Whether a page said something of an article, or anything printed a headline of it."""
    paged = exists().where(revisions.c.article_id == articles.c.id)
    return paged | exists().where(headlines.c.article_id == articles.c.id)
