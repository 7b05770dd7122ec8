"""A peer: LightGBM's LambdaMART on the same columns and contexts, beside the linear model.

    make bench-setup
    python -m benchmarks.lambdamart ../shared/data/bbc

Both see the columns of relatedness and the appeal that the linear model learnt, as one column. The trees are
those of `recsys evaluate --peer lambdamart`; what they were chosen from stands in docs/features.md. Where
LightGBM is not installed the benchmark says so and measures nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.fitting import Fit, Teaching
from benchmarks.measuring import (
    Lesson,
    Measured,
    QueryResult,
    Score,
    Trial,
    build_lessons,
    find_trials,
    load_news,
    measure,
    pool,
    score_with,
)
from benchmarks.reporting import Arguments, Line, Report, parser_for, read_given
from recsys.evaluation.peers import grow_trees, tree_features
from recsys.evaluation.replay import Values
from recsys.ranking.splines import Splines

OURS = "the linear model"
MISSING = "lightgbm is not installed, nothing was measured: make bench-setup"


def beside_trees(teaching: Teaching, trials: Sequence[Trial], learner: Any) -> Report:
    """Both learners on every trial."""
    report = Report("LambdaMART on the same columns: the figure, and its difference from the linear model")
    found: dict[tuple[str, str], list[Measured]] = {}
    for trial in trials:
        ours = teaching.fit(Fit(trial.weigh()))
        lessons = [each for each in teaching.beside if trial.may_teach(each)]
        trees = score_by_trees(learner, lessons, ours.appeal)
        for name, score in ((OURS, score_with(ours)), ("LambdaMART", trees)):
            found.setdefault((trial.period, name), []).append(measure(trial.asked, score))
    for (period, name), parts in found.items():
        report.add(Line(period, name, pool(parts), None if name == OURS else OURS))
    return report


def score_by_trees(learner: Any, lessons: Sequence[Lesson], appeal: Splines) -> Score:
    """The scores of trees that are grown on lessons."""
    grown = grow_trees(learner, [lesson.context for lesson in lessons], appeal)

    def score(asked: QueryResult) -> Values:
        found: Values = grown.predict(tree_features(asked.relatedness, asked.appeal, appeal))
        return found

    return score


def main(argv: Arguments = None) -> None:
    """Load, grow, print; or say what is missing."""
    parser = parser_for(__doc__)
    given = read_given(parser.parse_args(argv))
    try:
        import lightgbm
    except ImportError:
        print(MISSING, file=sys.stderr)
        return
    news = load_news(given.data, given.until)
    trials = find_trials(news, given.since, given.until, blocks_since=given.blocks_since, tasks=("related",))
    beside_trees(Teaching(build_lessons(news.corpus, given.since)), trials, lightgbm).publish(given.json)


if __name__ == "__main__":
    main()
