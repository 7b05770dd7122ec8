"""The articles of an archive as columns of plain arrays, in order of arrival, with what is shown of each.

What is long, the bodies, stays in the store until somebody asks for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from recsys.archive.columns import Column
from recsys.archive.forms import FORMS, describe_forms, measure_bodies
from recsys.archive.segments import Floats, Ints
from recsys.domain import Article, format_time, from_microseconds, opening, parse_time, to_microseconds
from recsys.store import StoredArticle

NEVER = np.iinfo(np.int64).max

Fetch = Callable[[Sequence[int]], list[StoredArticle]]
"""Reads articles by their ids, in that order."""


@dataclass(frozen=True)
class ArticlePart:
    """Consecutive articles; `section_names[sections[i]]` is a section, `told` what is shown of them as JSON.

    `addresses` are hashes of their urls and `digests` of all that they say; both unsigned, 64 bits.
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
    told = [_tell(article) for article in known]
    return ArticlePart(
        ids=np.array([each.id for each in articles], dtype=np.int64),
        first_seen=np.array([to_microseconds(a.first_seen_at) for a in known], dtype=np.int64),
        page_seen=np.array([_page_time(each) for each in articles], dtype=np.int64),
        forms=describe_forms(known).astype(np.uint8),
        body_lengths=measure_bodies(known),
        sections=np.array([codes[a.section] for a in known], dtype=np.int32),
        section_names=tuple(codes),
        addresses=np.array([hash_address(a.url) for a in known], dtype=np.uint64),
        digests=np.array([digest_article(a) for a in known], dtype=np.uint64),
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
        **arrays | {"sections": np.concatenate(sections)},
        section_names=tuple(codes),
        told=np.concatenate([p.told[: p.told_ptr[-1]] for p in parts]),
        told_ptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


class ArticleTable:
    """All articles of an archive, in order of (first_seen_at, id). Never changes; `extended` makes another."""

    def __init__(self, parts: Sequence[ArticlePart], fetch: Fetch, grown_from: ArticleTable | None = None) -> None:
        """`grown_from` is a table that begins with the same parts: its columns are used further."""
        self.parts = tuple(part for part in parts if part.size) or (make_part([]),)
        self.starts = np.cumsum([0, *(part.size for part in self.parts)])
        self.size = int(self.starts[-1])
        self.section_codes: dict[str | None, int] = {} if grown_from is None else {**grown_from.section_codes}
        shared = 0 if grown_from is None else _shared(self.parts, grown_from.parts)
        kept, new = int(self.starts[shared]), self.parts[shared:]
        self._columns: dict[str, Column] = {
            name: _grow(None if grown_from is None else grown_from._columns[name], kept, found)
            for name, found in self._found(new).items()
        }
        self.stored: Sequence[StoredArticle] = StoredRows(self, fetch)
        self.row_of: Mapping[str, int] = RowOf(self)
        self._row_of_id: Ints | None = None

    def _found(self, parts: Sequence[ArticlePart]) -> dict[str, list[NDArray[Any]]]:
        for part in parts:
            for name in part.section_names:
                self.section_codes.setdefault(name, len(self.section_codes))
        found: dict[str, list[NDArray[Any]]] = {
            name: [getattr(part, name) for part in parts] for name in _FLAT
        }
        found["sections"] = [
            np.array([self.section_codes[name] for name in part.section_names], np.int32)[part.sections]
            for part in parts
        ]
        return found

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
            known = self.ids
            self._row_of_id = np.full(int(known.max(initial=-1)) + 2, -1, dtype=np.int64)
            self._row_of_id[known] = np.arange(self.size)
        last = len(self._row_of_id) - 1  # nobody has it
        return self._row_of_id[np.where((ids < 0) | (ids > last), last, ids)]

    def shown(self, row: int) -> Article:
        """An article as a list shows it: without its body, of which only the opening stands for a headline."""
        part, at = self._at(row)
        return _read_told(part.told[part.told_ptr[at] : part.told_ptr[at + 1]].tobytes())

    def digest(self, row: int) -> int:
        """A hash of all that the article says."""
        part, at = self._at(row)
        return int(part.digests[at])

    def _at(self, row: int) -> tuple[ArticlePart, int]:
        number = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.parts[number], row - int(self.starts[number])


_FLAT = ("ids", "first_seen", "page_seen", "forms", "body_lengths")


def _shared(ours: Sequence[ArticlePart], theirs: Sequence[ArticlePart]) -> int:
    """How many parts two tables have in common at their beginning."""
    same = [mine is yours for mine, yours in zip(ours, theirs, strict=False)]
    return same.index(False) if False in same else len(same)


def _grow(column: Column | None, kept: int, found: list[NDArray[Any]]) -> Column:
    if column is not None:
        return column.grown(kept, found)
    return Column(found[0]).grown(len(found[0]), found[1:])


class StoredRows(Sequence[StoredArticle]):
    """The articles with their bodies, read from the store when they are asked for."""

    _KEPT = 2_000
    _PORTION = 500

    def __init__(self, table: ArticleTable, fetch: Fetch) -> None:
        self._table, self._fetch = table, fetch
        self._kept: dict[int, StoredArticle] = {}

    def __len__(self) -> int:
        return self._table.size

    @overload
    def __getitem__(self, at: int) -> StoredArticle: ...
    @overload
    def __getitem__(self, at: slice) -> list[StoredArticle]: ...
    def __getitem__(self, at: int | slice) -> StoredArticle | list[StoredArticle]:
        if isinstance(at, slice):
            return list(self._read(range(*at.indices(len(self)))))
        row = range(len(self))[at]
        found = self._kept.get(row)
        if found is None:
            if len(self._kept) >= self._KEPT:
                self._kept.clear()
            found = self._kept[row] = self._fetch([int(self._table.ids[row])])[0]
        return found

    def __iter__(self) -> Iterator[StoredArticle]:
        return self._read(range(len(self)))

    def _read(self, rows: range) -> Iterator[StoredArticle]:
        for start in range(0, len(rows), self._PORTION):
            portion = rows[start : start + self._PORTION]
            yield from self._fetch([int(self._table.ids[row]) for row in portion])


class RowOf(Mapping[str, int]):
    """The row of each address, found by its hash and confirmed by what is told of the article."""

    def __init__(self, table: ArticleTable) -> None:
        self._table = table
        self._ordered: dict[int, tuple[NDArray[np.uint64], Ints]] = {}

    def __getitem__(self, url: str) -> int:
        wanted = np.uint64(hash_address(url))
        for number in range(len(self._table.parts) - 1, -1, -1):
            hashes, order = self._order(number)
            at = int(np.searchsorted(hashes, wanted))
            while at < len(hashes) and hashes[at] == wanted:
                row = int(self._table.starts[number] + order[at])
                if self._table.shown(row).url == url:
                    return row
                at += 1
        raise KeyError(url)

    def __len__(self) -> int:
        return self._table.size

    def __iter__(self) -> Iterator[str]:
        return (self._table.shown(row).url for row in range(self._table.size))

    def _order(self, number: int) -> tuple[NDArray[np.uint64], Ints]:
        if number not in self._ordered:
            addresses = self._table.parts[number].addresses
            order = np.argsort(addresses, kind="stable")
            self._ordered[number] = (addresses[order], order)
        return self._ordered[number]


def hash_address(url: str) -> int:
    """64 bits of an address."""
    return int.from_bytes(hashlib.blake2b(url.encode(), digest_size=8).digest(), "little")


def digest_article(article: Article) -> int:
    """64 bits of all that an article says."""
    parts = (
        article.site,
        article.url,
        format_time(article.first_seen_at),
        article.headline,
        article.body,
        None if article.published_at is None else format_time(article.published_at),
        article.section,
        "\x1e".join(article.tags),
        article.language,
    )
    said = "\x1f".join("\x00" if part is None else part for part in parts)
    return int.from_bytes(hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _page_time(stored: StoredArticle) -> int:
    return NEVER if stored.page_seen_at is None else to_microseconds(stored.page_seen_at)


def _tell(article: Article) -> bytes:
    published = article.published_at
    told = (
        article.site,
        article.url,
        to_microseconds(article.first_seen_at),
        article.headline,
        opening(article.body or "") if article.headline is None else None,
        None if published is None else format_time(published),
        article.section,
        article.tags,
        article.language,
    )
    return json.dumps(told, separators=(",", ":")).encode()


def _read_told(told: bytes) -> Article:
    site, url, first_seen, headline, body, published, section, tags, language = json.loads(told)
    return Article(
        site,
        url,
        from_microseconds(first_seen),
        headline,
        body,
        None if published is None else parse_time(published, "published_at"),
        section,
        tuple(tags),
        language,
    )


def moment_of(part: ArticlePart, at: int) -> datetime:
    """When an article of a part was first seen."""
    return from_microseconds(int(part.first_seen[at]))
