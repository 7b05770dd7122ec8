"""Decides whether a newly trained model may replace the current one.

It is evaluated against what the site itself publishes (related-story boxes, links, most-read lists), never
against clicks: whoever faked clicks to mislead training could fake those that confirm the result. If the site
publishes nothing about which articles are related, a model trained on clicks must stay close to the current
one.
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
from recsys.evaluation.evaluated_models import load_model, load_pretrained
from recsys.evaluation.evaluator import Evaluator, Plan
from recsys.evaluation.judgments import ARTICLE_TASKS
from recsys.evaluation.results import MODEL, Difference, Task
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.verdict import metric_name
from recsys.ranking import LogisticRanker, order
from recsys.ranking.features import CandidateSet, QueryContext, find_candidates
from recsys.store import Store

FEWEST = 10
"""Minimum number of queries for a task to count."""
LEAST_AGREEMENT = 0.5
"""Share of the top ten stories for an article that must stay the same if only clicks changed them.
In a simulated newsroom, whose stories are almost equally good, .8 stay after a month of clicks."""
EXAMINED = 50
"""Number of newest articles on which that is measured."""
FIRST = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """Differences of the new model from the current one, by task."""

    differences: dict[str, Difference]
    figures: dict[str, float]
    """Figures of the new model, by description."""
    agreement: float | None = None
    """Share of the top ten stories for an article that both models have in common; None if there were no
    clicks to train on, or if the site's own lists can evaluate them."""

    @property
    def is_too_different(self) -> bool:
        """Whether clicks alone changed the recommendations for articles too much."""
        return self.agreement is not None and self.agreement < LEAST_AGREEMENT

    @property
    def worse(self) -> tuple[str, ...]:
        """The tasks on which the new model is worse: the interval of the difference is below 0."""
        return tuple(
            name
            for name, found in self.differences.items()
            if found.figure.high is not None and found.figure.high < 0
        )


def judge_successor(
    store: Store, new: Path, used: Path | None, *, since: datetime, until: datetime
) -> Verdict:
    """Compare a new model with the current one, or with the pretrained weights if there is none, on a period.

    EvaluationError if the new model was trained on the period. The current one may have been: that can only
    favour it.
    """
    ours = load_model(new, "new")
    theirs = replace(load_pretrained(), label="used") if used is None else load_model(used, "used")
    if ours.trained_until is not None and ours.trained_until > since:
        raise EvaluationError("the new model was trained on the test period")
    plan = Plan(since, until, ours, against=(theirs,), allow_overlap=True, groups=(), clicks=False)
    tasks = Evaluator(store).evaluate(plan).tasks
    has_judgments = any(
        task.kind in ARTICLE_TASKS.values() and len(task.queries) >= FEWEST for task in tasks.values()
    )
    agreement = None
    if (ours.bundle.manifest.contexts or {}).get(Kind.SERVED) and not has_judgments:
        corpus = Corpus.load(store, until, first_texts=True)
        agreement = measure_agreement(corpus.at(until), ours.bundle.ranker, theirs.bundle.ranker)
    return Verdict(dict(_differences(tasks)), dict(_figures(tasks, since)), agreement)


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
        first, second = (
            set(candidates.rows[order(ranker.score(candidates).total, candidates.rows)[:FIRST]].tolist())
            for ranker in rankers
        )
        if first:
            shares.append(len(first & second) / len(first))
    return float(np.mean(shares)) if shares else 1.0


def _figures(tasks: Mapping[str, Task], since: datetime) -> Iterator[tuple[str, float]]:
    for name, task in tasks.items():
        if len(task.queries) >= FEWEST:
            description = f"{name} {metric_name(task.metric)} ({task.n} queries since {since:%Y-%m-%d})"
            yield description, task.rankers[MODEL].figures[task.metric].mean


def _differences(tasks: Mapping[str, Task]) -> Iterator[tuple[str, Difference]]:
    for name, task in tasks.items():
        other = next((ranker for ranker in task.rankers if ranker.startswith("used")), None)
        if other is None or len(task.queries) < FEWEST:
            continue
        ours, theirs = (
            np.array([asked.values[who][task.metric] for asked in task.queries]) for who in (MODEL, other)
        )
        difference = compare(ours, theirs, Bootstrap(len(ours)), than=other, metric=task.metric)
        yield name, difference
