"""Queries for articles and pages, in order of time and a portion at a time; and counts.

A row that cannot be read is reported and left out, together with what depends on it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, func, select

from recsys.domain import EARLIEST_STORED, LATEST_STORED, Article, Kind, Page, earliest, from_microseconds
from recsys.errors import InvalidValueError
from recsys.store.digests import from_printed
from recsys.store.list_queries import read_lists
from recsys.store.records import StoreCounts, StoredArticle
from recsys.store.revisions import Known, Printed, Revision, build_article
from recsys.store.schema import (
    CONVERTED,
    articles,
    headlines,
    impression_clicks,
    impressions,
    list_items,
    lists,
    readings,
    revisions,
)
from recsys.store.unit_of_work import rows_in
from recsys.store.unreadable_rows import Fault, Report, readable

_PORTION = 500  # articles whose bodies are in memory at once

_ROOT = func.coalesce(articles.c.owner_id, articles.c.id)


Build = Callable[[Known, int | None], StoredArticle]


def read_articles(
    connection: Connection, before: int | None, report: Report, build: Build = build_article
) -> Iterator[StoredArticle]:
    """Articles as known strictly before a moment (None: as known now), in order of (first_seen_at, id)."""
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
    """The articles with these ids known by then, in that order; no id may be of an owned headline."""
    columns = articles.c
    by_id = {row[0]: row for row in readable(rows_in(connection, _NAMED, columns.id, ids), _NAMED, report)}
    known = [by_id[each] for each in ids if each in by_id and _is_known(by_id[each][2], before)]
    owner = {row[0]: row[0] for row in known}
    members = rows_in(connection, (columns.id, columns.owner_id), columns.owner_id, list(owner))
    owner.update({row[0]: row[1] for row in members})
    revisions_of: dict[int, list[Revision]] = defaultdict(list)
    rows = rows_in(connection, _REVISION, revisions.c.article_id, owner)
    revision_rows = list(readable(rows, _REVISION, report))
    seen = _readings(connection, [row[1] for row in revision_rows], report)
    for row in revision_rows:
        revisions_of[owner[row[0]]].append(_revision(row, seen.get(row[1], ())))
    printed: dict[int, list[Printed]] = defaultdict(list)
    rows = rows_in(connection, _PRINTED, headlines.c.article_id, owner)
    for row in readable(rows, _PRINTED, report):
        printed[owner[row[0]]].append(Printed(*row[2:]))
    each = (Known(row[0], row[1], row[2], revisions_of[row[0]], printed[row[0]]) for row in known)
    return list(_build_all(each, before, build, report))


def _build_all(
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
    """The id of the article with this url, or of the owner if it names a headline without an address."""
    article_id: int | None = connection.scalar(select(_ROOT).where(articles.c.url == url))
    return article_id


def find_headline(connection: Connection, site: str | None, key: bytes) -> list[int]:
    """Ids of the articles that were printed with this headline key, in order of first_seen_at."""
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
    """Every reading of every page, then every list; added to an empty store they restore this one."""
    ids = iter(connection.scalars(select(revisions.c.id).order_by(revisions.c.id)).all())
    joined = revisions.join(articles, articles.c.id == revisions.c.article_id)
    while portion := list(islice(ids, _PORTION)):
        seen = _readings(connection, portion, report)
        wanted = (*_REVISION, articles.c.url)
        rows = rows_in(connection, wanted, revisions.c.id, portion, joined)
        for row in readable(rows, wanted, report):
            revision = _revision(row[:-1], seen.get(row[1], ()))
            try:
                pages = [Page(article=_article(row[-1], revision, seen_at)) for seen_at in revision.seen]
            except InvalidValueError as error:
                report(Fault.of(revisions, {"id": row[1]}, error))
            else:
                yield from pages
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


def _article(url: str, revision: Revision, seen_at: int) -> Article:
    return Article(
        site=revision.site,
        url=url,
        first_seen_at=from_microseconds(seen_at),
        headline=revision.headline,
        body=revision.body,
        published_at=revision.published_at,
        section=revision.section,
        tags=revision.tags,
        language=revision.language,
        image=revision.image,
    )


def count_store(connection: Connection) -> StoreCounts:
    """Count everything in one transaction; owned headlines count as their owner."""
    root = func.coalesce(articles.c.owner_id, articles.c.id)
    roots = select(func.count(func.distinct(root)))
    total = _number(connection, roots.where(articles.c.first_seen_at.is_not(None)))
    paged = _number(connection, roots.where(articles.c.paged_at.is_not(None)))
    kinds = connection.execute(
        select(lists.c.kind, func.count()).group_by(lists.c.kind).order_by(lists.c.kind)
    )
    by_kind = {Kind(kind): number for kind, number in kinds if kind in set(Kind)}
    first, last = _bounds(connection)
    return StoreCounts(
        articles=total,
        with_page=paged,
        headline_only=total - paged,
        headlines=_number(connection, select(func.count()).where(headlines.c.text != "")),
        lists=sum(by_kind.values()),
        lists_by_kind=by_kind,
        items=_number(connection, select(func.count()).select_from(list_items)),
        impressions=_number(connection, select(func.count()).where(impressions.c["items"] != CONVERTED)),
        clicks=_number(connection, select(func.count()).select_from(impression_clicks)),
        first_at=None if first is None else from_microseconds(first),
        last_at=None if last is None else from_microseconds(last),
    )


def _number(connection: Connection, query: Select[Any]) -> int:
    return connection.scalar(query) or 0


def _bounds(connection: Connection) -> tuple[int | None, int | None]:
    """The times of the first and the last observation."""
    columns = (lists.c.observed_at, readings.c.seen_at)
    bounds = [(column, column.between(EARLIEST_STORED, LATEST_STORED)) for column in columns]
    first = [connection.scalar(select(func.min(column)).where(within)) for column, within in bounds]
    last = [connection.scalar(select(func.max(column)).where(within)) for column, within in bounds]
    return earliest(*first), max((time for time in last if time is not None), default=None)
