"""A snapshot of a store for building and updating an index: what changed, and the facts by id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from sqlalchemy import Connection, func, select

from recsys.store import queries
from recsys.store.changes import Change, State, changed_since, descends_from, read_state
from recsys.store.list_queries import ListHead, items_after, list_heads
from recsys.store.records import StoredArticle
from recsys.store.revisions import build_article, build_first
from recsys.store.schema import articles, headlines, lists, revisions
from recsys.store.unpublished import read_unpublished
from recsys.store.unreadable_rows import Fault, Report, readable

_PORTION = 500  # articles that are read at once


class Snapshot:
    """The content of a store, read in one transaction whatever is written meanwhile."""

    def __init__(self, connection: Connection, report: Report) -> None:
        """Rows that cannot be read are left out and reported."""
        self._connection, self._report = connection, report

    def state(self) -> State:
        """The state of the store, which changes whenever something new is added."""
        return read_state(self._connection)

    def descends_from(self, state: State) -> bool:
        """Whether the store was once in this state and has only grown since."""
        return descends_from(self._connection, state)

    def changed_since(self, batch: int) -> list[Change]:
        """The articles that later batches changed, and the owners of those that have one."""
        return changed_since(self._connection, batch)

    def owned(self) -> list[tuple[int, int]]:
        """The ids of every headline without an address that has an owner, and of the owner."""
        query = select(articles.c.id, articles.c.owner_id).where(articles.c.owner_id.is_not(None))
        wanted = (articles.c.id, articles.c.owner_id)
        rows = readable(self._connection.execute(query), wanted, self._report)
        return [(row[0], row[1]) for row in rows]

    def read_articles(self) -> Iterator[StoredArticle]:
        """All articles, in order of (first_seen_at, id)."""
        return queries.read_articles(self._connection, None, self._report)

    def read_some(
        self, ids: Sequence[int], *, before: int | None = None, first_texts: bool = False
    ) -> list[StoredArticle]:
        """Articles by id, in that order, as known strictly before a moment (microseconds)."""
        build = build_first if first_texts else build_article
        return queries.load_articles(self._connection, ids, before, self._report, build)

    def unpublished(self, *, before: int | None = None) -> list[str]:
        """The addresses that were unpublished strictly before a moment (microseconds), sorted."""
        return read_unpublished(self._connection, before, self._report)

    def revised_ids(self) -> list[int]:
        """Ids of the articles whose first text may differ: those with several revisions or headlines."""
        root = func.coalesce(articles.c.owner_id, articles.c.id)
        several = [
            select(root)
            .join(table, table.c.article_id == articles.c.id)
            .group_by(root)
            .having(func.count() > 1)
            for table in (revisions, headlines)
        ]
        return sorted({row[0] for query in several for row in self._connection.execute(query)})

    def read_first(self, ids: Sequence[int]) -> Iterator[StoredArticle]:
        """Articles with their first text, by id, in that order."""
        for start in range(0, len(ids), _PORTION):
            yield from queries.load_articles(
                self._connection, ids[start : start + _PORTION], None, self._report, build_first
            )

    def read_list_rows(self, after: int) -> tuple[list[ListHead], list[tuple[int, ...]]]:
        """Lists with an id above `after` in order of id, without empty ones, and their items.

        An item is (list id, position, article id, clicks), in order of the first two. The article is the one
        that the item names, not its owner.
        """
        heads = list_heads(self._connection, after, self._report)
        items = list(map(tuple, items_after(self._connection, after, self._report)))
        known, filled = {head.id for head in heads}, set(map(itemgetter(0), items))
        for head in heads:
            if head.id not in filled:
                self._report(Fault(lists.name, (("id", head.id),), "items", "at least one item", "none"))
        if filled - known:
            items = [item for item in items if item[0] in known]
        return [head for head in heads if head.id in filled], items
