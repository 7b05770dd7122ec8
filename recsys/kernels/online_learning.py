"""A kernel of online learning, in numpy and as loops that numba compiles; both have one signature.

Learning takes one row after the other, so numpy can do no more than a row at a time: 50,000 stories took it
8 s of processor time, as compiled loops .3 s. That is most of what a change to an old story costs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys.kernels.numba_support import IS_COMPILED, compiled
from recsys.kernels.numpy_kernels import Doubles, Floats, Ints, Rows

__all__ = ["Lessons", "OnlineModel", "Rates", "learn_in_order"]


class Lessons(NamedTuple):
    """Rows that teach, with what became of each; arrays of one length."""

    rows: Rows
    outcomes: Floats
    """Shape (rows, outcomes), between 0 and 1."""
    teaches: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """Which of them do."""


class OnlineModel(NamedTuple):
    """Logistic regressions with a step for every weight (AdaGrad); changed in place."""

    weights: Doubles
    """Shape (terms, outcomes)."""
    squares: Doubles
    bias: Doubles


class Rates(NamedTuple):
    """How fast it learns."""

    step: float
    bias_step: float
    shrinkage: float


def learn_in_numpy(lessons: Lessons, asked: Rows, known: Ints, model: OnlineModel, rates: Rates) -> Floats:
    """What is predicted of each row of `asked` after the first `known[row]` lessons; shape (rows, outcomes).

    `known` rises. The columns of both are rows of the model's weights, each once in a row.
    """
    weights, squares, bias = model
    predicted = np.zeros((len(known), len(bias)), dtype=np.float32)
    taught = 0
    for row, before in enumerate(known.tolist()):
        for lesson in range(taught, before):
            if not lessons.teaches[lesson]:
                continue
            terms, values = _row(lessons.rows, lesson)
            now = weights[terms]
            error = _logistic(values @ now + bias) - lessons.outcomes[lesson]
            bias -= rates.bias_step * error
            slope = np.outer(values, error) + rates.shrinkage * now
            squares[terms] += slope**2
            weights[terms] = now - rates.step * slope / np.sqrt(squares[terms])
        taught = max(taught, before)
        terms, values = _row(asked, row)
        predicted[row] = _logistic(values @ weights[terms] + bias)
    return predicted


@compiled
def learn_in_loops(lessons: Lessons, asked: Rows, known: Ints, model: OnlineModel, rates: Rates) -> Floats:
    """The same."""
    rows, outcomes, teaches = lessons
    ptr, terms, values = rows
    weights, squares, bias = model
    predicted = np.zeros((len(known), len(bias)), dtype=np.float32)
    taught = 0
    for row in range(len(known)):
        for lesson in range(taught, known[row]):
            for kind in range(len(bias) if teaches[lesson] else 0):
                logit = bias[kind]
                for at in range(ptr[lesson], ptr[lesson + 1]):
                    logit += values[at] * weights[terms[at], kind]
                error = 1 / (1 + np.exp(-logit)) - outcomes[lesson, kind]
                bias[kind] -= rates.bias_step * error
                for at in range(ptr[lesson], ptr[lesson + 1]):
                    weight = weights[terms[at], kind]
                    slope = values[at] * error + rates.shrinkage * weight
                    squares[terms[at], kind] += slope * slope
                    weights[terms[at], kind] = weight - rates.step * slope / np.sqrt(squares[terms[at], kind])
        taught = max(taught, known[row])
        for kind in range(len(bias)):
            logit = bias[kind]
            for at in range(asked.indptr[row], asked.indptr[row + 1]):
                logit += asked.values[at] * weights[asked.columns[at], kind]
            predicted[row, kind] = 1 / (1 + np.exp(-logit))
    return predicted


learn_in_order = learn_in_loops if IS_COMPILED else learn_in_numpy


def _row(rows: Rows, row: int) -> tuple[Ints, Floats]:
    part = slice(int(rows.indptr[row]), int(rows.indptr[row + 1]))
    return rows.columns[part].astype(np.int64), rows.values[part]


def _logistic(logits: Doubles) -> Doubles:
    chances: Doubles = 1 / (1 + np.exp(-logits))
    return chances
