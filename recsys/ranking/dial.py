"""The dial between related and popular: which weights relatedness and appeal get, so that its steps are even.

The mixes of the two parts lie on a path from relatedness alone (position 0) over what was learned (.5) to
appeal alone (1). A list stays the same on most of the path and changes at once on a short stretch, which is
elsewhere for every article, site and model. So the dial does not move along the path but along the list: on
each side of the middle, equal steps exchange equal shares of the first places of this very list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.inverted_index import Ints
from recsys.request import TRAINED_DIAL, check_dial

PLACES: Final = 10
"""The places of a list whose stories count."""
_GRID: Final = 24
"""Steps on each half of the path between which lists are compared, and again where they differ most."""
_TIE: Final = 1e-9
_LAST: Final = (1 / 64, 1 / 128, 1 / 256, 0.0)
"""The last weights of relatedness: near its end a small one still decides between equally popular stories."""


@dataclass(frozen=True, slots=True)
class PartScores:
    """Both parts of the scores of a query's candidates, not weighted; shape (candidates,) each."""

    times: Ints
    rows: Ints
    relatedness: NDArray[np.float64]
    appeal: NDArray[np.float64]

    def weigh(self, dial: float, scale: float) -> tuple[float, float]:
        """The weights of relatedness and of appeal at a dial: (1, scale) at 0.5, as learned.

        Where the first places never change, they follow the path itself.
        """
        check_dial(dial)
        if dial in (0, TRAINED_DIAL, 1) or len(self.rows) <= PLACES:
            return mix(dial, scale)
        path, share = (_RELATED, 2 * dial) if dial < TRAINED_DIAL else (_POPULAR, 2 * dial - 1)
        exchanged = self._count_exchanged(path, scale)
        if exchanged[-1] < 1:
            return mix(dial, scale)
        finer = np.interp(np.linspace(0, exchanged[-1], 2 * _GRID + 1), exchanged, path)
        exchanged = self._count_exchanged(finer, scale)
        return mix(float(np.interp(share * exchanged[-1], exchanged, finer)), scale)

    def _count_exchanged(self, path: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
        """How many stories have entered the first places up to each position of a path, strictly rising."""
        for_relatedness, for_appeal = np.array([mix(float(position), scale) for position in path]).T
        newer = (
            np.argsort(np.lexsort((self.rows, self.times))) * _TIE
        )  # as in `order`, of equal scores the newer is first
        totals = np.outer(for_relatedness, self.relatedness) + np.outer(for_appeal, self.appeal) + newer
        is_first = totals >= np.partition(totals, -PLACES, axis=1)[:, [-PLACES]]
        entered = (is_first[1:] & ~is_first[:-1]).sum(axis=1)
        nudge = np.linspace(0, 1e-6, len(path))  # np.interp needs distinct places
        return np.concatenate([[0.0], np.cumsum(entered, dtype=np.float64)]) + nudge


def mix(position: float, scale: float) -> tuple[float, float]:
    """Weights of relatedness and of appeal at a position of the path.

    Towards 0 the weight of appeal falls to 0. Towards 1 it grows geometrically to 1 while that of relatedness
    falls to 0.
    """
    for_relatedness = min(1.0, 2 * (1 - position))
    return for_relatedness, 2 * position * scale if position <= TRAINED_DIAL else scale**for_relatedness


_RELATED: Final = np.linspace(0, TRAINED_DIAL, _GRID + 1)
_POPULAR: Final = 1 - np.array([*np.linspace(1, 1 / 32, _GRID), *_LAST]) / 2
