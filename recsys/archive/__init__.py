"""The in-memory view of a store as of a moment: terms, list history, link history."""

from recsys.archive.archive import Archive, Query, View
from recsys.archive.counting import FIELDS
from recsys.archive.keeper import Keeper, keep, open_archive
from recsys.archive.keeping import check_index, remove_index
from recsys.archive.lists import KIND_CODE, ListHistory, gather
from recsys.archive.terms import TermIndex
from recsys.archive.weights import TermVector, WeightedTerms

__all__ = [
    "FIELDS",
    "KIND_CODE",
    "Archive",
    "Keeper",
    "ListHistory",
    "Query",
    "TermIndex",
    "TermVector",
    "View",
    "WeightedTerms",
    "check_index",
    "gather",
    "keep",
    "open_archive",
    "remove_index",
]
