"""The inverted index, list history and link history of a store, as arrays ordered by time."""

from recsys.corpus.analysis import FIELDS
from recsys.corpus.corpus import Corpus, CorpusView, Query
from recsys.corpus.follower import CorpusFollower, open_corpus
from recsys.corpus.inverted_index import InvertedIndex
from recsys.corpus.list_history import KIND_CODE, ListHistory, gather
from recsys.corpus.persistence import check_index, remove_index
from recsys.corpus.term_segments import TermVector, WeightedTerms

__all__ = [
    "FIELDS",
    "KIND_CODE",
    "Corpus",
    "CorpusFollower",
    "CorpusView",
    "InvertedIndex",
    "ListHistory",
    "Query",
    "TermVector",
    "WeightedTerms",
    "check_index",
    "gather",
    "open_corpus",
    "remove_index",
]
