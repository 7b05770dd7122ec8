"""Checks that arrays from a file fit together, so that no kernel can be led outside of an array.

The compiled kernels in `recsys.kernels.numba_kernels` do not check bounds: a row, a term or an offset that is out
of range reads or writes memory that is not theirs. Checksums find what was damaged on disk; this finds what
was written wrongly, or on purpose. Every function raises ValueError, naming the array. Each looks at every
number once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.analysis import COLUMNS, FIELDS

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
    "ids": np.int64, "first_seen": np.int64, "page_seen": np.int64, "body_lengths": np.float32,
    "sections": np.int32, "addresses": np.uint64, "digests": np.uint64, "by_address": np.int32,
    "told": np.uint8, "told_ptr": np.int64,
}  # fmt: skip
_LISTS = {
    "ids": np.int64, "times": np.int64, "source_of": np.int32, "pages": np.uint64, "lengths": np.int32,
    "items": np.int64, "positions": np.int32, "clicks": np.int32,
}  # fmt: skip


def check_parts(parts: Sequence[Part]) -> None:
    """That parts hold what they say, and follow one another."""
    first = 0
    for part in parts:
        check_articles(part.articles)
        _expect(set(part.terms) == set(FIELDS), "fields", "those that are indexed")
        for name, segment in part.terms.items():
            check_segment(segment, name)
            _expect(segment.first == first, f"{name}.first", f"{first}, where the part begins")
            _expect(segment.size == part.size, f"{name}.indptr", f"{part.size} rows")
        first += part.size


def check_segment(segment: TermSegment, name: str = "segment") -> None:
    """That offsets stay inside and rise, that terms and rows exist, and that weights are above 0."""
    _check_types(segment, _SEGMENT, name)
    _check_offsets(segment.indptr, len(segment.columns), f"{name}.indptr")
    _check_lengths(segment, ("columns", "counts", "tfidf", "bm25"), name)
    _check_range(segment.columns, COLUMNS, f"{name}.columns")
    _check_range(segment.terms, COLUMNS, f"{name}.terms")
    _expect(_rises(segment.terms), f"{name}.terms", "rising terms")
    _expect(len(segment.term_ptr) == len(segment.terms) + 1, f"{name}.term_ptr", "a place for every term")
    _check_offsets(segment.term_ptr, len(segment.term_rows), f"{name}.term_ptr")
    _check_lengths(segment, ("term_rows", "term_tfidf"), name)
    _expect(segment.posted >= segment.size, f"{name}.posted", "as many rows as there are, or more")
    _check_range(segment.term_rows, segment.posted, f"{name}.term_rows")
    rising = segment.term_rows[1:] > segment.term_rows[:-1]
    edges = segment.term_ptr[1:-1]
    rising[edges[(edges > 0) & (edges < len(segment.term_rows))] - 1] = True
    _expect(bool(rising.all()), f"{name}.term_rows", "rising rows in every posting list")
    for weights in (
        "counts",
        "tfidf",
        "bm25",
        "term_tfidf",
    ):  # searches take a row without a score for a new one
        values = getattr(segment, weights)
        fits = not len(values) or 0 < values.min() <= values.max() < np.inf
        _expect(bool(fits), f"{name}.{weights}", "numbers above 0")


def check_articles(part: ArticlePart) -> None:
    """That every column has a value for each article, and that places and codes exist."""
    _check_types(part, _ARTICLES, "articles")
    size = len(part.ids)
    for name in ("first_seen", "page_seen", "forms", "body_lengths", "sections", "addresses", "digests"):
        _expect(len(getattr(part, name)) == size, f"articles.{name}", f"{size} values")
    _expect(part.forms.dtype == np.uint8 and part.forms.ndim == 2, "articles.forms", "rows of bytes")
    _expect(not size or int(part.ids.min()) >= 0, "articles.ids", "ids from 0")
    _expect(bool((part.first_seen[1:] >= part.first_seen[:-1]).all()), "articles.first_seen", "rising times")
    _check_range(part.sections, len(part.section_names), "articles.sections")
    _check_range(part.by_address, max(len(part.by_address), size), "articles.by_address")
    _expect(len(part.told_ptr) == size + 1, "articles.told_ptr", f"{size + 1} offsets")
    _check_offsets(part.told_ptr, len(part.told), "articles.told_ptr", cut=True)


def check_lists(part: ListPart) -> None:
    """That every list has its source and its items."""
    _check_types(part, _LISTS, "lists")
    for name in ("times", "source_of", "pages", "lengths"):
        _expect(len(getattr(part, name)) == len(part.ids), f"lists.{name}", f"{len(part.ids)} values")
    _check_range(part.source_of, len(part.sources), "lists.source_of")
    _expect(not len(part.lengths) or int(part.lengths.min()) >= 0, "lists.lengths", "lengths from 0")
    total = int(part.lengths.sum(dtype=np.int64))
    for name in ("items", "positions", "clicks"):
        _expect(len(getattr(part, name)) == total, f"lists.{name}", f"{total} values")


def check_owners(owners: Owners) -> None:
    """That every headline has an owner, and that headlines rise."""
    _check_types(owners, {"ids": np.int64, "owners": np.int64}, "owners")
    _expect(len(owners.ids) == len(owners.owners), "owners.owners", f"{len(owners.ids)} values")
    _expect(_rises(owners.ids), "owners.ids", "rising ids")


def check_promises(popularity_predictions: PopularityPredictions, size: int) -> None:
    """That what is foretold, and was learnt by then, is of the first `size` articles."""
    for name, values in popularity_predictions.values.items():
        _expect(values.ndim == 2 and len(values) <= size, f"promise.{name}", f"{size} rows or fewer")
    for state in popularity_predictions.states:
        for name, learnt in state.items():
            _check_types(learnt, {"terms": np.int32}, name)
            _check_range(learnt.terms, COLUMNS, f"{name}.terms")
            _expect(_rises(learnt.terms), f"{name}.terms", "rising terms")
            shape = (len(learnt.terms), *learnt.bias.shape)
            _expect(learnt.weights.shape == shape, f"{name}.weights", f"the shape {shape}")
            _expect(learnt.squares.shape == shape, f"{name}.squares", f"the shape {shape}")
            _expect(0 <= learnt.taught <= learnt.row <= size, f"{name}.row", f"at most {size}")


def _check_types(holder: object, types: Mapping[str, Any], name: str) -> None:
    for each, dtype in types.items():
        values = getattr(holder, each)
        _expect(values.ndim == 1 and values.dtype == dtype, f"{name}.{each}", f"a row of {np.dtype(dtype)}")


def _check_lengths(holder: object, names: Iterable[str], what: str) -> None:
    lengths = {len(getattr(holder, name)) for name in names}
    _expect(len(lengths) == 1, f"{what}: {', '.join(names)}", "one length")


def _check_offsets(offsets: NDArray[np.int64], length: int, name: str, *, cut: bool = False) -> None:
    """That slices follow one another from 0 to `length`; with `cut` they may end before it."""
    fits = len(offsets) > 0 and int(offsets[0]) == 0 and bool((offsets[1:] >= offsets[:-1]).all())
    end = int(offsets[-1]) if fits else -1
    _expect(fits and (end <= length if cut else end == length), name, f"rising offsets from 0 to {length}")


def _check_range(values: NDArray[Any], size: int, name: str) -> None:
    fits = not len(values) or (int(values.min()) >= 0 and int(values.max()) < size)
    _expect(fits, name, f"numbers from 0, below {size}")


def _rises(values: NDArray[Any]) -> bool:
    return bool((values[1:] > values[:-1]).all())


def _expect(fits: bool, name: str, expected: str) -> None:
    if not fits:
        raise ValueError(f"{name}: expected {expected}")
