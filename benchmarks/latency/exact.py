"""Whether our candidates hold what exact TF-IDF finds: the same counts, weighted and multiplied by scipy.

A text's weights use the document frequencies of its arrival, a query's those of the moment
(`recsys.corpus.inverted_index` says why). Here they are computed once more, from nothing but the counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.latency.corpus import END
from benchmarks.latency.ours import WINDOWS
from recsys.corpus import Corpus as NewsCorpus
from recsys.corpus.analysis import count_terms, field_texts
from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Article
from recsys.ranking.candidates import find_candidates
from recsys.ranking.features import QueryContext
from recsys.text import content_terms

TOP = 100
SAME = 1e-6
"""Cosines as near as this are a tie; of a tie at the last place any row will do."""
PORTION = 20_000


@dataclass(frozen=True)
class Exact:
    """TF-IDF of all texts, in order of arrival."""

    counts: sparse.csr_matrix
    weighted: sparse.csr_matrix
    holding: Ints
    """How many texts hold each term."""

    def cosines(self, row: int) -> Floats:
        """Of the text of a row with every text; shape (texts,)."""
        part = slice(self.counts.indptr[row], self.counts.indptr[row + 1])
        terms, counts = self.counts.indices[part], self.counts.data[part]
        weights = (1 + np.log(counts)) * _rarity(self.holding[terms], self.counts.shape[0])
        query = np.zeros(self.counts.shape[1], dtype=np.float32)
        query[terms] = weights / np.linalg.norm(weights)
        found: Floats = self.weighted @ query
        return found


def weigh_exactly(articles: Iterable[Article]) -> Exact:
    """Counts of the texts, and their weights at arrival."""
    parts = [
        count_terms(
            [(field_texts(each)["text"], each.language) for each in portion],
            lambda text: content_terms(*text),
        )
        for portion in _portions(iter(articles))
    ]
    hashed = sparse.vstack(parts, format="csr")
    del parts
    held, columns = np.unique(hashed.indices, return_inverse=True)
    counts = sparse.csr_matrix((hashed.data, columns, hashed.indptr), shape=(hashed.shape[0], len(held)))
    order = np.argsort(columns, kind="stable")  # by term, within a term by arrival
    holding = np.bincount(columns, minlength=len(held))
    earlier = np.empty(counts.nnz, dtype=np.int64)
    earlier[order] = np.arange(counts.nnz) - np.repeat(np.cumsum(holding) - holding, holding)
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    weights = (1 + np.log(counts.data)) * _rarity(earlier + 1, row + 1)
    weights /= np.sqrt(np.bincount(row, weights**2, minlength=counts.shape[0]))[row]
    weighted = sparse.csr_matrix((weights.astype(np.float32), counts.indices, counts.indptr), counts.shape)
    return Exact(counts, weighted, holding)


def _portions(articles: Iterator[Article]) -> Iterator[list[Article]]:
    while portion := list(islice(articles, PORTION)):
        yield portion


def _rarity(holding: Ints, of: Ints | int) -> NDArray[np.float64]:
    """BM25's inverse document frequency, above zero."""
    return np.log((of + 1.0) / (holding + 0.5))


def check(
    archive: NewsCorpus, exact: Exact, queries: Sequence[Article], rows: Sequence[int]
) -> dict[str, object]:
    """Of the exact best TOP of each query, the share among our candidates, by window."""
    figures: dict[str, object] = {"queries": len(queries), "top": TOP}
    first_seen = archive.first_seen
    found: dict[str, list[float]] = {name: [] for name in WINDOWS}
    apart = 0.0
    for article, row in zip(queries, rows, strict=True):
        cosines = exact.cosines(row)
        query = archive.query(article)
        reading = QueryContext(archive.at(END), query)
        apart = max(apart, float(np.abs(reading.similarity_to_all - cosines).max()))
        for name, window in WINDOWS.items():
            first = 0 if window is None else int(np.searchsorted(first_seen, _microseconds_before(window)))
            found[name].append(
                _recall(cosines, first, row, find_candidates(QueryContext(reading.view, query, window)))
            )
    for name, shares in found.items():
        figures[f"recall_{name}"] = round(float(np.mean(shares)), 4)
    return {**figures, "largest_difference_of_cosine": apart}


def _microseconds_before(window: timedelta) -> int:
    return int((END - window).timestamp()) * 1_000_000


def _recall(cosines: Floats, first: int, row: int, candidates: Ints) -> float:
    """The share of the best TOP rows from `first`, the query's own left out, that the candidates hold."""
    others = cosines.copy()
    others[:first], others[row] = 0, 0
    wanted = min(TOP, int((others > 0).sum()))
    if not wanted:
        return 1.0
    edge = float(np.partition(others, len(others) - wanted)[len(others) - wanted])
    held = others[candidates]
    above = int((held > edge + SAME).sum())
    return min(above + int((np.abs(held - edge) <= SAME).sum()), wanted) / wanted
