"""The results as a newsroom would say them: numbers out of a hundred, and no metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from recsys.evaluation.results import FEWEST, MODEL, Task, TaskKind

RANKERS: Final[Mapping[str, str]] = {
    "newest": "the newest stories",
    "popularity": "the most read so far",
    "persistence": "assuming that the list does not change",
    "tfidf": "simple text matching",
    "bm25": "simple text matching",
    "served": "the order that was shown",
}
"""What the baselines are called; other rankers have their names."""


@dataclass(frozen=True, slots=True)
class _Template:
    """The metric to say, how to say it, and its number in words."""

    metric: str
    sentence: str
    number: Callable[[float], str]
    queries: str
    """What the queries are called."""


def describe_plainly(tasks: Iterable[Task]) -> tuple[str, ...]:
    """A sentence per task, with the best baseline for comparison; none for too few queries."""
    return tuple(_describe(task) for task in tasks if task.n >= FEWEST)


def _describe(task: Task) -> str:
    template, scope = _TEMPLATES[task.kind], task.name.partition(" (")[2].removesuffix(")")
    ours, *theirs = (
        template.number(task.rankers[name].figures[template.metric].mean)
        for name in (MODEL, task.best_baseline)
        if name is not None
    )
    sentence = template.sentence.format(ours, scope=f" of {scope}" if scope else "")
    count = f"{task.n:,} {template.queries}"
    if task.best_baseline is None:
        return f"{sentence} ({count})."
    also = "also " if theirs == [ours] else ""
    return f"{sentence} ({count}); {name_plainly(task.best_baseline)}: {also}{theirs[0]}."


def name_plainly(ranker: str) -> str:
    """What a ranker is called in a sentence."""
    return "the model" if ranker == MODEL else RANKERS.get(ranker, ranker)


def _of_hundred(share: float) -> str:
    return f"{100 * share:.0f}"


def _place(reciprocal_rank: float) -> str:
    """The harmonic mean of the places."""
    return f"{1 / reciprocal_rank:.1f}" if reciprocal_rank else "none"


_TEMPLATES: Final[Mapping[TaskKind, _Template]] = {
    "related": _Template(
        "hit@10", "{} of 100 lists contain a story your editors chose", _of_hundred, "articles"
    ),
    "links": _Template(
        "hit@10", "{} of 100 lists contain a story the article links to", _of_hundred, "articles"
    ),
    "appeal": _Template(
        "recall@10",
        "{} of 100 stories on the most-read list{scope} one hour later were predicted",
        _of_hundred,
        "moments",
    ),
    "clicks": _Template(
        "snips mrr",
        "The stories that readers clicked would be, on average, at about place {} from the top",
        _place,
        "lists with clicks",
    ),
}
