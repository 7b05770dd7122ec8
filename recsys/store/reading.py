"""Reads articles and lists back, in order of time and a portion at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from recsys.domain import Article, Kind, ListItem, Page, RankedList, from_microseconds
from recsys.errors import StoreError
from recsys.store.encoding import from_printed
from recsys.store.engine import name_of
from recsys.store.merging import Known, Printed, Revision, build_article
from recsys.store.records import StoredArticle, StoredList
from recsys.store.schema import articles, headlines, list_items, lists, readings, revisions
from recsys.store.working import rows_in

_PORTION = 500  # articles whose bodies are in memory at once

_ROOT = func.coalesce(articles.c.owner_id, articles.c.id)


Build = Callable[[Known, int | None], StoredArticle]


def read_articles(
    connection: Connection, before: int | None, build: Build = build_article
) -> Iterator[StoredArticle]:
    """Ordered by (first_seen_at, id), as known strictly before a moment (None: all that is known)."""
    order = select(articles.c.id).where(articles.c.owner_id.is_(None), articles.c.first_seen_at.is_not(None))
    if before is not None:
        order = order.where(articles.c.first_seen_at < before)
    ids = iter(connection.scalars(order.order_by(articles.c.first_seen_at, articles.c.id)).all())
    while portion := list(islice(ids, _PORTION)):
        yield from load_articles(connection, portion, before, build)


def load_articles(
    connection: Connection, ids: Sequence[int], before: int | None, build: Build = build_article
) -> list[StoredArticle]:
    """Those of the articles that were known by then, in the order of `ids`; none may be an owned headline."""
    columns = articles.c
    wanted = (columns.id, columns.url, columns.first_seen_at)
    found = {row[0]: row for row in rows_in(connection, wanted, columns.id, ids)}
    missing = next((each for each in ids if each not in found), None)
    if missing is not None:  # the ids are of an archive that has not noticed yet
        raise StoreError(
            f"{name_of(connection.engine.url)}: article {missing} is gone: an older store was restored"
        )
    known = [found[each] for each in ids if _is_known(found[each][2], before)]
    owner = {row[0]: row[0] for row in known}
    members = rows_in(connection, (columns.id, columns.owner_id), columns.owner_id, list(owner))
    owner.update({row[0]: row[1] for row in members})
    said: dict[int, list[Revision]] = defaultdict(list)
    revised = list(rows_in(connection, _REVISION, revisions.c.article_id, owner))
    seen = _readings(connection, [row[1] for row in revised])
    for row in revised:
        said[owner[row[0]]].append(_revision(row, seen[row[1]]))
    printed: dict[int, list[Printed]] = defaultdict(list)
    for row in rows_in(connection, _PRINTED, headlines.c.article_id, owner):
        printed[owner[row[0]]].append(Printed(*row[1:]))
    return [build(Known(row[0], row[1], row[2], said[row[0]], printed[row[0]]), before) for row in known]


def _is_known(first_seen_at: int | None, before: int | None) -> bool:
    return first_seen_at is not None and (before is None or first_seen_at < before)


def find_article(connection: Connection, url: str) -> int | None:
    """The id of the article with this url, or of the owner of the headline that it names."""
    found: int | None = connection.scalar(select(_ROOT).where(articles.c.url == url))
    return found


def find_headline(connection: Connection, site: str | None, key: bytes) -> list[int]:
    """Ids of the articles that were printed with this key, the first seen first."""
    owner = articles.alias()
    query = (
        select(owner.c.id, owner.c.first_seen_at)
        .join(articles, owner.c.id == _ROOT)
        .join(headlines, headlines.c.article_id == articles.c.id)
        .where(headlines.c.key == key)
    )
    if site is not None:
        query = query.where(headlines.c.site == site)
    rows = connection.execute(query.distinct().order_by(owner.c.first_seen_at, owner.c.id))
    return [row[0] for row in rows]


def read_lists(connection: Connection, before: int | None) -> Iterator[StoredList]:
    """Ordered by (observed_at, id), observed strictly before a moment (None: all of them)."""
    heads = _streamed(connection, _bounded(_heads(), before))
    items = _streamed(connection, _bounded(_items(), before).order_by(list_items.c.position))
    grouped = groupby(items, key=itemgetter(0))
    for head in heads:
        list_id, group = next(grouped, (None, ()))
        if list_id != head[0]:
            raise StoreError(f"{name_of(connection.engine.url)}: is damaged: list {head[0]} has no items")
        yield _stored_list(head, list(group))


class ListHead(NamedTuple):
    """What is known of a list without its items."""

    id: int
    site: str
    kind: str
    title: str | None
    scope: str | None
    observed_at: int
    page_url: str | None


def list_heads(connection: Connection, after: int) -> list[ListHead]:
    """Lists with an id above `after`, in order of their ids."""
    columns = lists.c
    wanted = (columns.id, columns.site, columns.kind, columns.title, columns.scope, columns.observed_at)
    query = select(*wanted, columns.page_url).where(columns.id > after).order_by(columns.id)
    return [ListHead(*row) for row in connection.execute(query)]


def items_after(connection: Connection, after: int) -> Iterator[Sequence[int]]:
    """Items of lists with an id above `after`: list id, position, article id, clicks; in this order."""
    wanted = (list_items.c.list_id, list_items.c.position, headlines.c.article_id, list_items.c.clicks)
    query = (
        select(*wanted)
        .join(headlines, headlines.c.id == list_items.c.headline_id)
        .where(list_items.c.list_id > after)
        .order_by(list_items.c.list_id, list_items.c.position)
    )
    return _streamed(connection, query)


def read_pages(connection: Connection) -> Iterator[Page]:
    """The facts: what each page said and when, then every list. Added elsewhere, they make the same store."""
    ids = iter(connection.scalars(select(revisions.c.id).order_by(revisions.c.id)).all())
    joined = revisions.join(articles, articles.c.id == revisions.c.article_id)
    while portion := list(islice(ids, _PORTION)):
        seen = _readings(connection, portion)
        for url, *row in rows_in(connection, (articles.c.url, *_REVISION), revisions.c.id, portion, joined):
            said = _revision(row, seen[row[1]])
            yield from (Page(article=_article(url, said, seen_at)) for seen_at in said.seen)
    for stored in read_lists(connection, None):
        yield Page(lists=(stored.list,))


def _heads() -> Select[Any]:
    page = articles.alias()
    page_id = func.coalesce(page.c.owner_id, page.c.id)
    wanted = (lists.c.id, lists.c.site, lists.c.kind, lists.c.title, lists.c.scope, lists.c.observed_at)
    return select(*wanted, lists.c.page_url, page_id).outerjoin(page, page.c.url == lists.c.page_url)


def _items() -> Select[Any]:
    wanted = (list_items.c.list_id, list_items.c.position, headlines.c.text, list_items.c.clicks)
    return (
        select(*wanted, list_items.c.with_url, articles.c.url, _ROOT)
        .select_from(lists)
        .join(list_items, list_items.c.list_id == lists.c.id)
        .join(headlines, headlines.c.id == list_items.c.headline_id)
        .join(articles, articles.c.id == headlines.c.article_id)
    )


def _bounded(query: Select[Any], before: int | None) -> Select[Any]:
    bounded = query if before is None else query.where(lists.c.observed_at < before)
    return bounded.order_by(lists.c.observed_at, lists.c.id)


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    return iter(connection.execution_options(yield_per=5_000).execute(query))


def _stored_list(head: Sequence[Any], items: Sequence[Sequence[Any]]) -> StoredList:
    list_id, site, kind, title, scope, observed_at, page_url, page_article_id = head
    ranked = RankedList(
        site=site,
        kind=Kind(kind),
        observed_at=from_microseconds(observed_at),
        items=tuple(
            ListItem(position, text, url if with_url else None, clicks)
            for _, position, text, clicks, with_url, url, _ in items
        ),
        title=title,
        scope=scope,
        page_url=page_url,
    )
    return StoredList(list_id, ranked, tuple(row[-1] for row in items), page_article_id)


_PRINTED = (
    headlines.c.article_id,
    headlines.c.site,
    headlines.c.text,
    headlines.c.paged_at,
    headlines.c.listed_at,
    headlines.c.linked_at,
)
_REVISION = (
    revisions.c.article_id,
    revisions.c.id,
    revisions.c.digest,
    revisions.c.site,
    revisions.c.headline,
    revisions.c.published_at,
    revisions.c.published_offset,
    revisions.c.section,
    revisions.c.tags,
    revisions.c.language,
    revisions.c.body,
    revisions.c.image,
)


def _readings(connection: Connection, ids: Sequence[int]) -> dict[int, list[int]]:
    """The times at which each revision was read, in order."""
    columns = readings.c
    seen: dict[int, list[int]] = defaultdict(list)
    for revision_id, seen_at in rows_in(
        connection, (columns.revision_id, columns.seen_at), columns.revision_id, ids
    ):
        seen[revision_id].append(seen_at)
    return {each: sorted(times) for each, times in seen.items()}


def _revision(row: Sequence[Any], seen: Sequence[int]) -> Revision:
    _, _, digest, site, headline, published_at, offset, section, tags, language, body, image = row
    return Revision(
        digest=digest,
        seen=seen,
        site=site,
        headline=headline,
        published_at=None if published_at is None else from_printed(published_at, offset),
        section=section,
        tags=tuple(json.loads(tags)) if tags else (),
        language=language,
        body=body,
        image=image,
    )


def _article(url: str, said: Revision, seen_at: int) -> Article:
    return Article(
        site=said.site,
        url=url,
        first_seen_at=from_microseconds(seen_at),
        headline=said.headline,
        body=said.body,
        published_at=said.published_at,
        section=said.section,
        tags=said.tags,
        language=said.language,
        image=said.image,
    )
