"""The rules, one step each, from ranked candidates to the list that is shown.

Steps are lazy: each reads only what is taken from it and at most a hundred rows more, never all candidates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from recsys.request import NO_MINIMUM
from recsys.rules.duplicates import SeenStories, Story, find_same, newest
from recsys.rules.rule_context import RankedRow, RuleContext, casefold_all

LOOK_AHEAD = 100
"""How many rows are read ahead, for the latest update or for diversity. An update shares its words with what
it replaces, so its score is close, and this many take a fraction of a millisecond."""

THREAD_SIMILARITY = 0.3
"""The cosine of two texts from which they belong to one thread. 30 % of the stories that editors choose for
an article reach it, and one in a hundred of the other candidates (benchmarks/emptiness.py)."""

Step = Callable[[RuleContext, Iterator[RankedRow]], Iterator[RankedRow]]


def keep_related(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    """Drop rows below the minimum relatedness, but for as many as the dial admits."""
    return ranked if context.minimum == NO_MINIMUM else _keep_related(context, ranked)


def _keep_related(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    related, admitted = context.related, 0
    for each in ranked:
        if each.row in related:
            yield each
        elif admitted < context.unrelated_places:
            admitted += 1
            yield each


def exclude(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    """Drop blocked URLs, and articles excluded by section or tag."""
    rules, corpus = context.rules, context.view.corpus
    only_sections = casefold_all(rules.only_sections)
    never_sections, only_tags = casefold_all(rules.never_sections), casefold_all(rules.only_tags)
    for each in ranked:
        article = corpus.articles.summary(each.row)
        if only_sections or never_sections:
            section = (article.section or "").strip().casefold()
            if section in never_sections or (only_sections and section not in only_sections):
                continue
        if only_tags and only_tags.isdisjoint(map(str.casefold, article.tags)):
            continue
        if not context.is_never_shown(article):
            yield each


def collapse_stories(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    """Keep the latest version of every story, at the best rank of any version.

    Drops every version of the article being read and of pinned stories. No two rows that remain are the same
    story.
    """
    seen = SeenStories([*context.own, *(story for _, story in context.pins)])
    score_of: dict[int, float] = {}
    unseen = _unseen(context, ranked, seen, score_of)
    ahead = list(islice(unseen, LOOK_AHEAD))
    while ahead:
        first = latest = ahead[0]
        versions = find_same(first, ahead)
        if len(versions) > 1:
            key = newest(versions).key
            latest = newest(story for story in ahead if story.key == key)
            versions += find_same(latest, ahead)
        yield RankedRow(latest.row, score_of[first.row])
        seen.add(latest)
        rows = {story.row for story in versions}
        ahead = [story for story in ahead if story.row not in rows] if len(versions) > 1 else ahead[1:]
        ahead += islice(unseen, LOOK_AHEAD - len(ahead))


def _unseen(
    context: RuleContext, ranked: Iterator[RankedRow], seen: SeenStories, score_of: dict[int, float]
) -> Iterator[Story]:
    """Yield the stories that are not in `seen` when they are taken, and record their scores."""
    for row, score in ranked:
        story = context.stories.of(row)
        if story not in seen:
            score_of[row] = score
            yield story


def diversify(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    """Rerank the first hundred by maximal marginal relevance (Carbonell & Goldstein 1998); the rest follows.

    The next row maximises (1 - diversity) * score - diversity * (largest cosine with any row before it or
    pinned). Score and cosine are not rescaled: one logit weighs as much as a cosine of 1.
    """
    diversity = context.rules.diversity
    if not diversity:
        return ranked
    return _by_marginal_relevance(context, diversity, ranked)


def _by_marginal_relevance(
    context: RuleContext, diversity: float, ranked: Iterator[RankedRow]
) -> Iterator[RankedRow]:
    pool = list(islice(ranked, LOOK_AHEAD))
    rows = [each.row for each in pool]
    value = (1 - diversity) * np.array([each.score for each in pool])
    nearest = np.zeros(len(pool))
    for row in context.pinned_rows:
        nearest = np.maximum(nearest, context.similarity.between(row, rows))
    for _ in range(len(pool)):
        best = int(np.argmax(value - diversity * nearest))
        yield pool[best]
        value[best] = -np.inf
        nearest = np.maximum(nearest, context.similarity.between(rows[best], rows))
    yield from ranked


def limit_threads(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    """Keep at most `most_of_thread` stories of each thread, counting pinned ones.

    A thread is a single-link cluster of the list: a story belongs to it if its cosine with any member reaches
    THREAD_SIMILARITY, and a story similar to two threads merges them.
    """
    most = context.rules.most_of_thread
    return ranked if most is None else _at_most(context, most, ranked)


def _at_most(context: RuleContext, most: int, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    threads: list[list[int]] = []
    for row in context.pinned_rows:
        threads = _join(context, threads, row)
    for each in ranked:
        joined = _join(context, threads, each.row)
        if len(joined[-1]) <= most:
            threads = joined
            yield each


def _join(context: RuleContext, threads: list[list[int]], row: int) -> list[list[int]]:
    """Return the threads with one more story; its own thread is the last."""
    members = [each for thread in threads for each in thread]
    is_similar = context.similarity.between(row, members) >= THREAD_SIMILARITY
    similar = {member for member, flag in zip(members, is_similar.tolist(), strict=True) if flag}
    others = [thread for thread in threads if similar.isdisjoint(thread)]
    merged = [each for thread in threads if not similar.isdisjoint(thread) for each in thread]
    return [*others, [*merged, row]]


def place_pins(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    """Insert every pin at its position or the next free one, or at the end of a shorter list."""
    pins, position = deque(context.pins), 1
    for each in ranked:
        while pins and pins[0][0] <= position:
            yield RankedRow(pins.popleft()[1].row, np.inf)
            position += 1
        yield each
        position += 1
    yield from (RankedRow(story.row, np.inf) for _, story in pins)


def drop_duplicates(context: RuleContext, ranked: Iterator[RankedRow]) -> Iterator[RankedRow]:
    """Drop repeated stories and the article being read; the last step, whatever came before."""
    seen = SeenStories(context.own)
    for each in ranked:
        story = context.stories.of(each.row)
        if story not in seen:
            seen.add(story)
            yield each


STEPS: tuple[Step, ...] = (
    keep_related,
    exclude,
    collapse_stories,
    diversify,
    limit_threads,
    place_pins,
    drop_duplicates,
)


def apply_rules(context: RuleContext) -> Iterator[int]:
    """Yield the rows to show, best first, with pins at their positions."""
    ranked = context.rank()
    for step in STEPS:
        ranked = step(context, ranked)
    return (each.row for each in ranked)
