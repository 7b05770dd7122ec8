"""The task `clicks`: rankers evaluated against clicks on our widget (inverse propensity scoring).

Every ranker reorders the stories of a served list. A click is weighted by the inverse of the probability that
its position was examined (see `recsys.training.clicks`), which corrects for positions that readers rarely
look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from recsys.corpus import KIND_CODE
from recsys.corpus.inverted_index import Ints
from recsys.domain import Kind, to_microseconds
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
    Propensities,
    ShownItems,
    collect_shown,
    estimate_propensities,
)

MOST = 1_000
"""Maximum number of clicked lists; of more, an even sample over the period."""
MAIN = "snips dcg"
SAYS = "For an article: clicks on the served stories, corrected for position"
SERVED = "served"
"""The order in which the lists were served, as one more ranker."""


@dataclass(frozen=True)
class ServedList:
    """A served list: rows in its order, clicks, and the weight of each click."""

    query: JudgedQuery
    rows: Ints
    clicks: Values
    weights: Values


def measure_clicks(
    replay: Replay, since: datetime, *, progress: Callable[[str, int, int], None] | None = None
) -> dict[str, Task]:
    """The task of the lists served since a moment; empty without clicks."""
    shown = collect_shown(replay.corpus.whole())
    chances = estimate_propensities(shown)
    served = list(_served(replay, shown, chances, to_microseconds(since)))
    clicked = sum(bool(each.clicks.any()) for each in served)
    served = served[:: -(-clicked // MOST) or 1]
    lists = [each for each in served if each.clicks.any()]
    gains = []
    for done, each in enumerate(lists, start=1):
        gains.append(_gain(replay, each))
        if progress is not None:
            progress("weighing clicks", done, len(lists))
    return {"clicks": _task(replay, lists, gains, chances, len(served))} if lists else {}


def _served(replay: Replay, shown: ShownItems, chances: Propensities, first: int) -> Iterator[ServedList]:
    """The lists of known articles since a moment, without stories that were not yet known."""
    corpus, lists = replay.corpus, replay.corpus.lists
    inverse = 1 / np.maximum(shown.exposures(chances), SMALLEST_PROPENSITY)
    numbers = (lists.kinds == KIND_CODE[Kind.SERVED]) & (lists.pages >= 0) & (lists.times >= first)
    for number in np.flatnonzero(numbers).tolist():
        page, moment = int(lists.pages[number]), int(lists.times[number])
        items = np.arange(lists.starts[number], lists.starts[number + 1])
        items = items[lists.articles[items] >= 0]
        rows = lists.articles[items]
        known = (corpus.first_seen[rows] < moment) & (corpus.named_at[rows] < moment) & (rows != page)
        if corpus.first_seen[page] < moment and known.any():
            items = items[known]
            query = JudgedQuery(f"{corpus.stored[page].article.url}#{number}", moment, page, {})
            weights = inverse[np.searchsorted(shown.items, items)]
            yield ServedList(query, rows[known], lists.clicks[items].astype(np.float64), weights)


def _gain(replay: Replay, served: ServedList) -> dict[str, tuple[float, float]]:
    """The weighted clicks by ranker, discounted as in DCG and by reciprocal rank."""
    context = replay.read(replay.corpus, served.query)
    orders = {SERVED: np.arange(len(served.rows))}
    for system in replay.systems:
        if isinstance(system, Scorer):
            ranker = system.ranker_at(served.query.moment)
            candidates = CandidateSet(context, np.union1d(ranker.candidates(context), served.rows))
            scores = ranker.score(candidates).total[np.searchsorted(candidates.rows, served.rows)]
            orders[system.name] = order(scores, served.rows)
    weighted = served.clicks * served.weights
    ranks = np.arange(1, len(served.rows) + 1)
    return {
        name: (float((weighted[best] / np.log2(ranks + 1)).sum()), float((weighted[best] / ranks).sum()))
        for name, best in orders.items()
    }


def _task(
    replay: Replay,
    lists: Sequence[ServedList],
    gains: Sequence[Mapping[str, tuple[float, float]]],
    chances: Propensities,
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
            {name: {metric: float(of[at]) for metric, of in found.items()} for name, found in values.items()},
        )
        for at, each in enumerate(lists)
    )
    known = {e.name for e in replay.systems if e.about.kind == "baseline"} | {SERVED}
    best = best_of([name for name in values if name in known], values, MAIN)
    rankers = _ranked(values, weight, best, count, _effective(lists))
    positions = Positions(chances.values, chances.origin, chances.clicks)
    slices = build_slices(results, list(rankers), MAIN)
    return Task("clicks", "clicks", SAYS, None, None, MAIN, rankers, best, results, slices, positions)


def _ranked(
    values: Mapping[str, Mapping[str, Values]], weight: Values, best: str | None, count: int, effective: float
) -> dict[str, Ranked]:
    """Figures of every ranker; `count` is the number of served lists, clicked or not."""
    clicked, everything = Bootstrap(len(weight)), Bootstrap(count)
    rankers = {}
    for name, found in values.items():
        gains = {metric: of * weight.mean() for metric, of in found.items()}
        figures = {metric: clicked.ratio(of, weight) for metric, of in gains.items()}
        ips = np.concatenate([gains[MAIN], np.zeros(count - len(weight))])
        figures["ips dcg"] = everything.mean(ips)
        difference = None
        if best is not None and name != best:
            difference = compare(found[MAIN], values[best][MAIN], clicked, than=best, metric=MAIN)
        rankers[name] = Ranked(name, figures, {}, difference, effective)
    return rankers


def _effective(lists: Sequence[ServedList]) -> float:
    """Effective sample size of the clicks (Kish 1965): squared sum of weights over sum of squared weights."""
    total = sum(float((each.clicks * each.weights).sum()) for each in lists)
    return total**2 / sum(float((each.clicks * each.weights**2).sum()) for each in lists)
