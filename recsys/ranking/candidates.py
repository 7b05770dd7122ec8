"""Which articles are considered: the most alike, what similar articles link to, the listed, the newest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.corpus import CorpusView
from recsys.corpus.inverted_index import Floats, Ints
from recsys.corpus.list_history import HOUR
from recsys.kernels import best_rows
from recsys.ranking.features.base import MOST_SIMILAR, QueryContext

LISTED_WITHIN_HOURS = 48


@dataclass(frozen=True, slots=True)
class CandidateLimits:
    """How many candidates each source gives, at the most."""

    alike: int = 200
    """By the cosine of the texts. All sources together, some 300 candidates, held 95 % of what BBC editors
    chose in two weeks."""
    by_headline: int = 60
    """By the cosine of the query's headline with the text, and of its text with the headline."""
    similar: int = 60
    """Similar articles whose links, in both directions, are followed."""
    linked: int = 150
    """Stories reached over those links."""
    listed: int = 40
    """Stories on the last lists."""
    newest: int = 30
    """The newest stories."""


def find_candidates(context: QueryContext, limits: CandidateLimits | None = None) -> Ints:
    """Rows of the candidates beside the query, rising, without its own; beside none, the popular.

    All of them from the reading's window: what lies before it takes no place from what lies in it.
    """
    limits = limits or CandidateLimits()
    view, query = context.view, context.query
    if query is None:
        rows = find_popular_candidates(view, limits)
        return rows[rows >= context.first]
    first = context.first
    found = [
        _listed(view, limits.listed),
        newest(view, limits.newest),
        _most_alike(context, limits.alike),
        *(context.best(*fields, limits.by_headline).rows for fields in _BY_HEADLINE),
        _linked(context, limits),
    ]
    rows = np.unique(np.concatenate(found))
    rows = rows[(rows >= first) & (rows < view.size)]
    kept: Ints = rows[(view.corpus.named_at[rows] < view.moment) & (rows != query.row)]
    return kept


def find_popular_candidates(view: CorpusView, limits: CandidateLimits | None = None) -> Ints:
    """Rows of the candidates when no article is being read: what lists showed lately, and the newest."""
    limits = limits or CandidateLimits()
    lists = view.corpus.lists
    first = lists.before(view.moment - LISTED_WITHIN_HOURS * HOUR)
    part = slice(lists.starts[first], lists.starts[view.list_count])
    shown = lists.articles[part][np.isin(lists.list_of[part], np.flatnonzero(lists.standalone))]
    rows = np.unique(np.concatenate([shown, _listed(view, 10_000), newest(view, 4 * limits.newest)]))
    rows = rows[(rows >= 0) & (rows < view.size)]
    named: Ints = rows[view.corpus.named_at[rows] < view.moment]
    return named


def newest(view: CorpusView, count: int) -> Ints:
    """Rows of the newest articles."""
    return np.arange(max(view.size - count, 0), view.size, dtype=np.int64)


def _listed(view: CorpusView, count: int) -> Ints:
    lists = view.corpus.lists
    shown = [lists.items(int(number))[0] for number in view.current_lists(view.moment)]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *shown])
    return rows[rows < view.size][:count]


_BY_HEADLINE = (("headline", "text"), ("text", "headline"))


def _most_alike(context: QueryContext, count: int) -> Ints:
    few = count <= MOST_SIMILAR
    return context.most_similar.rows[:count] if few else context.best("text", "text", count).rows


def _linked(context: QueryContext, limits: CandidateLimits) -> Ints:
    """What the most similar articles link to, and what links to them, by the likeness of all that do."""
    view, (similar, alike) = context.view, context.most_similar.first(limits.similar)
    reached: list[Ints] = []
    weights: list[Floats] = []
    for walk in (view.corpus.links.targets, view.corpus.links.origins):
        which, rows, _ = walk(similar, view.moment)
        known = (rows < view.size) & (rows >= context.first)
        reached.append(rows[known])
        weights.append(alike[which[known]])
    rows, place = np.unique(np.concatenate(reached), return_inverse=True)
    near = np.bincount(place, np.concatenate(weights), minlength=len(rows)).astype(np.float32)
    return rows[best_rows(near, limits.linked)]
