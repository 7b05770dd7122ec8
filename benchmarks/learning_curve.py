"""How much must a site show before its own lists teach? Figures by number of contexts, with a prior or none.

    python -m benchmarks.learning_curve ../shared/data/bbc

The prior is learnt from what was seen before `--prior-until` and nothing else; the curve's contexts are those
seen from then on. So no context stands on both sides, and the prior is not flattered by having seen them.
Contexts are drawn at random (without replacement, SEEDS times, the smaller draw inside the larger): with the
latest ones instead the mixture would change along the curve, because related boxes are nearly all late. A
query's value is the mean over the draws. Relatedness is learnt from n contexts beside articles, with the
appeal of the prior (or of nothing); appeal from n moments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.fitting import Fit, Teaching
from benchmarks.measuring import (
    DEVELOPMENT,
    Lesson,
    Measured,
    QueryResult,
    Trial,
    build_lessons,
    find_trials,
    load_news,
    measure,
    score_with,
)
from benchmarks.reporting import Arguments, Line, Report, parser_for, read_given
from recsys.domain import parse_time, to_microseconds
from recsys.ranking import RankerWeights

AMOUNTS = (0, 10, 30, 100, 300, 1000)
SEEDS = 5


def draw_curve(teaching: Teaching, trial: Trial, edge: int, *, seeds: int = SEEDS) -> Report:
    """Every amount, with the prior and without."""
    report = Report(
        "By the number of contexts: the figure with a prior, and without (difference from with it)"
    )
    earlier = trial.weigh(lambda each: each.context.weight * (each.seen < edge))
    prior = teaching.fit(Fit(earlier))
    report.note(_describe(teaching, trial, edge))
    for part, lessons, learn in (
        ("for articles", teaching.beside, _learn_relatedness),
        ("without an article", teaching.moments, _learn_appeal),
    ):
        asked = [each for each in trial.asked if (each.query.row is not None) == (part == "for articles")]
        later = [each for each in lessons if each.seen >= edge and trial.may_teach(each)]
        for amount in (*(n for n in AMOUNTS if n < len(later)), len(later)):
            curve = _Curve(teaching, later, amount, seeds)
            with_prior, without = f"{amount:,}, with the prior", f"{amount:,}, without"
            report.add(Line(DEVELOPMENT, with_prior, curve.mean(asked, learn, prior), part=part))
            blank = curve.mean(asked, learn, RankerWeights.blank())
            report.add(Line(DEVELOPMENT, without, blank, with_prior, part))
    return report


def _describe(teaching: Teaching, trial: Trial, edge: int) -> str:
    counts = Counter(
        (each.seen >= edge, str(each.kind))
        for each in (*teaching.beside, *teaching.moments)
        if trial.may_teach(each)
    )
    prior, curve = (
        ", ".join(f"{count:,} {kind}" for (late, kind), count in sorted(counts.items()) if late == which)
        for which in (False, True)
    )
    return f"Training examples of the prior: {prior}; of the curve: {curve}."


Learn = Callable[[Teaching, Fit], RankerWeights]


def _learn_relatedness(teaching: Teaching, how: Fit) -> RankerWeights:
    return teaching.fit_relatedness(how, how.prior.appeal)


def _learn_appeal(teaching: Teaching, how: Fit) -> RankerWeights:
    return replace(how.prior, appeal=teaching.fit_appeal(how))


class _Curve:
    """One amount of contexts, drawn several times; once where it is nothing or everything."""

    def __init__(self, teaching: Teaching, lessons: Sequence[Lesson], amount: int, seeds: int) -> None:
        self.teaching, self.lessons, self.amount = teaching, lessons, amount
        self.seeds = 1 if amount in {0, len(lessons)} else seeds

    def mean(self, asked: Sequence[QueryResult], learn: Learn, prior: RankerWeights) -> Measured:
        """The values of every query, averaged over the draws."""
        found = []
        for seed in range(self.seeds):
            order = np.random.default_rng(seed).permutation(len(self.lessons))[: self.amount]
            drawn = {id(self.lessons[at]) for at in order.tolist()}
            how = Fit(lambda each, drawn=drawn: each.context.weight * (id(each) in drawn), prior=prior)
            found.append(measure(asked, score_with(learn(self.teaching, how))))
        return {key: np.mean([each[key] for each in found], axis=0) for key in found[0]}


def main(argv: Arguments = None) -> None:
    """Load, draw, learn, print."""
    parser = parser_for(__doc__)
    parser.add_argument(
        "--prior-until", default="2026-01-01T00:00:00Z", help="what came before is the prior's"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how often contexts are drawn")
    parsed = parser.parse_args(argv)
    given = read_given(parsed)
    news = load_news(given.data, given.until)
    trial, *_ = find_trials(news, given.since, given.until, periods=(DEVELOPMENT,))
    teaching = Teaching(build_lessons(news.corpus, given.since))
    edge = to_microseconds(parse_time(parsed.prior_until, "--prior-until"))
    draw_curve(teaching, trial, edge, seeds=parsed.seeds).publish(given.json)


if __name__ == "__main__":
    main()
