"""The articles of a corpus as columns of plain arrays, in order of arrival.

Bodies stay in the store and are read from it when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.stored_fields import (
    ArticleSummary,
    digest_article,
    encode_summary,
    hash_address,
    page_time,
    published_time,
)
from recsys.corpus.story_format import detect_formats, measure_bodies
from recsys.corpus.term_segments import Floats, Ints
from recsys.domain import Article, to_microseconds
from recsys.store import StoredArticle

_CACHED_SUMMARIES = 20_000
_SPARE = 0.25  # capacity beyond the length, as a share of it
_LEAST_SPARE = 1_024

Fetch = Callable[[Sequence[int]], list[StoredArticle]]
"""Reads articles by id, in that order, leaving out those that can no longer be read."""


@dataclass(frozen=True)
class ArticlePart:
    """Consecutive articles as columns.

    `section_names[sections[i]]` is the section of article `i`; `summaries[summary_ptr[i]:summary_ptr[i + 1]]`
    is its summary as JSON. `addresses` are 64-bit hashes of urls, `digests` of everything an article says.
    `by_address` are positions sorted by address; a truncated part keeps all of them.
    """

    ids: Ints
    first_seen: Ints
    page_seen: Ints
    published: Ints
    formats: NDArray[np.uint8]
    body_lengths: Floats
    sections: NDArray[np.int32]
    section_names: tuple[str | None, ...]
    addresses: NDArray[np.uint64]
    digests: NDArray[np.uint64]
    by_address: NDArray[np.int32]
    summaries: NDArray[np.uint8]
    summary_ptr: Ints

    @property
    def size(self) -> int:
        return len(self.ids)

    def cut(self, size: int) -> ArticlePart:
        """The first `size` articles."""
        arrays = {name: getattr(self, name)[:size] for name in BY_ARTICLE}
        return replace(self, **arrays, summary_ptr=self.summary_ptr[: size + 1])


BY_ARTICLE = (
    "ids", "first_seen", "page_seen", "published", "formats", "body_lengths", "sections", "addresses",
    "digests",
)  # fmt: skip
"""The arrays of a part that have one value for each article."""


def make_part(articles: Sequence[StoredArticle]) -> ArticlePart:
    """The columns of some articles."""
    known = [each.article for each in articles]
    codes = {name: code for code, name in enumerate(dict.fromkeys(a.section for a in known))}
    summaries = [encode_summary(article) for article in known]
    return ArticlePart(
        ids=np.array([each.id for each in articles], dtype=np.int64),
        first_seen=np.array([to_microseconds(a.first_seen_at) for a in known], dtype=np.int64),
        page_seen=np.array([page_time(each) for each in articles], dtype=np.int64),
        published=np.array([published_time(article) for article in known], dtype=np.int64),
        formats=detect_formats(known).astype(np.uint8),
        body_lengths=measure_bodies(known),
        sections=np.array([codes[a.section] for a in known], dtype=np.int32),
        section_names=tuple(codes),
        addresses=np.array([hash_address(a.url) for a in known], dtype=np.uint64),
        digests=np.array([digest_article(a) for a in known], dtype=np.uint64),
        by_address=order_of([hash_address(a.url) for a in known]),
        summaries=np.frombuffer(b"".join(summaries), dtype=np.uint8),
        summary_ptr=np.concatenate([[0], np.cumsum([len(each) for each in summaries])]).astype(np.int64),
    )


def merge_parts(parts: Sequence[ArticlePart]) -> ArticlePart:
    """Consecutive parts joined into one."""
    codes = {name: code for code, name in enumerate(dict.fromkeys(n for p in parts for n in p.section_names))}
    sections = [np.array([codes[n] for n in p.section_names], np.int32)[p.sections] for p in parts]
    arrays = {name: np.concatenate([getattr(p, name) for p in parts]) for name in BY_ARTICLE}
    lengths = np.concatenate([np.diff(p.summary_ptr) for p in parts])
    return ArticlePart(
        by_address=order_of(arrays["addresses"]),
        **arrays | {"sections": np.concatenate(sections)},
        section_names=tuple(codes),
        summaries=np.concatenate([p.summaries[: p.summary_ptr[-1]] for p in parts]),
        summary_ptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


def order_of(addresses: Sequence[int] | NDArray[np.uint64]) -> NDArray[np.int32]:
    """Positions sorted by address."""
    return np.argsort(np.array(addresses, dtype=np.uint64), kind="stable").astype(np.int32)


@dataclass
class _Buffer:
    """Memory shared by columns with a common beginning, and how much of it is filled."""

    data: NDArray[Any]
    filled: int


class Column:
    """An immutable column, one value a row, that can be extended at its end without copying it each time."""

    def __init__(self, values: NDArray[Any], buffer: _Buffer | None = None) -> None:
        self.values, self._buffer = values, buffer

    def extended(self, size: int, arrays: Sequence[NDArray[Any]]) -> Column:
        """Another column: the first `size` values of this one, then those of `arrays`."""
        added = [each for each in arrays if len(each)]
        if not added:
            return Column(self.values[:size], self._buffer)
        length = size + sum(map(len, added))
        buffer = self._buffer
        if buffer is None or buffer.filled != size or length > len(buffer.data):
            shape = (length + max(int(length * _SPARE), _LEAST_SPARE), *added[0].shape[1:])
            buffer = _Buffer(np.empty(shape, dtype=added[0].dtype), size)
            buffer.data[:size] = self.values[:size]
        end = size
        for each in added:
            buffer.data[end : end + len(each)] = each
            end += len(each)
        buffer.filled = end
        return Column(buffer.data[:end], buffer)


class StoredRows(Sequence[StoredArticle]):
    """Articles with their bodies, read from the store on access."""

    _CACHED = 2_000
    _PORTION = 500

    def __init__(self, ids: Ints, fetch: Fetch, fallback: Callable[[int], StoredArticle]) -> None:
        """`fallback` makes the article of a row that `fetch` leaves out."""
        self._ids, self._fetch, self._fallback = ids, fetch, fallback
        self._cache: dict[int, StoredArticle] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> StoredArticle: ...
    @overload
    def __getitem__(self, at: slice) -> list[StoredArticle]: ...
    def __getitem__(self, at: int | slice) -> StoredArticle | list[StoredArticle]:
        if isinstance(at, slice):
            return list(self._read(range(*at.indices(len(self)))))
        row = range(len(self))[at]
        article = self._cache.get(row)
        if article is None:
            if len(self._cache) >= self._CACHED:
                self._cache.clear()
            (article,) = self._load([row])
            self._cache[row] = article
        return article

    def __iter__(self) -> Iterator[StoredArticle]:
        return self._read(range(len(self)))

    def _read(self, rows: range) -> Iterator[StoredArticle]:
        for start in range(0, len(rows), self._PORTION):
            yield from self._load(rows[start : start + self._PORTION])

    def _load(self, rows: Sequence[int]) -> Iterator[StoredArticle]:
        ids = [int(self._ids[row]) for row in rows]
        by_id = {each.id: each for each in self._fetch(ids)}
        return (by_id.get(each) or self._fallback(row) for each, row in zip(ids, rows, strict=True))


class ArticleTable:
    """All articles of a corpus, in order of (first_seen_at, id). Immutable."""

    def __init__(
        self,
        parts: Sequence[ArticlePart],
        fetch: Fetch,
        *,
        base: ArticleTable | None = None,
        unchanged: int = 0,
    ) -> None:
        """`base` is a table with the same first `unchanged` articles, whose columns are extended."""
        self.parts = tuple(part for part in parts if part.size) or (make_part([]),)
        self.starts = np.cumsum([0, *(part.size for part in self.parts)])
        self.size = int(self.starts[-1])
        names = [name for part in self.parts for name in part.section_names]
        known = {} if base is None else base.section_codes
        self.section_codes: dict[str | None, int] = {
            name: code for code, name in enumerate(dict.fromkeys([*known, *names]))
        }
        self._columns = {
            name: _extend(None if base is None else base.columns[name], unchanged, arrays)
            for name, arrays in self._arrays_from(unchanged if base is not None else 0).items()
        }
        self.stored: Sequence[StoredArticle] = StoredRows(self.ids, fetch, self._without_body)
        self.row_of: Mapping[str, int] = RowOf(self)
        self._row_of_id: Ints | None = None
        known_rows = None if base is None else base.rows_by_id
        self._base_rows = (known_rows, 0 if known_rows is None else unchanged)
        self._summaries: dict[int, ArticleSummary] = {}
        self._by_address: dict[int, tuple[NDArray[np.uint64], NDArray[np.int32]]] = {}

    def _arrays_from(self, first: int) -> dict[str, list[NDArray[Any]]]:
        """The values of every column from row `first` on, one array a part."""
        starts = [
            (part, max(first - int(start), 0)) for part, start in zip(self.parts, self.starts, strict=False)
        ]
        arrays = {name: [getattr(part, name)[at:] for part, at in starts] for name in _FLAT}
        codes = self.section_codes
        arrays["sections"] = [
            np.array([codes[name] for name in part.section_names], np.int32)[part.sections[at:]]
            for part, at in starts
        ]
        return arrays

    @property
    def rows_by_id(self) -> Ints | None:
        """Rows by id, None until `rows_of_ids` has been called."""
        return self._row_of_id

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns by name."""
        return self._columns

    @classmethod
    def of(cls, articles: Iterable[StoredArticle]) -> ArticleTable:
        """A table of articles in memory, given in any order."""
        ordered = sorted(articles, key=lambda a: (a.article.first_seen_at, a.id))
        table = cls([make_part(ordered)], lambda _: [])
        table.stored = ordered
        table.row_of = {a.article.url: row for row, a in enumerate(ordered)}
        return table

    @property
    def first_seen(self) -> Ints:
        return self._columns["first_seen"].values

    @property
    def page_seen(self) -> Ints:
        return self._columns["page_seen"].values

    @property
    def published(self) -> Ints:
        return self._columns["published"].values

    @property
    def formats(self) -> NDArray[np.uint8]:
        return self._columns["formats"].values

    @property
    def body_lengths(self) -> Floats:
        return self._columns["body_lengths"].values

    @property
    def sections(self) -> NDArray[np.int32]:
        return self._columns["sections"].values

    @property
    def ids(self) -> Ints:
        return self._columns["ids"].values

    def rows_of_ids(self, ids: Ints) -> Ints:
        """The row of each id, -1 where it is not an article of this table."""
        if self._row_of_id is None:
            self._row_of_id = self._index_ids()
        last = len(self._row_of_id) - 1  # no article has this id
        return self._row_of_id[np.where((ids < 0) | (ids > last), last, ids)]

    def _index_ids(self) -> Ints:
        """Rows by id, extending the index of the base table."""
        base, unchanged = self._base_rows
        rows = np.full(int(self.ids.max(initial=-1)) + 2, -1, dtype=np.int64)
        if base is not None:
            rows[: len(base)] = np.where(base < unchanged, base, -1)
        rows[self.ids[unchanged:]] = np.arange(unchanged, self.size)
        return rows

    def rows_of_addresses(self, hashes: NDArray[np.uint64]) -> Ints:
        """The row of each address hash, -1 where it is not an article of this table."""
        rows = np.full(len(hashes), -1, dtype=np.int64)
        for number in range(len(self.parts)):
            addresses, positions = self.by_address(number)
            if not len(addresses):
                continue
            at = np.minimum(np.searchsorted(addresses, hashes), len(addresses) - 1)
            matches = addresses[at] == hashes
            rows[matches] = self.starts[number] + positions[at[matches]]
        return rows

    def by_address(self, number: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """The sorted address hashes of a part, and the position of each in the part."""
        if number not in self._by_address:
            part = self.parts[number]
            positions = part.by_address[part.by_address < part.size]
            self._by_address[number] = (part.addresses[positions], positions)
        return self._by_address[number]

    def _without_body(self, row: int) -> StoredArticle:
        """What the table knows of an article that the store can no longer read."""
        return StoredArticle(int(self.ids[row]), self.shown(row), None, ())

    def summary(self, row: int) -> ArticleSummary:
        """The summary of an article, without its body."""
        summary = self._summaries.get(row)
        if summary is None:
            if len(self._summaries) >= _CACHED_SUMMARIES:
                self._summaries.clear()
            part, at = self._locate(row)
            data = part.summaries[part.summary_ptr[at] : part.summary_ptr[at + 1]].tobytes()
            summary = self._summaries[row] = ArticleSummary.read(data)
        return summary

    def shown(self, row: int) -> Article:
        """An article as a list shows it: without its body, whose opening replaces a missing headline."""
        return self.summary(row).article()

    def is_same(self, row: int, stored: StoredArticle) -> bool:
        """Whether the article of a row says the same and its page was first seen at the same time."""
        return self.digest(row) == digest_article(stored.article) and int(self.page_seen[row]) == page_time(
            stored
        )

    def addresses_from(self, row: int) -> NDArray[np.uint64]:
        """The address hashes of the articles from a row on."""
        arrays = [
            part.addresses[max(row - int(start), 0) :]
            for part, start in zip(self.parts, self.starts[:-1], strict=True)
            if start + part.size > row
        ]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *arrays])

    def digest(self, row: int) -> int:
        """A hash of everything the article says."""
        part, at = self._locate(row)
        return int(part.digests[at])

    def _locate(self, row: int) -> tuple[ArticlePart, int]:
        number = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.parts[number], row - int(self.starts[number])


_FLAT = ("ids", "first_seen", "page_seen", "published", "formats", "body_lengths")


def _extend(column: Column | None, unchanged: int, arrays: list[NDArray[Any]]) -> Column:
    if column is not None:
        return column.extended(unchanged, arrays)
    return Column(arrays[0]).extended(len(arrays[0]), arrays[1:])


class RowOf(Mapping[str, int]):
    """The row of each address, found by its hash and confirmed by the article's summary."""

    def __init__(self, table: ArticleTable) -> None:
        self._table = table

    def __getitem__(self, url: str) -> int:
        wanted = np.uint64(hash_address(url))
        for number in range(len(self._table.parts) - 1, -1, -1):
            hashes, positions = self._table.by_address(number)
            at = int(np.searchsorted(hashes, wanted))
            while at < len(hashes) and hashes[at] == wanted:
                row = int(self._table.starts[number] + positions[at])
                if self._table.summary(row).url == url:
                    return row
                at += 1
        raise KeyError(url)

    def __len__(self) -> int:
        return self._table.size

    def __iter__(self) -> Iterator[str]:
        return (self._table.summary(row).url for row in range(self._table.size))
