"""The pairwise logistic ranker: two sums of curves, fit on what was preferred to what.

For one context, what was listed, linked or clicked should score above what could have been and was not:
logistic regression on differences of features (Joachims 2002, with the logistic loss of RankNet, Burges
et al. 2005). Appeal is learnt from the lists that readers and editors make for everybody, every candidate
against one that just misses the list; relatedness from the links of articles, candidates against each other,
where appeal enters as one more column, so that its scale beside an article is learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from sklearn.linear_model import LogisticRegression

from recsys.archive.terms import Floats, Ints
from recsys.domain import Contribution
from recsys.features import APPEAL, RELATEDNESS, Question, Reading, columns, compute, find_candidates
from recsys.ranking.curves import APPEAL_KNOTS, RELATEDNESS_KNOTS, Curves, Weights, flat, ramps
from recsys.ranking.ranker import Scores
from recsys.request import LEARNT_DIAL, relatedness_weight

MOST_PAIRS = 150
"""Of one context. More cost memory and say little: with 400 no figure of the bbc data changed by .004."""
_SMALLEST_SCALE = 0.01
_STEP = 0.3
"""Of the pseudo-observations: small, so that the logistic loss is the parabola of a Gaussian, but no smaller:
their mass grows with 1 / step², and below 0.2 it drowns little evidence in single precision."""


@dataclass(frozen=True, slots=True)
class Context:
    """Candidates of one moment, beside one article or none, with the evidence about them.

    `relatedness` has shape (candidates, relatedness columns) or no columns when nothing is being read,
    `appeal` (candidates, appeal columns); `gains` says how much each was preferred, 0 for what was not.
    """

    source: str
    weight: float
    relatedness: Floats
    appeal: Floats
    gains: Floats


@dataclass(frozen=True)
class Weighting:
    """All that is learnt: the curves of both groups, and the scale of appeal beside an article."""

    relatedness: Curves
    appeal: Curves
    appeal_scale: float

    @classmethod
    def blank(cls) -> Weighting:
        """Nothing learnt: every curve flat."""
        names = [tuple(column.name for column in columns(group)) for group in (RELATEDNESS, APPEAL)]
        return cls(flat(names[0], RELATEDNESS_KNOTS), flat(names[1], APPEAL_KNOTS), _SMALLEST_SCALE)


@dataclass
class PairwiseRanker:
    """Learns from contexts; with none it is its prior.

    `prior` is where the weights start and stay without evidence; the precisions say how firmly they are
    held there, in contexts of weight 1 (of an appeal context, in candidates). 15 was the better of 5 and 15
    on the last week before the bbc test period and on that period; 10 is the one that was tried.
    """

    prior: Weighting = field(default_factory=Weighting.blank)
    relatedness_precision: float = 15.0
    appeal_precision: float = 10.0
    name: str = "model"

    def __post_init__(self) -> None:
        self.weighting_ = self.prior

    def fit(self, contexts: Sequence[Context]) -> PairwiseRanker:
        """Learn anew from the prior; contexts in which nothing was preferred to anything teach nothing."""
        appeal = self._fit_appeal([c for c in contexts if c.relatedness.shape[1] == 0])
        relatedness, scale = self._fit_relatedness([c for c in contexts if c.relatedness.shape[1]], appeal)
        self.weighting_ = Weighting(relatedness, appeal, scale)
        return self

    def _fit_appeal(self, contexts: Sequence[Context]) -> Curves:
        prior = self.prior.appeal
        observed = against_absent([(ramps(c.appeal, prior.knots), c) for c in contexts])
        start = np.append(prior.weights.ravel(), 0.0)
        return prior.refit(fit_around(start, observed, self.appeal_precision)[:-1])

    def _fit_relatedness(self, contexts: Sequence[Context], appeal: Curves) -> tuple[Curves, float]:
        prior = self.prior.relatedness
        expanded = [
            (
                np.hstack(
                    [ramps(c.relatedness, prior.knots), appeal.total(c.appeal)[:, None].astype(np.float32)]
                ),
                c,
            )
            for c in contexts
        ]
        start = np.append(prior.weights.ravel(), self.prior.appeal_scale)
        fitted = fit_around(start, pair_differences(expanded), self.relatedness_precision)
        return prior.refit(fitted[:-1]), max(float(fitted[-1]), _SMALLEST_SCALE)

    def candidates(self, reading: Reading, *, window: timedelta | None = None) -> Ints:
        """The union of what the candidate sources give."""
        return find_candidates(reading, window=window)

    def score(self, question: Question, *, dial: float = LEARNT_DIAL) -> Scores:
        """Relatedness and appeal as the dial weighs them; beside no article appeal alone."""
        related, appealing = self._parts(question, dial)
        return Scores(related.sum(axis=1), appealing.sum(axis=1))

    def contributions(
        self, question: Question, *, dial: float = LEARNT_DIAL
    ) -> list[tuple[Contribution, ...]]:
        """What every column adds to the score of every row."""
        groups = []
        for group, named, part in zip(
            ("relatedness", "appeal"), (RELATEDNESS, APPEAL), self._parts(question, dial), strict=True
        ):
            if part.shape[1]:
                groups.append((group, columns(named), compute(named, question), part))
        return [
            tuple(
                Contribution(column.name, group, float(values[row, at]), column.says, float(part[row, at]))
                for group, named_columns, values, part in groups
                for at, column in enumerate(named_columns)
            )
            for row in range(len(question.rows))
        ]

    def _parts(self, question: Question, dial: float) -> tuple[Weights, Weights]:
        learnt = self.weighting_
        appealing = learnt.appeal.contributions(compute(APPEAL, question))
        if question.reading.query is None:
            return np.zeros((len(question.rows), 0)), appealing
        related = learnt.relatedness.contributions(compute(RELATEDNESS, question))
        for_related, for_appeal = dial_weights(dial, learnt.appeal_scale)
        return related * for_related, appealing * for_appeal


def dial_weights(dial: float, scale: float) -> tuple[float, float]:
    """What relatedness and appeal are multiplied by: (1, scale) at 0.5, as learnt.

    Down to 0 the weight of appeal falls to nothing; up to 1 it rises by equal factors to 1 while that of
    relatedness falls to nothing, so that every part of the dial changes something.
    """
    for_related = relatedness_weight(dial)
    return for_related, 2 * dial * scale if dial <= LEARNT_DIAL else scale**for_related


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Differences of features (comparisons, weights), how often the first of each won and how often not."""

    differences: Floats
    won: Weights
    lost: Weights


def pair_differences(contexts: Sequence[tuple[Floats, Context]]) -> Comparisons:
    """Preferred minus not preferred; the counts of a context sum to its weight.

    A pair counts by what turning it round would cost the ideal list in DCG (as in LambdaRank, Burges 2010,
    section 4, there at the current ranking). Of more than MOST_PAIRS in a context, as many are drawn with
    chances in proportion to that.
    """
    differences, won = [], []
    for number, (features, context) in enumerate(contexts):
        better, worse = np.nonzero(context.gains[:, None] > context.gains[None, :])
        if not len(better):
            continue
        cost = _swap_cost(context.gains.astype(np.float64), better, worse)
        if len(cost) > MOST_PAIRS:
            drawn = np.random.default_rng(number).choice(len(cost), MOST_PAIRS, p=cost / cost.sum())
            better, worse, cost = better[drawn], worse[drawn], np.ones(MOST_PAIRS)
        differences.append(features[better] - features[worse])
        won.append(cost * (context.weight / cost.sum()))
    if not differences:
        return Comparisons(np.zeros((0, 0), dtype=np.float32), np.zeros(0), np.zeros(0))
    counts = np.concatenate(won)
    return Comparisons(np.concatenate(differences), counts, np.zeros(len(counts)))


def against_absent(contexts: Sequence[tuple[Floats, Context]]) -> Comparisons:
    """Every candidate against a story that no list ever showed, and that would just miss the list.

    A candidate at place p (1 at the top, 0 off the list) won with frequency p: this foretells the order in
    a list better than pairs of the listed do, whose hard preferences know no ties (bbc, +1h nDCG@10: .942
    against .924, together with the curves apart of features/lists.py). The last column is the list's edge.
    """
    kept = [(features, context) for features, context in contexts if (context.gains > 0).any()]
    if not kept:
        return Comparisons(np.zeros((0, 0), dtype=np.float32), np.zeros(0), np.zeros(0))
    features = np.concatenate([found for found, _ in kept])
    gains = np.concatenate([context.gains for _, context in kept]).astype(np.float64)
    weights = np.concatenate([np.full(len(context.gains), context.weight) for _, context in kept])
    edge = np.ones((len(features), 1), dtype=np.float32)
    return Comparisons(np.hstack([features, edge]), weights * gains, weights * (1 - gains))


def _swap_cost(gains: Weights, better: Ints, worse: Ints) -> Weights:
    order = np.argsort(-gains, kind="stable")
    places = np.minimum(np.arange(len(gains)), (gains > 0).sum())
    discount = np.empty(len(gains))
    discount[order] = 1 / np.log2(places + 2)
    _, group = np.unique(gains, return_inverse=True)
    shared = np.bincount(group, discount) / np.bincount(group)  # equal gains share their places
    cost: Weights = (gains[better] - gains[worse]) * (shared[group[better]] - shared[group[worse]])
    return cost


def fit_around(prior: Weights, observed: Comparisons, precision: float) -> Weights:
    """Weights that maximise the likelihood of the comparisons times a Gaussian around `prior`.

    scikit-learn's logistic regression shrinks towards zero only, so the Gaussian is given as data: for
    each weight a small step along its axis is observed with the odds that the prior gives it. The logistic
    loss of such observations is a parabola around the prior weight, up to third order in the step.
    Newton's method is used because the steps outweigh a site's first evidence by orders of magnitude, where
    the default solver stops before it has reached the prior.
    """
    if not len(observed.differences):
        return prior
    chance = 1 / (1 + np.exp(-_STEP * prior))
    mass = precision / (_STEP**2 * chance * (1 - chance))
    steps = np.eye(len(prior)) * _STEP
    won, lost = observed.won > 0, observed.lost > 0
    rows = np.concatenate([observed.differences[won], observed.differences[lost], steps, steps])
    labels = np.repeat([1, -1, 1, -1], [won.sum(), lost.sum(), len(prior), len(prior)])
    if not lost.any():  # pairs come as won; every second is turned round, so that both classes are there
        labels[: len(won) : 2] *= -1
        rows[: len(won) : 2] *= -1
    counts = np.concatenate([observed.won[won], observed.lost[lost], mass * chance, mass * (1 - chance)])
    learner = LogisticRegression(C=np.inf, fit_intercept=False, solver="newton-cholesky", max_iter=100)
    learner.fit(rows, labels, sample_weight=counts)
    fitted: Weights = learner.coef_[0].astype(np.float64)
    return fitted
