"""Which articles are considered: the most alike, what similar articles link to, the listed, the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from recsys.archive import View
from recsys.archive.lists import HOUR
from recsys.archive.terms import Floats, Ints
from recsys.features.columns import Reading

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


def find_candidates(
    reading: Reading, limits: CandidateLimits | None = None, *, window: timedelta | None = None
) -> Ints:
    """Rows of the candidates beside the query, rising, without its own; beside none, the popular."""
    limits = limits or CandidateLimits()
    view, query = reading.view, reading.query
    if query is None:
        rows = find_popular_candidates(view, limits)
        return rows[rows >= view.since(window)]
    found, first = [_listed(view, limits.listed), newest(view, limits.newest)], view.since(window)
    found += [
        _best_since(first, reading.similarity_to_all, limits.alike),
        _best_since(first, reading.search("headline", "text"), limits.by_headline),
        _best_since(first, reading.search("text", "headline"), limits.by_headline),
        _linked(view, reading.similarity_to_all, first, limits),
    ]
    rows = np.unique(np.concatenate(found))
    rows = rows[(rows >= first) & (rows < view.size)]
    kept: Ints = rows[(view.archive.named_at[rows] < view.moment) & (rows != query.row)]
    return kept


def find_popular_candidates(view: View, limits: CandidateLimits | None = None) -> Ints:
    """Rows of the candidates when no article is being read: what lists showed lately, and the newest."""
    limits = limits or CandidateLimits()
    lists = view.archive.lists
    first = lists.before(view.moment - LISTED_WITHIN_HOURS * HOUR)
    part = slice(lists.starts[first], lists.starts[view.list_count])
    shown = lists.articles[part][np.isin(lists.list_of[part], np.flatnonzero(lists.standalone))]
    rows = np.unique(np.concatenate([shown, _listed(view, 10_000), newest(view, 4 * limits.newest)]))
    rows = rows[(rows >= 0) & (rows < view.size)]
    named: Ints = rows[view.archive.named_at[rows] < view.moment]
    return named


def best(scores: Floats, count: int) -> Ints:
    """Rows of the `count` largest scores above zero; ties go to the newer row."""
    if count == 0:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(scores > 0)  # few of many: what shares no word with the query is not sorted
    if len(rows) > count:
        found = scores[rows]
        rows = rows[found >= np.partition(found, len(rows) - count)[len(rows) - count]]
    rows = rows[::-1]
    best_first: Ints = rows[np.argsort(-scores[rows], kind="stable")][:count]
    return best_first


def newest(view: View, count: int) -> Ints:
    """Rows of the newest articles."""
    return np.arange(max(view.size - count, 0), view.size, dtype=np.int64)


def _listed(view: View, count: int) -> Ints:
    lists = view.archive.lists
    shown = [lists.items(int(number))[0] for number in view.current_lists(view.moment)]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *shown])
    return rows[rows < view.size][:count]


def _best_since(first: int, scores: Floats, count: int) -> Ints:
    """Rows of the largest scores from row `first` on: what lies before the window takes no place in it."""
    return first + best(scores[first:], count)


def _linked(view: View, alike: Floats, first: int, limits: CandidateLimits) -> Ints:
    similar = best(alike, limits.similar)
    links = view.archive.links
    near = np.zeros(view.size, dtype=np.float32)
    for walk in (links.targets, links.origins):
        which, reached, _ = walk(similar, view.moment)
        known = reached < view.size
        np.add.at(near, reached[known], alike[similar][which[known]])
    return _best_since(first, near, limits.linked)
