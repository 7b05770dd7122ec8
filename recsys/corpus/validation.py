"""Checks that arrays from a file are consistent, so that no kernel reads or writes outside an array.

The compiled kernels in `recsys.kernels.numba_kernels` do not check bounds: a row, a term or an offset out of
range would reach memory that is not theirs. Checksums detect damage on disk; these checks detect arrays that
were written wrongly, or maliciously. Every function raises ValueError with the name of the array, and reads
every number once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.analysis import COLUMNS, FIELDS
from recsys.corpus.article_table import BY_ARTICLE

if TYPE_CHECKING:
    from recsys.corpus.article_table import ArticlePart
    from recsys.corpus.corpus_segments import Part
    from recsys.corpus.list_segments import ListPart, Owners
    from recsys.corpus.popularity_model import PopularityPredictions
    from recsys.corpus.term_segments import TermSegment

_SEGMENT = {
    "indptr": np.int64, "columns": np.int32, "counts": np.float32, "tfidf": np.float32, "bm25": np.float32,
    "terms": np.int32, "term_ptr": np.int64, "term_rows": np.int32, "term_tfidf": np.float32,
}  # fmt: skip
_ARTICLES = {
    "ids": np.int64, "first_seen": np.int64, "page_seen": np.int64, "published": np.int64,
    "body_lengths": np.float32, "sections": np.int32, "addresses": np.uint64, "digests": np.uint64,
    "by_address": np.int32, "summaries": np.uint8, "summary_ptr": np.int64,
}  # fmt: skip
_LISTS = {
    "ids": np.int64, "times": np.int64, "source_of": np.int32, "pages": np.uint64, "lengths": np.int32,
    "items": np.int64, "positions": np.int32, "clicks": np.int32,
}  # fmt: skip


def check_parts(parts: Sequence[Part]) -> None:
    """Check parts, and that each begins where the one before ends."""
    first = 0
    for part in parts:
        check_articles(part.articles)
        _expect(set(part.terms) == set(FIELDS), "fields", f"the fields {', '.join(FIELDS)}")
        for name, segment in part.terms.items():
            check_segment(segment, name)
            _expect(segment.first == first, f"{name}.first", f"{first}, the first row of the part")
            _expect(segment.size == part.size, f"{name}.indptr", f"{part.size} rows")
        first += part.size


def check_segment(segment: TermSegment, name: str = "segment") -> None:
    """Check that offsets are sorted and in range, that terms and rows exist, and that weights are above 0."""
    _check_types(segment, _SEGMENT, name)
    _check_offsets(segment.indptr, len(segment.columns), f"{name}.indptr")
    _check_lengths(segment, ("columns", "counts", "tfidf", "bm25"), name)
    _check_range(segment.columns, COLUMNS, f"{name}.columns")
    _check_range(segment.terms, COLUMNS, f"{name}.terms")
    _expect(_is_sorted(segment.terms), f"{name}.terms", "distinct terms in ascending order")
    _expect(len(segment.term_ptr) == len(segment.terms) + 1, f"{name}.term_ptr", "an offset for every term")
    _check_offsets(segment.term_ptr, len(segment.term_rows), f"{name}.term_ptr")
    _check_lengths(segment, ("term_rows", "term_tfidf"), name)
    _expect(segment.posted >= segment.size, f"{name}.posted", f"at least {segment.size} rows")
    _check_range(segment.term_rows, segment.posted, f"{name}.term_rows")
    ascends = segment.term_rows[1:] > segment.term_rows[:-1]
    edges = segment.term_ptr[1:-1]
    ascends[edges[(edges > 0) & (edges < len(segment.term_rows))] - 1] = True
    _expect(bool(ascends.all()), f"{name}.term_rows", "ascending rows in every posting list")
    for weights in ("counts", "tfidf", "bm25", "term_tfidf"):  # searches treat a row with score 0 as new
        values = getattr(segment, weights)
        is_positive = not len(values) or 0 < values.min() <= values.max() < np.inf
        _expect(bool(is_positive), f"{name}.{weights}", "numbers above 0")


def check_articles(part: ArticlePart) -> None:
    """Check that every column has a value for each article, and that positions and codes exist."""
    _check_types(part, _ARTICLES, "articles")
    size = len(part.ids)
    for name in BY_ARTICLE:
        _expect(len(getattr(part, name)) == size, f"articles.{name}", f"{size} values")
    _expect(part.formats.dtype == np.uint8 and part.formats.ndim == 2, "articles.formats", "rows of bytes")
    _expect(not size or int(part.ids.min()) >= 0, "articles.ids", "ids from 0")
    is_ordered = bool((part.first_seen[1:] >= part.first_seen[:-1]).all())
    _expect(is_ordered, "articles.first_seen", "times in ascending order")
    _check_range(part.sections, len(part.section_names), "articles.sections")
    _check_range(part.by_address, max(len(part.by_address), size), "articles.by_address")
    _expect(len(part.summary_ptr) == size + 1, "articles.summary_ptr", f"{size + 1} offsets")
    _check_offsets(part.summary_ptr, len(part.summaries), "articles.summary_ptr", cut=True)


def check_lists(part: ListPart) -> None:
    """Check that every list has its source and its items."""
    _check_types(part, _LISTS, "lists")
    for name in ("times", "source_of", "pages", "lengths"):
        _expect(len(getattr(part, name)) == len(part.ids), f"lists.{name}", f"{len(part.ids)} values")
    _check_range(part.source_of, len(part.sources), "lists.source_of")
    _expect(not len(part.lengths) or int(part.lengths.min()) >= 0, "lists.lengths", "lengths from 0")
    total = int(part.lengths.sum(dtype=np.int64))
    for name in ("items", "positions", "clicks"):
        _expect(len(getattr(part, name)) == total, f"lists.{name}", f"{total} values")


def check_owners(owners: Owners) -> None:
    """Check that every headline has an owner, and that headlines are sorted."""
    _check_types(owners, {"ids": np.int64, "owners": np.int64}, "owners")
    _expect(len(owners.ids) == len(owners.owners), "owners.owners", f"{len(owners.ids)} values")
    _expect(_is_sorted(owners.ids), "owners.ids", "distinct ids in ascending order")


def check_predictions(predictions: PopularityPredictions, size: int) -> None:
    """Check that predictions and model states belong to the first `size` articles."""
    for name, values in predictions.values.items():
        _expect(values.ndim == 2 and len(values) <= size, f"prediction.{name}", f"at most {size} rows")
    for states in predictions.states:
        for name, state in states.items():
            _check_types(state, {"terms": np.int32}, name)
            _check_range(state.terms, COLUMNS, f"{name}.terms")
            _expect(_is_sorted(state.terms), f"{name}.terms", "distinct terms in ascending order")
            shape = (len(state.terms), *state.bias.shape)
            _expect(state.weights.shape == shape, f"{name}.weights", f"the shape {shape}")
            _expect(state.squares.shape == shape, f"{name}.squares", f"the shape {shape}")
            _expect(0 <= state.learnt <= state.row <= size, f"{name}.row", f"at most {size}")


def _check_types(holder: object, types: Mapping[str, Any], name: str) -> None:
    for each, dtype in types.items():
        values = getattr(holder, each)
        _expect(values.ndim == 1 and values.dtype == dtype, f"{name}.{each}", f"a row of {np.dtype(dtype)}")


def _check_lengths(holder: object, names: Iterable[str], owner: str) -> None:
    lengths = {len(getattr(holder, name)) for name in names}
    _expect(len(lengths) == 1, f"{owner}: {', '.join(names)}", "equal lengths")


def _check_offsets(offsets: NDArray[np.int64], length: int, name: str, *, cut: bool = False) -> None:
    """Check that offsets ascend from 0 to `length`; with `cut` they may end before it."""
    ascends = len(offsets) > 0 and int(offsets[0]) == 0 and bool((offsets[1:] >= offsets[:-1]).all())
    end = int(offsets[-1]) if ascends else -1
    is_complete = end <= length if cut else end == length
    _expect(ascends and is_complete, name, f"ascending offsets from 0 to {length}")


def _check_range(values: NDArray[Any], size: int, name: str) -> None:
    is_in_range = not len(values) or (int(values.min()) >= 0 and int(values.max()) < size)
    _expect(is_in_range, name, f"numbers from 0 to below {size}")


def _is_sorted(values: NDArray[Any]) -> bool:
    return bool((values[1:] > values[:-1]).all())


def _expect(condition: bool, name: str, expected: str) -> None:
    if not condition:
        raise ValueError(f"{name}: expected {expected}")
