"""Many fits of the same lessons, expanded to the hat basis once, with other weights, columns and priors."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Lesson, weight_in_training
from recsys.corpus.inverted_index import Floats, Ints
from recsys.ranking import LogisticRanker, RankerWeights
from recsys.ranking.losses import ListwiseLoss, PointwiseLoss, SplineLoss, ValueAndGradient, Weights, fit_map
from recsys.ranking.splines import (
    APPEAL_KNOTS,
    RELATEDNESS_KNOTS,
    Splines,
    set_last_column,
    stack_hat_bases,
)

Weigh = Callable[[Lesson], float]
APPEAL_BESIDE = "appeal beside an article"
"""Stands among column names for the one column by which appeal enters beside an article."""
_MOST_KEPT = 0.75
"""The share of lessons from which on leaving the others out by a weight of 0 is cheaper than a copy."""


@dataclass(frozen=True)
class Fit:
    """What a fit differs in from what `LogisticRanker` does: nothing, unless something is given."""

    weigh: Weigh = weight_in_training
    """The weight of each lesson; 0 leaves it out."""
    prior: RankerWeights = field(default_factory=RankerWeights.blank)
    without: Set[str] = frozenset()
    """Columns that are taken for 0 everywhere."""
    relatedness_precision: float = LogisticRanker.relatedness_precision
    appeal_precision: float = LogisticRanker.appeal_precision
    near: RankerWeights | None = None
    """Where the search begins: a fit that differs little; the prior unless it is given."""


class Teaching:
    """Lessons, ready to be learnt from again and again."""

    def __init__(self, lessons: list[Lesson]) -> None:
        self.beside = [
            each
            for each in lessons
            if each.page >= 0 and 0 < np.count_nonzero(each.context.relevance) < len(each.context.relevance)
        ]
        self.moments = [each for each in lessons if each.page < 0 and (each.context.relevance > 0).any()]
        self._blank = RankerWeights.blank()
        self._appeal: Splines | None = None

    @cached_property
    def _choices(self) -> ListwiseLoss:
        relevance = [each.context.relevance for each in self.beside]
        return ListwiseLoss(
            stack_hat_bases([each.context.relatedness for each in self.beside], RELATEDNESS_KNOTS),
            np.cumsum([len(each) for each in relevance]) - np.array([len(each) for each in relevance]),
            np.concatenate([each / each.sum() for each in relevance]).astype(np.float32),
            np.ones(len(relevance), dtype=np.float32),
        )

    @cached_property
    def _standings(self) -> PointwiseLoss:
        features = stack_hat_bases([each.context.appeal for each in self.moments], APPEAL_KNOTS)
        places = np.concatenate([each.context.relevance for each in self.moments]).astype(np.float32)
        return PointwiseLoss(features, places, np.ones_like(places))

    def fit(self, how: Fit) -> RankerWeights:
        """Both groups, as `LogisticRanker.fit`."""
        return self.fit_relatedness(how, self.fit_appeal(how))

    def fit_appeal(self, how: Fit) -> Splines:
        """What the lists made for everybody teach; the prior where there are none."""
        prior, near = how.prior.appeal, None if how.near is None else _flat(how.near.appeal, 0)
        weights = np.array([how.weigh(each) for each in self.moments], dtype=np.float32)
        if not weights.any():
            return prior
        lengths = np.array([len(each.context.relevance) for each in self.moments])
        kept = _kept(weights)
        rows = np.repeat(kept, lengths)
        block = self._standings
        evidence = PointwiseLoss(
            _part(block.features, rows), block.targets[rows], np.repeat(weights[kept], lengths[kept])
        )
        fitted = _fit(_flat(prior, 0), near, how.appeal_precision, _on(evidence, prior), _free(prior, how))
        return prior.refit(fitted[:-1])

    def fit_relatedness(self, how: Fit, appeal: Splines) -> RankerWeights:
        """What links and boxes teach, appeal being learnt before; the prior where there are none."""
        prior, near = how.prior, how.near
        weights = np.array([how.weigh(each) for each in self.beside], dtype=np.float32)
        if not weights.any():
            return replace(prior, appeal=appeal)
        self._set_appeal(appeal)
        lengths = np.array([len(each.context.relevance) for each in self.beside])
        kept = _kept(weights)
        rows = np.repeat(kept, lengths)
        block = self._choices
        starts: Ints = np.cumsum(lengths[kept]) - lengths[kept]
        evidence = ListwiseLoss(_part(block.features, rows), starts, block.shares[rows], weights[kept])
        fitted = _fit(
            _flat(prior.relatedness, prior.appeal_scale),
            None if near is None else _flat(near.relatedness, near.appeal_scale),
            how.relatedness_precision,
            _on(evidence, prior.relatedness),
            _free(prior.relatedness, how),
        )
        scale = 0.0 if APPEAL_BESIDE in how.without else max(float(fitted[-1]), self._blank.appeal_scale)
        return RankerWeights(prior.relatedness.refit(fitted[:-1]), appeal, scale)

    def _set_appeal(self, appeal: Splines) -> None:
        if self._appeal is not appeal:
            totals = [appeal.total(each.context.appeal) for each in self.beside]
            set_last_column(self._choices.features, np.concatenate(totals))
            self._appeal = appeal


def _kept(weights: Floats) -> NDArray[np.bool_]:
    kept: NDArray[np.bool_] = weights > 0
    return np.ones_like(kept) if kept.mean() > _MOST_KEPT else kept


def _part(features: Any, rows: NDArray[np.bool_]) -> Any:
    return features if rows.all() else features[rows]


def _on(part: ListwiseLoss | PointwiseLoss, curves: Splines) -> SplineLoss:
    return SplineLoss(lambda: [part], part.size, len(curves.knots) - 1)


def _flat(curves: Splines, last: float) -> Weights:
    return np.append(curves.weights.ravel(), last)


def _free(curves: Splines, how: Fit) -> Weights:
    """1 for every ramp that may have a weight, 0 for those of the columns that are left out."""
    ramps = len(curves.knots) - 1
    each = np.repeat([float(name not in how.without) for name in curves.names], ramps)
    return np.append(each, float(APPEAL_BESIDE not in how.without))


@dataclass(frozen=True)
class _Partly:
    """Evidence about some of the weights; the others stay 0."""

    evidence: SplineLoss
    free: Weights

    @property
    def size(self) -> int:
        return self.evidence.size

    def value_and_gradient(self, found: Weights) -> ValueAndGradient:
        value, slope = self.evidence.value_and_gradient(found)
        return value, slope * self.free

    def curvature(self, found: Weights, every: int = 1) -> Weights:
        return self.evidence.curvature(found, every) * np.outer(self.free, self.free)


def _fit(
    prior: Weights, near: Weights | None, precision: float, evidence: SplineLoss, free: Weights
) -> Weights:
    start = None if near is None else near * free
    return fit_map(prior * free, precision, _Partly(evidence, free), start=start)
