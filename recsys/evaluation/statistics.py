"""How sure a figure is: bootstrap intervals over queries, and a paired test of two rankers."""

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
    """Draws of n queries with replacement, the same for everything that is asked about these queries.

    So the interval of a difference is paired: a query that is drawn is drawn for both rankers. The interval
    is the percentile interval (Efron & Tibshirani 1993, chapter 13). Queries are taken to be independent;
    those of one day are not wholly, so that intervals are a little too narrow.
    """

    def __init__(self, n: int, *, seed: int = SEED) -> None:
        self.n = n
        chance = np.random.default_rng(seed)
        shares = np.full(n, 1 / max(n, 1))
        self._counts = chance.multinomial(n, shares, size=RESAMPLES).astype(np.float64) if n > 1 else None

    def mean(self, values: Values) -> Figure:
        """The mean of one value a query; shape (n,)."""
        drawn = None if self._counts is None else self._counts @ values / self.n
        return figure(float(values.mean()) if self.n else 0.0, drawn, self.n)

    def ratio(self, over: Values, under: Values, *, n: int | None = None) -> Figure:
        """The sum of one thing over the sum of another, 0 where that is 0; shape (n,) each."""
        total = float(under.sum())
        drawn = None
        if self._counts is not None and total:
            sums = self._counts @ under
            drawn = (self._counts @ over)[sums > 0] / sums[sums > 0]
        return figure(float(over.sum()) / total if total else 0.0, drawn, self.n if n is None else n)

    def median(self, values: Values) -> Figure:
        """The median of one value a query; shape (n,)."""
        drawn = None
        if self._counts is not None:
            order = np.argsort(values)
            reached = np.cumsum(self._counts[:, order], axis=1) >= self.n / 2
            drawn = values[order][reached.argmax(axis=1)]
        return figure(float(np.median(values)) if self.n else 0.0, drawn, self.n)


def figure(mean: float, drawn: Values | None, n: int) -> Figure:
    """A figure with the interval that resampling gave; one query alone has none."""
    if drawn is None or not len(drawn):
        return Figure(mean, None, None, n)
    low, high = np.quantile(drawn, LEVEL)
    return Figure(mean, float(low), float(high), n)


def sign_flip_test(differences: Values, *, seed: int = SEED) -> float:
    """How often random signs of paired differences give a mean as far from zero; two-sided, never 0.

    The randomisation test of Fisher (Smucker, Allan & Carterette 2007, section 3.1) with 10,000 draws. 1
    where nothing differs.
    """
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0
    chance = np.random.default_rng(seed)
    signs = chance.choice(np.array([-1.0, 1.0]), size=(FLIPS, len(moved)))
    reached = np.abs(signs @ moved) >= abs(moved.sum()) - 1e-12
    return float((reached.sum() + 1) / (FLIPS + 1))


def compare(ours: Values, theirs: Values, bootstrap: Bootstrap, *, than: str, metric: str) -> Difference:
    """Ours less theirs on the same queries; shape (n,) each."""
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
