"""Bootstrap intervals by query and by day, and a paired randomisation test of two rankers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.results import Difference, Figure

Values = NDArray[np.float64]

RESAMPLES = 2_000
FLIPS = 10_000
SEED = 0
LEVEL = (0.025, 0.975)
TIED = 1e-9
"""Differences up to this are none: sums in another order."""
FEWEST_DAYS = 5
"""Minimum number of days for an interval by day: of fewer, the resamples are too much alike."""


class Bootstrap:
    """Resamples of n queries, the same for every figure on these queries.

    The interval of a difference is therefore paired: a query is drawn for both rankers. Intervals are
    percentile intervals (Efron & Tibshirani 1993, chapter 13). Those by query assume independent queries;
    those by day draw whole days with all their queries (a cluster bootstrap: Davison & Hinkley 1997, section
    3.8), which also holds where the queries of a day resemble each other.
    """

    def __init__(self, n: int, *, days: Sequence[Hashable] | None = None, seed: int = SEED) -> None:
        """`days` has the day of every query; without it there are no intervals by day."""
        self.n = n
        self._counts = _draw(n, seed) if n > 1 else None
        numbers = {day: at for at, day in enumerate(dict.fromkeys(days or ()))}
        self._day_of = np.array([numbers[day] for day in days or ()], dtype=np.int64)
        self._days = _draw(len(numbers), seed) if len(numbers) >= FEWEST_DAYS else None

    def mean(self, values: Values) -> Figure:
        """Mean of one value per query; shape (n,)."""
        drawn = None if self._counts is None else self._counts @ values / self.n
        by_day = self._ratio_by_day(values, np.ones(self.n))
        return figure(float(values.mean()) if self.n else 0.0, drawn, self.n, by_day=by_day)

    def ratio(self, over: Values, under: Values, *, n: int | None = None) -> Figure:
        """Sum of `over` divided by the sum of `under`, 0 if that is 0; shape (n,) each."""
        total = float(under.sum())
        drawn = _divide(self._counts @ over, self._counts @ under) if self._counts is not None else None
        mean = float(over.sum()) / total if total else 0.0
        return figure(mean, drawn, self.n if n is None else n, by_day=self._ratio_by_day(over, under))

    def median(self, values: Values) -> Figure:
        """Median of one value per query; shape (n,)."""
        drawn = None
        if self._counts is not None:
            order = np.argsort(values)
            reached = np.cumsum(self._counts[:, order], axis=1) >= self.n / 2
            drawn = values[order][reached.argmax(axis=1)]
        return figure(float(np.median(values)) if self.n else 0.0, drawn, self.n)

    def _ratio_by_day(self, over: Values, under: Values) -> Values | None:
        if self._days is None:
            return None
        sums = [np.bincount(self._day_of, each, minlength=self._days.shape[1]) for each in (over, under)]
        return _divide(self._days @ sums[0], self._days @ sums[1])


def _draw(n: int, seed: int) -> Values:
    """How often each of n is drawn in every resample; shape (RESAMPLES, n)."""
    shares = np.full(n, 1 / n)
    return np.random.default_rng(seed).multinomial(n, shares, size=RESAMPLES).astype(np.float64)


def _divide(over: Values, under: Values) -> Values:
    """The quotients that are defined."""
    quotients: Values = over[under > 0] / under[under > 0]
    return quotients


def figure(mean: float, drawn: Values | None, n: int, *, by_day: Values | None = None) -> Figure:
    """A figure with the intervals of its resamples; without an interval if there are none."""
    low, high = _interval(drawn) or (None, None)
    return Figure(mean, low, high, n, _interval(by_day))


def _interval(drawn: Values | None) -> tuple[float, float] | None:
    if drawn is None or not len(drawn):
        return None
    low, high = np.quantile(drawn, LEVEL)
    return float(low), float(high)


def sign_flip_test(differences: Values, *, seed: int = SEED) -> float:
    """Two-sided p-value of the mean of paired differences, by random sign flips; never 0.

    Fisher's randomisation test (Smucker, Allan & Carterette 2007, section 3.1) with 10,000 draws; 1 if
    nothing differs.
    """
    nonzero = differences[differences != 0]
    if not len(nonzero):
        return 1.0
    rng = np.random.default_rng(seed)
    signs = rng.choice(np.array([-1.0, 1.0]), size=(FLIPS, len(nonzero)))
    extreme = np.abs(signs @ nonzero) >= abs(nonzero.sum()) - 1e-12
    return float((extreme.sum() + 1) / (FLIPS + 1))


def compare(ours: Values, theirs: Values, bootstrap: Bootstrap, *, than: str, metric: str) -> Difference:
    """Ours minus theirs on the same queries; shape (n,) each."""
    differences = ours - theirs
    return Difference(
        than,
        metric,
        bootstrap.mean(differences),
        sign_flip_test(differences),
        better=int((differences > TIED).sum()),
        worse=int((differences < -TIED).sum()),
        equal=int((np.abs(differences) <= TIED).sum()),
    )
