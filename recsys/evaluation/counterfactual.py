"""The task `clicks`: counterfactual evaluation on the logs of our own widget.

Every ranker re-ranks what a served list showed; the clicks say how good its order is. A click is weighted by
the inverse propensity of its position (recsys.training.clicks), which makes up for clicks that never came
because nobody looked there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from recsys.corpus.inverted_index import Ints
from recsys.domain import to_microseconds
from recsys.evaluation.judgments import JudgedQuery
from recsys.evaluation.replay import Replay, Values
from recsys.evaluation.results import MODEL, Positions, Ranked, Task
from recsys.evaluation.slices import build_slices
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.systems import Scorer
from recsys.evaluation.tasks import best_of, describe
from recsys.ranking import order
from recsys.ranking.features import CandidateSet
from recsys.training.clicks import (
    SMALLEST_PROPENSITY,
    ImpressionLog,
    Propensities,
    ShownItems,
    collect_shown,
    estimate_propensities,
)

MOST = 1_000
"""Served lists with clicks to evaluate on at most; more are thinned evenly over the period."""
MAIN = "snips dcg"
SAYS = "For an article: what readers clicked among the stories served, corrected for position"
SERVED = "served"
"""Name of the order in which the lists were served, compared as one more ranker."""


@dataclass(frozen=True)
class ServedList:
    """A list as it was served: rows in order, their clicks, and the weight of a click on each."""

    query: JudgedQuery
    rows: Ints
    clicks: Values
    weights: Values


def measure_clicks(
    replay: Replay,
    log: ImpressionLog,
    since: datetime,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Task]:
    """The task of the lists served since a moment; empty if none of them was clicked."""
    shown = collect_shown(log)
    propensities = estimate_propensities(shown)
    served = list(_served_lists(replay, log, shown, propensities, to_microseconds(since)))
    clicked_count = sum(bool(each.clicks.any()) for each in served)
    served = served[:: -(-clicked_count // MOST) or 1]
    clicked = [each for each in served if each.clicks.any()]
    gains = []
    for done, each in enumerate(clicked, start=1):
        gains.append(_gains_by_ranker(replay, each))
        if progress is not None:
            progress("weighing clicks", done, len(clicked))
    return {"clicks": _build_task(replay, clicked, gains, propensities, len(served))} if clicked else {}


def discounted_clicks(ranked: Ints, weighted: Values) -> tuple[float, float]:
    """Weighted clicks of a list in a new order: discounted like DCG, and by the reciprocal of the rank.

    `ranked` are indices into `weighted`, best first.
    """
    ranks = np.arange(1, len(ranked) + 1)
    return float((weighted[ranked] / np.log2(ranks + 1)).sum()), float((weighted[ranked] / ranks).sum())


def effective_clicks(lists: Sequence[ServedList]) -> float:
    """Effective sample size (Kish 1965): the number of equally weighted clicks with the same variance."""
    total = sum(float((each.clicks * each.weights).sum()) for each in lists)
    return total**2 / sum(float((each.clicks * each.weights**2).sum()) for each in lists)


def _served_lists(
    replay: Replay, log: ImpressionLog, shown: ShownItems, propensities: Propensities, first: int
) -> Iterator[ServedList]:
    """Lists served for known articles since a moment, without stories that were not known by then."""
    corpus = replay.corpus
    inverse = 1 / np.maximum(shown.exposures(propensities), SMALLEST_PROPENSITY)
    for number in np.flatnonzero((log.pages >= 0) & (log.times >= first)).tolist():
        page, moment = int(log.pages[number]), int(log.times[number])
        items = np.arange(log.starts[number], log.starts[number + 1])
        items = items[log.articles[items] >= 0]
        rows = log.articles[items]
        known = (corpus.first_seen[rows] < moment) & (corpus.named_at[rows] < moment) & (rows != page)
        if corpus.first_seen[page] < moment and known.any():
            items = items[known]
            query = JudgedQuery(f"{corpus.stored[page].article.url}#{number}", moment, page, {})
            weights = inverse[np.searchsorted(shown.items, items)]
            yield ServedList(query, rows[known], log.clicks[items].astype(np.float64), weights)


def _gains_by_ranker(replay: Replay, served: ServedList) -> dict[str, tuple[float, float]]:
    """The discounted clicks of one list in the order of each ranker."""
    context = replay.read(replay.corpus, served.query)
    times = context.view.story_times(served.rows)
    orders = {SERVED: np.arange(len(served.rows))}
    for system in replay.systems:
        if isinstance(system, Scorer):
            ranker = system.ranker_at(served.query.moment)
            candidate_set = CandidateSet(context, np.union1d(ranker.candidates(context), served.rows))
            scores = ranker.score(candidate_set).total[np.searchsorted(candidate_set.rows, served.rows)]
            orders[system.name] = order(scores, times, served.rows)
    weighted = served.clicks * served.weights
    return {name: discounted_clicks(ranked, weighted) for name, ranked in orders.items()}


def _build_task(
    replay: Replay,
    lists: Sequence[ServedList],
    gains: Sequence[Mapping[str, tuple[float, float]]],
    propensities: Propensities,
    count: int,
) -> Task:
    weight = np.array([float((each.clicks * each.weights).sum()) for each in lists])
    values = {
        name: {
            MAIN: np.array([each[name][0] for each in gains]) / weight.mean(),
            "snips mrr": np.array([each[name][1] for each in gains]) / weight.mean(),
        }
        for name in sorted(gains[0], key=lambda name: (name != MODEL, name != SERVED))
    }
    results = tuple(
        describe(
            replay.corpus,
            each.query,
            dict.fromkeys(each.rows[each.clicks > 0].tolist(), 1.0),
            {
                name: {metric: float(of[at]) for metric, of in by_metric.items()}
                for name, by_metric in values.items()
            },
        )
        for at, each in enumerate(lists)
    )
    baselines = {e.name for e in replay.systems if e.about.kind == "baseline"} | {SERVED}
    best = best_of([name for name in values if name in baselines], values, MAIN)
    resamples = Bootstrap(len(lists), days=[each.as_of.date() for each in results]), Bootstrap(count)
    rankers = _ranked(values, weight, best, resamples, effective_clicks(lists))
    positions = Positions(propensities.values, propensities.origin, propensities.clicks)
    slices = build_slices(results, list(rankers), MAIN)
    return Task("clicks", "clicks", SAYS, None, None, MAIN, rankers, best, results, slices, positions)


def _ranked(
    values: Mapping[str, Mapping[str, Values]],
    weight: Values,
    best: str | None,
    resamples: tuple[Bootstrap, Bootstrap],
    effective: float,
) -> dict[str, Ranked]:
    """Figures of every ranker; the resamples are those of lists with clicks, and of all served lists."""
    clicked, everything = resamples
    rankers = {}
    for name, by_metric in values.items():
        gained = {metric: of * weight.mean() for metric, of in by_metric.items()}
        figures = {metric: clicked.ratio(of, weight) for metric, of in gained.items()}
        ips = np.concatenate([gained[MAIN], np.zeros(everything.n - len(weight))])
        figures["ips dcg"] = everything.mean(ips)
        difference = None
        if best is not None and name != best:
            difference = compare(by_metric[MAIN], values[best][MAIN], clicked, than=best, metric=MAIN)
        rankers[name] = Ranked(name, figures, {}, difference, effective)
    return rankers
