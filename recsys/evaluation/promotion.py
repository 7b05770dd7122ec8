"""Decides whether a newly trained model may replace the current one.

It is evaluated against what the site itself publishes (related-story boxes, links, most-read lists), never
against clicks: whoever faked clicks to mislead training could fake those that confirm the result. If the site
publishes nothing about which articles are related, a model trained on clicks must stay close to the current
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from recsys.corpus import Corpus, CorpusView
from recsys.domain import Kind, format_time
from recsys.errors import EvaluationError
from recsys.evaluation.evaluated_models import load_model, load_pretrained
from recsys.evaluation.evaluator import Evaluator, Plan
from recsys.evaluation.judgments import ARTICLE_TASKS
from recsys.evaluation.results import MODEL, Difference, Task
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.verdict import metric_name
from recsys.ranking import LogisticRanker, Ranker, order
from recsys.ranking.features import CandidateSet, QueryContext, find_candidates
from recsys.store import Store

HELD_OUT = timedelta(days=2)
"""The length of the validation period, unless the current model was trained on a part of it."""
FEWEST = 10
"""Minimum number of queries for a task to count."""
LEAST_AGREEMENT = 0.5
"""Share of the top ten stories for an article that must stay the same if only clicks changed them.
In a simulated newsroom, whose stories are almost equally good, .8 stay after a month of clicks."""
EXAMINED = 50
"""Number of newest articles on which that is measured."""
FIRST = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """The means of a metric for the new model and the current one over the queries of a task."""

    task: str
    metric: str
    queries: int
    new: float
    current: float
    difference: Difference

    @property
    def is_worse(self) -> bool:
        """Whether the new model is worse: the interval of the difference is below 0."""
        high = self.difference.figure.high
        return high is not None and high < 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The comparison of the new model with the current one over the validation period."""

    since: datetime
    until: datetime
    comparisons: tuple[Comparison, ...]
    agreement: float | None = None
    """Share of the top ten stories for an article that both models have in common; None if there were no
    clicks to train on, or if the site's own lists can evaluate them."""

    @property
    def is_too_different(self) -> bool:
        """Whether clicks alone changed the recommendations for articles too much."""
        return self.agreement is not None and self.agreement < LEAST_AGREEMENT

    @property
    def worse(self) -> tuple[str, ...]:
        """The tasks on which the new model is worse."""
        return tuple(each.task for each in self.comparisons if each.is_worse)

    @property
    def figures(self) -> dict[str, float]:
        """The figures of the new model, by description."""
        return {
            f"{each.task} {metric_name(each.metric)} ({each.queries} queries since {self.since:%Y-%m-%d})": (
                each.new
            )
            for each in self.comparisons
        }


def validation_start(current: Path | None, until: datetime) -> datetime:
    """The start of the validation period: no model that is compared may have been trained on it.

    It is two days before its end, or later if the training data of the current model ends later.
    EvaluationError if that leaves nothing.
    """
    trained_until = None if current is None else load_model(current, "current").trained_until
    if trained_until is not None and trained_until >= until:
        raise EvaluationError(
            f"{current_label(current)} was trained on everything before {format_time(trained_until)}: nothing"
            f" later was seen before {format_time(until)}, so no model can be compared with it"
        )
    start = until - HELD_OUT
    return start if trained_until is None else max(start, trained_until)


def current_label(current: Path | None) -> str:
    """The name of the current model in messages."""
    return "the pretrained weights" if current is None else current.name


def judge_successor(
    store: Store,
    new: Path,
    current: Path | None,
    *,
    since: datetime,
    until: datetime,
    is_refitted: bool = False,
) -> Verdict:
    """Compare a new model with the current one, or with the pretrained weights if there is none, on a period.

    EvaluationError if either was trained on the period. A model that was refitted on it afterwards is at an
    advantage there; if it is worse nevertheless, what it was refitted on misleads.
    """
    ours = load_model(new, "new")
    theirs = replace(load_pretrained(), label="used") if current is None else load_model(current, "used")
    for which, model in (("new", ours), ("current", theirs)):
        may_overlap = is_refitted if which == "new" else current is None
        if not may_overlap and model.trained_until is not None and model.trained_until > since:
            raise EvaluationError(f"the {which} model was trained on the test period")
    plan = Plan(since, until, ours, against=(theirs,), allow_overlap=True, groups=(), clicks=False)
    tasks = Evaluator(store).evaluate(plan).tasks
    has_judgments = any(
        task.kind in ARTICLE_TASKS.values() and len(task.queries) >= FEWEST for task in tasks.values()
    )
    agreement = None
    if (ours.bundle.manifest.contexts or {}).get(Kind.SERVED) and not has_judgments:
        corpus = Corpus.load(store, until, first_texts=True)
        agreement = measure_agreement(corpus.at(until), ours.bundle.ranker, theirs.bundle.ranker)
    return Verdict(since, until, tuple(_compare_tasks(tasks)), agreement)


def measure_agreement(view: CorpusView, ours: LogisticRanker, theirs: LogisticRanker) -> float:
    """The share of the top ten stories that two rankers have in common, for the newest articles.

    Both use the appeal of the first, which most-read lists can evaluate; only relatedness differs.
    """
    mine, other = ours.weights_, theirs.weights_
    rankers = (ours, LogisticRanker(replace(other, appeal=mine.appeal)))
    shares = list[float]()
    for row in range(max(view.size - EXAMINED, 0), view.size):
        context = QueryContext(view, view.corpus.query_row(row))
        candidates = CandidateSet(context, find_candidates(context))
        first, second = (set(_first(ranker, candidates)) for ranker in rankers)
        if first:
            shares.append(len(first & second) / len(first))
    return float(np.mean(shares)) if shares else 1.0


def _first(ranker: Ranker, candidates: CandidateSet) -> list[int]:
    """The rows that a ranker puts first."""
    best = order(ranker.score(candidates).total, candidates.times, candidates.rows)[:FIRST]
    first: list[int] = candidates.rows[best].tolist()
    return first


def _compare_tasks(tasks: Mapping[str, Task]) -> Iterator[Comparison]:
    for name, task in tasks.items():
        other = next((ranker for ranker in task.rankers if ranker.startswith("used")), None)
        if other is None or len(task.queries) < FEWEST:
            continue
        ours, theirs = (
            np.array([asked.values[who][task.metric] for asked in task.queries]) for who in (MODEL, other)
        )
        difference = compare(ours, theirs, Bootstrap(len(ours)), than=other, metric=task.metric)
        new, current = (task.rankers[who].figures[task.metric].mean for who in (MODEL, other))
        yield Comparison(name, task.metric, len(task.queries), new, current, difference)
