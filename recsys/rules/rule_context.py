"""What the rules decide with: the moment, the article being read, the rules themselves, the scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from recsys.corpus import CorpusView
from recsys.corpus.inverted_index import Ints
from recsys.corpus.stored_fields import ArticleSummary
from recsys.domain import Article
from recsys.ranking.ranker import Scores, order
from recsys.request import NO_MINIMUM, TRAINED_DIAL, Rules, relatedness_weight
from recsys.rules.duplicates import SeenStories, Stories, Story
from recsys.rules.similarity import Similarity


class Place(NamedTuple):
    """A row, and the score by which it has its place: its own, or that of the update it replaces."""

    row: int
    score: float


@dataclass(frozen=True)
class RuleContext:
    """A question for the rules: candidates (rows of the view, in any order) with their scores."""

    view: CorpusView
    query: Article | None
    rules: Rules
    rows: Ints
    scores: Scores
    stories: Stories
    dial: float = TRAINED_DIAL

    def rank(self) -> Iterator[Place]:
        """The rows, best first."""
        total = self.scores.total
        best = order(total, self.rows)
        return map(Place, self.rows[best].tolist(), total[best].tolist())

    @cached_property
    def minimum(self) -> float:
        """What relatedness must reach. The dial weighs it as it weighs relatedness, so that at 1, where that
        counts for nothing, there is none; nor is there beside no article, or for scores that are no logits.
        """
        minimum, weight = self.rules.minimum_relatedness, relatedness_weight(self.dial)
        asked = self.query is not None and self.scores.are_logits and weight > 0
        return minimum * weight if asked else NO_MINIMUM

    @property
    def related(self) -> frozenset[int]:
        """The rows that reach the minimum."""
        return frozenset(self.rows[self.scores.relatedness >= self.minimum].tolist())

    @cached_property
    def similarity(self) -> Similarity:
        """Between articles of the view."""
        return Similarity(self.view)

    @cached_property
    def own(self) -> tuple[Story, ...]:
        """The story being read, or nothing."""
        return () if self.query is None else (Story.of(self.query),)

    @cached_property
    def blocked(self) -> frozenset[str]:
        """Addresses that are never shown."""
        return frozenset(self.rules.blocked)

    @cached_property
    def never_tags(self) -> frozenset[str]:
        """Tags of what is never shown."""
        return folded(self.rules.never_tags)

    @cached_property
    def pins(self) -> tuple[tuple[int, Story], ...]:
        """Places and stories of the pins that hold, in the order of their places, then as they were given.

        A pin is passed over that has expired, is not known yet, is blocked or has a tag that is never shown,
        is the story being read, or is one story with an earlier pin.
        """
        found: list[tuple[int, Story]] = []
        told = SeenStories(self.own)
        for pin in sorted(self.rules.pinned, key=lambda pin: pin.position):
            row = self.view.corpus.row_of.get(pin.url, -1)
            if not pin.holds(self.view.as_of) or not self._is_known(row):
                continue
            story = self.stories.of(row)
            if story not in told and not self.is_never_shown(self.view.corpus.articles.summary(row)):
                found.append((pin.position, story))
                told.add(story)
        return tuple(found)

    @cached_property
    def pinned_rows(self) -> list[int]:
        """The rows of the pins."""
        return [story.row for _, story in self.pins]

    def is_never_shown(self, article: ArticleSummary) -> bool:
        """What no pin can change: a blocked address, a tag that is never shown."""
        return article.url in self.blocked or (
            bool(article.tags) and not self.never_tags.isdisjoint(map(str.casefold, article.tags))
        )

    def _is_known(self, row: int) -> bool:
        corpus = self.view.corpus
        return 0 <= row < self.view.size and bool(corpus.named_at[row] < self.view.moment)


def folded(words: Iterable[str]) -> frozenset[str]:
    """Words that are compared without case."""
    return frozenset(word.strip().casefold() for word in words)
