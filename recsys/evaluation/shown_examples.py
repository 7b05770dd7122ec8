"""Example queries for the report, with the lists of two rankers side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from recsys.domain import Recommendation, from_microseconds, opening
from recsys.evaluation.judgments import JudgedQuery
from recsys.evaluation.metrics import DEPTH
from recsys.evaluation.replay import Replay
from recsys.evaluation.results import MODEL, Chosen, Example, QueryResult, Shown, Task
from recsys.evaluation.statistics import TIED
from recsys.evaluation.systems import Scorer
from recsys.explain import give_reasons
from recsys.ranking.features import CandidateSet
from recsys.recommender import Recommender, Request

WINS, LOSSES = 5, 5
PLACES = 10
_OPENING = 240  # characters


def choose_examples(replay: Replay, tasks: Iterable[Task]) -> tuple[Example, ...]:
    """The biggest wins and losses against the best baseline in the main task; empty if all are ties."""
    task = next(filter(has_examples, tasks), None)
    if task is None:
        return ()
    by_id = {query.id: query for query in replay.judgments.queries}
    return tuple(
        build_example(replay, by_id[result.id], why, task=task, result=result) for why, result in pick(task)
    )


def has_examples(task: Task) -> bool:
    """Whether examples can come from a task: those of clicks are served lists, not queries to answer."""
    return task.kind != "clicks" and task.best_baseline is not None


def pick(task: Task) -> list[tuple[str, QueryResult]]:
    """Wins, the biggest first, then losses; of equal ones those with more relevant stories, never a tie."""
    other, metric = task.best_baseline or MODEL, task.metric
    gains = [(q.values[MODEL][metric] - q.values[other][metric], q) for q in task.queries]
    ordered = sorted(gains, key=lambda each: (-abs(each[0]), -each[1].relevant, each[1].id))
    wins = [query for gain, query in ordered if gain > TIED]
    losses = [query for gain, query in ordered if gain < -TIED]
    return [*(("win", each) for each in wins[:WINS]), *(("loss", each) for each in losses[:LOSSES])]


def build_example(
    replay: Replay,
    query: JudgedQuery,
    why: str,
    *,
    task: Task | None = None,
    result: QueryResult | None = None,
) -> Example:
    """The lists of the model and of the best baseline, or BM25 without one, for a query, with reasons."""
    corpus = replay.corpus
    article = None if query.row is None else corpus.stored[query.row].article
    other = (task.best_baseline if task is not None else None) or "bm25"
    gains = {} if task is None else query.gains[task.name]
    scorers = {e.name: e for e in replay.systems if isinstance(e, Scorer) and e.name in (MODEL, other)}
    found = {
        name: _recommend(replay, query, scorer)
        for name, scorer in sorted(scorers.items(), key=lambda each: each[0] != MODEL)
    }
    urls = {corpus.stored[row].article.url: corpus.stored[row].article.label for row in gains}
    return Example(
        why=why,  # type: ignore[arg-type]
        task="" if task is None else task.name,
        as_of=from_microseconds(query.moment),
        url=None if article is None else article.url,
        headline=None if article is None else article.label,
        opening=None if article is None or not article.body else opening(article.body, _OPENING),
        section=None if article is None else article.section,
        lists={
            name: tuple(_shown(each, each.article.url in urls) for each in these)
            for name, these in found.items()
        },
        chosen=tuple(
            Chosen(url, label, {name: _rank(these, url) for name, these in found.items()})
            for url, label in urls.items()
        ),
        values={}
        if result is None or task is None
        else {name: result.values[name][task.metric] for name in found},
    )


def _recommend(replay: Replay, query: JudgedQuery, scorer: Scorer) -> list[Recommendation]:
    """The top stories that can be relevant, with reasons; those of a baseline are computed for these only."""
    corpus, moment = replay.corpus, from_microseconds(query.moment)
    article = None if query.row is None else corpus.stored[query.row].article
    ranker = scorer.ranker_at(query.moment, query.source)
    explain = scorer.about.kind != "baseline"
    ranked = Recommender(corpus, ranker).recommend(
        article, moment, Request(k=DEPTH, explain=explain, rules=False)
    )
    eligible = [each for each in ranked if not replay.judgments.foreign[corpus.row_of[each.article.url]]]
    found = [replace(each, rank=rank) for rank, each in enumerate(eligible[:PLACES], start=1)]
    if explain:
        return found
    context = replay.read(corpus, query)
    rows = np.array([corpus.row_of[each.article.url] for each in found], dtype=np.int64)
    contributions = ranker.contributions(CandidateSet(context, rows))
    return [
        replace(each, reasons=give_reasons(context, each.article.url, parts))
        for each, parts in zip(found, contributions, strict=True)
    ]


def _shown(recommendation: Recommendation, right: bool) -> Shown:
    article = recommendation.article
    return Shown(
        recommendation.rank,
        article.url,
        article.label,
        article.section,
        article.first_seen_at,
        right,
        recommendation.reasons,
    )


def _rank(found: Sequence[Recommendation], url: str) -> int | None:
    return next((each.rank for each in found if each.article.url == url), None)
