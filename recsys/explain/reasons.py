"""Reasons for one recommendation: every theme that contributes enough to the score, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from recsys.corpus.inverted_index import Ints
from recsys.corpus.story_format import STORY_FORMATS
from recsys.domain import Contribution, Kind
from recsys.explain.list_position import describe_position
from recsys.explain.shared_terms import shared_names, shared_words
from recsys.ranking.features import QueryContext
from recsys.text import normalise

MAX_REASONS = 4
MIN_SHARE = 0.05
"""The share of all positive contributions below which a theme is not mentioned."""
MIN_SIMILARITY = 0.1
"""The cosine from which a linking article is called similar: 84 % of the stories that editors choose for an
article reach it."""
_MAX_TERMS = 3

Phrase = Callable[[QueryContext, int], str]


@dataclass(frozen=True, slots=True)
class Theme:
    """Features, by the prefix of their names, that share one phrase; '' from `phrase` gives no reason."""

    prefixes: tuple[str, ...]
    phrase: Phrase


def give_reasons(context: QueryContext, url: str, contributions: Iterable[Contribution]) -> tuple[str, ...]:
    """Return the reasons for a candidate's score, strongest first; its age if there is none.

    `url` is the candidate's, and must be in the context's view.
    """
    row = context.view.corpus.row_of[url]
    sums = dict.fromkeys(THEMES, 0.0)
    for each in contributions:
        sums[_theme_of(each.feature)] += each.amount
    minimum = MIN_SHARE * sum(amount for amount in sums.values() if amount > 0)
    strongest = sorted((name for name in sums if sums[name] > minimum), key=lambda name: -sums[name])
    phrases = (THEMES[name].phrase(context, row) for name in strongest)
    return tuple(filter(None, phrases))[:MAX_REASONS] or (_age(context, row),)


def _theme_of(feature: str) -> str:
    return next(name for name, theme in THEMES.items() if feature.startswith(theme.prefixes))


def _shared_terms(context: QueryContext, row: int) -> str:
    """Return the names that both texts contain, or else the words; '' without a query article."""
    if context.query is None:
        return ""
    names = shared_names(context, row)[:_MAX_TERMS]
    if names:
        return f"same {'name' if len(names) == 1 else 'names'}: {', '.join(names)}"
    words = shared_words(context, row)[:_MAX_TERMS]
    return f"same {'word' if len(words) == 1 else 'words'}: {', '.join(words)}" if words else ""


def _links(context: QueryContext, row: int) -> str:
    view, rows = context.view, np.array([row], dtype=np.int64)
    links = view.corpus.links
    for verb, neighbours in (("linked by", links.origins), ("links to", links.targets)):
        similar = _count_similar(context, np.unique(neighbours(rows, view.moment)[1]))
        if similar:
            return f"{verb} {_count(similar, 'similar story', 'similar stories')}"
    linking = len(np.unique(links.origins(rows, view.moment)[1]))
    return f"linked by {_count(linking, 'story', 'stories')}" if linking else ""


def _count_similar(context: QueryContext, rows: Ints) -> int:
    return int((context.similarity_to(rows[rows < context.view.size]) >= MIN_SIMILARITY).sum())


def _age(context: QueryContext, row: int) -> str:
    view = context.view
    hours = float(view.hours_since(view.story_times(np.array([row])))[0])
    if hours < 1:
        return "less than an hour old"
    if hours < 48:
        return f"{_count(int(hours), 'hour', 'hours')} old"
    days = int(hours // 24)
    return f"{days} days old" if days < 730 else f"{days // 365} years old"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _position(*kinds: Kind) -> Phrase:
    return lambda context, row: describe_position(context.view, row, frozenset(kinds))


def _tags(context: QueryContext, row: int) -> str:
    query_tags = set() if context.query is None else {normalise(tag) for tag in context.query.article.tags}
    tags = context.view.corpus.shown(row).tags
    shared = [tag for tag in tags if normalise(tag) in query_tags][:_MAX_TERMS]
    if not shared or context.view.corpus.page_seen[row] >= context.view.moment:
        return ""
    return f"same {'tag' if len(shared) == 1 else 'tags'}: {', '.join(shared)}"


def _format(context: QueryContext, row: int) -> str:
    flags = context.view.corpus.formats[row]
    labels = (each.label for each, has in zip(STORY_FORMATS, flags, strict=True) if has and each.is_reason)
    return next(labels, "")


def _section(context: QueryContext, row: int) -> str:
    section = context.view.corpus.shown(row).section
    query_section = None if context.query is None else context.query.article.section
    return f"same section: {section}" if section is not None and section == query_section else ""


THEMES = {
    "links": Theme(("inlink", "outlink", "cocitation", "related_inlink"), _links),
    "age": Theme(("age", "time_gap", "pareto_rank", "newer_", "recency_weighted_similarity"), _age),
    "tags": Theme(("tag",), _tags),
    "same_section": Theme(("same_section",), _section),
    "format": Theme(("format_",), _format),
    "predicted": Theme(("predicted_",), lambda *_: "headline words that usually attract readers"),
    "popular": Theme(("popular_", "on_most_read"), _position(Kind.POPULAR)),
    "front": Theme(("front_",), _position(Kind.FRONT_PAGE)),
    "other": Theme(("other_",), _position(Kind.LATEST, Kind.RECOMMENDED, Kind.SERVED)),
    "words": Theme(("",), _shared_terms),
}
"""A feature belongs to the first theme with a prefix of its name. The last theme takes all the others and
names what the texts share, so a column that does not compare texts needs a prefix in another theme."""
