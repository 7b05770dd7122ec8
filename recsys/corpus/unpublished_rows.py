"""Stories that were withdrawn: they keep their rows, which leaves the past unharmed; none is a candidate."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from recsys.corpus.article_table import ArticleTable
from recsys.corpus.stored_fields import NEVER, hash_address
from recsys.corpus.term_segments import Ints


def rows_at(table: ArticleTable, urls: Iterable[str]) -> Ints:
    """The rows of those addresses that are articles of the table."""
    rows = table.rows_of_addresses(np.array([hash_address(url) for url in urls], dtype=np.uint64))
    known: Ints = rows[rows >= 0]
    return known


def never_at(times: Ints, rows: Ints) -> Ints:
    """The times, NEVER for some rows."""
    if not len(rows):
        return times
    left = times.copy()
    left[rows] = NEVER
    return left
