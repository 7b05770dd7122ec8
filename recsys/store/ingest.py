"""Records the facts of a batch of pages, then has derived what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from recsys.domain import PAGE_KINDS, RankedList, to_microseconds
from recsys.store import schema
from recsys.store.changes import next_batch, note_changes
from recsys.store.identity import settle
from recsys.store.prepared import Batch, Listing, Record
from recsys.store.records import Counts
from recsys.store.unit_of_work import Source, UnitOfWork, free_ids, insert_rows, rows_in
from recsys.store.unpublished import end_withdrawals


def write_batch(connection: Connection, batch: Batch) -> Counts:
    """Adds a batch inside the caller's transaction."""
    listings = _only_new(connection, batch.listings)
    paged = [record.article.url for record in batch.records]
    listed = [url for listing in listings for url in listing.urls]
    working = UnitOfWork(connection)
    working.load(dict.fromkeys([*paged, *listed]), batch.records)
    counts = _note_records(working, batch.records)
    end_withdrawals(connection, working, batch.records)
    list_rows, item_rows = _note_listings(working, listings)
    number = next_batch(connection)
    working.flush(number)
    insert_rows(connection, schema.lists, list_rows)
    insert_rows(connection, schema.list_items, item_rows)
    changed = {*working.touched(), *settle(connection, working)}
    if changed or listings or any(row.is_new for row in working.articles.values()):
        note_changes(connection, number, changed, _newest(batch))
    return counts + Counts(
        headlines_new=sum(row.is_new and row.is_headline for row in working.articles.values()),
        lists_new=len(listings),
        lists_known=len(batch.listings) - len(listings),
        items=len(item_rows),
    )


def _newest(batch: Batch) -> int:
    times = [record.article.first_seen_at for record in batch.records]
    times += [listing.list.observed_at for listing in batch.listings]
    return max(map(to_microseconds, times), default=0)


def _only_new(connection: Connection, listings: Iterable[Listing]) -> list[Listing]:
    new = {listing.digest: listing for listing in listings}
    digest = schema.lists.c.digest
    for (known,) in rows_in(connection, (digest,), digest, new):
        del new[known]
    return list(new.values())


def _note_records(working: UnitOfWork, records: Iterable[Record]) -> Counts:
    new = changed = unchanged = 0
    for record in records:
        article = record.article
        row, seen_at = working.articles[article.url], to_microseconds(article.first_seen_at)
        was_known = row.paged_at is not None
        is_told = working.revise(row, record) or row.paged_at is None or seen_at < row.paged_at
        row.sight(Source.PAGE, seen_at)
        if article.headline is not None:
            working.headline(row, article.site, article.headline).sight(Source.PAGE, seen_at)
        new += not was_known
        changed += was_known and is_told
        unchanged += was_known and not is_told
    return Counts(articles_new=new, articles_changed=changed, articles_unchanged=unchanged)


def _note_listings(
    working: UnitOfWork, listings: Iterable[Listing]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of lists and of their items; sees their headlines and articles."""
    ids = free_ids(working.connection, schema.lists)
    list_rows: list[dict[str, object]] = []
    item_rows: list[dict[str, object]] = []
    for list_id, listing in zip(ids, listings, strict=False):
        list_rows.append(_list_row(list_id, listing))
        item_rows.extend(_item_rows(working, list_id, listing))
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


def _item_rows(working: UnitOfWork, list_id: int, listing: Listing) -> Iterator[dict[str, object]]:
    ranked = listing.list
    observed_at, source = to_microseconds(ranked.observed_at), _source(ranked)
    for item, url in zip(ranked.items, listing.urls, strict=True):
        article = working.articles[url]
        headline = working.headline(article, ranked.site, item.headline)
        if item.headline:  # a link without words tells nobody what the story is
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
