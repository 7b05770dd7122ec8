"""Whether a model that was just trained may take the place of the one in use.

It is judged by what the site itself shows: related boxes, links in articles, most-read lists. Never by
clicks: whoever made clicks that taught a model something wrong would make those that find it good. Where
nothing of the site says what belongs beside an article, no test can tell whether what clicks taught is right,
and a model that they have taught must stay near the one in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from recsys.corpus import Corpus, CorpusView
from recsys.domain import Kind
from recsys.errors import EvaluationError
from recsys.evaluation.evaluate import Evaluator, Plan
from recsys.evaluation.evaluated_models import load_model, load_pretrained
from recsys.evaluation.judgments import BESIDE
from recsys.evaluation.results import MODEL, Difference, Task
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.verdict import metric_name
from recsys.ranking import LogisticRanker, order
from recsys.ranking.features import CandidateSet, QueryContext, find_candidates
from recsys.store import Store

FEWEST = 10
"""Questions of a task below which it says nothing either way."""
LEAST_AGREEMENT = 0.5
"""Of the first ten stories beside an article, the part that has to stay where clicks alone have changed them.
In a simulated newsroom, whose stories are nearly as good as one another, a month of clicks leaves .8."""
EXAMINED = 50
"""Of the newest articles, beside which that is measured."""
FIRST = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, by task, the new model less the one in use."""

    differences: dict[str, Difference]
    figures: dict[str, float]
    """Of the new model, by what was measured in words."""
    agreement: float | None = None
    """The part of the first ten stories beside an article that stays with what clicks taught; None where no
    clicks taught, or where the site's own lists judge them."""

    @property
    def is_too_different(self) -> bool:
        """Whether clicks alone have changed the lists beside articles more than can be believed."""
        return self.agreement is not None and self.agreement < LEAST_AGREEMENT

    @property
    def worse(self) -> tuple[str, ...]:
        """The tasks in which the new model is worse: the whole interval of the differences lies below 0."""
        return tuple(
            name
            for name, found in self.differences.items()
            if found.figure.high is not None and found.figure.high < 0
        )


def judge_successor(
    store: Store, new: Path, used: Path | None, *, since: datetime, until: datetime
) -> Verdict:
    """Both models asked on what was seen in a period, which the new one must not have learnt from.

    The one in use may have: what it knows of the period can only speak for it. Without one it is the weights
    that ship with the package.
    """
    ours = load_model(new, "new")
    theirs = replace(load_pretrained(), label="used") if used is None else load_model(used, "used")
    if ours.learnt_until is not None and ours.learnt_until > since:
        raise EvaluationError("the new model has learnt from the period that it is to be judged on")
    plan = Plan(since, until, ours, against=(theirs,), allow_overlap=True, groups=(), clicks=False)
    tasks = Evaluator(store).evaluate(plan).tasks
    is_judged = any(task.kind in BESIDE.values() and len(task.queries) >= FEWEST for task in tasks.values())
    agreement = None
    if (ours.bundle.manifest.contexts or {}).get(Kind.SERVED) and not is_judged:
        corpus = Corpus.load(store, until, first_texts=True)
        agreement = measure_agreement(corpus.at(until), ours.bundle.ranker, theirs.bundle.ranker)
    return Verdict(dict(_differences(tasks)), dict(_figures(tasks, since)), agreement)


def measure_agreement(view: CorpusView, ours: LogisticRanker, theirs: LogisticRanker) -> float:
    """The part of the first ten stories beside the newest articles that two rankers have in common.

    Both have the appeal of the first, which most-read lists judge: what differs is what belongs together.
    """
    mine, other = ours.weights_, theirs.weights_
    rankers = (ours, LogisticRanker(replace(other, appeal=mine.appeal)))
    shares = list[float]()
    for row in range(max(view.size - EXAMINED, 0), view.size):
        reading = QueryContext(view, view.corpus.query_row(row))
        question = CandidateSet(reading, find_candidates(reading))
        first, second = (
            set(question.rows[order(ranker.score(question).total, question.rows)[:FIRST]].tolist())
            for ranker in rankers
        )
        if first:
            shares.append(len(first & second) / len(first))
    return float(np.mean(shares)) if shares else 1.0


def _figures(tasks: Mapping[str, Task], since: datetime) -> Iterator[tuple[str, float]]:
    for name, task in tasks.items():
        if len(task.queries) >= FEWEST:
            words = f"{name} {metric_name(task.metric)} ({task.n} questions since {since:%Y-%m-%d})"
            yield words, task.rankers[MODEL].figures[task.metric].mean


def _differences(tasks: Mapping[str, Task]) -> Iterator[tuple[str, Difference]]:
    for name, task in tasks.items():
        other = next((ranker for ranker in task.rankers if ranker.startswith("used")), None)
        if other is None or len(task.queries) < FEWEST:
            continue
        ours, theirs = (
            np.array([asked.values[who][task.metric] for asked in task.queries]) for who in (MODEL, other)
        )
        found = compare(ours, theirs, Bootstrap(len(ours)), than=other, metric=task.metric)
        yield name, found
