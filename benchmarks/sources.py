"""What the lists should count beside each other: inline links beside boxes, the precisions.

    python -m benchmarks.sources ../shared/data/bbc

Measured on three blocks inside the training period alone, each ranked by a model of everything else before
`--since`: the defaults of recsys/training and recsys/ranking/logistic_ranker.py come from here.
Each line differs from the defaults in one thing, and is held against them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from benchmarks.fitting import Fit, Teaching
from benchmarks.measuring import (
    IN_TRAINING,
    Lesson,
    Measured,
    Trial,
    build_lessons,
    find_trials,
    load_news,
    measure,
    pool,
    score_with,
)
from benchmarks.reporting import Arguments, Line, Report, parser_for, read_given
from recsys.domain import Kind
from recsys.ranking import LogisticRanker
from recsys.training import SOURCES

INLINE_WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.2, 1.0)
RELATEDNESS_PRECISIONS = (10.0, 30.0, 60.0)
APPEAL_PRECISIONS = (3.0, 10.0, 30.0)
DEFAULT = "as it is"


def compare_sources(teaching: Teaching, trials: Sequence[Trial]) -> Report:
    """Every setting, over all blocks."""
    report = Report("Weights of sources and precisions: the figure, and its difference from the defaults")
    found: dict[str, list[Measured]] = {}
    for trial in trials:
        for variant, measured in _try_all(teaching, trial):
            found.setdefault(variant, []).append(measured)
    for variant, parts in found.items():
        report.add(Line(IN_TRAINING, variant, pool(parts), None if variant == DEFAULT else DEFAULT))
    return report


def _try_all(teaching: Teaching, trial: Trial) -> Iterator[tuple[str, Measured]]:
    related = [each for each in trial.asked if each.query.row is not None]
    moments = [each for each in trial.asked if each.query.row is None]
    whole = teaching.fit(Fit(trial.weigh()))
    yield DEFAULT, measure(trial.asked, score_with(whole))
    for variant, how in _beside_variants(trial):
        fitted = teaching.fit_relatedness(replace(how, near=whole), whole.appeal)
        yield variant, measure(related, score_with(fitted))
    for variant, how in _appeal_variants(trial):
        appeal = teaching.fit_appeal(replace(how, near=whole))
        yield variant, measure(moments, score_with(replace(whole, appeal=appeal)))


def _beside_variants(trial: Trial) -> Iterator[tuple[str, Fit]]:
    for weight in INLINE_WEIGHTS:
        if weight != SOURCES[Kind.INLINE].weight:
            yield f"inline links count {weight:g}", Fit(_counting(trial, Kind.INLINE, weight))
    for precision in RELATEDNESS_PRECISIONS:
        if precision != LogisticRanker.relatedness_precision:
            yield f"precision {precision:g}", Fit(trial.weigh(), relatedness_precision=precision)


def _appeal_variants(trial: Trial) -> Iterator[tuple[str, Fit]]:
    for precision in APPEAL_PRECISIONS:
        if precision != LogisticRanker.appeal_precision:
            yield f"precision {precision:g}", Fit(trial.weigh(), appeal_precision=precision)


def _counting(trial: Trial, kind: Kind, weight: float) -> Callable[[Lesson], float]:
    """Lessons of a kind weighed anew: those of several labels stay as many times as heavy."""
    factor = weight / SOURCES[kind].weight
    return trial.weigh(lambda each: each.context.weight * (factor if each.kind is kind else 1.0))


def main(argv: Arguments = None) -> None:
    """Load, train with each setting, print."""
    given = read_given(parser_for(__doc__).parse_args(argv))
    news = load_news(given.data, given.until)
    trials = find_trials(
        news, given.since, given.until, blocks_since=given.blocks_since, periods=(IN_TRAINING,)
    )
    compare_sources(Teaching(build_lessons(news.corpus, given.since)), trials).publish(given.json)


if __name__ == "__main__":
    main()
