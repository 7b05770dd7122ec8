"""Impressions of the widget of a simulated newsroom, with clicks.

A reader clicks a story that is examined and attractive (the position-based model: Richardson, Dominowska &
Ragno 2007; Craswell et al. 2008), so stories at low positions get fewer clicks than they deserve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys.domain import Kind, RankedList
from recsys.simulation.plan import SITE, Plan, Policy
from recsys.simulation.simulated_lists import build_items, moment_of
from recsys.simulation.simulated_stories import Floats, Ints, Stories
from recsys.simulation.tastes import Tastes

QUERY_HOURS = 48.0
"""The age up to which articles are read."""
POOL_HOURS = 7 * 24.0
"""The age up to which the widget shows stories."""
POOL = 1.5
"""The number of candidates for an article on a day, as a multiple of the length of the widget."""
ORDER_NOISE = 0.7
"""Noise in the order by age, in doublings of the age, so that a story is shown at several positions."""


@dataclass(frozen=True, slots=True)
class ServedImpression:
    """The list shown to one reader, with clicks, and the true attractiveness of each item, in order."""

    shown: RankedList
    attractiveness: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Visit:
    query: int
    hour: float
    pool: Ints


def serve(plan: Plan, stories: Stories, tastes: Tastes) -> Iterator[ServedImpression]:
    """Every impression of the widget in order of time. The visits do not depend on the policy."""
    order, clicks = plan.chance("order"), plan.chance("clicks")
    examined = np.array(plan.propensities)
    for visit in _visits(plan, stories, tastes):
        noise = order.gumbel(size=len(visit.pool))
        rows = visit.pool[np.argsort(_keys(plan.policy, stories, visit, noise), kind="stable")]
        rows = rows[: len(examined)]
        attractive = tastes.attractiveness(visit.query, rows, visit.hour)
        clicked = clicks.random(len(examined))[: len(rows)] < examined[: len(rows)] * attractive
        shown = RankedList(
            site=SITE,
            kind=Kind.SERVED,
            observed_at=moment_of(visit.hour),
            items=build_items(stories, rows, clicked.astype(np.int64)),
            page_url=stories.articles[visit.query].url,
        )
        yield ServedImpression(shown, tuple(attractive.tolist()))


def _keys(policy: Policy, stories: Stories, visit: _Visit, noise: Floats) -> Floats:
    if policy is Policy.RANDOM:
        return noise
    doublings: Floats = np.log2(1 + visit.hour - stories.hours[visit.pool])
    return doublings + ORDER_NOISE * noise


def _visits(plan: Plan, stories: Stories, tastes: Tastes) -> Iterator[_Visit]:
    """Readers come at any time, read what interests them, and see that day's candidates for it."""
    chance = plan.chance("visits")
    pools: dict[tuple[int, int], Ints] = {}
    for hour in np.unique(chance.uniform(0, 24 * plan.days, plan.days * plan.views_per_day)).tolist():
        rows = stories.between(hour - QUERY_HOURS, hour - 0.1)
        if not len(rows):
            continue
        wanted = tastes.interest(rows, hour) + chance.gumbel(size=len(rows))
        query = int(rows[wanted.argmax()])
        key = (query, int(hour // 24))
        if key not in pools:
            pools[key] = _pool(plan, stories, tastes, query, hour)
        if len(pools[key]) > 1:
            yield _Visit(query, hour, pools[key])


def _pool(plan: Plan, stories: Stories, tastes: Tastes, query: int, hour: float) -> Ints:
    """The candidates for an article, biased towards related stories."""
    chance = np.random.default_rng([plan.seed, query, int(hour)])
    rows = stories.between(hour - POOL_HOURS, hour - 0.1)
    rows = rows[rows != query]
    keys = tastes.relation(query, rows) + chance.gumbel(size=len(rows))
    pool: Ints = rows[np.argsort(-keys, kind="stable")[: int(POOL * len(plan.propensities))]]
    return pool
