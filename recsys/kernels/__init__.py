"""Kernels: small functions from arrays to arrays in which recommending spends most of its time.

Each is implemented twice with the same signature and results: in numpy (`numpy_kernels`), and as loops
compiled by numba (`numba_kernels`, the extra `fast`); `online_learning` contains both of its own. A test
checks that each pair agrees.
"""

from __future__ import annotations

from recsys.kernels.numba_kernels import IS_COMPILED, VARIABLE
from recsys.kernels.numpy_kernels import Postings, Rows, Scales, ScoredRows, Seen, Slices
from recsys.kernels.online_learning import OnlineExamples, OnlineModel, Rates, learn_online

if IS_COMPILED:
    from recsys.kernels.numba_kernels import (
        accumulate_postings,
        add_postings,
        best_rows,
        count_dominating,
        divide_by_best,
        lower_bounds,
        multiply_rows,
        reciprocal_ranks,
        split_by_listed,
        sum_splines,
        summarise_sightings,
        top_scored,
    )
else:
    from recsys.kernels.numpy_kernels import (
        accumulate_postings,
        add_postings,
        best_rows,
        count_dominating,
        divide_by_best,
        lower_bounds,
        multiply_rows,
        reciprocal_ranks,
        split_by_listed,
        sum_splines,
        summarise_sightings,
        top_scored,
    )

__all__ = [
    "IS_COMPILED",
    "VARIABLE",
    "OnlineExamples",
    "OnlineModel",
    "Postings",
    "Rates",
    "Rows",
    "Scales",
    "ScoredRows",
    "Seen",
    "Slices",
    "accumulate_postings",
    "add_postings",
    "best_rows",
    "count_dominating",
    "divide_by_best",
    "learn_online",
    "lower_bounds",
    "multiply_rows",
    "reciprocal_ranks",
    "split_by_listed",
    "sum_splines",
    "summarise_sightings",
    "top_scored",
]
