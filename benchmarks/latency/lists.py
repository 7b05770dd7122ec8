"""The lists of a synthetic archive: most read, front page, and links to the earlier stories of a thread."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Protocol

from recsys.domain import Article, Kind, ListItem, Page, RankedList

LENGTH = 10
RECENT = 300
"""Articles that may stand on a list for everybody: of a site with a million in ten years, those of a day."""
FADING = 0.99
"""What an article's pull is multiplied by with each one that follows."""
LINKS = 5


class Planned(Protocol):
    """The options of a lister."""

    @property
    def articles(self) -> int: ...
    @property
    def lists(self) -> int: ...
    @property
    def seed(self) -> int: ...


class Lister:
    """Puts as many lists among the pages as were planned: half for everybody, half on articles' pages."""

    def __init__(self, plan: Planned) -> None:
        self._rng = random.Random(plan.seed + 1)
        self._recent: deque[tuple[Article, float, float]] = deque(maxlen=RECENT)
        self._every = plan.lists / max(plan.articles, 1) / 2
        self._owed = dict.fromkeys((Kind.POPULAR, Kind.FRONT_PAGE, Kind.RELATED, Kind.INLINE), 0.0)

    def pages(self, article: Article, earlier: Sequence[Article], appeal: float) -> Iterator[Page]:
        """The page of an article, with links if they are due, and the lists that are seen when it appears."""
        for kind in self._owed:
            self._owed[kind] += self._every / 2
        yield Page(article, self._links(article, earlier))
        self._recent.append((article, appeal * self._rng.lognormvariate(0, 1), self._rng.random()))
        for kind, pull in ((Kind.POPULAR, 1), (Kind.FRONT_PAGE, 2)):
            if self._owed[kind] >= 1:
                self._owed[kind] -= 1
                yield Page(lists=(self._for_everybody(article, kind, pull),))

    def _for_everybody(self, article: Article, kind: Kind, pull: int) -> RankedList:
        last = len(self._recent) - 1
        faded = ((each[pull] * FADING ** (last - at), at) for at, each in enumerate(self._recent))
        shown = [self._recent[at][0] for _, at in nlargest(LENGTH, faded)]
        return RankedList(article.site, kind, article.first_seen_at, _items(shown), title=kind.value)

    def _links(self, article: Article, earlier: Sequence[Article]) -> tuple[RankedList, ...]:
        if not earlier:
            return ()
        found = []
        for kind in (Kind.RELATED, Kind.INLINE):
            if self._owed[kind] >= 1:
                self._owed[kind] -= 1
                shown = self._rng.sample(list(earlier), min(LINKS, len(earlier)))
                found.append(
                    RankedList(article.site, kind, article.first_seen_at, _items(shown), page_url=article.url)
                )
        return tuple(found)


def _items(shown: Sequence[Article]) -> tuple[ListItem, ...]:
    return tuple(ListItem(at, each.label, each.url) for at, each in enumerate(shown, start=1))
