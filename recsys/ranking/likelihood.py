"""What observations say about weights, and the weights that they and a prior make most likely.

Two likelihoods, both logistic in the weights: which of a context's candidates was chosen (conditional logit,
McFadden 1974; in learning to rank the listwise softmax of ListNet, Cao et al. 2007), and whether a candidate
stands above a story that nobody ever listed (logistic regression). For two candidates the first is logistic
regression on the difference of their features, and a test holds it to scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from recsys.archive.terms import Floats, Ints

Weights = NDArray[np.float64]
Slope = tuple[float, Weights]
"""The value of a loss and its gradient, shape (weights,)."""
ITERATIONS = 200
"""Of L-BFGS, at the most. On bbc the fits stop after some 60."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen among the candidates of each context.

    `features` has shape (candidates of all contexts, columns); those of context i begin at `starts[i]` and
    its weight is `weights[i]`. `shares` says which part of the choice each candidate has: they sum to 1.
    """

    features: Floats
    starts: Ints
    shares: Floats
    weights: Floats

    def loss(self, found: Weights) -> Slope:
        """Minus the log-likelihood of the choices, and its gradient."""
        lengths = np.diff(np.append(self.starts, len(self.features)))
        context = np.repeat(np.arange(len(self.starts)), lengths)
        scores = self.features @ found.astype(np.float32)
        scores -= np.maximum.reduceat(scores, self.starts)[context]
        chances = np.exp(scores)
        total = np.add.reduceat(chances, self.starts)
        weights = self.weights[context]
        away = weights * (chances / total[context] - self.shares)
        value = -(weights * self.shares * (scores - np.log(total)[context])).sum(dtype=np.float64)
        return float(value), (away @ self.features).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Standings:
    """How often each candidate stands above a story that just misses the list; one row each.

    `places` are these frequencies, `weights` how much each counts.
    """

    features: Floats
    places: Floats
    weights: Floats

    def loss(self, found: Weights) -> Slope:
        """Minus the log-likelihood of the frequencies, and its gradient."""
        scores = self.features @ found.astype(np.float32)
        value = (self.weights * (np.logaddexp(0, scores) - self.places * scores)).sum(dtype=np.float64)
        away = self.weights * (1 / (1 + np.exp(-scores)) - self.places)
        return float(value), (away @ self.features).astype(np.float64)


def fit_around(
    prior: Weights, precision: float, loss: Callable[[Weights], Slope], *, start: Weights | None = None
) -> Weights:
    """Weights that maximise a likelihood times a Gaussian of that precision around `prior`.

    The maximum is one; the search begins at `start`, at the prior unless it is given.
    """

    def penalised(found: Weights) -> Slope:
        value, slope = loss(found)
        away = found - prior
        return value + precision / 2 * float(away @ away), slope + precision * away

    begin = prior if start is None else start
    fitted = minimize(penalised, begin, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    result: Weights = fitted.x
    return result
