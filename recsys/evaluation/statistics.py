"""Bootstrap intervals over queries, and a paired test of two rankers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.results import Difference, Figure

Values = NDArray[np.float64]

RESAMPLES = 2_000
FLIPS = 10_000
SEED = 0
LEVEL = (0.025, 0.975)


class Bootstrap:
    """Resamples of n queries with replacement, the same for every statistic of these queries.

    The interval of a difference is therefore paired: a query is drawn for both rankers. It is the percentile
    interval (Efron & Tibshirani 1993, chapter 13). Queries are assumed to be independent; those of one day
    are not entirely, so that intervals are slightly too narrow.
    """

    def __init__(self, n: int, *, seed: int = SEED) -> None:
        self.n = n
        chance = np.random.default_rng(seed)
        shares = np.full(n, 1 / max(n, 1))
        self._counts = chance.multinomial(n, shares, size=RESAMPLES).astype(np.float64) if n > 1 else None

    def mean(self, values: Values) -> Figure:
        """The mean of one value per query; shape (n,)."""
        drawn = None if self._counts is None else self._counts @ values / self.n
        return figure(float(values.mean()) if self.n else 0.0, drawn, self.n)

    def ratio(self, over: Values, under: Values, *, n: int | None = None) -> Figure:
        """The ratio of two sums, 0 if the second is 0; shape (n,) each."""
        total = float(under.sum())
        drawn = None
        if self._counts is not None and total:
            sums = self._counts @ under
            drawn = (self._counts @ over)[sums > 0] / sums[sums > 0]
        return figure(float(over.sum()) / total if total else 0.0, drawn, self.n if n is None else n)

    def median(self, values: Values) -> Figure:
        """The median of one value per query; shape (n,)."""
        drawn = None
        if self._counts is not None:
            order = np.argsort(values)
            reached = np.cumsum(self._counts[:, order], axis=1) >= self.n / 2
            drawn = values[order][reached.argmax(axis=1)]
        return figure(float(np.median(values)) if self.n else 0.0, drawn, self.n)


def figure(mean: float, drawn: Values | None, n: int) -> Figure:
    """A figure with the interval of its resamples; a single query has none."""
    if drawn is None or not len(drawn):
        return Figure(mean, None, None, n)
    low, high = np.quantile(drawn, LEVEL)
    return Figure(mean, float(low), float(high), n)


def sign_flip_test(differences: Values, *, seed: int = SEED) -> float:
    """The p-value of a two-sided sign-flip test of paired differences; never 0.

    Fisher's randomisation test (Smucker, Allan & Carterette 2007, section 3.1) with 10,000 draws; 1 without
    any difference.
    """
    nonzero = differences[differences != 0]
    if not len(nonzero):
        return 1.0
    chance = np.random.default_rng(seed)
    signs = chance.choice(np.array([-1.0, 1.0]), size=(FLIPS, len(nonzero)))
    reached = np.abs(signs @ nonzero) >= abs(nonzero.sum()) - 1e-12
    return float((reached.sum() + 1) / (FLIPS + 1))


def compare(ours: Values, theirs: Values, bootstrap: Bootstrap, *, than: str, metric: str) -> Difference:
    """Ours minus theirs on the same queries; shape (n,) each."""
    differences = ours - theirs
    return Difference(
        than,
        metric,
        bootstrap.mean(differences),
        sign_flip_test(differences),
        better=int((differences > 0).sum()),
        worse=int((differences < 0).sum()),
        equal=int((differences == 0).sum()),
    )
