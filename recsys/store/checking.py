"""Whether a store is whole, and whether two stores hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from recsys.domain import Article
from recsys.store.encoding import list_digest
from recsys.store.reading import read_articles, read_lists, read_pages
from recsys.store.schema import articles, list_items, lists


def digest(connection: Connection) -> str:
    """SHA-256 over what was added and over what is read, in an order that ids do not decide."""
    lines = sorted(hashlib.sha256(line.encode()).digest() for line in _content(connection))
    return hashlib.sha256(b"".join(lines)).hexdigest()


def problems(connection: Connection) -> Iterator[str]:
    """A line for each list that is not what was stored."""
    split = list(_split_lists(connection))
    yield from split
    if not split:
        yield from _changed_lists(connection)


def _content(connection: Connection) -> Iterator[str]:
    named = connection.execute(select(articles.c.id, articles.c.url))
    urls: dict[int, str] = {row[0]: row[1] for row in named}
    for page in read_pages(connection):
        yield f"page {page!r}{_pictured(page.article)}"
    for known in read_articles(connection, None):
        yield f"article {known.article!r} {known.page_seen_at} {known.headlines}{_pictured(known.article)}"
    for stored in read_lists(connection, None):
        names = [urls[each] for each in stored.article_ids]
        yield f"list {stored.list!r} {names} {urls.get(stored.page_article_id or 0)}"


def _pictured(article: Article | None) -> str:
    """The picture, which the name of an article leaves out; nothing where there is none."""
    return "" if article is None or article.image is None else f" {article.image!r}"


def _split_lists(connection: Connection) -> Iterator[str]:
    items = func.count(list_items.c.list_id)
    query = (
        select(lists.c.id, lists.c.item_count, items)
        .outerjoin(list_items, list_items.c.list_id == lists.c.id)
        .group_by(lists.c.id, lists.c.item_count)
        .having(items != lists.c.item_count)
    )
    for list_id, expected, found in connection.execute(query):
        yield f"list {list_id} has {found} of {expected} items"


def _changed_lists(connection: Connection) -> Iterator[str]:
    stored = {row[0]: row[1] for row in connection.execute(select(lists.c.id, lists.c.digest))}
    for each in read_lists(connection, None):
        if list_digest(each.list) != stored[each.id]:
            yield f"list {each.id} is not the one that was stored"
