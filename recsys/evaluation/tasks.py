"""Answers -> tasks: the figures of every ranker with their intervals, differences and slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import numpy as np

from recsys.corpus import Corpus
from recsys.domain import from_microseconds
from recsys.evaluation import beyond_accuracy
from recsys.evaluation.judgments import APART, HORIZONS, JudgedQuery, Judgments, task_name
from recsys.evaluation.metrics import MAIN, measure
from recsys.evaluation.replay import Answer, ListFacts, Values
from recsys.evaluation.results import Figure, QueryResult, Ranked, Slice, Task, TaskKind
from recsys.evaluation.slices import SLICES
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.systems import System

FEWEST = 5
"""Queries of a slice; of smaller ones no figure is given."""
SAYS: Mapping[str, str] = {
    "related": "Beside an article: what editors put into its list of related stories",
    "links": "Beside an article: what its text links to",
}


def measure_tasks(
    corpus: Corpus, judgments: Judgments, entrants: Sequence[System], answers: Sequence[Answer]
) -> dict[str, Task]:
    """Every task that has a judged query, those beside an article first."""
    tasks = {}
    for name, kind, says, site, scope in _named(judgments):
        asked = [answer for answer in answers if name in answer.query.gains]
        if asked:
            measured = _Measured(corpus, judgments, name, asked)
            tasks[name] = measured.task(kind, says, site, scope, entrants)
    return tasks


def _named(judgments: Judgments) -> list[tuple[str, TaskKind, str, str | None, str | None]]:
    named: list[tuple[str, TaskKind, str, str | None, str | None]] = [
        ("related", "related", SAYS["related"], None, None),
        ("links", "links", SAYS["links"], None, None),
    ]
    for ranking in judgments.rankings:
        source = ranking.source
        for hours in HORIZONS:
            later = f"{hours} hour{'s' if hours > 1 else ''} later"
            says = f"At a moment: the readers' ranking {source.title or ''}".rstrip() + f" {later}"
            for mark, more in (("", ""), (" new", ", only what is not on it yet")):
                name = task_name(f"appeal +{hours}h{mark}", ranking.label)
                named.append((name, "appeal", says + more, source.site, source.scope))
    return named


class _Measured:
    """The answers to the queries of one task, measured."""

    def __init__(self, corpus: Corpus, judgments: Judgments, name: str, answers: Sequence[Answer]) -> None:
        self.corpus, self.judgments, self.name, self.answers = corpus, judgments, name, answers
        self.lists = [{who: self._judged(a, rows.tolist()) for who, rows in a.rows.items()} for a in answers]
        self.bootstrap = Bootstrap(len(answers))
        self.asked = tuple(self._asked(a, rows) for a, rows in zip(answers, self.lists, strict=True))

    @property
    def only_new(self) -> bool:
        """Whether what stands on the ranking already is left out of every list."""
        return self.name.partition(" (")[0].endswith(" new")

    def _judged(self, answer: Answer, rows: Sequence[int]) -> list[int]:
        now = answer.query.standing if self.only_new else frozenset()
        return [row for row in rows if row not in now]

    def _asked(self, answer: Answer, lists: Mapping[str, Sequence[int]]) -> QueryResult:
        gains = answer.query.gains[self.name]
        values = {
            who: measure([gains.get(row, 0.0) for row in rows], list(gains.values()))
            for who, rows in lists.items()
        }
        return describe(self.corpus, answer.query, gains, values)

    def task(
        self, kind: TaskKind, says: str, site: str | None, scope: str | None, entrants: Sequence[System]
    ) -> Task:
        """The task with every entrant that takes part."""
        took_part = [entrant for entrant in entrants if self._takes_part(entrant, kind)]
        names = [each.name for each in took_part]
        values = {name: self._values(name) for name in names}
        best = best_of([e.name for e in took_part if e.about.kind == "baseline"], values, MAIN)
        rankers = {
            name: Ranked(
                name,
                {metric: self.bootstrap.mean(found) for metric, found in values[name].items()},
                {} if self.only_new else self._beyond(name, kind),
                None
                if best is None or name == best
                else compare(values[name][MAIN], values[best][MAIN], self.bootstrap, than=best, metric=MAIN),
            )
            for name in names
        }
        return Task(
            self.name, kind, says, site, scope, MAIN, rankers, best, self.asked, cut(self.asked, names, MAIN)
        )

    def _takes_part(self, entrant: System, kind: TaskKind) -> bool:
        """Whether it answered a query; of links a run all: one for `related` has some of their ids."""
        answered = [bool(rows[entrant.name]) for rows in self.lists]
        return all(answered) if kind == "links" and entrant.about.kind == "run" else any(answered)

    def _values(self, name: str) -> dict[str, Values]:
        by_query = [each.values[name] for each in self.asked]
        return {metric: np.array([values[metric] for values in by_query]) for metric in by_query[0]}

    def _beyond(self, name: str, kind: TaskKind) -> dict[str, Figure]:
        tops = [rows[name][: beyond_accuracy.PLACES] for rows in self.lists]
        shown = [row for top in tops for row in top]
        last = self.corpus.at_microseconds(max(answer.query.moment for answer in self.answers))
        possible = int((self.corpus.named_at[: last.size] < last.moment).sum())
        found = {
            "coverage": Figure(beyond_accuracy.coverage(shown, possible), None, None, len(shown)),
            "gini": Figure(beyond_accuracy.gini(shown, possible), None, None, len(shown)),
        }
        for each in fields(ListFacts):
            values = np.array([getattr(answer.facts[name], each.name) for answer in self.answers])
            said = values[~np.isnan(values)]
            if len(said):
                bootstrap = self.bootstrap if len(said) == len(values) else Bootstrap(len(said))
                estimate = bootstrap.median if each.name == "age" else bootstrap.mean
                found[BEYOND[each.name]] = estimate(said)
        if kind == "appeal":
            found |= _churn([answer.query for answer in self.answers], tops)
        return found


BEYOND: Mapping[str, str] = {
    "age": "median age",
    "duplicates": "duplicates",
    "diversity": "diversity",
    "empty": "empty",
    "lift": "popularity lift",
}
"""What the facts of lists are called in results."""


def _churn(queries: Sequence[JudgedQuery], tops: Sequence[Sequence[int]]) -> dict[str, Figure]:
    """Between moments that follow one another; a gap of more than two steps is none."""
    changed = [
        beyond_accuracy.churn(tops[n - 1], tops[n])
        for n in range(1, len(queries))
        if queries[n].moment - queries[n - 1].moment <= 2 * APART
    ]
    return {"churn": Bootstrap(len(changed)).mean(np.array(changed))} if changed else {}


def best_of(names: Sequence[str], values: Mapping[str, Mapping[str, Values]], metric: str) -> str | None:
    """The best in a metric, of equals the first; None of none."""
    return max(names, key=lambda name: float(values[name][metric].mean()), default=None)


def cut(asked: Sequence[QueryResult], names: Sequence[str], metric: str) -> tuple[Slice, ...]:
    """Every slice of at least FEWEST queries, in the order of SLICES."""
    found = []
    for by, value_of in SLICES.items():
        values: dict[str, list[QueryResult]] = {}
        for each in asked:
            value = value_of(each)
            if value is not None:
                values.setdefault(value, []).append(each)
        found += [_slice(by, value, values[value], names, metric) for value in _ordered(values, value_of)]
    return tuple(each for each in found if each.n >= FEWEST)


def _ordered(
    values: Mapping[str, list[QueryResult]], value_of: Callable[[QueryResult], str | None]
) -> list[str]:
    order = list(getattr(value_of, "order", ()))
    return sorted(
        values, key=lambda value: (order.index(value) if value in order else 0, -len(values[value]))
    )


def _slice(by: str, value: str, asked: Sequence[QueryResult], names: Sequence[str], metric: str) -> Slice:
    bootstrap = Bootstrap(len(asked))
    figures = {name: bootstrap.mean(np.array([e.values[name][metric] for e in asked])) for name in names}
    return Slice(by, value, len(asked), figures)


def describe(
    corpus: Corpus, query: JudgedQuery, gains: Mapping[int, float], values: Mapping[str, Mapping[str, float]]
) -> QueryResult:
    """A query with what is known about it."""
    article = None if query.row is None else corpus.stored[query.row].article
    published = None if article is None else article.published_at
    moment = from_microseconds(query.moment)
    rows = np.array(sorted(gains), dtype=np.int64)
    beside = query.row is not None
    return QueryResult(
        id=query.id,
        as_of=moment,
        url=None if article is None else article.url,
        headline=None if article is None else article.label,
        section=None if article is None else article.section,
        language=None if article is None else article.language,
        age=None if published is None else (moment - published).total_seconds() / 3600,
        length=None if article is None else len(article.body or ""),
        listed=_sightings(corpus, np.array([query.row]), query.moment) > 0 if beside else None,
        history=_history(corpus, rows, query.moment) / max(len(rows), 1),
        relevant=len(gains),
        values=values,
    )


def _sightings(corpus: Corpus, rows: np.ndarray[tuple[int], np.dtype[np.int64]], moment: int) -> int:
    seen = corpus.lists.sightings(rows, moment)
    return int(corpus.lists.standalone[seen.lists].sum())


def _history(corpus: Corpus, rows: np.ndarray[tuple[int], np.dtype[np.int64]], moment: int) -> int:
    return _sightings(corpus, rows, moment) + len(corpus.links.origins(rows, moment)[0])
