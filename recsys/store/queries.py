"""Reads articles and pages back, in order of time and a portion at a time.

A row that cannot be read is reported and left out, and so is what cannot be without it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select

from recsys.domain import Article, Page, from_microseconds
from recsys.errors import InvalidValueError
from recsys.store.digests import from_printed
from recsys.store.list_queries import read_lists
from recsys.store.records import StoredArticle
from recsys.store.revisions import Known, Printed, Revision, build_article
from recsys.store.schema import articles, headlines, readings, revisions
from recsys.store.unit_of_work import rows_in
from recsys.store.unreadable_rows import Fault, Report, readable

_PORTION = 500  # articles whose bodies are in memory at once

_ROOT = func.coalesce(articles.c.owner_id, articles.c.id)


Build = Callable[[Known, int | None], StoredArticle]


def read_articles(
    connection: Connection, before: int | None, report: Report, build: Build = build_article
) -> Iterator[StoredArticle]:
    """Ordered by (first_seen_at, id), as known strictly before a moment (None: all that is known)."""
    order = select(articles.c.id).where(articles.c.owner_id.is_(None), articles.c.first_seen_at.is_not(None))
    if before is not None:
        order = order.where(articles.c.first_seen_at < before)
    ids = iter(connection.scalars(order.order_by(articles.c.first_seen_at, articles.c.id)).all())
    while portion := list(islice(ids, _PORTION)):
        yield from load_articles(connection, portion, before, report, build)


def load_articles(
    connection: Connection,
    ids: Sequence[int],
    before: int | None,
    report: Report,
    build: Build = build_article,
) -> list[StoredArticle]:
    """Those of the articles that were known by then, in the order of `ids`; none may be an owned headline."""
    columns = articles.c
    found = {row[0]: row for row in readable(rows_in(connection, _NAMED, columns.id, ids), _NAMED, report)}
    known = [found[each] for each in ids if each in found and _is_known(found[each][2], before)]
    owner = {row[0]: row[0] for row in known}
    members = rows_in(connection, (columns.id, columns.owner_id), columns.owner_id, list(owner))
    owner.update({row[0]: row[1] for row in members})
    said: dict[int, list[Revision]] = defaultdict(list)
    rows = rows_in(connection, _REVISION, revisions.c.article_id, owner)
    revised = list(readable(rows, _REVISION, report))
    seen = _readings(connection, [row[1] for row in revised], report)
    for row in revised:
        said[owner[row[0]]].append(_revision(row, seen.get(row[1], ())))
    printed: dict[int, list[Printed]] = defaultdict(list)
    rows = rows_in(connection, _PRINTED, headlines.c.article_id, owner)
    for row in readable(rows, _PRINTED, report):
        printed[owner[row[0]]].append(Printed(*row[2:]))
    each = (Known(row[0], row[1], row[2], said[row[0]], printed[row[0]]) for row in known)
    return list(_built(each, before, build, report))


def _built(
    known: Iterable[Known], before: int | None, build: Build, report: Report
) -> Iterator[StoredArticle]:
    for each in known:
        try:
            yield build(each, before)
        except InvalidValueError as error:
            report(Fault.of(articles, {"id": each.id}, error))


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


def read_pages(connection: Connection, report: Report) -> Iterator[Page]:
    """The facts: what each page said and when, then every list. Added elsewhere, they make the same store."""
    ids = iter(connection.scalars(select(revisions.c.id).order_by(revisions.c.id)).all())
    joined = revisions.join(articles, articles.c.id == revisions.c.article_id)
    while portion := list(islice(ids, _PORTION)):
        seen = _readings(connection, portion, report)
        wanted = (*_REVISION, articles.c.url)
        rows = rows_in(connection, wanted, revisions.c.id, portion, joined)
        for row in readable(rows, wanted, report):
            said = _revision(row[:-1], seen.get(row[1], ()))
            try:
                said_then = [Page(article=_article(row[-1], said, seen_at)) for seen_at in said.seen]
            except InvalidValueError as error:
                report(Fault.of(revisions, {"id": row[1]}, error))
            else:
                yield from said_then
    for stored in read_lists(connection, None, report):
        yield Page(lists=(stored.list,))


_NAMED = (articles.c.id, articles.c.url, articles.c.first_seen_at)
_PRINTED = (
    headlines.c.article_id,
    headlines.c.id,
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


def _readings(connection: Connection, ids: Sequence[int], report: Report) -> dict[int, list[int]]:
    """The times at which each revision was read, in order."""
    wanted = (readings.c.revision_id, readings.c.seen_at)
    seen: dict[int, list[int]] = defaultdict(list)
    rows = rows_in(connection, wanted, wanted[0], ids)
    for revision_id, seen_at in readable(rows, wanted, report, key=("revision_id", "seen_at")):
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
