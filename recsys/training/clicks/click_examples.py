"""Impressions -> query groups: each clicked story above the stories shown with it that were not clicked.

Stories higher in a list are examined, and so clicked, more often, whatever they are. A click is weighted by
the inverse of the probability that its story was examined, which makes up for the clicks that are missing
because nobody looked (Joachims, Swaminathan & Schnabel 2017). That probability is the mean over the positions
at which the story was shown for the article that day (Oosterhuis & de Rijke 2020, section 4: the
propensity under the logging policy). So a story shown once is weighted by its position, and where the order
is shuffled, so that all stories are examined equally, all clicks weigh nearly the same and little is lost to
variance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed

from recsys.corpus import Corpus, CorpusView
from recsys.corpus.inverted_index import Floats, Ints
from recsys.corpus.list_history import HOUR
from recsys.domain import Kind
from recsys.ranking import QueryGroup
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, QueryContext, compute, find_candidates
from recsys.training.clicks.impression_log import ImpressionLog
from recsys.training.clicks.propensity import (
    Propensities,
    ShownItems,
    collect_shown,
    estimate_propensities,
    given_propensities,
)

SMALLEST_PROPENSITY = 0.1
"""Smaller ones are clipped to this value, so that no click weighs more than ten: a little bias for much less
variance (Joachims et al. 2017, section 4.2)."""
IMPRESSIONS_PER_HOUR = 100
"""The most impressions with clicks of one hour to learn from; of more, those of as many pages as possible."""


@dataclass(frozen=True, slots=True)
class Click:
    """The query group of a clicked item, and the index of the item in the impression log."""

    group: QueryGroup
    item: int


@dataclass(frozen=True, slots=True)
class Clicks:
    """The training examples of an impression log: a query group for every click, weighted by propensity."""

    groups: tuple[QueryGroup, ...]
    propensities: Propensities | None
    """None if there are no clicks."""
    impressions: Ints
    """The numbers of the impressions learnt from, sorted."""
    items: Ints
    """The index of the clicked item of each group in the impression log."""


def learn_from_clicks(
    view: CorpusView,
    log: ImpressionLog,
    *,
    weight: float,
    most: int,
    propensities: Sequence[float] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Clicks:
    """The query groups of at most `most` impressions, sampled evenly over the period.

    `weight` is the mean weight of a click. `propensities` are estimated from the whole log unless given.
    """
    known = None if propensities is None else given_propensities(propensities)
    numbers = sample_impressions(log, impressions_with_clicks(log), most)
    clicks: list[Click] = []
    run = Parallel(n_jobs=2, prefer="threads", return_as="generator", batch_size=16)
    results = run(delayed(build_clicks)(view.corpus, log, int(number)) for number in numbers)
    for done, built in enumerate(results, start=1):
        clicks += built
        if progress is not None:
            progress("clicks", done, len(numbers))
    items = np.array([click.item for click in clicks], dtype=np.int64)
    if not clicks:
        return Clicks((), known, numbers[:0], items)
    shown = collect_shown(log)
    chosen = estimate_propensities(shown) if known is None else known
    return Clicks(tuple(weigh_clicks(clicks, shown, chosen, weight)), chosen, numbers, items)


def impressions_with_clicks(log: ImpressionLog) -> Ints:
    """Numbers of the impressions for a known article with clicked and skipped items."""
    clicked = np.bincount(log.impression_of, log.clicks > 0, minlength=log.size)
    is_mixed = (clicked > 0) & (clicked < np.diff(log.starts))
    return np.flatnonzero((log.pages >= 0) & is_mixed)


def sample_impressions(log: ImpressionLog, numbers: Ints, most: int) -> Ints:
    """At most `most` of the impressions (sorted numbers), sampled evenly over the period.

    No hour has more than IMPRESSIONS_PER_HOUR of them, so that a burst does not crowd out the others; within
    an hour every page has one before any has two.
    """
    hour = log.times[numbers] // HOUR
    turn = _ordinals(number_groups(log.pages[numbers], hour))  # the ordinal within its page and hour
    order = np.lexsort((numbers, turn, hour))
    place = np.empty(len(numbers), dtype=np.int64)
    place[order] = _ordinals(hour[order])
    eligible = numbers[place < IMPRESSIONS_PER_HOUR]
    sample: Ints = eligible[:: -(-len(eligible) // most) or 1]
    return sample


def number_groups(*columns: Ints) -> Ints:
    """A number for each row that is equal where all columns are."""
    _, group = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    numbers: Ints = group.ravel().astype(np.int64)
    return numbers


def _ordinals(groups: Ints) -> Ints:
    """For each row, the number of earlier rows of its group."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.searchsorted(ordered, ordered)
    ordinals = np.empty(len(groups), dtype=np.int64)
    ordinals[order] = np.arange(len(groups)) - first
    return ordinals


def weigh_clicks(
    clicks: Sequence[Click], shown: ShownItems, propensities: Propensities, weight: float
) -> list[QueryGroup]:
    """The query groups weighted by clipped inverse propensity, with mean `weight`.

    The mean is fixed, whatever the propensities, so that the influence of clicks relative to other sources,
    and on the distance from the prior, depends on their number. `shown` includes the clicked items.
    """
    places = np.searchsorted(shown.items, [click.item for click in clicks])
    inverse = 1 / np.maximum(shown.exposures(propensities)[places], SMALLEST_PROPENSITY)
    weights = weight * inverse / inverse.mean()
    return [
        replace(click.group, weight=click.group.weight * float(w))
        for click, w in zip(clicks, weights, strict=True)
    ]


def build_clicks(corpus: Corpus, log: ImpressionLog, number: int) -> list[Click]:
    """The clicks of one impression, each above everything it showed that was not clicked.

    The weight of a group is the number of clicks on its item. Articles not known before the impression are
    left out.
    """
    page = int(log.pages[number])
    view = corpus.at_microseconds(int(log.times[number]))
    if page >= view.size:
        return []
    items = np.arange(log.starts[number], log.starts[number + 1])
    articles = log.articles[items]
    known = (articles >= 0) & (articles < view.size) & (articles != page)
    items = items[known][corpus.named_at[articles[known]] < view.moment]
    clicked = np.flatnonzero(log.clicks[items] > 0)
    skipped = np.flatnonzero(log.clicks[items] == 0)
    if not len(clicked) or not len(skipped):
        return []
    shown = _features(QueryContext(view, corpus.query_row(page)), log.articles[items])
    return [
        Click(_query_group(shown, each, skipped, int(log.clicks[items[each]])), int(items[each]))
        for each in clicked.tolist()
    ]


def _features(context: QueryContext, shown: Ints) -> tuple[Floats, Floats]:
    """Relatedness and appeal of the shown stories, computed among all candidates as when serving."""
    candidate_set = CandidateSet(context, np.union1d(find_candidates(context), shown))
    at = np.searchsorted(candidate_set.rows, shown)
    return compute(RELATEDNESS, candidate_set)[at], compute(APPEAL, candidate_set)[at]


def _query_group(shown: tuple[Floats, Floats], item: int, skipped: Ints, clicks: int) -> QueryGroup:
    rows = np.concatenate([[item], skipped])
    relevance = np.zeros(len(rows), dtype=np.float32)
    relevance[0] = 1
    return QueryGroup(Kind.SERVED.value, float(clicks), shown[0][rows], shown[1][rows], relevance)
