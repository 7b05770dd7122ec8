"""The lists of a simulated newsroom: most read, front page, related boxes, links in text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from recsys.domain import Kind, ListItem, RankedList
from recsys.simulation.plan import SITE, START, Plan
from recsys.simulation.simulated_stories import Floats, Ints, Stories
from recsys.simulation.tastes import LASTS, Tastes

MOST_READ, FRONT_PAGE, RELATED, LINKED = 10, 12, 3, 2
"""The maximum length of each kind of list."""
REMEMBERED = 30 * 24
"""The age in hours up to which editors link to stories."""
READERS_NOISE, EDITORS_NOISE = 0.3, 0.4
"""Noise in what readers read and in what editors choose, in logits."""


def moment_of(hour: float) -> datetime:
    """The time at a number of hours from the start."""
    return START + timedelta(hours=hour)


def build_items(stories: Stories, rows: Ints, clicks: Ints | None = None) -> tuple[ListItem, ...]:
    """Stories as list items, from the first position on."""
    counts = [0] * len(rows) if clicks is None else clicks.tolist()
    shown = [stories.articles[row] for row in rows.tolist()]
    return tuple(
        ListItem(position, article.label, article.url, count)
        for position, (article, count) in enumerate(zip(shown, counts, strict=True), start=1)
    )


def hourly_lists(plan: Plan, stories: Stories, tastes: Tastes) -> Iterator[RankedList]:
    """The most-read list and the front page, every hour."""
    readers, editors = plan.chance("readers"), plan.chance("front page")
    for hour in range(1, 24 * plan.days):
        rows = stories.between(hour - LASTS, hour)
        if not len(rows):
            continue
        read = tastes.interest(rows, hour) + readers.gumbel(scale=READERS_NOISE, size=len(rows))
        placed = tastes.importance(rows, hour) + editors.gumbel(scale=EDITORS_NOISE, size=len(rows))
        yield _ranked(stories, Kind.FRONT_PAGE, hour, top(rows, placed, FRONT_PAGE), "Front page")
        yield _ranked(stories, Kind.POPULAR, hour, top(rows, read, MOST_READ), "Most read")


def page_lists(plan: Plan, stories: Stories, tastes: Tastes) -> Iterator[RankedList]:
    """The related box and the links in text of every story, when it appears."""
    editors = plan.chance("editors")
    for query, hour in enumerate(stories.hours.tolist()):
        rows = stories.between(hour - REMEMBERED, hour)
        rows = rows[rows < query]
        relation = tastes.relation(query, rows)
        noise = editors.gumbel(scale=EDITORS_NOISE, size=len(rows))
        rows, relation, noise = rows[relation > 0], relation[relation > 0], noise[relation > 0]
        freshness = (stories.hours[rows] - hour) / REMEMBERED
        related = top(rows, relation + freshness + noise, RELATED)
        linked = rows[stories.threads[rows] == stories.threads[query]][: -LINKED - 1 : -1]
        for kind, chosen in ((Kind.RELATED, related), (Kind.INLINE, linked)):
            if len(chosen):
                yield RankedList(
                    site=SITE,
                    kind=kind,
                    observed_at=stories.articles[query].first_seen_at,
                    items=build_items(stories, chosen),
                    page_url=stories.articles[query].url,
                )


def top(rows: Ints, scores: Floats, count: int) -> Ints:
    """The rows with the largest scores, best first."""
    best: Ints = rows[(-scores).argsort(kind="stable")[:count]]
    return best


def _ranked(stories: Stories, kind: Kind, hour: float, rows: Ints, title: str) -> RankedList:
    return RankedList(SITE, kind, moment_of(hour), build_items(stories, rows), title=title)
