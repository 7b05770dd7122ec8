"""Served lists -> contexts: what was clicked above what was shown with it and not clicked.

What stands high is examined and so clicked more often, whatever it is. A click counts by the inverse of the
chance that its story was examined, which makes up for the clicks that never came because nobody looked
(Joachims, Swaminathan & Schnabel 2017). That chance is the mean over the positions at which the story stood
beside the article that day (Oosterhuis & de Rijke 2020, section 4: the propensity under the logging policy).
So a story that was shown once counts by its position, and where the order is shuffled, so that every story
is examined as much as every other, all clicks count nearly alike and little is lost to variance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed

from recsys.corpus import KIND_CODE, Corpus, CorpusView
from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import Kind
from recsys.ranking import QueryGroup
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, QueryContext, compute, find_candidates
from recsys.training.clicks.propensity import (
    Propensities,
    ShownItems,
    collect_shown,
    estimate_propensities,
    given_propensities,
)
from recsys.training.clicks.sampling import choose_lists

SMALLEST_PROPENSITY = 0.1
"""Smaller ones are clipped to it, so that no click counts more than ten: a little bias for much less
variance (Joachims et al. 2017, section 4.2)."""


@dataclass(frozen=True, slots=True)
class Click:
    """A clicked item (its place among all items of the list history), and the context that it is."""

    context: QueryGroup
    item: int


@dataclass(frozen=True, slots=True)
class Clicks:
    """What the served lists teach: a context for every click, weighted by `propensities`."""

    contexts: tuple[QueryGroup, ...]
    propensities: Propensities | None
    """None where no list taught anything."""
    lists: Ints
    """The numbers of the lists that taught, rising."""
    items: Ints
    """Of each context, the place of what was clicked among all items of the list history."""


def learn_from_clicks(
    view: CorpusView,
    *,
    weight: float,
    most: int,
    propensities: Sequence[float] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Clicks:
    """Contexts of the served lists of a view, of at the most `most` lists, evenly many over the period.

    `weight` is that of a click on average. `propensities` are estimated from all served lists of the view
    unless they are given.
    """
    known = None if propensities is None else given_propensities(propensities)
    numbers = choose_lists(view.corpus.lists, lists_that_teach(view), most)
    clicks = []
    run = Parallel(n_jobs=2, prefer="threads", return_as="generator", batch_size=16)
    built = run(delayed(build_clicks)(view.corpus, int(number)) for number in numbers)
    for done, found in enumerate(built, start=1):
        clicks += found
        if progress is not None:
            progress("clicks", done, len(numbers))
    items = np.array([click.item for click in clicks], dtype=np.int64)
    if not clicks:
        return Clicks((), known, numbers[:0], items)
    shown = collect_shown(view)
    chosen = estimate_propensities(shown) if known is None else known
    return Clicks(tuple(weigh_clicks(clicks, shown, chosen, weight)), chosen, numbers, items)


def lists_that_teach(view: CorpusView) -> Ints:
    """Numbers of the served lists beside a known article in which something was clicked and something not."""
    lists, count = view.corpus.lists, view.list_count
    served = (lists.kinds[:count] == KIND_CODE[Kind.SERVED]) & (lists.pages[:count] >= 0)
    items = slice(0, int(lists.starts[count]))
    clicked = np.bincount(lists.list_of[items], lists.clicks[items] > 0, minlength=count)
    mixed = (clicked > 0) & (clicked < np.diff(lists.starts[: count + 1]))
    return np.flatnonzero(served & mixed)


def weigh_clicks(
    clicks: Sequence[Click], shown: ShownItems, propensities: Propensities, weight: float
) -> list[QueryGroup]:
    """Contexts weighted by clipped inverse propensity, `weight` on average; `shown` holds the clicked items.

    The average stays, whatever the propensities are, so that clicks count as much beside other sources, and
    move as far from the prior, as their number justifies.
    """
    places = np.searchsorted(shown.items, [click.item for click in clicks])
    inverse = 1 / np.maximum(shown.exposures(propensities)[places], SMALLEST_PROPENSITY)
    weights = weight * inverse / inverse.mean()
    return [
        replace(click.context, weight=click.context.weight * float(w))
        for click, w in zip(clicks, weights, strict=True)
    ]


def build_clicks(corpus: Corpus, number: int) -> list[Click]:
    """The clicks of one list, each above everything that the list showed and nobody clicked.

    A context's weight is the number of clicks that the item received. What was not known before the list
    was shown is left out.
    """
    lists = corpus.lists
    page = int(lists.pages[number])
    view = corpus.at_microseconds(int(lists.times[number]))
    if page >= view.size:
        return []
    items = np.arange(lists.starts[number], lists.starts[number + 1])
    articles = lists.articles[items]
    known = (articles >= 0) & (articles < view.size) & (articles != page)
    items = items[known][corpus.named_at[articles[known]] < view.moment]
    clicked = np.flatnonzero(lists.clicks[items] > 0)
    ignored = np.flatnonzero(lists.clicks[items] == 0)
    if not len(clicked) or not len(ignored):
        return []
    shown = _features(QueryContext(view, corpus.query_row(page)), lists.articles[items])
    return [
        Click(_context(shown, each, ignored, int(lists.clicks[items[each]])), int(items[each]))
        for each in clicked.tolist()
    ]


def _features(context: QueryContext, shown: Ints) -> tuple[Floats, Floats]:
    """Relatedness and appeal of what was shown, computed among all candidates as when serving."""
    candidate_set = CandidateSet(context, np.union1d(find_candidates(context), shown))
    kept = np.searchsorted(candidate_set.rows, shown)
    return compute(RELATEDNESS, candidate_set)[kept], compute(APPEAL, candidate_set)[kept]


def _context(shown: tuple[Floats, Floats], item: int, ignored: Ints, clicks: int) -> QueryGroup:
    kept = np.concatenate([[item], ignored])
    relevance = np.zeros(len(kept), dtype=np.float32)
    relevance[0] = 1
    return QueryGroup(Kind.SERVED.value, float(clicks), shown[0][kept], shown[1][kept], relevance)
