"""Does training again during the test period help? The first day's model against one trained anew each week.

    python -m benchmarks.refit ../shared/data/bbc

At the beginning of the period and every `--every` days after, a model learns from everything seen until then
and answers the queries up to the next. It is held, query by query, against the model of the first day. One
model answers the queries of the first stretch: the differences are those of the rest, given apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.fitting import Fit, Teaching
from benchmarks.measuring import (
    DEVELOPMENT,
    QueryResult,
    Trial,
    build_lessons,
    find_trials,
    load_news,
    measure,
    pool,
    score_with,
    taught_before,
)
from benchmarks.reporting import Arguments, Line, Report, parser_for, read_given
from recsys.corpus.list_history import HOUR
from recsys.domain import to_microseconds
from recsys.ranking import RankerWeights

DAY = 24 * HOUR
FIXED = "trained once, on the first day"


def refit(teaching: Teaching, trial: Trial, start: int, end: int, every: int) -> Report:
    """Both models over the whole period, and over what comes after the first retraining."""
    report = Report("Trained again during the period: the figure, and its difference from the fixed model")
    starts = list(range(start, end, every))
    models = list[RankerWeights]()
    for moment in starts:
        before = taught_before(moment)
        how = Fit(lambda each, before=before: each.context.weight * before(each))
        models.append(teaching.fit(Fit(how.weigh, near=models[-1] if models else None)))
    for part, first in (("the whole period", 0), ("after the first retraining", 1)):
        stretches = [_between(trial.asked, low, low + every) for low in starts[first:]]
        fixed = [measure(asked, score_with(models[0])) for asked in stretches]
        anew = [measure(a, score_with(m)) for a, m in zip(stretches, models[first:], strict=True)]
        report.add(Line(DEVELOPMENT, FIXED, pool(fixed), part=part))
        report.add(Line(DEVELOPMENT, f"retrained every {every // DAY} days", pool(anew), FIXED, part))
    return report


def _between(asked: Sequence[QueryResult], low: int, high: int) -> list[QueryResult]:
    return [each for each in asked if low <= each.query.moment < high]


def main(argv: Arguments = None) -> None:
    """Load, train at every stage, print."""
    parser = parser_for(__doc__)
    parser.add_argument("--every", type=int, default=7, help="days between two trainings")
    parsed = parser.parse_args(argv)
    given = read_given(parsed)
    news = load_news(given.data, given.until)
    trial, *_ = find_trials(news, given.since, given.until, periods=(DEVELOPMENT,))
    teaching = Teaching(build_lessons(news.corpus, given.until))
    start, end = to_microseconds(given.since), to_microseconds(given.until)
    refit(teaching, trial, start, end, parsed.every * DAY).publish(given.json)


if __name__ == "__main__":
    main()
