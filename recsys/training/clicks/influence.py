"""Limits on the influence of clicks in training, whoever made them.

Anybody can click: readers, and attackers who want the model to learn something wrong. No single click tells
them apart with certainty, so the influence of all clicks is bounded:

- The clicks on one list, for one page, and within one hour each have a maximum total weight. A site with
  readers reaches the full weight within weeks. The clicks of one hour never weigh more than one hour, however
  many they are; and an hour weighs little as long as there are few hours with clicks.
- All clicks together weigh no more than the site's own related boxes and links, or ALONE if there are few.
- A click that the reference model finds implausible weighs less: the click model assumes some readers who
  click anything, and a click is weighted by the probability that it is not one of theirs (a contaminated
  likelihood: Huber 1964). Otherwise clicks on the end of a list, which are weighted up because few readers
  look there, would be the cheapest way to turn a ranking upside down.

docs/clicks.md has the cost for honest clicks, and the remaining effect of an attack.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.inverted_index import Ints
from recsys.corpus.list_history import HOUR
from recsys.ranking import QueryGroup, RankerWeights
from recsys.training.clicks.click_examples import Clicks, number_groups
from recsys.training.clicks.impression_log import ImpressionLog

Weights = NDArray[np.float64]

ALONE = 600.0
"""The most that all clicks weigh if the site's own lists weigh less; the unit is one query group. In a
simulated newsroom a model learns no more from 2,162 clicks than from 600."""
OF_HOUR = 3.0
"""The most that the clicks of an hour weigh; ten days of clicks reach ALONE. With 1, honest clicks
of ten days were less useful than clicks without any correction for position: in a simulated newsroom tau was
.452 instead of .475 with 3 and with 6, and .469 without correction."""
CONFIRMED = 100
"""Hours with clicks, about a week, from which on each may weigh OF_HOUR; with fewer, each weighs
proportionally less. A model learns next to nothing from the clicks of a single hour, which nothing
confirms."""
OF_PAGE_IN_HOUR = 0.5
"""The share of an hour that one page may have: it takes at least two pages to fill it."""
OF_PAGE = 10.0
"""The most that the clicks for a page weigh, a sixtieth of ALONE: one page cannot dominate the model."""
OF_LIST = 2.0
"""The most for the same stories in the same order for the same page, which one token represents."""
HEAVIEST = 2.0
"""How many times more an hour may weigh because its clicks were far down the lists."""
CARELESS = 0.3
"""Readers who click anything, for each reader of the reference model. In two simulated newsrooms of ten days
tau is .490 and .488 with .3, and lower with 1 (.475 in the first)."""


def limit_influence(
    clicks: Clicks, log: ImpressionLog, reference: RankerWeights, *, other_weight: float = 0.0
) -> list[QueryGroup]:
    """The query groups of clicks, with their weights limited by list, page and hour and in total.

    `other_weight` is the total weight of the related boxes and links learnt from together with the clicks;
    `reference` are the weights that decide how plausible a click is.
    """
    if not clicks.groups:
        return []
    number = log.impression_of[clicks.items]
    page, hour = log.pages[number], log.times[number] // HOUR
    # by count, not weight: otherwise a click far down the list would use up the share of the others
    clicked = log.clicks[clicks.items].astype(np.float64)
    counted = clicked * _shares(clicked, _list_identities(log, number), OF_LIST)
    of_hour = OF_HOUR * min(1.0, len(np.unique(hour)) / CONFIRMED)
    counted *= _shares(counted, number_groups(page, hour), OF_PAGE_IN_HOUR * of_hour)
    counted *= _shares(counted, page, OF_PAGE)
    counted *= _shares(counted, hour, of_hour)
    weights: Weights = np.array([group.weight for group in clicks.groups]) * counted / clicked
    weights *= _shares(weights, hour, HEAVIEST * of_hour)
    weights *= min(1.0, max(ALONE, other_weight) / float(weights.sum()))
    weights *= [plausibility(group, reference) for group in clicks.groups]
    return [
        replace(group, weight=float(weight)) for group, weight in zip(clicks.groups, weights, strict=True)
    ]


def plausibility(group: QueryGroup, reference: RankerWeights) -> float:
    """The probability that a click is by a reader like the reference, not by one who clicks anything."""
    scores = reference.relatedness.total(group.relatedness).astype(np.float64)
    scores += reference.appeal_scale * reference.appeal.total(group.appeal)
    odds = np.exp(scores - scores.max())
    clicked = float(odds[group.relevance > 0].sum() / odds.sum())
    return clicked / (clicked + CARELESS / len(scores))


def _shares(amounts: Weights, groups: Ints, most: float) -> Weights:
    """Factors for amounts that limit the sum of each group to `most`."""
    _, group = np.unique(groups, return_inverse=True)
    total = np.bincount(group, amounts)
    shares: Weights = np.minimum(1.0, most / total)[group]
    return shares


def _list_identities(log: ImpressionLog, numbers: Ints) -> Ints:
    """A number for each impression, equal for the same stories in the same order for the same page."""
    known: dict[tuple[int, bytes], int] = {}
    identities = {}
    for number in np.unique(numbers).tolist():
        shown = log.articles[log.starts[number] : log.starts[number + 1]]
        identities[number] = known.setdefault((int(log.pages[number]), shown.tobytes()), len(known))
    return np.array([identities[number] for number in numbers.tolist()], dtype=np.int64)
