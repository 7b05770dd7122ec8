"""The logistic ranker: additive splines, fitted to score what was listed, linked or clicked above the rest.

Appeal is learned from the lists made for everybody: every candidate against one that just misses the list.
Relatedness is learned from lists made for one article: what was chosen against all other candidates. There
appeal enters as one more column, so that its scale next to relatedness is learned too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Contribution
from recsys.ranking.dial import PartScores
from recsys.ranking.features import (
    APPEAL,
    RELATEDNESS,
    CandidateSet,
    Column,
    QueryContext,
    columns,
    compute,
    compute_relatedness,
    find_candidates,
)
from recsys.ranking.losses import ListwiseLoss, PointwiseLoss, SplineLoss, Weights, fit_map
from recsys.ranking.ranker import Scores
from recsys.ranking.splines import (
    APPEAL_KNOTS,
    RELATEDNESS_KNOTS,
    Splines,
    flat_splines,
    set_last_column,
    to_hat_weights,
)
from recsys.ranking.training_set import Block, QueryGroup, TrainingSet
from recsys.request import TRAINED_DIAL

_SMALLEST_SCALE = 0.01


@dataclass(frozen=True)
class RankerWeights:
    """Everything that is learned: the curves of both groups, and the scale of appeal for an article."""

    relatedness: Splines
    appeal: Splines
    appeal_scale: float

    @classmethod
    def blank(cls) -> RankerWeights:
        """Untrained weights: every curve is 0."""
        names = [tuple(column.name for column in columns(group)) for group in (RELATEDNESS, APPEAL)]
        return cls(
            flat_splines(names[0], RELATEDNESS_KNOTS),
            flat_splines(names[1], APPEAL_KNOTS),
            _SMALLEST_SCALE,
        )


@dataclass
class LogisticRanker:
    """Learns from query groups; without any it ranks by its prior.

    `prior` is the mean of the Gaussian prior of the weights. The precisions say how strongly the weights are
    held there, in query groups of weight 1 (for appeal, in candidates). Compared on bbc within the training
    period: for relatedness 30 was better than 60 (nDCG@10 of 1 to 14 February, with some more columns than
    now, .706 and .702); for appeal 10 was better than 3 in all four tasks, by up to .006, and than 30 by up
    to .025 (docs/features.md).
    """

    prior: RankerWeights = field(default_factory=RankerWeights.blank)
    relatedness_precision: float = 30.0
    appeal_precision: float = 10.0
    name: str = "model"

    def __post_init__(self) -> None:
        self.weights_ = self.prior

    def fit(
        self, groups: TrainingSet | Iterable[QueryGroup], *, warm_start: RankerWeights | None = None
    ) -> LogisticRanker:
        """Fit from the prior; groups that are not informative change nothing.

        `warm_start` is the result of an earlier fit, where the search begins instead of at the prior. It
        changes how long the search takes, not what it finds.
        """
        training_set = groups if isinstance(groups, TrainingSet) else TrainingSet(groups)
        appeal = self._fit_appeal(training_set.without_article, warm_start)
        relatedness, scale = self._fit_relatedness(training_set.with_article, appeal, warm_start)
        self.weights_ = RankerWeights(relatedness, appeal, scale)
        return self

    def _fit_appeal(self, blocks: Sequence[Block], warm_start: RankerWeights | None) -> Splines:
        prior = self.prior.appeal
        if not blocks:
            return prior
        loss = build_pointwise_loss(blocks, prior)
        start = None if warm_start is None else _flatten(warm_start.appeal, 0.0)
        weights = fit_map(_flatten(prior, 0.0), self.appeal_precision, loss, start=start)
        return prior.refit(weights[:-1])

    def _fit_relatedness(
        self, blocks: Sequence[Block], appeal: Splines, warm_start: RankerWeights | None
    ) -> tuple[Splines, float]:
        prior, scale = self.prior.relatedness, self.prior.appeal_scale
        if not blocks:
            return prior, scale
        loss = build_listwise_loss(blocks, prior, appeal)
        start = None if warm_start is None else _flatten(warm_start.relatedness, warm_start.appeal_scale)
        weights = fit_map(_flatten(prior, scale), self.relatedness_precision, loss, start=start)
        return prior.refit(weights[:-1]), max(float(weights[-1]), _SMALLEST_SCALE)

    def candidates(self, context: QueryContext) -> Ints:
        """The union of all candidate sources."""
        return find_candidates(context)

    def score(self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL) -> Scores:
        """Relatedness and appeal, weighted by the dial; without an article, appeal alone."""
        weights = self.weights_
        appeal = weights.appeal.total(compute(APPEAL, candidate_set))
        if candidate_set.context.query is None:
            return Scores(np.zeros(len(candidate_set.rows)), appeal)
        relatedness = weights.relatedness.total(compute_relatedness(candidate_set))
        parts = PartScores(candidate_set.times, candidate_set.rows, relatedness, appeal)
        for_relatedness, for_appeal = parts.weigh(dial, weights.appeal_scale)
        return Scores(relatedness * for_relatedness, appeal * for_appeal, relatedness_weight=for_relatedness)

    def contributions(
        self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL, places: Sequence[int] | None = None
    ) -> list[tuple[Contribution, ...]]:
        """What every column adds to the score of the rows at these indices; by default of all rows."""
        parts = self._parts(candidate_set, dial)
        return [
            tuple(
                Contribution(
                    column.name, column.group, float(values[row, at]), column.says, float(added[row, at])
                )
                for named, values, added in parts
                for at, column in enumerate(named)
            )
            for row in (range(len(candidate_set.rows)) if places is None else places)
        ]

    def _parts(
        self, candidate_set: CandidateSet, dial: float
    ) -> list[tuple[tuple[Column, ...], Floats, Weights]]:
        """Of each group that counts: its columns, their values and what they add to the score."""
        weights, computed = self.weights_, {APPEAL: compute(APPEAL, candidate_set)}
        if candidate_set.context.query is None:
            groups = [(APPEAL, weights.appeal, 1.0)]
        else:
            computed[RELATEDNESS] = compute_relatedness(candidate_set)
            totals = PartScores(
                candidate_set.times,
                candidate_set.rows,
                weights.relatedness.total(computed[RELATEDNESS]),
                weights.appeal.total(computed[APPEAL]),
            )
            factors = totals.weigh(dial, weights.appeal_scale)
            groups = [(RELATEDNESS, weights.relatedness, factors[0]), (APPEAL, weights.appeal, factors[1])]
        return [
            (columns(group), computed[group], curves.contributions(computed[group]) * factor)
            for group, curves, factor in groups
        ]


def build_listwise_loss(blocks: Sequence[Block], curves: Splines, appeal: Splines) -> SplineLoss:
    """What was chosen among the candidates of each group, shared out by relevance.

    The weights are those of the ramps of the curves and, last, of the appeal of each candidate. On bbc, with
    the same features, nDCG@10 of the editors' lists of 1 to 14 February is .712 with this and .698 with all
    pairs of one chosen and one not (three blocks, each ranked by a model trained on the rest; on the
    development period .708 and .700): only candidates that score high matter, not the many that nobody would
    show.
    """
    hat_weights = to_hat_weights(_flatten(appeal, 0.0), _ramps(appeal)).astype(np.float32)
    appeal_scores = [block.appeal() @ hat_weights for block in blocks]

    def parts() -> Iterator[ListwiseLoss]:
        for block, scores in zip(blocks, appeal_scores, strict=True):
            if block.relatedness is not None:
                features = set_last_column(block.relatedness(), scores)
                yield ListwiseLoss(features, block.starts, block.shares, block.weights)

    return SplineLoss(parts, sum(len(block.relevance) for block in blocks), _ramps(curves))


def build_pointwise_loss(blocks: Sequence[Block], curves: Splines) -> SplineLoss:
    """Every candidate against a story that was never listed and would just miss the list.

    A candidate whose place counts p (1 at the top, 0 off the list) won with frequency p. This predicts the
    order within a list better than pairs of listed stories do, whose hard preferences know no ties (bbc, +1h
    nDCG@10: .942 against .924, together with the separate curves of features/list_features.py). The last
    weight is the intercept, the edge of the list.
    """

    def parts() -> Iterator[PointwiseLoss]:
        for block in blocks:
            yield PointwiseLoss(block.appeal(), block.relevance, np.repeat(block.weights, block.lengths))

    return SplineLoss(parts, sum(len(block.relevance) for block in blocks), _ramps(curves))


def _flatten(curves: Splines, last: float) -> Weights:
    return np.append(curves.weights.ravel(), last)


def _ramps(curves: Splines) -> int:
    return len(curves.knots) - 1
