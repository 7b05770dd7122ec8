"""A simulated newsroom: articles, lists, impressions with clicks, and the truth behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recsys.domain import Page, RankedList, format_time
from recsys.simulation.plan import Plan
from recsys.simulation.simulated_impressions import ServedImpression, serve
from recsys.simulation.simulated_lists import hourly_lists, page_lists
from recsys.simulation.simulated_stories import Stories, write_stories
from recsys.simulation.tastes import Tastes


@dataclass(frozen=True)
class Newsroom:
    """Everything that happened, each part in order of time."""

    plan: Plan
    stories: Stories
    tastes: Tastes
    lists: tuple[RankedList, ...]
    views: tuple[ServedImpression, ...]

    @property
    def clicks(self) -> int:
        """The number of clicks on the widget."""
        return sum(item.clicks for view in self.views for item in view.shown.items)

    def all_lists(self) -> Iterator[RankedList]:
        """The site's lists, then the impressions of the widget."""
        yield from self.lists
        yield from (view.shown for view in self.views)

    def pages(self) -> Iterator[Page]:
        """Everything observable, for a store."""
        yield from (Page(article=article) for article in self.stories.articles)
        yield from (Page(lists=(ranked,)) for ranked in self.all_lists())

    def truth(self) -> dict[str, object]:
        """The hidden truth: the propensity of each position, and the attractiveness of each story shown."""
        return {
            "seed": self.plan.seed,
            "policy": self.plan.policy.value,
            "propensities": list(self.plan.propensities),
            "views": [
                {
                    "page_url": view.shown.page_url,
                    "observed_at": format_time(view.shown.observed_at),
                    "items": [
                        {"url": item.url, "attractiveness": round(chance, 6)}
                        for item, chance in zip(view.shown.items, view.attractiveness, strict=True)
                    ],
                }
                for view in self.views
            ],
        }


def simulate(plan: Plan) -> Newsroom:
    """The newsroom of a plan; deterministic."""
    stories = write_stories(plan)
    tastes = Tastes(plan, stories)
    lists = (*hourly_lists(plan, stories, tastes), *page_lists(plan, stories, tastes))
    return Newsroom(plan, stories, tastes, lists, tuple(serve(plan, stories, tastes)))
