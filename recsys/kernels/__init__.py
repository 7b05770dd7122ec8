"""Kernels: small functions from arrays to arrays, where a recommendation spends its time.

Each is written twice, with one signature and the same numbers: in numpy (`arrays`), and as loops that numba
compiles (`loops`, the extra `fast`); `learning` has both of its own. `compiling` says which of them are
taken; a test holds each pair equal.
"""

from __future__ import annotations

from recsys.kernels.numba_support import IS_COMPILED, VARIABLE
from recsys.kernels.numpy_kernels import Postings, Rows, Scales, Seen, Slices, Touched
from recsys.kernels.online_learning import Lessons, OnlineModel, Rates, learn_in_order

if IS_COMPILED:
    from recsys.kernels.numba_kernels import (
        add_postings,
        best_rows,
        best_touched,
        count_dominating,
        divide_by_best,
        lower_bounds,
        multiply_rows,
        rank_reciprocally,
        spread_apart,
        stand_on_lists,
        sum_splines,
        touch_postings,
    )
else:
    from recsys.kernels.numpy_kernels import (
        add_postings,
        best_rows,
        best_touched,
        count_dominating,
        divide_by_best,
        lower_bounds,
        multiply_rows,
        rank_reciprocally,
        spread_apart,
        stand_on_lists,
        sum_splines,
        touch_postings,
    )

__all__ = [
    "IS_COMPILED",
    "VARIABLE",
    "Lessons",
    "OnlineModel",
    "Postings",
    "Rates",
    "Rows",
    "Scales",
    "Seen",
    "Slices",
    "Touched",
    "add_postings",
    "best_rows",
    "best_touched",
    "count_dominating",
    "divide_by_best",
    "learn_in_order",
    "lower_bounds",
    "multiply_rows",
    "rank_reciprocally",
    "spread_apart",
    "stand_on_lists",
    "sum_splines",
    "touch_postings",
]
