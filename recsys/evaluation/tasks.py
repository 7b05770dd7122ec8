"""Tasks: the figures of every ranker with intervals, differences and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date

import numpy as np

from recsys.corpus import Corpus
from recsys.domain import from_microseconds
from recsys.evaluation import beyond_accuracy
from recsys.evaluation.judgments import APART, HORIZONS, JudgedQuery, Judgments, task_name
from recsys.evaluation.metrics import MAIN, METRICS, Metric, measure
from recsys.evaluation.replay import Answer, ListFacts, Values
from recsys.evaluation.results import Figure, QueryResult, Ranked, Task, TaskKind
from recsys.evaluation.slices import build_slices
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.systems import Scorer, System

SAYS: Mapping[str, str] = {
    "related": "For an article: the related stories that editors chose",
    "links": "For an article: the stories that its text links to",
}


def measure_tasks(
    corpus: Corpus,
    judgments: Judgments,
    systems: Sequence[System],
    answers: Sequence[Answer],
    metrics: Mapping[str, Metric] = METRICS,
) -> dict[str, Task]:
    """Every task with queries; those for an article first."""
    tasks = {}
    for name, kind, says, site, scope in _named(judgments):
        own = [answer for answer in answers if name in answer.query.gains]
        if own:
            measured = _Measured(corpus, judgments, name, own, metrics)
            tasks[name] = measured.task(kind, says, site, scope, systems)
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
            says = f"Without an article: the most-read list {source.title or ''}".rstrip() + f" {later}"
            for mark, more in (("", ""), (" new", ", new entries only")):
                name = task_name(f"appeal +{hours}h{mark}", ranking.label)
                named.append((name, "appeal", says + more, source.site, source.scope))
    return named


class _Measured:
    """The answers to the queries of one task, with their metrics."""

    def __init__(
        self,
        corpus: Corpus,
        judgments: Judgments,
        name: str,
        answers: Sequence[Answer],
        metrics: Mapping[str, Metric],
    ) -> None:
        self.corpus, self.judgments, self.name, self.answers = corpus, judgments, name, answers
        self.metrics = metrics
        self.lists = [
            {who: self._evaluated(a, rows.tolist()) for who, rows in a.rows.items()} for a in answers
        ]
        self.bootstrap = Bootstrap(len(answers), days=[_day(answer.query) for answer in answers])
        self.results = tuple(self._result(a, rows) for a, rows in zip(answers, self.lists, strict=True))

    @property
    def only_new(self) -> bool:
        """Whether entries of the current list are left out."""
        return self.name.partition(" (")[0].endswith(" new")

    def _evaluated(self, answer: Answer, rows: Sequence[int]) -> list[int]:
        current = answer.query.standing if self.only_new else frozenset()
        return [row for row in rows if row not in current]

    def _result(self, answer: Answer, lists: Mapping[str, Sequence[int]]) -> QueryResult:
        gains = answer.query.gains[self.name]
        values = {
            who: measure([gains.get(row, 0.0) for row in rows], list(gains.values()), self.metrics)
            for who, rows in lists.items()
        }
        return describe(self.corpus, answer.query, gains, values)

    def task(
        self, kind: TaskKind, says: str, site: str | None, scope: str | None, systems: Sequence[System]
    ) -> Task:
        """The task with every system that takes part."""
        participants = [system for system in systems if self._takes_part(system, kind)]
        names = [each.name for each in participants]
        values = {name: self._values(name) for name in names}
        best = best_of([e.name for e in participants if e.about.kind == "baseline"], values, MAIN)
        need_article = {e.name for e in participants if isinstance(e, Scorer) and e.needs_article}
        rankers = {
            name: Ranked(
                name,
                {metric: self.bootstrap.mean(by_query) for metric, by_query in values[name].items()},
                {} if self.only_new else self._beyond(name, kind),
                None
                if best is None or name == best
                else compare(values[name][MAIN], values[best][MAIN], self.bootstrap, than=best, metric=MAIN),
                needs_article=name in need_article,
            )
            for name in names
        }
        return Task(
            self.name,
            kind,
            says,
            site,
            scope,
            MAIN,
            rankers,
            best,
            self.results,
            build_slices(self.results, names, MAIN),
        )

    def _takes_part(self, system: System, kind: TaskKind) -> bool:
        """Whether it answered a query; a run for `links`, which shares ids with `related`, needs all."""
        answered = [bool(rows[system.name]) for rows in self.lists]
        return all(answered) if kind == "links" and system.about.kind == "run" else any(answered)

    def _values(self, name: str) -> dict[str, Values]:
        by_query = [each.values[name] for each in self.results]
        return {metric: np.array([values[metric] for values in by_query]) for metric in by_query[0]}

    def _beyond(self, name: str, kind: TaskKind) -> dict[str, Figure]:
        tops = [rows[name][: beyond_accuracy.PLACES] for rows in self.lists]
        recommended = [row for top in tops for row in top]
        last = self.corpus.at_microseconds(max(answer.query.moment for answer in self.answers))
        possible = int((self.corpus.named_at[: last.size] < last.moment).sum())
        figures = {
            "coverage": Figure(beyond_accuracy.coverage(recommended, possible), None, None, len(recommended)),
            "gini": Figure(beyond_accuracy.gini(recommended, possible), None, None, len(recommended)),
        }
        for each in fields(ListFacts):
            values = np.array([getattr(answer.facts[name], each.name) for answer in self.answers])
            defined = values[~np.isnan(values)]
            if len(defined):
                bootstrap = self.bootstrap if len(defined) == len(values) else Bootstrap(len(defined))
                estimate = bootstrap.median if each.name == "age" else bootstrap.mean
                figures[BEYOND[each.name]] = estimate(defined)
        if kind == "appeal":
            figures |= _churn([answer.query for answer in self.answers], tops)
        return figures


def _day(query: JudgedQuery) -> date:
    return from_microseconds(query.moment).date()


BEYOND: Mapping[str, str] = {
    "age": "median age",
    "duplicates": "duplicates",
    "diversity": "diversity",
    "empty": "empty",
    "lift": "popularity lift",
}
"""Names of list properties in results."""


def _churn(queries: Sequence[JudgedQuery], tops: Sequence[Sequence[int]]) -> dict[str, Figure]:
    """Churn between consecutive moments; larger gaps are skipped."""
    changed = [
        beyond_accuracy.churn(tops[n - 1], tops[n])
        for n in range(1, len(queries))
        if queries[n].moment - queries[n - 1].moment <= 2 * APART
    ]
    return {"churn": Bootstrap(len(changed)).mean(np.array(changed))} if changed else {}


def best_of(names: Sequence[str], values: Mapping[str, Mapping[str, Values]], metric: str) -> str | None:
    """The best in a metric, the first of equals; None if there are no names."""
    return max(names, key=lambda name: float(values[name][metric].mean()), default=None)


def describe(
    corpus: Corpus, query: JudgedQuery, gains: Mapping[int, float], values: Mapping[str, Mapping[str, float]]
) -> QueryResult:
    """The result of a query with its properties."""
    article = None if query.row is None else corpus.stored[query.row].article
    published = None if article is None else article.published_at
    moment = from_microseconds(query.moment)
    rows = np.array(sorted(gains), dtype=np.int64)
    has_article = query.row is not None
    return QueryResult(
        id=query.id,
        as_of=moment,
        url=None if article is None else article.url,
        headline=None if article is None else article.label,
        section=None if article is None else article.section,
        language=None if article is None else article.language,
        age=None if published is None else (moment - published).total_seconds() / 3600,
        length=None if article is None else len(article.body or ""),
        listed=_sightings(corpus, np.array([query.row]), query.moment) > 0 if has_article else None,
        history=_history(corpus, rows, query.moment) / max(len(rows), 1),
        relevant=len(gains),
        values=values,
    )


def _sightings(corpus: Corpus, rows: np.ndarray[tuple[int], np.dtype[np.int64]], moment: int) -> int:
    seen = corpus.lists.sightings(rows, moment)
    return int(corpus.lists.standalone[seen.lists].sum())


def _history(corpus: Corpus, rows: np.ndarray[tuple[int], np.dtype[np.int64]], moment: int) -> int:
    return _sightings(corpus, rows, moment) + len(corpus.links.origins(rows, moment)[0])
