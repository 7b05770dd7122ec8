"""A kernel for online learning, in numpy and as loops compiled by numba, with the same signature.

Rows are learnt from one after the other, so numpy can handle only one row at a time: 50,000 stories took it
8 s of processor time, the compiled loops .3 s. That is most of the cost of a change to an old story.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys.kernels.numba_kernels import IS_COMPILED, compiled
from recsys.kernels.numpy_kernels import Doubles, Floats, Ints, Rows

__all__ = ["OnlineExamples", "OnlineModel", "Rates", "learn_online"]


class OnlineExamples(NamedTuple):
    """Rows with their outcomes; arrays of one length."""

    rows: Rows
    outcomes: Floats
    """Shape (rows, outcomes), from 0 to 1."""
    is_example: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """Which rows to learn from."""


class OnlineModel(NamedTuple):
    """Logistic regressions with a step size for every weight (AdaGrad); updated in place."""

    weights: Doubles
    """Shape (terms, outcomes)."""
    squares: Doubles
    bias: Doubles


class Rates(NamedTuple):
    """Learning rates and regularisation."""

    step: float
    bias_step: float
    shrinkage: float


def learn_online_numpy(
    examples: OnlineExamples, queries: Rows, known: Ints, model: OnlineModel, rates: Rates
) -> Floats:
    """The prediction of each query row after learning from the first `known[row]` examples.

    `known` is sorted. The columns of both are rows of the model's weights, each at most once in a row.
    Shape (rows, outcomes).
    """
    weights, squares, bias = model
    predicted = np.zeros((len(known), len(bias)), dtype=np.float32)
    learnt = 0
    for row, before in enumerate(known.tolist()):
        for example in range(learnt, before):
            if not examples.is_example[example]:
                continue
            terms, values = _row(examples.rows, example)
            current = weights[terms]
            error = _logistic(values @ current + bias) - examples.outcomes[example]
            bias -= rates.bias_step * error
            gradient = np.outer(values, error) + rates.shrinkage * current
            squares[terms] += gradient**2
            weights[terms] = current - rates.step * gradient / np.sqrt(squares[terms])
        learnt = max(learnt, before)
        terms, values = _row(queries, row)
        predicted[row] = _logistic(values @ weights[terms] + bias)
    return predicted


@compiled
def learn_online_loops(
    examples: OnlineExamples, queries: Rows, known: Ints, model: OnlineModel, rates: Rates
) -> Floats:
    """The same as loops."""
    rows, outcomes, is_example = examples
    ptr, terms, values = rows
    weights, squares, bias = model
    predicted = np.zeros((len(known), len(bias)), dtype=np.float32)
    learnt = 0
    for row in range(len(known)):
        for example in range(learnt, known[row]):
            for kind in range(len(bias) if is_example[example] else 0):
                logit = bias[kind]
                for at in range(ptr[example], ptr[example + 1]):
                    logit += values[at] * weights[terms[at], kind]
                error = 1 / (1 + np.exp(-logit)) - outcomes[example, kind]
                bias[kind] -= rates.bias_step * error
                for at in range(ptr[example], ptr[example + 1]):
                    weight = weights[terms[at], kind]
                    gradient = values[at] * error + rates.shrinkage * weight
                    squares[terms[at], kind] += gradient * gradient
                    step = rates.step * gradient / np.sqrt(squares[terms[at], kind])
                    weights[terms[at], kind] = weight - step
        learnt = max(learnt, known[row])
        for kind in range(len(bias)):
            logit = bias[kind]
            for at in range(queries.indptr[row], queries.indptr[row + 1]):
                logit += queries.values[at] * weights[queries.columns[at], kind]
            predicted[row, kind] = 1 / (1 + np.exp(-logit))
    return predicted


learn_online = learn_online_loops if IS_COMPILED else learn_online_numpy


def _row(rows: Rows, row: int) -> tuple[Ints, Floats]:
    part = slice(int(rows.indptr[row]), int(rows.indptr[row + 1]))
    return rows.columns[part].astype(np.int64), rows.values[part]


def _logistic(logits: Doubles) -> Doubles:
    probabilities: Doubles = 1 / (1 + np.exp(-logits))
    return probabilities
