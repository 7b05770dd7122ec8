"""Consecutive articles of an archive with their terms: what is kept in a file, and how it grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any

import numpy as np
from scipy import sparse

from recsys.corpus.analysis import FIELDS, count_fields
from recsys.corpus.array_files import Arrays
from recsys.corpus.article_table import BY_ARTICLE, ArticlePart, make_part, merge_parts, order_of
from recsys.corpus.field_indexes import extend_fields, indexes_of
from recsys.corpus.inverted_index import InvertedIndex
from recsys.corpus.term_segments import Ints, TermSegment, merge_segments
from recsys.store import StoredArticle

_NUMBERS = ("posted", "tokens", "first")
_SEGMENT_ARRAYS = tuple(each.name for each in fields(TermSegment) if each.name not in _NUMBERS)
_ARTICLE_ARRAYS = (*BY_ARTICLE, "by_address", "told", "told_ptr")


@dataclass(frozen=True)
class Part:
    """Articles, and their segment of every term index; `file` holds just these, None while none does."""

    articles: ArticlePart
    terms: dict[str, TermSegment]
    file: str | None = None

    @property
    def size(self) -> int:
        return self.articles.size

    @property
    def first(self) -> int:
        """The row of its first article."""
        return self.terms["text"].first

    @property
    def postings(self) -> int:
        """Terms of articles, in all fields: what its size on disk goes by."""
        return sum(segment.postings for segment in self.terms.values())

    def cut(self, end: int) -> Part:
        """Without the rows from row `end` on."""
        return Part(
            self.articles.cut(end - self.first), {name: each.cut(end) for name, each in self.terms.items()}
        )

    def pack(self) -> tuple[Arrays, dict[str, Any]]:
        """What `unpack` takes."""
        arrays: Arrays = {name: getattr(self.articles, name) for name in _ARTICLE_ARRAYS}
        for field, segment in self.terms.items():
            arrays |= {f"{field}.{name}": getattr(segment, name) for name in _SEGMENT_ARRAYS}
        numbers = {
            field: {name: getattr(each, name) for name in _NUMBERS} for field, each in self.terms.items()
        }
        return arrays, {"numbers": numbers, "sections": self.articles.section_names}

    @classmethod
    def unpack(cls, arrays: Arrays, told: dict[str, Any]) -> Part:
        """A part from what `pack` gave."""
        columns = {name: arrays[name] for name in _ARTICLE_ARRAYS}
        terms = {
            field: _unpack_segment({name: arrays[f"{field}.{name}"] for name in _SEGMENT_ARRAYS}, numbers)
            for field, numbers in told["numbers"].items()
        }
        return cls(ArticlePart(**columns, section_names=tuple(told["sections"])), terms)


def indexes(parts: Sequence[Part]) -> dict[str, InvertedIndex]:
    """The term indexes that parts make together."""
    return indexes_of({name: [part.terms[name] for part in parts] for name in FIELDS})


@dataclass(frozen=True)
class Read:
    """Articles with the occurrences of their terms in every field, a row an article."""

    articles: ArticlePart
    counts: dict[str, sparse.csr_matrix]


def read_terms(found: Sequence[StoredArticle]) -> Read:
    """The columns and the terms of some articles."""
    return Read(make_part(found), count_fields([each.article for each in found]))


def read_portions(articles: Iterator[StoredArticle], size: int) -> Iterator[Read]:
    """The same of many, so many at a time.

    In this process: who is killed must leave no other processes behind, and their pools do.
    """
    while portion := list(islice(articles, size)):
        yield read_terms(portion)


def append(parts: Sequence[Part], read: Read) -> tuple[Part, ...]:
    """With one part more, of articles that follow all others, in order of (first_seen_at, id)."""
    return _extended(parts, read.articles, read.counts)


def replace_from(
    parts: Sequence[Part], first: int, rows: Ints, found: Sequence[StoredArticle]
) -> tuple[Part, ...]:
    """Those before row `first`, then `found` with the articles of `rows`, some of those after it."""
    kept = [
        part if part.first + part.size <= first else part.cut(first) for part in parts if part.first < first
    ]
    held, fresh = _take(parts, rows), make_part(found)
    joined = merge_parts([held, fresh]) if len(found) else held
    order = np.lexsort((joined.ids, joined.first_seen))
    terms, new = indexes(parts), count_fields([each.article for each in found])
    counts = {
        name: sparse.vstack([terms[name].counts_of(rows), new[name]], format="csr")[order] for name in FIELDS
    }
    return _extended(kept, _reordered(joined, order), counts)


def merge(parts: Sequence[Part]) -> Part:
    """One of several that follow one another."""
    terms = {name: merge_segments([part.terms[name] for part in parts]) for name in FIELDS}
    return Part(merge_parts([part.articles for part in parts]), terms)


def _extended(
    parts: Sequence[Part], articles: ArticlePart, counts: dict[str, sparse.csr_matrix]
) -> tuple[Part, ...]:
    if not articles.size:
        return tuple(parts)
    longer = extend_fields(indexes(parts), counts)
    return (*parts, Part(articles, {name: index.segments[-1] for name, index in longer.items()}))


def _unpack_segment(arrays: Mapping[str, Any], numbers: Mapping[str, Any]) -> TermSegment:
    return TermSegment(**arrays, **numbers)


def _take(parts: Sequence[Part], rows: Ints) -> ArticlePart:
    """Some rows, rising, as one part."""
    taken = []
    for part in parts:
        local = rows[(rows >= part.first) & (rows < part.first + part.size)] - part.first
        if len(local):
            taken.append(_reordered(part.articles, local))
    return merge_parts(taken) if taken else make_part([])


def _reordered(part: ArticlePart, order: Ints) -> ArticlePart:
    arrays: dict[str, Any] = {name: getattr(part, name)[order] for name in BY_ARTICLE}
    starts, ends = part.told_ptr[order], part.told_ptr[order + 1]
    told = [part.told[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    ptr = np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.int64)
    return replace(
        part,
        **arrays,
        by_address=order_of(arrays["addresses"]),
        told=np.concatenate(told) if told else np.zeros(0, dtype=np.uint8),
        told_ptr=ptr,
    )
