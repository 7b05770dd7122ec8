"""Small newsrooms for worked examples, and the textbook formulas that give their expected values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log, log1p, sqrt

from recsys.domain import Article, Page
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, QueryContext, columns, compute
from tests.newsroom import address, at, corpus_of

YEAR, MONTH = 24 * 365, 24 * 30  # hours

Terms = dict[str, int]


def damped(terms: Terms) -> dict[str, float]:
    """The weight of each term where all terms are equally rare: 1 + log of its count."""
    return {term: 1 + log(count) for term, count in terms.items()}


def cosine(one: Terms, other: Terms) -> float:
    """The cosine of two texts whose terms are all equally rare."""
    a, b = damped(one), damped(other)
    dot = sum(a[term] * b[term] for term in a.keys() & b.keys())
    return dot / sqrt(sum(w * w for w in a.values()) * sum(w * w for w in b.values()))


def rarity(holding: int, rows: int) -> float:
    """BM25's inverse document frequency, plus one inside the logarithm."""
    return log(1 + (rows - holding + 0.5) / (holding + 0.5))


def saturated(count: int, relative_length: float) -> float:
    """BM25's weight of a term that occurs `count` times, k1 = 1.2 and b = .75."""
    return count / (count + 1.2 * (1 - 0.75 + 0.75 * relative_length))


def share(value: float, full: float) -> float:
    """log(1 + value) over log(1 + full), 1 at the most."""
    return min(log1p(value) / log1p(full), 1)


def logistic(value: float) -> float:
    return 1 / (1 + exp(-value))


@dataclass(frozen=True)
class Example:
    """One query at one moment, and the values of its candidates by column and slug."""

    name: str
    pages: tuple[Page, ...]
    query: Article | None
    hour: float
    slugs: tuple[object, ...]
    expected: dict[str, tuple[float, ...]]
    """Of each column a value for every slug, in their order."""

    def values(self) -> dict[str, tuple[float, ...]]:
        """What the features of this package give for the columns that are expected."""
        corpus = corpus_of(self.pages, at(self.hour))
        query = None if self.query is None else corpus.query(self.query)
        import numpy as np

        rows = np.array([corpus.row_of[address(slug)] for slug in self.slugs], dtype=np.int64)
        order = np.argsort(rows)
        groups = APPEAL if query is None else RELATEDNESS + APPEAL
        found = compute(groups, CandidateSet(QueryContext(corpus.at(at(self.hour)), query), rows[order]))
        by_name: dict[str, tuple[float, ...]] = {}
        for number, column in enumerate(columns(groups)):
            values = np.empty(len(rows))
            values[order] = found[:, number]
            by_name[column.name] = tuple(values.tolist())
        return by_name


def over_the_max(values: Iterable[float]) -> tuple[float, ...]:
    """Each value over the largest."""
    found = tuple(values)
    return tuple(value / max(found) if max(found) > 0 else 0.0 for value in found)


def reciprocal_rank(values: Iterable[float]) -> tuple[float, ...]:
    """1 for the largest, 1/2 for the next; 0 for 0. Equal values share the better rank."""
    found = tuple(values)
    return tuple(1 / (1 + sum(other > value for other in found)) if value > 0 else 0.0 for value in found)
