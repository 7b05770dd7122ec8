"""The logistic ranker: two sums of curves, fit on what was preferred to what.

For one context, what was listed, linked or clicked should score above what could have been and was not.
Appeal is learnt from the lists that readers and editors make for everybody, every candidate against one that
just misses the list; relatedness from the links of articles, what was chosen against all other candidates,
where appeal enters as one more column, so that its scale beside an article is learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys.archive.terms import Floats, Ints
from recsys.domain import Contribution
from recsys.features import APPEAL, RELATEDNESS, Column, Question, Reading, columns, compute, find_candidates
from recsys.ranking.curves import APPEAL_KNOTS, RELATEDNESS_KNOTS, Curves, flat, ramps
from recsys.ranking.likelihood import Choices, Standings, Weights, fit_around
from recsys.ranking.ranker import Scores
from recsys.request import LEARNT_DIAL, relatedness_weight

_SMALLEST_SCALE = 0.01


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
    held there, in contexts of weight 1 (of an appeal context, in candidates). Compared on bbc within the
    training period: of related 30 was better than 60 (nDCG@10 of 1 to 14 February, with some more columns
    than now, .706 and .702); of appeal 10 was better than 3 in all four tasks, by up to .006, and than 30
    by up to .025 (docs/features.md).
    """

    prior: Weighting = field(default_factory=Weighting.blank)
    relatedness_precision: float = 30.0
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
        kept = [context for context in contexts if (context.gains > 0).any()]
        if not kept:
            return prior
        edge = np.append(prior.weights.ravel(), 0.0)
        return prior.refit(fit_around(edge, self.appeal_precision, against_absent(kept, prior))[:-1])

    def _fit_relatedness(self, contexts: Sequence[Context], appeal: Curves) -> tuple[Curves, float]:
        prior = self.prior.relatedness
        kept = [context for context in contexts if 0 < np.count_nonzero(context.gains) < len(context.gains)]
        if not kept:
            return prior, self.prior.appeal_scale
        start = np.append(prior.weights.ravel(), self.prior.appeal_scale)
        fitted = fit_around(start, self.relatedness_precision, against_others(kept, prior, appeal))
        return prior.refit(fitted[:-1]), max(float(fitted[-1]), _SMALLEST_SCALE)

    def candidates(self, reading: Reading) -> Ints:
        """The union of what the candidate sources give."""
        return find_candidates(reading)

    def score(self, question: Question, *, dial: float = LEARNT_DIAL) -> Scores:
        """Relatedness and appeal as the dial weighs them; beside no article appeal alone."""
        learnt = self.weighting_
        appealing = learnt.appeal.total(compute(APPEAL, question))
        if question.reading.query is None:
            return Scores(np.zeros(len(question.rows)), appealing)
        related = learnt.relatedness.total(compute(RELATEDNESS, question))
        for_related, for_appeal = dial_weights(dial, learnt.appeal_scale)
        return Scores(related * for_related, appealing * for_appeal)

    def contributions(
        self, question: Question, *, dial: float = LEARNT_DIAL
    ) -> list[tuple[Contribution, ...]]:
        """What every column adds to the score of every row."""
        parts = self._parts(question, dial)
        return [
            tuple(
                Contribution(
                    column.name, column.group, float(values[row, at]), column.says, float(part[row, at])
                )
                for named, values, part in parts
                for at, column in enumerate(named)
            )
            for row in range(len(question.rows))
        ]

    def _parts(self, question: Question, dial: float) -> list[tuple[tuple[Column, ...], Floats, Weights]]:
        """Of each group that has a say: its columns, their values and what they add to the score."""
        learnt, beside = self.weighting_, question.reading.query is not None
        for_related, for_appeal = dial_weights(dial, learnt.appeal_scale) if beside else (0.0, 1.0)
        appealing = (APPEAL, learnt.appeal, for_appeal)
        asked = [(RELATEDNESS, learnt.relatedness, for_related), appealing] if beside else [appealing]
        measured = [(group, compute(group, question), curves, weight) for group, curves, weight in asked]
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
    return for_related, 2 * dial * scale if dial <= LEARNT_DIAL else scale**for_related


def against_others(contexts: Sequence[Context], curves: Curves, appeal: Curves) -> Choices:
    """What was preferred as a choice among the candidates of each context, shared out by gain.

    The columns are the ramps of the curves and, last, the appeal of each candidate. On bbc, with the same
    features, nDCG@10 of the editors' lists of 1 to 14 February is .712 with this and .698 with all pairs of
    one preferred and one not (three blocks, each ranked by what the rest taught; on the development period
    .708 and .700): the candidates that score high count, the many that nobody would show do not.
    """
    features = _expand(contexts, lambda context: context.relatedness, curves)
    features[:, -1] = np.concatenate([appeal.total(context.appeal) for context in contexts])
    lengths = np.array([len(context.gains) for context in contexts])
    shares = np.concatenate([context.gains / context.gains.sum() for context in contexts])
    weights = np.array([context.weight for context in contexts], dtype=np.float32)
    return Choices(features, np.cumsum(lengths) - lengths, shares.astype(np.float32), weights)


def against_absent(contexts: Sequence[Context], curves: Curves) -> Standings:
    """Every candidate against a story that no list ever showed, and that would just miss the list.

    A candidate at place p (1 at the top, 0 off the list) won with frequency p: this foretells the order in
    a list better than pairs of the listed do, whose hard preferences know no ties (bbc, +1h nDCG@10: .942
    against .924, together with the curves apart of features/lists.py). The last column is the list's edge.
    """
    features = _expand(contexts, lambda context: context.appeal, curves)
    features[:, -1] = 1
    weights = np.concatenate([np.full(len(c.gains), c.weight, dtype=np.float32) for c in contexts])
    return Standings(features, np.concatenate([c.gains for c in contexts]).astype(np.float32), weights)


def _expand(contexts: Sequence[Context], values: Callable[[Context], Floats], curves: Curves) -> Floats:
    """The ramps of all contexts below each other, and room for one column more; one copy in memory."""
    ends = np.cumsum([len(context.gains) for context in contexts])
    features = np.empty((int(ends[-1]), curves.weights.size + 1), dtype=np.float32)
    for context, end in zip(contexts, ends.tolist(), strict=True):
        features[end - len(context.gains) : end, :-1] = ramps(values(context), curves.knots)
    return features
