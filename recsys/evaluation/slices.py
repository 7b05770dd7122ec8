"""Slices of a task's queries: by section, age, length, language, hour and history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.results import QueryResult, Slice
from recsys.evaluation.statistics import Bootstrap

MIN_QUERIES = 5
"""Slices with fewer queries are left out."""


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of a number: the first whose edge is above it; None without a number."""

    number: Callable[[QueryResult], float | None]
    edges: tuple[tuple[float, str], ...]
    beyond: str

    @property
    def order(self) -> tuple[str, ...]:
        """The bins in rising order."""
        return (*(name for _, name in self.edges), self.beyond)

    def __call__(self, query: QueryResult) -> str | None:
        """The bin of a query."""
        number = self.number(query)
        if number is None:
            return None
        return next((name for edge, name in self.edges if number < edge), self.beyond)


NO_HISTORY, COLD_ARTICLE = "none", "cold: on no list before"
HOURS = ((6, "00-06 UTC"), (12, "06-12 UTC"), (18, "12-18 UTC"))
AGES = ((1, "under 1 h"), (6, "1-6 h"), (24, "6-24 h"))
LENGTHS = ((1_500, "under 1,500"), (3_000, "1,500-3,000"), (6_000, "3,000-6,000"))
HISTORY = ((1e-9, NO_HISTORY), (3, "under 3"), (30, "3-30"), (300, "30-300"))


def _listed(query: QueryResult) -> str | None:
    if query.listed is None:
        return None
    return "on a list before" if query.listed else COLD_ARTICLE


SLICES: Mapping[str, Callable[[QueryResult], str | None]] = {
    "section": lambda query: query.section,
    "age": Bins(lambda query: query.age, AGES, "24 h and more"),
    "length": Bins(lambda query: query.length, LENGTHS, "6,000 and more"),
    "language": lambda query: query.language,
    "hour": Bins(lambda query: query.as_of.hour, HOURS, "18-24 UTC"),
    "article": _listed,
    "history": Bins(lambda query: query.history, HISTORY, "300 and more"),
}
"""section, language: those of the article. age: hours since its publication. length: characters of its text.
hour: of the moment. article: whether it had been on a list before. history: earlier list and link
observations per relevant story; `none` are cold stories, about which behaviour says nothing."""


def build_slices(queries: Sequence[QueryResult], names: Sequence[str], metric: str) -> tuple[Slice, ...]:
    """Every slice of at least MIN_QUERIES queries, in the order of SLICES."""
    slices = list[Slice]()
    for by, value_of in SLICES.items():
        members: dict[str, list[QueryResult]] = {}
        for each in queries:
            value = value_of(each)
            if value is not None:
                members.setdefault(value, []).append(each)
        slices += [_slice(by, value, members[value], names, metric) for value in _ordered(members, value_of)]
    return tuple(each for each in slices if each.n >= MIN_QUERIES)


def _ordered(
    members: Mapping[str, list[QueryResult]], value_of: Callable[[QueryResult], str | None]
) -> list[str]:
    order = list(getattr(value_of, "order", ()))
    return sorted(
        members, key=lambda value: (order.index(value) if value in order else 0, -len(members[value]))
    )


def _slice(by: str, value: str, queries: Sequence[QueryResult], names: Sequence[str], metric: str) -> Slice:
    bootstrap = Bootstrap(len(queries))
    figures = {name: bootstrap.mean(np.array([q.values[name][metric] for q in queries])) for name in names}
    return Slice(by, value, len(queries), figures)
