"""By what the queries of a task are sliced: tables of edges, and a function from query to slice each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recsys.evaluation.results import QueryResult


@dataclass(frozen=True, slots=True)
class Steps:
    """A number cut at edges: the first slice whose edge it lies below; None of no number."""

    number: Callable[[QueryResult], float | None]
    edges: tuple[tuple[float, str], ...]
    beyond: str

    @property
    def order(self) -> tuple[str, ...]:
        """The slices as the number rises."""
        return (*(name for _, name in self.edges), self.beyond)

    def __call__(self, asked: QueryResult) -> str | None:
        """The slice of a query."""
        number = self.number(asked)
        if number is None:
            return None
        return next((name for edge, name in self.edges if number < edge), self.beyond)


HOURS = ((6, "00-06 UTC"), (12, "06-12 UTC"), (18, "12-18 UTC"))
AGES = ((1, "under 1 h"), (6, "1-6 h"), (24, "6-24 h"))
LENGTHS = ((1_500, "under 1,500"), (3_000, "1,500-3,000"), (6_000, "3,000-6,000"))
HISTORY = ((1e-9, "none"), (3, "under 3"), (30, "3-30"), (300, "30-300"))


def _listed(asked: QueryResult) -> str | None:
    if asked.listed is None:
        return None
    return "on a list before" if asked.listed else "cold: on no list before"


SLICES: Mapping[str, Callable[[QueryResult], str | None]] = {
    "same_section": lambda asked: asked.section,
    "age": Steps(lambda asked: asked.age, AGES, "24 h and more"),
    "length": Steps(lambda asked: asked.length, LENGTHS, "6,000 and more"),
    "language": lambda asked: asked.language,
    "hour": Steps(lambda asked: asked.as_of.hour, HOURS, "18-24 UTC"),
    "article": _listed,
    "history": Steps(lambda asked: asked.history, HISTORY, "300 and more"),
}
"""section, language: the article's. age: hours from its publication to the moment. length: characters of its
text. hour: of the moment. article: whether it was new to the lists. history: sightings and links, before the
moment, of a story that was right, on average; `none` are the cold ones, of which behaviour says nothing."""
