"""Segments of a corpus: consecutive articles with their terms, each in a file; appended, replaced, merged."""

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
from recsys.corpus.inverted_index import InvertedIndex, Workspace, build_field_indexes, extend_fields
from recsys.corpus.term_segments import Ints, TermSegment, merge_segments
from recsys.store import StoredArticle

_NUMBERS = ("posted", "tokens", "first")
_SEGMENT_ARRAYS = tuple(each.name for each in fields(TermSegment) if each.name not in _NUMBERS)
_ARTICLE_ARRAYS = (*BY_ARTICLE, "by_address", "summaries", "summary_ptr")


@dataclass(frozen=True)
class Part:
    """Articles and their segment of every term index; `file` is None until they are saved."""

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
        """Postings in all fields, to which the size on disk is proportional."""
        return sum(segment.postings for segment in self.terms.values())

    def cut(self, end: int) -> Part:
        """The part without the rows from row `end` on."""
        return Part(
            self.articles.cut(end - self.first), {name: each.cut(end) for name, each in self.terms.items()}
        )

    def pack(self) -> tuple[Arrays, dict[str, Any]]:
        """Arrays and metadata, for `unpack`."""
        arrays: Arrays = {name: getattr(self.articles, name) for name in _ARTICLE_ARRAYS}
        for field, segment in self.terms.items():
            arrays |= {f"{field}.{name}": getattr(segment, name) for name in _SEGMENT_ARRAYS}
        numbers = {
            field: {name: getattr(each, name) for name in _NUMBERS} for field, each in self.terms.items()
        }
        return arrays, {"numbers": numbers, "sections": self.articles.section_names}

    @classmethod
    def unpack(cls, arrays: Arrays, metadata: dict[str, Any]) -> Part:
        """A part from the result of `pack`."""
        columns = {name: arrays[name] for name in _ARTICLE_ARRAYS}
        terms = {
            field: _unpack_segment({name: arrays[f"{field}.{name}"] for name in _SEGMENT_ARRAYS}, numbers)
            for field, numbers in metadata["numbers"].items()
        }
        return cls(ArticlePart(**columns, section_names=tuple(metadata["sections"])), terms)


def build_indexes(parts: Sequence[Part], workspace: Workspace | None = None) -> dict[str, InvertedIndex]:
    """The inverted index of every field over all parts."""
    return build_field_indexes({name: [part.terms[name] for part in parts] for name in FIELDS}, workspace)


@dataclass(frozen=True)
class AnalysedArticles:
    """Articles with their term counts in every field, one row an article."""

    articles: ArticlePart
    counts: dict[str, sparse.csr_matrix]


def read_terms(articles: Sequence[StoredArticle]) -> AnalysedArticles:
    """The columns and the term counts of some articles."""
    return AnalysedArticles(make_part(articles), count_fields([each.article for each in articles]))


def read_portions(articles: Iterator[StoredArticle], size: int) -> Iterator[AnalysedArticles]:
    """The same for many articles, `size` at a time.

    In this process: a process pool would survive when this process is killed.
    """
    while portion := list(islice(articles, size)):
        yield read_terms(portion)


def append(parts: Sequence[Part], articles: AnalysedArticles) -> tuple[Part, ...]:
    """The parts and one more, of articles that follow all others, in order of (first_seen_at, id)."""
    return _append(parts, articles.articles, articles.counts)


def replace_from(
    parts: Sequence[Part], first: int, rows: Ints, articles: Sequence[StoredArticle]
) -> tuple[Part, ...]:
    """The articles before row `first`, then `articles` merged with the later articles at `rows`."""
    before = [
        part if part.first + part.size <= first else part.cut(first) for part in parts if part.first < first
    ]
    existing, new = _take(parts, rows), make_part(articles)
    merged = merge_parts([existing, new]) if len(articles) else existing
    order = np.lexsort((merged.ids, merged.first_seen))
    terms, new_counts = build_indexes(parts), count_fields([each.article for each in articles])
    counts = {
        name: sparse.vstack([terms[name].counts_of(rows), new_counts[name]], format="csr")[order]
        for name in FIELDS
    }
    return _append(before, _reorder(merged, order), counts)


def merge(parts: Sequence[Part]) -> Part:
    """Consecutive parts joined into one."""
    terms = {name: merge_segments([part.terms[name] for part in parts]) for name in FIELDS}
    return Part(merge_parts([part.articles for part in parts]), terms)


def _append(
    parts: Sequence[Part], articles: ArticlePart, counts: dict[str, sparse.csr_matrix]
) -> tuple[Part, ...]:
    if not articles.size:
        return tuple(parts)
    extended = extend_fields(build_indexes(parts), counts)
    return (*parts, Part(articles, {name: index.segments[-1] for name, index in extended.items()}))


def _unpack_segment(arrays: Mapping[str, Any], numbers: Mapping[str, Any]) -> TermSegment:
    return TermSegment(**arrays, **numbers)


def _take(parts: Sequence[Part], rows: Ints) -> ArticlePart:
    """Some rows, sorted, as one part."""
    selected = []
    for part in parts:
        local = rows[(rows >= part.first) & (rows < part.first + part.size)] - part.first
        if len(local):
            selected.append(_reorder(part.articles, local))
    return merge_parts(selected) if selected else make_part([])


def _reorder(part: ArticlePart, order: Ints) -> ArticlePart:
    arrays: dict[str, Any] = {name: getattr(part, name)[order] for name in BY_ARTICLE}
    starts, ends = part.summary_ptr[order], part.summary_ptr[order + 1]
    summaries = [part.summaries[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return replace(
        part,
        **arrays,
        by_address=order_of(arrays["addresses"]),
        summaries=np.concatenate(summaries) if summaries else np.zeros(0, dtype=np.uint8),
        summary_ptr=np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.int64),
    )
