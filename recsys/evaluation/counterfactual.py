"""The task `clicks`: what would readers have clicked, had a ranker put in order what our widget showed them?

Every ranker orders anew what a served list showed; clicks say how good that order is. A click counts by the
inverse of the chance that its story was examined where it stood (recsys.training.clicks has the chances), which makes
up for those that never came because nobody looked.
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
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.systems import Scorer
from recsys.evaluation.tasks import best_of, cut, describe
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
"""Served lists with clicks that are asked about; of more, evenly many over the period."""
MAIN = "snips dcg"
SAYS = "Beside an article: what readers clicked of what was served, whatever it stood at"
SERVED = "served"
"""The order in which the lists were served: what readers were shown, as a ranker beside the others."""


@dataclass(frozen=True)
class ServedList:
    """A list as it was served: rows in its order, clicks, and how much each click counts."""

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
    """The task of the lists that were served from a moment on; nothing where none of them was clicked."""
    shown = collect_shown(log)
    chances = estimate_propensities(shown)
    served = list(_served(replay, log, shown, chances, to_microseconds(since)))
    clicked = sum(bool(each.clicks.any()) for each in served)
    served = served[:: -(-clicked // MOST) or 1]
    lists = [each for each in served if each.clicks.any()]
    gained = []
    for done, each in enumerate(lists, start=1):
        gained.append(_gain(replay, each))
        if progress is not None:
            progress("weighing clicks", done, len(lists))
    return {"clicks": _task(replay, lists, gained, chances, len(served))} if lists else {}


def _served(
    replay: Replay, log: ImpressionLog, shown: ShownItems, chances: Propensities, first: int
) -> Iterator[ServedList]:
    """The lists beside known articles from a moment on, without what nobody could know by then."""
    corpus = replay.corpus
    inverse = 1 / np.maximum(shown.exposures(chances), SMALLEST_PROPENSITY)
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


def _gain(replay: Replay, served: ServedList) -> dict[str, tuple[float, float]]:
    """By ranker: the weighted clicks, each discounted by the rank of its story (DCG), and by one over it."""
    reading = replay.read(replay.corpus, served.query)
    orders = {SERVED: np.arange(len(served.rows))}
    for entrant in replay.entrants:
        if isinstance(entrant, Scorer):
            ranker = entrant.ranker_at(served.query.moment)
            question = CandidateSet(reading, np.union1d(ranker.candidates(reading), served.rows))
            scores = ranker.score(question).total[np.searchsorted(question.rows, served.rows)]
            orders[entrant.name] = order(scores, served.rows)
    weighted = served.clicks * served.weights
    ranks = np.arange(1, len(served.rows) + 1)
    return {
        name: (float((weighted[best] / np.log2(ranks + 1)).sum()), float((weighted[best] / ranks).sum()))
        for name, best in orders.items()
    }


def _task(
    replay: Replay,
    lists: Sequence[ServedList],
    gained: Sequence[Mapping[str, tuple[float, float]]],
    chances: Propensities,
    count: int,
) -> Task:
    weight = np.array([float((each.clicks * each.weights).sum()) for each in lists])
    values = {
        name: {
            MAIN: np.array([each[name][0] for each in gained]) / weight.mean(),
            "snips mrr": np.array([each[name][1] for each in gained]) / weight.mean(),
        }
        for name in sorted(gained[0], key=lambda name: (name != MODEL, name != SERVED))
    }
    asked = tuple(
        describe(
            replay.corpus,
            each.query,
            dict.fromkeys(each.rows[each.clicks > 0].tolist(), 1.0),
            {name: {metric: float(of[at]) for metric, of in found.items()} for name, found in values.items()},
        )
        for at, each in enumerate(lists)
    )
    known = {e.name for e in replay.entrants if e.about.kind == "baseline"} | {SERVED}
    best = best_of([name for name in values if name in known], values, MAIN)
    rankers = _ranked(values, weight, best, count, _effective(lists))
    positions = Positions(chances.values, chances.origin, chances.clicks)
    slices = cut(asked, list(rankers), MAIN)
    return Task("clicks", "clicks", SAYS, None, None, MAIN, rankers, best, asked, slices, positions)


def _ranked(
    values: Mapping[str, Mapping[str, Values]], weight: Values, best: str | None, count: int, effective: float
) -> dict[str, Ranked]:
    """Figures of every ranker; `count` lists were served, clicked or not."""
    clicked, everything = Bootstrap(len(weight)), Bootstrap(count)
    rankers = {}
    for name, found in values.items():
        gained = {metric: of * weight.mean() for metric, of in found.items()}
        figures = {metric: clicked.ratio(of, weight) for metric, of in gained.items()}
        ips = np.concatenate([gained[MAIN], np.zeros(count - len(weight))])
        figures["ips dcg"] = everything.mean(ips)
        difference = None
        if best is not None and name != best:
            difference = compare(found[MAIN], values[best][MAIN], clicked, than=best, metric=MAIN)
        rankers[name] = Ranked(name, figures, {}, difference, effective)
    return rankers


def _effective(lists: Sequence[ServedList]) -> float:
    """How many clicks of equal weight would be as sure (Kish 1965): sum squared over sum of squares."""
    total = sum(float((each.clicks * each.weights).sum()) for each in lists)
    return total**2 / sum(float((each.clicks * each.weights**2).sum()) for each in lists)
