"""How much clicks may weigh in training, whoever made them.

Anybody can click: readers, and whoever wants the model to learn something wrong. Nothing in a click tells the
two apart for certain, so the influence of all clicks is bounded:

- Clicks on one list, beside one page, and within one hour have a largest weight together. A site with readers
  reaches the full weight within weeks. What somebody does within an hour stays one hour's weight, however
  many clicks it is; and it is little as long as there are not many hours.
- All clicks together weigh no more than the site's own lists beside articles (related boxes and links), or
  than ALONE where there are few of those.
- A click that the reference model finds implausible counts less: the reader model has some readers who click
  anything, and a click counts by the chance that it is not one of theirs (a contaminated likelihood: Huber
  1964). Otherwise clicks on the end of a list, which are weighted up because few readers look there, would be
  the cheapest way to turn a ranking upside down.

docs/clicks.md has what this costs honest clicks, and what it leaves of an attack.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.inverted_index import Ints
from recsys.corpus.list_history import HOUR, ListHistory
from recsys.ranking import QueryGroup, RankerWeights
from recsys.training.clicks.click_examples import Clicks
from recsys.training.clicks.sampling import number_groups

Weights = NDArray[np.float64]

ALONE = 600.0
"""The most that all clicks weigh, in contexts, where the site's own lists weigh less. In a simulated newsroom
2,162 clicks teach no more than 600 of them do."""
OF_HOUR = 3.0
"""In contexts, as those below. Ten days of clicks at all hours reach ALONE. With 1, honest clicks of ten days
taught less than clicks without any correction for position do: in a simulated newsroom tau .452 instead of
.475 with 3 and with 6, and .469 without correction."""
CONFIRMED = 100
"""Hours with clicks, about a week, from which on each weighs OF_HOUR; with fewer each weighs less in
proportion. A model learns next to nothing from the clicks of a single hour, which nothing confirms."""
OF_PAGE_IN_HOUR = 0.5
"""Of what an hour may weigh: at least two pages are needed to fill it."""
OF_PAGE = 10.0
"""A sixtieth of ALONE: one page cannot decide what is learnt for all."""
OF_LIST = 2.0
"""The same stories in the same order beside the same page: what one token stands for."""
HEAVIEST = 2.0
"""How many times as much as that an hour may weigh because its clicks were far down the lists."""
CARELESS = 0.3
"""Readers who click anything, for each reader of the reference model. On two simulated newsrooms of ten days
tau is .490 and .488 with .3, and lower with 1 (.475 on the first)."""


def limit_influence(
    clicks: Clicks, lists: ListHistory, reference: RankerWeights, *, other_weight: float = 0.0
) -> list[QueryGroup]:
    """The contexts of clicks, with weights that no list, page or hour exceeds together.

    `other_weight` is that of the contexts beside articles which the clicks are learnt together with;
    `reference` the weights that say how plausible a click is.
    """
    if not clicks.contexts:
        return []
    number = lists.list_of[clicks.items]
    page, hour = lists.pages[number], lists.times[number] // HOUR
    # by the number of clicks: by weight, a click far down would take the weight of those beside it
    clicked = lists.clicks[clicks.items].astype(np.float64)
    kept = clicked * _shares(clicked, _list_identities(lists, number), OF_LIST)
    of_hour = OF_HOUR * min(1.0, len(np.unique(hour)) / CONFIRMED)
    kept *= _shares(kept, number_groups(page, hour), OF_PAGE_IN_HOUR * of_hour)
    kept *= _shares(kept, page, OF_PAGE)
    kept *= _shares(kept, hour, of_hour)
    weights: Weights = np.array([context.weight for context in clicks.contexts]) * kept / clicked
    weights *= _shares(weights, hour, HEAVIEST * of_hour)
    weights *= min(1.0, max(ALONE, other_weight) / float(weights.sum()))
    weights *= [plausibility(context, reference) for context in clicks.contexts]
    return [
        replace(context, weight=float(weight))
        for context, weight in zip(clicks.contexts, weights, strict=True)
    ]


def plausibility(context: QueryGroup, reference: RankerWeights) -> float:
    """The chance that who clicked is a reader as the reference has them, not one who clicks anything."""
    scores = reference.relatedness.total(context.relatedness).astype(np.float64)
    scores += reference.appeal_scale * reference.appeal.total(context.appeal)
    chances = np.exp(scores - scores.max())
    clicked = float(chances[context.relevance > 0].sum() / chances.sum())
    return clicked / (clicked + CARELESS / len(scores))


def _shares(amounts: Weights, groups: Ints, most: float) -> Weights:
    """What to multiply amounts by, so that those of each group add up to `most` at the most."""
    _, group = np.unique(groups, return_inverse=True)
    total = np.bincount(group, amounts)
    shares: Weights = np.minimum(1.0, most / total)[group]
    return shares


def _list_identities(lists: ListHistory, numbers: Ints) -> Ints:
    """A number for each list that is the same for the same stories in the same order beside the same page."""
    known: dict[tuple[int, bytes], int] = {}
    of_list = {}
    for number in np.unique(numbers).tolist():
        shown = lists.articles[lists.starts[number] : lists.starts[number + 1]]
        of_list[number] = known.setdefault((int(lists.pages[number]), shown.tobytes()), len(known))
    return np.array([of_list[number] for number in numbers.tolist()], dtype=np.int64)
