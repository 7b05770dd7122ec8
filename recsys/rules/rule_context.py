"""The input of the rules: the view, the article being read, the rules themselves, the scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.corpus import CorpusView
from recsys.corpus.inverted_index import Ints
from recsys.corpus.stored_fields import ArticleSummary
from recsys.domain import Article
from recsys.ranking.ranker import Scores, order
from recsys.request import NO_MINIMUM, Block, Minimum, Pin, Rules
from recsys.rules.duplicates import SeenStories, Stories, Story
from recsys.rules.similarity import Similarity


class RankedRow(NamedTuple):
    """A row, and the score that ranks it: its own, or that of the article it replaces as an update."""

    row: int
    score: float


@dataclass(frozen=True)
class RuleContext:
    """Candidates (rows of the view, in any order) with their scores, and what the rules need to know."""

    view: CorpusView
    query: Article | None
    rules: Rules
    rows: Ints
    scores: Scores
    stories: Stories
    find_related: Callable[[], NDArray[np.bool_]] | None = None
    """Which of the rows are related to the article, for the minimum `auto`; without it all are."""
    unrelated_places: int = 0
    """How many stories below the minimum a list may contain: from the middle of the dial to popular they
    rise from none to all."""

    def rank(self) -> Iterator[RankedRow]:
        """Yield the rows, best first."""
        total = self.scores.total
        best = order(total, self.view.story_times(self.rows), self.rows)
        return map(RankedRow, self.rows[best].tolist(), total[best].tolist())

    @cached_property
    def minimum(self) -> Minimum:
        """The minimum relatedness, scaled like the relatedness in the scores.

        There is none where relatedness has no weight, without an article, or for scores that are not logits.
        """
        minimum, weight = self.rules.minimum_relatedness, self.scores.relatedness_weight
        if self.query is None or not self.scores.are_logits or weight <= 0:
            return NO_MINIMUM
        return minimum if isinstance(minimum, str) else minimum * weight

    @cached_property
    def related(self) -> frozenset[int]:
        """The rows that reach the minimum relatedness."""
        if self.minimum == "auto":
            if self.find_related is None:
                return frozenset(self.rows.tolist())
            return frozenset(self.rows[self.find_related()].tolist())
        return frozenset(self.rows[self.scores.relatedness >= self.minimum].tolist())

    @cached_property
    def similarity(self) -> Similarity:
        """Similarity between articles of the view."""
        return Similarity(self.view)

    @cached_property
    def own(self) -> tuple[Story, ...]:
        """The article being read as a story, if there is one."""
        return () if self.query is None else (Story.of(self.query),)

    @cached_property
    def blocked(self) -> frozenset[str]:
        """URLs that are never shown in this list."""
        scoped = (each.url for each in self.rules.blocks if self._applies(each))
        return frozenset((*self.rules.blocked, *scoped))

    @cached_property
    def never_tags(self) -> frozenset[str]:
        """Tags of articles that are never shown."""
        return casefold_all(self.rules.never_tags)

    @cached_property
    def pins(self) -> tuple[tuple[int, Story], ...]:
        """Positions and stories of the effective pins, by position and then in the given order.

        A pin is ignored if it has expired, if it holds beside another article, if its article is unknown,
        blocked, has a tag that is never shown or is the one being read, or if it is the same story as an
        earlier pin.
        """
        pins: list[tuple[int, Story]] = []
        seen = SeenStories(self.own)
        for pin in sorted(self.rules.pinned, key=lambda pin: pin.position):
            row = self.view.corpus.row_of.get(pin.url, -1)
            if not self._applies(pin) or not self._is_known(row):
                continue
            story = self.stories.of(row)
            if story not in seen and not self.is_never_shown(self.view.corpus.articles.summary(row)):
                pins.append((pin.position, story))
                seen.add(story)
        return tuple(pins)

    @cached_property
    def pinned_rows(self) -> list[int]:
        """The rows of the effective pins."""
        return [story.row for _, story in self.pins]

    def is_never_shown(self, article: ArticleSummary) -> bool:
        """Whether an article is excluded even if pinned: it is blocked, or has a tag that is never shown."""
        return article.url in self.blocked or (
            bool(article.tags) and not self.never_tags.isdisjoint(map(str.casefold, article.tags))
        )

    def _applies(self, override: Pin | Block) -> bool:
        """Whether an override has not expired and holds for this list."""
        url = None if self.query is None else self.query.url
        return override.holds(self.view.as_of) and override.beside in (None, url)

    def _is_known(self, row: int) -> bool:
        corpus = self.view.corpus
        return 0 <= row < self.view.size and bool(corpus.named_at[row] < self.view.moment)


def casefold_all(words: Iterable[str]) -> frozenset[str]:
    """Return the words stripped and case-folded."""
    return frozenset(word.strip().casefold() for word in words)
