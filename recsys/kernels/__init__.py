"""Kernels: small functions from arrays to arrays, where a recommendation spends its time.

Each is written twice, with one signature and the same numbers: in numpy (`arrays`), and as loops that numba
compiles (`loops`, `term_loops`; the extra `fast`). `compiling` says which count, a test holds pairs equal.
"""

from __future__ import annotations

from recsys.kernels.arrays import Postings, Rows, Scales, Seen, Slices, Touched
from recsys.kernels.compiling import IS_COMPILED, VARIABLE

if IS_COMPILED:
    from recsys.kernels.loops import (
        count_dominating,
        divide_by_best,
        rank_reciprocally,
        spread_apart,
        stand_on_lists,
        sum_curves,
    )
    from recsys.kernels.term_loops import (
        add_postings,
        best_rows,
        best_touched,
        lower_bounds,
        multiply_lists,
        multiply_rows,
        touch_postings,
    )
else:
    from recsys.kernels.arrays import (
        add_postings,
        best_rows,
        best_touched,
        count_dominating,
        divide_by_best,
        lower_bounds,
        multiply_lists,
        multiply_rows,
        rank_reciprocally,
        spread_apart,
        stand_on_lists,
        sum_curves,
        touch_postings,
    )

__all__ = [
    "IS_COMPILED",
    "VARIABLE",
    "Postings",
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
    "lower_bounds",
    "multiply_lists",
    "multiply_rows",
    "rank_reciprocally",
    "spread_apart",
    "stand_on_lists",
    "sum_curves",
    "touch_postings",
]
