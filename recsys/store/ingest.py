"""Writes the facts of a batch of pages, and updates what is derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from recsys.domain import PAGE_KINDS, RankedList, to_microseconds
from recsys.store import schema
from recsys.store.changes import next_batch, record_changes
from recsys.store.digests import Batch, Listing, Record
from recsys.store.identity import derive_identity
from recsys.store.records import Counts
from recsys.store.unit_of_work import Source, UnitOfWork, free_ids, insert_rows, rows_in
from recsys.store.unpublished import republish


def write_batch(connection: Connection, batch: Batch) -> Counts:
    """Add a batch inside the caller's transaction."""
    listings = _new_listings(connection, batch.listings)
    paged = [record.article.url for record in batch.records]
    listed = [url for listing in listings for url in listing.urls]
    unit = UnitOfWork(connection)
    unit.load(dict.fromkeys([*paged, *listed]), batch.records)
    counts = _add_records(unit, batch.records)
    republish(connection, unit, batch.records)
    list_rows, item_rows = _add_listings(unit, listings)
    number = next_batch(connection)
    unit.flush(number)
    insert_rows(connection, schema.lists, list_rows)
    insert_rows(connection, schema.list_items, item_rows)
    changed = {*unit.touched(), *derive_identity(connection, unit)}
    if changed or listings or any(row.is_new for row in unit.articles.values()):
        record_changes(connection, number, changed, _newest(batch))
    return counts + Counts(
        headlines_new=sum(row.is_new and row.is_headline for row in unit.articles.values()),
        lists_new=len(listings),
        lists_known=len(batch.listings) - len(listings),
        items=len(item_rows),
    )


def _newest(batch: Batch) -> int:
    times = [record.article.first_seen_at for record in batch.records]
    times += [listing.list.observed_at for listing in batch.listings]
    return max(map(to_microseconds, times), default=0)


def _new_listings(connection: Connection, listings: Iterable[Listing]) -> list[Listing]:
    new = {listing.digest: listing for listing in listings}
    digest = schema.lists.c.digest
    for (known,) in rows_in(connection, (digest,), digest, new):
        del new[known]
    return list(new.values())


def _add_records(unit: UnitOfWork, records: Iterable[Record]) -> Counts:
    new = changed = unchanged = 0
    for record in records:
        article = record.article
        row, seen_at = unit.articles[article.url], to_microseconds(article.first_seen_at)
        was_known = row.paged_at is not None
        adds_fact = unit.revise(row, record) or row.paged_at is None or seen_at < row.paged_at
        row.sight(Source.PAGE, seen_at)
        if article.headline is not None:
            unit.headline(row, article.site, article.headline).sight(Source.PAGE, seen_at)
        new += not was_known
        changed += was_known and adds_fact
        unchanged += was_known and not adds_fact
    return Counts(articles_new=new, articles_changed=changed, articles_unchanged=unchanged)


def _add_listings(
    unit: UnitOfWork, listings: Iterable[Listing]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Add the sightings on lists; returns the rows of the lists and of their items."""
    ids = free_ids(unit.connection, schema.lists)
    list_rows: list[dict[str, object]] = []
    item_rows: list[dict[str, object]] = []
    for list_id, listing in zip(ids, listings, strict=False):
        list_rows.append(_list_row(list_id, listing))
        item_rows.extend(_item_rows(unit, list_id, listing))
    return list_rows, item_rows


def _list_row(list_id: int, listing: Listing) -> dict[str, object]:
    ranked = listing.list
    return {
        "id": list_id,
        "digest": listing.digest,
        "site": ranked.site,
        "kind": ranked.kind.value,
        "title": ranked.title,
        "scope": ranked.scope,
        "observed_at": to_microseconds(ranked.observed_at),
        "page_url": ranked.page_url,
        "item_count": len(ranked.items),
    }


def _item_rows(unit: UnitOfWork, list_id: int, listing: Listing) -> Iterator[dict[str, object]]:
    ranked = listing.list
    observed_at, source = to_microseconds(ranked.observed_at), _source(ranked)
    for item, url in zip(ranked.items, listing.urls, strict=True):
        article = unit.articles[url]
        headline = unit.headline(article, ranked.site, item.headline)
        if item.headline:  # a link without words does not make a story known
            article.sight(source, observed_at)
            headline.sight(source, observed_at)
        yield {
            "list_id": list_id,
            "position": item.position,
            "headline_id": headline.id,
            "with_url": item.url is not None,
            "clicks": item.clicks,
        }


def _source(ranked: RankedList) -> Source:
    return Source.LINK if ranked.kind in PAGE_KINDS else Source.LIST
