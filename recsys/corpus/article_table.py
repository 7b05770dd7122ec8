"""The articles of an archive as columns of plain arrays, in order of arrival, with what is shown of each.

What is long, the bodies, stays in the store until somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.append_only import Column
from recsys.corpus.lazy_articles import Fetch, StoredRows
from recsys.corpus.stored_fields import (
    ArticleSummary,
    digest_article,
    hash_address,
    page_time,
    tell,
)
from recsys.corpus.story_format import describe_forms, measure_bodies
from recsys.corpus.term_segments import Floats, Ints
from recsys.domain import Article, to_microseconds
from recsys.store import StoredArticle

_REMEMBERED = 20_000  # articles without bodies that are remembered


@dataclass(frozen=True)
class ArticlePart:
    """Consecutive articles; `section_names[sections[i]]` is a section, `told` what is shown of them as JSON.

    `addresses` are hashes of their urls and `digests` of all that they say; both unsigned, 64 bits.
    `by_address` are places, by rising address; a part that was cut keeps all of them.
    `told[told_ptr[i]:told_ptr[i + 1]]` is one article.
    """

    ids: Ints
    first_seen: Ints
    page_seen: Ints
    forms: NDArray[np.uint8]
    body_lengths: Floats
    sections: NDArray[np.int32]
    section_names: tuple[str | None, ...]
    addresses: NDArray[np.uint64]
    digests: NDArray[np.uint64]
    by_address: NDArray[np.int32]
    told: NDArray[np.uint8]
    told_ptr: Ints

    @property
    def size(self) -> int:
        return len(self.ids)

    def cut(self, size: int) -> ArticlePart:
        """Its first articles."""
        arrays = {name: getattr(self, name)[:size] for name in BY_ARTICLE}
        return replace(self, **arrays, told_ptr=self.told_ptr[: size + 1])


BY_ARTICLE = (
    "ids", "first_seen", "page_seen", "forms", "body_lengths", "sections", "addresses", "digests"
)  # fmt: skip
"""Arrays of a part with a place for each article."""


def make_part(articles: Sequence[StoredArticle]) -> ArticlePart:
    """The columns of some articles."""
    known = [each.article for each in articles]
    codes = {name: code for code, name in enumerate(dict.fromkeys(a.section for a in known))}
    told = [tell(article) for article in known]
    return ArticlePart(
        ids=np.array([each.id for each in articles], dtype=np.int64),
        first_seen=np.array([to_microseconds(a.first_seen_at) for a in known], dtype=np.int64),
        page_seen=np.array([page_time(each) for each in articles], dtype=np.int64),
        forms=describe_forms(known).astype(np.uint8),
        body_lengths=measure_bodies(known),
        sections=np.array([codes[a.section] for a in known], dtype=np.int32),
        section_names=tuple(codes),
        addresses=np.array([hash_address(a.url) for a in known], dtype=np.uint64),
        digests=np.array([digest_article(a) for a in known], dtype=np.uint64),
        by_address=order_of([hash_address(a.url) for a in known]),
        told=np.frombuffer(b"".join(told), dtype=np.uint8),
        told_ptr=np.concatenate([[0], np.cumsum([len(each) for each in told])]).astype(np.int64),
    )


def merge_parts(parts: Sequence[ArticlePart]) -> ArticlePart:
    """One part of several that follow one another."""
    codes = {name: code for code, name in enumerate(dict.fromkeys(n for p in parts for n in p.section_names))}
    sections = [np.array([codes[n] for n in p.section_names], np.int32)[p.sections] for p in parts]
    arrays = {name: np.concatenate([getattr(p, name) for p in parts]) for name in BY_ARTICLE}
    lengths = np.concatenate([np.diff(p.told_ptr) for p in parts])
    return ArticlePart(
        by_address=order_of(arrays["addresses"]),
        **arrays | {"sections": np.concatenate(sections)},
        section_names=tuple(codes),
        told=np.concatenate([p.told[: p.told_ptr[-1]] for p in parts]),
        told_ptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


def order_of(addresses: Sequence[int] | NDArray[np.uint64]) -> NDArray[np.int32]:
    """Places by rising address."""
    return np.argsort(np.array(addresses, dtype=np.uint64), kind="stable").astype(np.int32)


class ArticleTable:
    """All articles of an archive, in order of (first_seen_at, id). It never changes."""

    def __init__(
        self,
        parts: Sequence[ArticlePart],
        fetch: Fetch,
        *,
        grown_from: ArticleTable | None = None,
        kept: int = 0,
    ) -> None:
        """`grown_from` is a table with the same first `kept` articles, whose columns are used further."""
        self.parts = tuple(part for part in parts if part.size) or (make_part([]),)
        self.starts = np.cumsum([0, *(part.size for part in self.parts)])
        self.size = int(self.starts[-1])
        names = [name for part in self.parts for name in part.section_names]
        known = {} if grown_from is None else grown_from.section_codes
        self.section_codes: dict[str | None, int] = {
            name: code for code, name in enumerate(dict.fromkeys([*known, *names]))
        }
        self._columns = {
            name: _grow(None if grown_from is None else grown_from.columns[name], kept, found)
            for name, found in self._found(kept if grown_from is not None else 0).items()
        }
        self.stored: Sequence[StoredArticle] = StoredRows(self.ids, fetch, self._without_body)
        self.row_of: Mapping[str, int] = RowOf(self)
        self._row_of_id: Ints | None = None
        base = None if grown_from is None else grown_from.rows_by_id
        self._base = (base, 0 if base is None else kept)
        self._teasers: dict[int, ArticleSummary] = {}
        self._by_address: dict[int, tuple[NDArray[np.uint64], NDArray[np.int32]]] = {}

    def _found(self, first: int) -> dict[str, list[NDArray[Any]]]:
        """The values of every column from row `first` on, by part."""
        cut = [
            (part, max(first - int(start), 0)) for part, start in zip(self.parts, self.starts, strict=False)
        ]
        found = {name: [getattr(part, name)[at:] for part, at in cut] for name in _FLAT}
        codes = self.section_codes
        found["sections"] = [
            np.array([codes[name] for name in part.section_names], np.int32)[part.sections[at:]]
            for part, at in cut
        ]
        return found

    @property
    def rows_by_id(self) -> Ints | None:
        """Rows by id, where they were asked for."""
        return self._row_of_id

    @property
    def columns(self) -> Mapping[str, Column]:
        """What has a value for every row."""
        return self._columns

    @classmethod
    def of(cls, articles: Iterable[StoredArticle]) -> ArticleTable:
        """Of articles in memory, in any order."""
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
    def forms(self) -> NDArray[np.uint8]:
        return self._columns["forms"].values

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
        """The row of each article by its id, -1 for what is none or none of these."""
        if self._row_of_id is None:
            self._row_of_id = self._number_ids()
        last = len(self._row_of_id) - 1  # nobody has it
        return self._row_of_id[np.where((ids < 0) | (ids > last), last, ids)]

    def _number_ids(self) -> Ints:
        """Rows by id, made from those of the table that this one has grown from."""
        base, kept = self._base
        known = np.full(int(self.ids.max(initial=-1)) + 2, -1, dtype=np.int64)
        if base is not None:
            known[: len(base)] = np.where(base < kept, base, -1)
        known[self.ids[kept:]] = np.arange(kept, self.size)
        return known

    def rows_of_addresses(self, hashes: NDArray[np.uint64]) -> Ints:
        """The row of each hash of an address, -1 for what is none of these articles'."""
        found = np.full(len(hashes), -1, dtype=np.int64)
        for number in range(len(self.parts)):
            addresses, places = self.by_address(number)
            if not len(addresses):
                continue
            at = np.minimum(np.searchsorted(addresses, hashes), len(addresses) - 1)
            held = addresses[at] == hashes
            found[held] = self.starts[number] + places[at[held]]
        return found

    def by_address(self, number: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """Hashes of addresses of a part, rising, and their places in it."""
        if number not in self._by_address:
            part = self.parts[number]
            places = part.by_address[part.by_address < part.size]
            self._by_address[number] = (part.addresses[places], places)
        return self._by_address[number]

    def _without_body(self, row: int) -> StoredArticle:
        """What the table itself knows of an article that its store cannot give any more."""
        return StoredArticle(int(self.ids[row]), self.shown(row), None, ())

    def summary(self, row: int) -> ArticleSummary:
        """What is told of an article."""
        found = self._teasers.get(row)
        if found is None:
            if len(self._teasers) >= _REMEMBERED:
                self._teasers.clear()
            part, at = self._at(row)
            told = part.told[part.told_ptr[at] : part.told_ptr[at + 1]].tobytes()
            found = self._teasers[row] = ArticleSummary.read(told)
        return found

    def shown(self, row: int) -> Article:
        """An article as a list shows it: without its body, whose opening stands for a headline."""
        return self.summary(row).article()

    def is_same(self, row: int, stored: StoredArticle) -> bool:
        """Whether the article of a row says the same, and was read as a page at the same time."""
        return self.digest(row) == digest_article(stored.article) and int(self.page_seen[row]) == page_time(
            stored
        )

    def addresses_from(self, row: int) -> NDArray[np.uint64]:
        """Hashes of the addresses of the articles from a row on."""
        found = [
            part.addresses[max(row - int(start), 0) :]
            for part, start in zip(self.parts, self.starts[:-1], strict=True)
            if start + part.size > row
        ]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *found])

    def digest(self, row: int) -> int:
        """A hash of all that the article says."""
        part, at = self._at(row)
        return int(part.digests[at])

    def _at(self, row: int) -> tuple[ArticlePart, int]:
        number = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.parts[number], row - int(self.starts[number])


_FLAT = ("ids", "first_seen", "page_seen", "forms", "body_lengths")


def _grow(column: Column | None, kept: int, found: list[NDArray[Any]]) -> Column:
    if column is not None:
        return column.grown(kept, found)
    return Column(found[0]).grown(len(found[0]), found[1:])


class RowOf(Mapping[str, int]):
    """The row of each address, found by its hash and confirmed by what is told of the article."""

    def __init__(self, table: ArticleTable) -> None:
        self._table = table

    def __getitem__(self, url: str) -> int:
        wanted = np.uint64(hash_address(url))
        for number in range(len(self._table.parts) - 1, -1, -1):
            hashes, places = self._table.by_address(number)
            at = int(np.searchsorted(hashes, wanted))
            while at < len(hashes) and hashes[at] == wanted:
                row = int(self._table.starts[number] + places[at])
                if self._table.summary(row).url == url:
                    return row
                at += 1
        raise KeyError(url)

    def __len__(self) -> int:
        return self._table.size

    def __iter__(self) -> Iterator[str]:
        return (self._table.summary(row).url for row in range(self._table.size))
