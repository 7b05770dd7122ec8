"""The logistic ranker: two sums of curves, fit on what was preferred to what.

For one context, what was listed, linked or clicked should score above what could have been and was not.
Appeal is learnt from the lists that readers and editors make for everybody, every candidate against one that
just misses the list; relatedness from the links of articles, what was chosen against all other candidates,
where appeal enters as one more column, so that its scale beside an article is learnt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Contribution
from recsys.ranking.features import (
    APPEAL,
    RELATEDNESS,
    CandidateSet,
    Column,
    QueryContext,
    columns,
    compute,
    find_candidates,
)
from recsys.ranking.hat_basis import heights_of, with_last
from recsys.ranking.losses import ListwiseLoss, PointwiseLoss, SplineLoss, Weights, fit_map
from recsys.ranking.ranker import Scores
from recsys.ranking.splines import APPEAL_KNOTS, RELATEDNESS_KNOTS, Splines, flat
from recsys.ranking.training_set import Block, QueryGroup, TrainingSet
from recsys.request import TRAINED_DIAL, relatedness_weight

_SMALLEST_SCALE = 0.01


@dataclass(frozen=True)
class RankerWeights:
    """All that is learnt: the curves of both groups, and the scale of appeal beside an article."""

    relatedness: Splines
    appeal: Splines
    appeal_scale: float

    @classmethod
    def blank(cls) -> RankerWeights:
        """Nothing learnt: every curve flat."""
        names = [tuple(column.name for column in columns(group)) for group in (RELATEDNESS, APPEAL)]
        return cls(flat(names[0], RELATEDNESS_KNOTS), flat(names[1], APPEAL_KNOTS), _SMALLEST_SCALE)


@dataclass
class LogisticRanker:
    """Learns from contexts; with none it is its prior.

    `prior` is where the weights start and stay without evidence; the precisions say how firmly they are
    held there, in contexts of weight 1 (of an appeal context, in candidates). Compared on bbc within the
    training period: of related 30 was better than 60 (nDCG@10 of 1 to 14 February, with some more columns
    than now, .706 and .702); of appeal 10 was better than 3 in all four tasks, by up to .006, and than 30
    by up to .025 (docs/features.md).
    """

    prior: RankerWeights = field(default_factory=RankerWeights.blank)
    relatedness_precision: float = 30.0
    appeal_precision: float = 10.0
    name: str = "model"

    def __post_init__(self) -> None:
        self.weights_ = self.prior

    def fit(self, contexts: Iterable[QueryGroup]) -> LogisticRanker:
        """Learn anew from the prior; contexts in which nothing was preferred to anything teach nothing."""
        return self.learn(TrainingSet(contexts))

    def learn(self, contexts: TrainingSet, *, near: RankerWeights | None = None) -> LogisticRanker:
        """The same from packed contexts; `near` is what an earlier fit found, where the search begins.

        Without it the search begins at the prior. That changes how long it takes, not what it finds.
        """
        appeal = self._fit_appeal(contexts.moments, near)
        relatedness, scale = self._fit_relatedness(contexts.beside, appeal, near)
        self.weights_ = RankerWeights(relatedness, appeal, scale)
        return self

    def _fit_appeal(self, moments: Sequence[Block], near: RankerWeights | None) -> Splines:
        prior = self.prior.appeal
        if not moments:
            return prior
        evidence = build_pointwise_loss(moments, prior)
        start = None if near is None else _flat(near.appeal, 0.0)
        found = fit_map(_flat(prior, 0.0), self.appeal_precision, evidence, start=start)
        return prior.refit(found[:-1])

    def _fit_relatedness(
        self, beside: Sequence[Block], appeal: Splines, near: RankerWeights | None
    ) -> tuple[Splines, float]:
        prior, scale = self.prior.relatedness, self.prior.appeal_scale
        if not beside:
            return prior, scale
        evidence = build_listwise_loss(beside, prior, appeal)
        start = None if near is None else _flat(near.relatedness, near.appeal_scale)
        found = fit_map(_flat(prior, scale), self.relatedness_precision, evidence, start=start)
        return prior.refit(found[:-1]), max(float(found[-1]), _SMALLEST_SCALE)

    def candidates(self, context: QueryContext) -> Ints:
        """The union of what the candidate sources give."""
        return find_candidates(context)

    def score(self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL) -> Scores:
        """Relatedness and appeal as the dial weighs them; beside no article appeal alone."""
        learnt = self.weights_
        appealing = learnt.appeal.total(compute(APPEAL, candidate_set))
        if candidate_set.context.query is None:
            return Scores(np.zeros(len(candidate_set.rows)), appealing)
        related = learnt.relatedness.total(compute(RELATEDNESS, candidate_set))
        for_related, for_appeal = dial_weights(dial, learnt.appeal_scale)
        return Scores(related * for_related, appealing * for_appeal)

    def contributions(
        self, candidate_set: CandidateSet, *, dial: float = TRAINED_DIAL, places: Sequence[int] | None = None
    ) -> list[tuple[Contribution, ...]]:
        """What every column adds to the score of each row at these places; of every row without."""
        parts = self._parts(candidate_set, dial)
        return [
            tuple(
                Contribution(
                    column.name, column.group, float(values[row, at]), column.says, float(part[row, at])
                )
                for named, values, part in parts
                for at, column in enumerate(named)
            )
            for row in (range(len(candidate_set.rows)) if places is None else places)
        ]

    def _parts(
        self, candidate_set: CandidateSet, dial: float
    ) -> list[tuple[tuple[Column, ...], Floats, Weights]]:
        """Of each group that has a say: its columns, their values and what they add to the score."""
        learnt, beside = self.weights_, candidate_set.context.query is not None
        for_related, for_appeal = dial_weights(dial, learnt.appeal_scale) if beside else (0.0, 1.0)
        appealing = (APPEAL, learnt.appeal, for_appeal)
        asked = [(RELATEDNESS, learnt.relatedness, for_related), appealing] if beside else [appealing]
        measured = [(group, compute(group, candidate_set), curves, weight) for group, curves, weight in asked]
        return [
            (columns(group), values, curves.contributions(values) * weight)
            for group, values, curves, weight in measured
        ]


def dial_weights(dial: float, scale: float) -> tuple[float, float]:
    """What relatedness and appeal are multiplied by: (1, scale) at 0.5, as learnt.

    Down to 0 the weight of appeal falls to nothing; up to 1 it rises by equal factors to 1 while that of
    relatedness falls to nothing, so that every part of the dial changes something.
    """
    for_related = relatedness_weight(dial)
    return for_related, 2 * dial * scale if dial <= TRAINED_DIAL else scale**for_related


def build_listwise_loss(beside: Sequence[Block], curves: Splines, appeal: Splines) -> SplineLoss:
    """What was preferred as a choice among the candidates of each context, shared out by gain.

    The weights are those of the ramps of the curves and, last, of the appeal of each candidate. On bbc, with
    the same features, nDCG@10 of the editors' lists of 1 to 14 February is .712 with this and .698 with all
    pairs of one preferred and one not (three blocks, each ranked by what the rest taught; on the development
    period .708 and .700): the candidates that score high count, the many that nobody would show do not.
    """
    heights = heights_of(_flat(appeal, 0.0), _ramps(appeal)).astype(np.float32)
    appealing = [block.appeal() @ heights for block in beside]

    def parts() -> Iterator[ListwiseLoss]:
        for block, last in zip(beside, appealing, strict=True):
            if block.relatedness is not None:
                features = with_last(block.relatedness(), last)
                yield ListwiseLoss(features, block.starts, block.shares, block.weights)

    return SplineLoss(parts, sum(len(block.relevance) for block in beside), _ramps(curves))


def build_pointwise_loss(moments: Sequence[Block], curves: Splines) -> SplineLoss:
    """Every candidate against a story that no list ever showed, and that would just miss the list.

    A candidate at place p (1 at the top, 0 off the list) won with frequency p: this foretells the order in
    a list better than pairs of the listed do, whose hard preferences know no ties (bbc, +1h nDCG@10: .942
    against .924, together with the curves apart of features/lists.py). The last weight is the list's edge.
    """

    def parts() -> Iterator[PointwiseLoss]:
        for block in moments:
            yield PointwiseLoss(block.appeal(), block.relevance, np.repeat(block.weights, block.lengths))

    return SplineLoss(parts, sum(len(block.relevance) for block in moments), _ramps(curves))


def _flat(curves: Splines, last: float) -> Weights:
    return np.append(curves.weights.ravel(), last)


def _ramps(curves: Splines) -> int:
    return len(curves.knots) - 1
