"""Segments of lists as they are on disk: arrays with article ids, from which the list history is built.

Unlike rows, ids do not change when earlier articles arrive, or when a headline without an address is assigned
to the article that owns it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.array_files import Arrays
from recsys.corpus.article_table import ArticleTable
from recsys.corpus.list_history import ListColumns, ListHistory, Source, gather
from recsys.corpus.stored_fields import hash_address
from recsys.corpus.term_segments import Ints
from recsys.domain import Kind
from recsys.store.snapshot import Snapshot


@dataclass(frozen=True)
class ListPart:
    """Lists in order of id. `pages` are hashes of the addresses of their pages, 0 for none.

    List `i` belongs to source `sources[source_of[i]]` and has the next `lengths[i]` of `items` (ids of
    articles or of headlines without an address), `positions` and `clicks`.
    """

    ids: Ints
    times: Ints
    source_of: NDArray[np.int32]
    sources: tuple[Source, ...]
    pages: NDArray[np.uint64]
    lengths: NDArray[np.int32]
    items: Ints
    positions: NDArray[np.int32]
    clicks: NDArray[np.int32]

    def pack(self) -> tuple[Arrays, dict[str, Any]]:
        """Arrays and metadata, for `unpack`."""
        sources = [(each.site, each.kind.value, each.scope, each.title) for each in self.sources]
        return {name: getattr(self, name) for name in _ARRAYS}, {"sources": sources}

    @classmethod
    def unpack(cls, arrays: Arrays, metadata: dict[str, Any]) -> ListPart:
        """A part from the result of `pack`."""
        sources = [Source(site, Kind(kind), scope, title) for site, kind, scope, title in metadata["sources"]]
        return cls(**{name: arrays[name] for name in _ARRAYS}, sources=tuple(sources))


_ARRAYS = ("ids", "times", "source_of", "pages", "lengths", "items", "positions", "clicks")


def read_part(snapshot: Snapshot, after: int) -> ListPart:
    """The lists of a store with an id above `after`."""
    heads, rows = snapshot.read_list_rows(after)
    numbers: dict[Source, int] = {}
    source_of = [
        numbers.setdefault(Source(h.site, Kind(h.kind), h.scope, h.title), len(numbers)) for h in heads
    ]
    items = np.array(rows, dtype=np.int64).reshape(-1, 4)
    ids = np.array([head.id for head in heads], dtype=np.int64)
    return ListPart(
        ids=ids,
        times=np.array([head.observed_at for head in heads], dtype=np.int64),
        source_of=np.array(source_of, dtype=np.int32),
        sources=tuple(numbers),
        pages=np.array([_page(head.page_url) for head in heads], dtype=np.uint64),
        lengths=np.bincount(np.searchsorted(ids, items[:, 0]), minlength=len(ids)).astype(np.int32),
        items=items[:, 2].copy(),
        positions=items[:, 1].astype(np.int32),
        clicks=items[:, 3].astype(np.int32),
    )


def merge_lists(parts: Sequence[ListPart]) -> ListPart:
    """Consecutive parts joined into one."""
    if len(parts) == 1:
        return parts[0]
    numbers: dict[Source, int] = {}
    recoded = []
    for part in parts:
        codes = [numbers.setdefault(source, len(numbers)) for source in part.sources]
        recoded.append(np.array(codes, dtype=np.int32)[part.source_of])
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
    return ListPart(**arrays | {"source_of": np.concatenate(recoded)}, sources=tuple(numbers))


@dataclass(frozen=True)
class Owners:
    """The article that owns each headline without an address; `ids` are sorted."""

    ids: Ints
    owners: Ints

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]]) -> Owners:
        """From (headline, owner) pairs."""
        table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        return cls(table[:, 0].copy(), table[:, 1].copy())

    def updated(self, pairs: Sequence[tuple[int, int | None]]) -> Owners:
        """A copy with new owners, None for headlines that no longer have one."""
        if not pairs:
            return self
        unchanged = ~np.isin(self.ids, [each for each, _ in pairs])
        old = zip(self.ids[unchanged].tolist(), self.owners[unchanged].tolist(), strict=True)
        return Owners.of([*old, *((each, owner) for each, owner in pairs if owner is not None)])

    def of_ids(self, ids: Ints) -> Ints:
        """Replaces each id that has an owner by its owner."""
        if not len(self.ids):
            return ids
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[at] == ids, self.owners[at], ids)


@dataclass(frozen=True)
class LinkedHistory:
    """A list history, and the ids of items and hashes of pages in it that are no articles yet, sorted."""

    history: ListHistory
    unknown_items: Ints
    unknown_pages: NDArray[np.uint64]

    def names_any(self, ids: Ints, addresses: NDArray[np.uint64]) -> bool:
        """Whether the history names any of these new articles, given by id and address hash."""
        items, pages = np.isin(ids, self.unknown_items), np.isin(addresses, self.unknown_pages)
        return bool(items.any() or pages.any())


def link_history(parts: Sequence[ListPart], owners: Owners, table: ArticleTable) -> LinkedHistory:
    """The history of all lists, in order of (observed_at, id), with the rows of a table."""
    lists = merge_lists(parts) if parts else _NO_LISTS
    lengths, items = lists.lengths.astype(np.int64), owners.of_ids(lists.items)
    articles, pages = table.rows_of_ids(items), table.rows_of_addresses(lists.pages)
    order = np.lexsort((lists.ids, lists.times))
    source_of = lists.source_of[order].astype(np.int64)
    used, first = np.unique(source_of, return_index=True)
    used = used[np.argsort(first)]  # sources are numbered in order of appearance
    number = np.zeros(len(lists.sources), dtype=np.int64)
    number[used] = np.arange(len(used))
    ends = np.cumsum(lengths)
    _, at = gather((ends - lengths)[order], ends[order])
    columns = ListColumns(
        times=lists.times[order],
        source_of=number[source_of],
        sources=tuple(lists.sources[each] for each in used.tolist()),
        pages=pages[order],
        lengths=lengths[order],
        articles=articles[at],
        positions=lists.positions[at].astype(np.int64),
        clicks=lists.clicks[at].astype(np.int64),
    )
    unknown = lists.pages[(pages < 0) & (lists.pages > 0)]
    return LinkedHistory(ListHistory(columns), np.unique(items[articles < 0]), np.unique(unknown))


def _page(url: str | None) -> int:
    return 0 if url is None else hash_address(url)


_NO_LISTS = ListPart(
    ids=np.zeros(0, np.int64),
    times=np.zeros(0, np.int64),
    source_of=np.zeros(0, np.int32),
    sources=(),
    pages=np.zeros(0, np.uint64),
    lengths=np.zeros(0, np.int32),
    items=np.zeros(0, np.int64),
    positions=np.zeros(0, np.int32),
    clicks=np.zeros(0, np.int32),
)
