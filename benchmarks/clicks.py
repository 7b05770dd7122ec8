"""Does learning from clicks find what readers like, or what stood on top? Measured where the truth is known.

    python -m benchmarks.clicks --seeds 10

For every seed a simulated newsroom logs clicks under a biased order (the newest first) and under a random
one. A ranker learns from the clicks before the last days: every click alike (naive), corrected with the
propensities estimated from the same logs, corrected with the true ones, and with the estimated ones and the
limits that training puts to the influence of clicks. It then orders what was shown at
random on the last days, and is held against the true attractiveness.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import kendalltau

from recsys.corpus import Corpus
from recsys.ranking import LogisticRanker, QueryGroup
from recsys.ranking.features import CandidateSet, QueryContext, find_candidates
from recsys.ranking.model_files import load_pretrained_weights
from recsys.simulation import Newsroom, Plan, Policy, simulate
from recsys.store import Store
from recsys.training.clicks import (
    Click,
    Clicks,
    ImpressionLog,
    Propensities,
    build_clicks,
    build_impression_log,
    collect_shown,
    estimate_propensities,
    given_propensities,
    impressions_with_clicks,
    limit_influence,
    weigh_clicks,
)

LEARNERS = ("naive", "estimated", "true", "limited")
METRICS = ("tau", "ndcg")
TESTED = 400
"""Held-out lists per seed."""
Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out list: what is to be ordered, and the truth about it."""

    question: CandidateSet
    kept: Values
    truth: Values


def corpus_of(newsroom: Newsroom) -> Corpus:
    """What a store with the whole newsroom knows at its end."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "news.db") as store:
        store.add_all(newsroom.pages())
        return Corpus.load(store, newsroom.plan.end)


def held_out(corpus: Corpus, newsroom: Newsroom, days: int, most: int = TESTED) -> list[Held]:
    """Lists of the last days with their questions: the columns are computed among all candidates."""
    views = [v for v in newsroom.views if v.shown.observed_at >= newsroom.plan.end - timedelta(days=days)]
    found = []
    for view in views[:: -(-len(views) // most)]:
        reading = QueryContext(
            corpus.at(view.shown.observed_at), corpus.query_row(corpus.row_of[str(view.shown.page_url)])
        )
        rows = np.array([corpus.row_of[str(item.url)] for item in view.shown.items])
        question = CandidateSet(reading, np.union1d(find_candidates(reading), rows))
        found.append(Held(question, np.searchsorted(question.rows, rows), np.array(view.attractiveness)))
    return found


def clicks_of(corpus: Corpus, log: ImpressionLog) -> list[Click]:
    """All clicks of an impression log."""
    run = Parallel(n_jobs=2, prefer="threads", batch_size=16)
    numbers = impressions_with_clicks(log).tolist()
    built = run(delayed(build_clicks)(corpus, log, number) for number in numbers)
    return [click for found in built for click in found]


def measure(rankers: Sequence[LogisticRanker], tested: Sequence[Held]) -> Values:
    """Means over the lists; shape (rankers, metrics)."""
    figures = [
        [_figures(ranker.score(held.question).total[held.kept], held.truth) for ranker in rankers]
        for held in tested
    ]
    means: Values = np.array(figures).mean(axis=0)
    return means


def _figures(scores: Values, truth: Values) -> tuple[float, float]:
    discount = 1 / np.log2(np.arange(2, len(truth) + 2))
    gained = float((truth[np.argsort(-scores, kind="stable")] * discount).sum())
    return float(kendalltau(scores, truth).statistic), gained / float((np.sort(truth)[::-1] * discount).sum())


def measure_seed(
    seed: int, plan: Callable[[int, Policy], Plan], *, days: int, tested: int = TESTED
) -> tuple[Values, Values]:
    """Figures of shape (policies, learners, metrics), and the estimated propensities of both policies."""
    newsrooms = {policy: simulate(plan(seed, policy)) for policy in (Policy.RANDOM, Policy.NEWEST)}
    figures, curves, lists = {}, {}, list[Held]()
    for policy, newsroom in newsrooms.items():
        corpus = corpus_of(newsroom)
        lists = lists or held_out(corpus, newsroom, days, tested)
        view = corpus.at(newsroom.plan.end - timedelta(days=days))
        log = build_impression_log(view)
        clicks, shown = clicks_of(corpus, log), collect_shown(log)
        curve = estimate_propensities(shown)
        weighed = [weigh_clicks(clicks, shown, each, 1.0) for each in _curves(curve, newsroom.plan)]
        weighed.append(limited(log, clicks, weighed[1], curve))
        rankers = [fitted(contexts) for contexts in weighed]
        figures[policy], curves[policy] = measure(rankers, lists), np.array(curve.values)
    both = (Policy.NEWEST, Policy.RANDOM)
    return np.array([figures[policy] for policy in both]), np.array([curves[policy] for policy in both])


def _curves(estimated: Propensities, plan: Plan) -> tuple[Propensities, ...]:
    flat = given_propensities([1.0] * len(plan.propensities))
    return flat, estimated, given_propensities(plan.propensities)


def fitted(contexts: Sequence[QueryGroup]) -> LogisticRanker:
    """The pretrained weights, moved by clicks alone."""
    return LogisticRanker(load_pretrained_weights()).fit(contexts)


def limited(
    log: ImpressionLog, clicks: Sequence[Click], contexts: Sequence[QueryGroup], propensities: Propensities
) -> list[QueryGroup]:
    """The contexts with the influence that training gives them on a site that has nothing else."""
    items = np.array([click.item for click in clicks], dtype=np.int64)
    weighed = Clicks(tuple(contexts), propensities, items[:0], items)
    return limit_influence(weighed, log, load_pretrained_weights())


def interval(values: Values, resamples: int = 10_000) -> str:
    """The mean over seeds and its 95 % bootstrap interval."""
    drawn = np.random.default_rng(0).choice(values, (resamples, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{values.mean():+.4f} [{low:+.4f}, {high:+.4f}]"


def report(figures: Values) -> None:
    """A table for each metric; `figures` has shape (seeds, policies, learners, metrics)."""
    for metric, name in enumerate(("Kendall's tau", "nDCG")):
        print(f"\n| {name} | biased logs | random logs |\n| --- | --- | --- |")
        for learner, called in enumerate(LEARNERS):
            cells = [interval(figures[:, policy, learner, metric]) for policy in (0, 1)]
            print(f"| {called} | {' | '.join(cells)} |")
        for learner in (1, 2, 3):
            gained = figures[:, :, learner, metric] - figures[:, :, 0, metric]
            cells = [interval(gained[:, policy]) for policy in (0, 1)]
            print(f"| {LEARNERS[learner]} - naive | {' | '.join(cells)} |")


def main() -> None:
    """Simulate, learn, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--days", type=int, default=40)
    parser.add_argument("--held-out-days", type=int, default=8)
    parser.add_argument("--views", type=int, default=150, help="views of the widget a day")
    parser.add_argument("--eta", type=float, default=1.0, help="examination is position to the power of -eta")
    given = parser.parse_args()
    examined = tuple(position**-given.eta for position in range(1, 9))

    def plan(seed: int, policy: Policy) -> Plan:
        return Plan(
            seed=seed, days=given.days, views_per_day=given.views, policy=policy, propensities=examined
        )

    measured = [measure_seed(seed, plan, days=given.held_out_days) for seed in range(given.seeds)]
    figures, curves = (np.array(part) for part in zip(*measured, strict=True))
    report(figures)
    print("\n| position | " + " | ".join(str(k) for k in range(1, 9)) + " |\n|" + " --- |" * 9)
    print("| true | " + " | ".join(f"{value:.3f}" for value in examined) + " |")
    for policy, name in enumerate(("biased logs", "random logs")):
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in curves[:, policy].mean(axis=0)) + " |")


if __name__ == "__main__":
    main()
