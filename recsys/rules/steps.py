"""The rules, one step each, from ranked places to those that are shown, lazily: as far as they are taken.

A step looks at the places that it is asked for and at most the next hundred, never at all candidates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from recsys.request import NO_MINIMUM
from recsys.rules.duplicates import SeenStories, Story, find_same, newest
from recsys.rules.rule_context import Place, RuleContext, folded

LOOK_AHEAD = 100
"""How many stories are looked at beyond a place, for its last update or for diversity: an update shares its
words with what it replaces, so it scores alike, and so many take a fraction of a millisecond."""

THREAD_LIKENESS = 0.3
"""The cosine of two texts from which on they belong to one thread: of the stories that editors put beside an
article 30 % reach it, of the other candidates one in a hundred (benchmarks/emptiness.py)."""

Step = Callable[[RuleContext, Iterator[Place]], Iterator[Place]]


def keep_related(context: RuleContext, ranked: Iterator[Place]) -> Iterator[Place]:
    """Drop what is less related than the minimum."""
    if context.minimum == NO_MINIMUM:
        return ranked
    related = context.related
    return (place for place in ranked if place.row in related)


def leave_out(context: RuleContext, ranked: Iterator[Place]) -> Iterator[Place]:
    """Drop blocked addresses and what sections and tags forbid."""
    only_sections, never_sections = folded(context.rules.only_sections), folded(context.rules.never_sections)
    only_tags, corpus = folded(context.rules.only_tags), context.view.corpus
    for place in ranked:
        article = corpus.articles.summary(place.row)
        if only_sections or never_sections:
            section = (article.section or "").strip().casefold()
            if section in never_sections or (only_sections and section not in only_sections):
                continue
        if only_tags and only_tags.isdisjoint(map(str.casefold, article.tags)):
            continue
        if not context.is_never_shown(article):
            yield place


def collapse_stories(context: RuleContext, ranked: Iterator[Place]) -> Iterator[Place]:
    """Keep one of every story, the newest, at the first place that any of them earned.

    Nothing is kept of the story being read, nor of what is pinned. No two that are kept are one story.
    """
    told = SeenStories([*context.own, *(story for _, story in context.pins)])
    score_of: dict[int, float] = {}
    fresh = _fresh(context, ranked, told, score_of)
    ahead = list(islice(fresh, LOOK_AHEAD))
    while ahead:
        first = kept = ahead[0]
        gone = find_same(first, ahead)
        if len(gone) > 1:
            key = newest(gone).key
            kept = newest(story for story in ahead if story.key == key)
            gone += find_same(kept, ahead)
        yield Place(kept.row, score_of[first.row])
        told.add(kept)
        rows = {story.row for story in gone}
        ahead = [story for story in ahead if story.row not in rows] if len(gone) > 1 else ahead[1:]
        ahead += islice(fresh, LOOK_AHEAD - len(ahead))


def _fresh(
    context: RuleContext, ranked: Iterator[Place], told: SeenStories, score_of: dict[int, float]
) -> Iterator[Story]:
    """The stories of places that are not told by the time they are asked for; notes what they scored."""
    for row, score in ranked:
        story = context.stories.of(row)
        if story not in told:
            score_of[row] = score
            yield story


def diversify(context: RuleContext, ranked: Iterator[Place]) -> Iterator[Place]:
    """Maximal marginal relevance (Carbonell & Goldstein 1998) over the first hundred; the others follow.

    Next comes what has the most of (1 - diversity) * score - diversity * largest cosine with what comes
    before it or is pinned. Score and cosine as they are: one logit weighs as much as a whole cosine.
    """
    amount = context.rules.diversity
    if not amount:
        return ranked
    return _by_marginal_relevance(context, amount, ranked)


def _by_marginal_relevance(context: RuleContext, amount: float, ranked: Iterator[Place]) -> Iterator[Place]:
    pool = list(islice(ranked, LOOK_AHEAD))
    rows = [place.row for place in pool]
    worth = (1 - amount) * np.array([place.score for place in pool])
    nearest = np.zeros(len(pool))
    for row in context.pinned_rows:
        nearest = np.maximum(nearest, context.similarity.between(row, rows))
    for _ in range(len(pool)):
        best = int(np.argmax(worth - amount * nearest))
        yield pool[best]
        worth[best] = -np.inf
        nearest = np.maximum(nearest, context.similarity.between(rows[best], rows))
    yield from ranked


def limit_threads(context: RuleContext, ranked: Iterator[Place]) -> Iterator[Place]:
    """Keep at most so many of a thread, those that are pinned among them.

    A thread is a single-link cluster of what the list holds: a story belongs to it when its cosine with any
    of its stories reaches THREAD_LIKENESS, and one that is alike to two threads makes them one.
    """
    most = context.rules.most_of_thread
    return ranked if most is None else _at_most(context, most, ranked)


def _at_most(context: RuleContext, most: int, ranked: Iterator[Place]) -> Iterator[Place]:
    threads: list[list[int]] = []
    for row in context.pinned_rows:
        threads = _join(context, threads, row)
    for place in ranked:
        joined = _join(context, threads, place.row)
        if len(joined[-1]) <= most:
            threads = joined
            yield place


def _join(context: RuleContext, threads: list[list[int]], row: int) -> list[list[int]]:
    """The threads with one story more, its own the last."""
    members = [each for thread in threads for each in thread]
    alike = context.similarity.between(row, members) >= THREAD_LIKENESS
    near = {member for member, is_near in zip(members, alike.tolist(), strict=True) if is_near}
    apart = [thread for thread in threads if near.isdisjoint(thread)]
    return [*apart, [each for thread in threads if not near.isdisjoint(thread) for each in thread] + [row]]


def place_pins(context: RuleContext, ranked: Iterator[Place]) -> Iterator[Place]:
    """Put every pin on its place, or the next that is free; at the end of a list that is shorter."""
    pins, position = deque(context.pins), 1
    for place in ranked:
        while pins and pins[0][0] <= position:
            yield Place(pins.popleft()[1].row, np.inf)
            position += 1
        yield place
        position += 1
    yield from (Place(story.row, np.inf) for _, story in pins)


def drop_repeats(context: RuleContext, ranked: Iterator[Place]) -> Iterator[Place]:
    """The last look: whatever came before, no story stands twice and none is the one being read."""
    told = SeenStories(context.own)
    for place in ranked:
        story = context.stories.of(place.row)
        if story not in told:
            told.add(story)
            yield place


STEPS: tuple[Step, ...] = (
    keep_related,
    leave_out,
    collapse_stories,
    diversify,
    limit_threads,
    place_pins,
    drop_repeats,
)


def apply_rules(context: RuleContext) -> Iterator[int]:
    """The rows that may be shown, best first, pins on their places; as many as are taken of it."""
    ranked: Iterator[Place] = context.rank()
    for step in STEPS:
        ranked = step(context, ranked)
    return (place.row for place in ranked)
