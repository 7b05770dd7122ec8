"""Derived identity: the owners of headlines without an address, and first-seen times.

Of the articles printed with the same headline key on the same site, the one printed first owns the headline;
of two at the same time, the one with the smaller url. So an owner changes only when something earlier
arrives, and what was owned before a moment has the same owner later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from recsys.domain import earliest
from recsys.store.digests import STUB_PREFIX, stub_url
from recsys.store.revisions import first_seen
from recsys.store.schema import articles, headlines
from recsys.store.unit_of_work import UnitOfWork, rows_in, update_rows


def derive_identity(connection: Connection, unit: UnitOfWork) -> list[int]:
    """Derive `owner_id` and `first_seen_at` again wherever the flushed batch may have changed them.

    Returns the ids of the articles that changed.
    """
    changed, keys = unit.changed()
    return rederive(connection, changed, keys)


def rederive(connection: Connection, changed: Iterable[int], keys: Iterable[tuple[str, bytes]]) -> list[int]:
    """The same for articles given by id, and headlines given by (site, key)."""
    moved = _derive_owners(connection, keys)
    return [*moved, *_derive_first_seen(connection, [*changed, *moved])]


def _derive_owners(connection: Connection, keys: Iterable[tuple[str, bytes]]) -> list[int]:
    """Update the owners of headlines without an address; returns the ids of the articles concerned."""
    by_url = {stub_url(site, key): (site, key) for site, key in keys}
    wanted = (articles.c.url, articles.c.id, articles.c.owner_id)
    stubs = [tuple(row) for row in rows_in(connection, wanted, articles.c.url, by_url)]
    if not stubs:
        return []
    owners = _owners(connection, [by_url[url][1] for url, _, _ in stubs])
    moved = [
        (stub_id, before, after)
        for url, stub_id, before in stubs
        if (after := owners.get(by_url[url])) != before
    ]
    rows = [{"row_id": stub_id, "owner_id": after} for stub_id, _, after in moved]
    update_rows(connection, articles, rows, ("owner_id",))
    return [each for ids in moved for each in ids if each is not None]


def _owners(connection: Connection, keys: Iterable[bytes]) -> dict[tuple[str, bytes], int]:
    """The article first printed with each key on a site, for keys that have one."""
    columns = headlines.c
    wanted = (columns.site, columns.key, columns.paged_at, columns.listed_at, articles.c.url, articles.c.id)
    joined = headlines.join(articles, articles.c.id == columns.article_id)
    best: dict[tuple[str, bytes], tuple[int, str, int]] = {}
    for site, key, paged_at, listed_at, url, article_id in rows_in(
        connection, wanted, headlines.c.key, keys, joined
    ):
        seen_at = earliest(paged_at, listed_at)
        if seen_at is None or not isinstance(url, str) or url.startswith(STUB_PREFIX):
            continue
        candidate = (seen_at, url, article_id)
        best[site, key] = min(best.get((site, key), candidate), candidate)
    return {place: article_id for place, (_, _, article_id) in best.items()}


def _derive_first_seen(connection: Connection, changed: Iterable[int]) -> list[int]:
    """Update first-seen times: an article was first seen when it or one of its owned headlines was."""
    columns = articles.c
    ids = set(changed)
    owners = rows_in(connection, (columns.owner_id,), columns.id, ids)
    ids |= {row[0] for row in owners if row[0] is not None}
    times = (columns.paged_at, columns.listed_at, columns.linked_at)
    known: dict[int, int] = {}
    seen: dict[int, list[Sequence[int | None]]] = {}
    for row in rows_in(connection, (columns.id, columns.first_seen_at, *times), columns.id, ids):
        known[row[0]], seen[row[0]] = row[1], [row[2:]]
    for row in rows_in(connection, (columns.owner_id, *times), columns.owner_id, ids):
        seen[row[0]].append(row[1:])
    derived = {each: first_seen(*map(earliest, *rows)) for each, rows in seen.items()}
    rows = [{"row_id": each, "first_seen_at": at} for each, at in derived.items() if at != known[each]]
    update_rows(connection, articles, rows, ("first_seen_at",))
    return [each for each, at in derived.items() if at != known[each]]
