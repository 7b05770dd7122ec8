"""Candidate generation: similar stories, stories linked from similar ones, listed stories, the newest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.corpus import CorpusView
from recsys.corpus.inverted_index import Floats, Ints
from recsys.corpus.list_history import HOUR
from recsys.kernels import best_rows
from recsys.ranking.features.base import MOST_SIMILAR, QueryContext

LISTED_WITHIN_HOURS = 48
NEWEST_AMONG = 5_000
"""How many of the last articles are sorted by the time of publication: a newly crawled archive arrives in any
order."""


@dataclass(frozen=True, slots=True)
class CandidateLimits:
    """Largest number of candidates from each source."""

    by_text: int = 200
    """By cosine of the texts. All sources together give about 300 candidates, with 95 % of what BBC editors
    chose in two weeks."""
    by_headline: int = 60
    """By cosine of the query's headline with the text, and of its text with the headline."""
    neighbours: int = 60
    """Similar articles whose links are followed, in both directions."""
    linked: int = 150
    """Stories reached over those links."""
    listed: int = 40
    """Stories on the current lists."""
    newest: int = 30
    """The newest stories."""


def find_candidates(context: QueryContext, limits: CandidateLimits | None = None) -> Ints:
    """Rows of the candidates, ascending, without the query; without a query, of popular stories.

    Every source searches within the context's window only, so older stories use up no limit.
    """
    limits = limits or CandidateLimits()
    view, query = context.view, context.query
    if query is None:
        rows = find_popular_candidates(view, limits)
        return rows[context.in_window(rows)]
    sources = [
        _listed(view, limits.listed),
        newest(view, limits.newest),
        _similar(context, limits.by_text),
        *(context.nearest(*fields, limits.by_headline).rows for fields in _BY_HEADLINE),
        _linked(context, limits),
    ]
    rows = np.unique(np.concatenate(sources))
    rows = rows[rows < view.size]
    rows = rows[context.in_window(rows)]
    candidates: Ints = rows[(view.corpus.named_at[rows] < view.moment) & (rows != query.row)]
    return candidates


def find_popular_candidates(view: CorpusView, limits: CandidateLimits | None = None) -> Ints:
    """Rows of the candidates without a query: stories listed recently, and the newest."""
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
    """Rows of the newest stories among the last NEWEST_AMONG that were first seen, ascending."""
    rows = np.arange(max(view.size - NEWEST_AMONG, 0), view.size, dtype=np.int64)
    order = np.argsort(view.story_times(rows), kind="stable")
    return np.sort(rows[order[max(len(rows) - count, 0) :]])


def find_newest(context: QueryContext, count: int) -> Ints:
    """Rows of the newest stories within the window that have a headline, ascending."""
    view, rows = context.view, newest(context.view, count)
    found: Ints = rows[context.in_window(rows) & (view.corpus.named_at[rows] < view.moment)]
    return found


def _listed(view: CorpusView, count: int) -> Ints:
    lists = view.corpus.lists
    shown = [lists.items(int(number))[0] for number in view.current_lists(view.moment)]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *shown])
    return rows[rows < view.size][:count]


_BY_HEADLINE = (("headline", "text"), ("text", "headline"))


def _similar(context: QueryContext, count: int) -> Ints:
    if count <= MOST_SIMILAR:
        return context.most_similar.rows[:count]
    return context.nearest("text", "text", count).rows


def _linked(context: QueryContext, limits: CandidateLimits) -> Ints:
    """Stories linked to or from the nearest neighbours, by the summed similarity of those neighbours."""
    view, (neighbours, similarity) = context.view, context.most_similar.first(limits.neighbours)
    reached: list[Ints] = []
    weights: list[Floats] = []
    for follow in (view.corpus.links.targets, view.corpus.links.origins):
        which, rows, _ = follow(neighbours, view.moment)
        is_known = rows < view.size
        is_known[is_known] = context.in_window(rows[is_known])
        reached.append(rows[is_known])
        weights.append(similarity[which[is_known]])
    rows, place = np.unique(np.concatenate(reached), return_inverse=True)
    score = np.bincount(place, np.concatenate(weights), minlength=len(rows)).astype(np.float32)
    return rows[best_rows(score, limits.linked)]
