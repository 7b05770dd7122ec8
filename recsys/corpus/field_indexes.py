"""The term indexes of all fields of the articles, which grow together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scipy import sparse

from recsys.corpus.analysis import FIELDS
from recsys.corpus.inverted_index import InvertedIndex
from recsys.corpus.term_segments import TermSegment

PARTS = ("headline", "lead", "tag_words")
"""Fields that are compared with one another and with the text, and so share its document frequencies."""


def indexes_of(segments: Mapping[str, Sequence[TermSegment]]) -> dict[str, InvertedIndex]:
    """The indexes of all fields, of the segments of each."""
    whole = InvertedIndex(segments["text"])
    return {
        name: whole if name == "text" else InvertedIndex(segments[name], whole if name in PARTS else None)
        for name in FIELDS
    }


def index_fields(counts: dict[str, sparse.csr_matrix]) -> dict[str, InvertedIndex]:
    """The term indexes of all fields; `counts` has a row for each article, in order of arrival."""
    return extend_fields(indexes_of(dict.fromkeys(FIELDS, ())), counts)


def extend_fields(
    terms: dict[str, InvertedIndex], counts: dict[str, sparse.csr_matrix]
) -> dict[str, InvertedIndex]:
    """The indexes with more rows."""
    whole = terms["text"].extended(counts["text"])
    return {
        name: whole if name == "text" else index.extended(counts[name], whole if name in PARTS else None)
        for name, index in terms.items()
    }
