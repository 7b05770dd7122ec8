"""The reasons for one recommendation: every theme that adds enough to the score, in a few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from recsys.corpus.inverted_index import Ints
from recsys.corpus.story_format import STORY_FORMATS
from recsys.domain import Contribution, Kind
from recsys.explain.list_position import say_standing
from recsys.explain.shared_terms import shared_names, shared_words
from recsys.ranking.features import QueryContext
from recsys.text import normalise

MOST_REASONS = 4
LEAST_SHARE = 0.05
"""Of all that adds to a score: a theme below it drives nothing."""
ALIKE = 0.1
"""The cosine from which an article that links to it is called similar: 84 % of the stories that editors put
beside an article reach it."""
_MOST_WORDS = 3

Say = Callable[[QueryContext, int], str]


@dataclass(frozen=True, slots=True)
class Theme:
    """Features, by how their names begin, that are put in the same words; '' from `say`: nothing to tell."""

    features: re.Pattern[str]
    say: Say


def give_reasons(context: QueryContext, url: str, contributions: Iterable[Contribution]) -> tuple[str, ...]:
    """What adds most to a score in words, the strongest first; of a story that nothing speaks for, its age.

    `url` is the candidate's, an article of the reading's view.
    """
    row = context.view.corpus.row_of[url]
    sums = dict.fromkeys(THEMES, 0.0)
    for each in contributions:
        sums[_theme_of(each.feature)] += each.amount
    least = LEAST_SHARE * sum(amount for amount in sums.values() if amount > 0)
    strongest = sorted((name for name in sums if sums[name] > least), key=lambda name: -sums[name])
    said = (THEMES[name].say(context, row) for name in strongest)
    return tuple(words for words in said if words)[:MOST_REASONS] or (_say_age(context, row),)


def _theme_of(feature: str) -> str:
    return next((name for name, theme in THEMES.items() if theme.features.match(feature)), "words")


def _say_words(context: QueryContext, row: int) -> str:
    """The names that both texts hold, or else the words; nothing beside no article."""
    if context.query is None:
        return ""
    names = shared_names(context, row)[:_MOST_WORDS]
    if names:
        return f"same {'name' if len(names) == 1 else 'names'}: {', '.join(names)}"
    words = shared_words(context, row)[:_MOST_WORDS]
    return f"same {'word' if len(words) == 1 else 'words'}: {', '.join(words)}" if words else ""


def _say_links(context: QueryContext, row: int) -> str:
    view, rows = context.view, np.array([row], dtype=np.int64)
    links = view.corpus.links
    for say, walk in (("linked by", links.origins), ("links to", links.targets)):
        alike = _count_alike(context, np.unique(walk(rows, view.moment)[1]))
        if alike:
            return f"{say} {_count(alike, 'similar story', 'similar stories')}"
    linking = len(np.unique(links.origins(rows, view.moment)[1]))
    return f"linked by {_count(linking, 'story', 'stories')}" if linking else ""


def _count_alike(context: QueryContext, rows: Ints) -> int:
    return int((context.similarity_to(rows[rows < context.view.size]) >= ALIKE).sum())


def _say_age(context: QueryContext, row: int) -> str:
    hours = (context.view.moment - int(context.view.corpus.first_seen[row])) / 3.6e9
    if hours < 1:
        return "less than an hour old"
    if hours < 48:
        return f"{_count(int(hours), 'hour', 'hours')} old"
    days = int(hours // 24)
    return f"{days} days old" if days < 730 else f"{days // 365} years old"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _standing(*kinds: Kind) -> Say:
    return lambda context, row: say_standing(context.view, row, frozenset(kinds))


def _say_tags(context: QueryContext, row: int) -> str:
    ours = set() if context.query is None else {normalise(tag) for tag in context.query.article.tags}
    theirs = context.view.corpus.shown(row).tags
    shared = [tag for tag in theirs if normalise(tag) in ours][:_MOST_WORDS]
    if not shared or context.view.corpus.page_seen[row] >= context.view.moment:
        return ""
    return f"same {'tag' if len(shared) == 1 else 'tags'}: {', '.join(shared)}"


def _say_form(context: QueryContext, row: int) -> str:
    corpus = context.view.corpus
    found = (
        each.label
        for each, has in zip(STORY_FORMATS, corpus.formats[row], strict=True)
        if has and each.is_reason
    )
    return next(found, "")


def _say_section(context: QueryContext, row: int) -> str:
    section = context.view.corpus.shown(row).section
    ours = None if context.query is None else context.query.article.section
    return f"same section: {section}" if section is not None and section == ours else ""


THEMES = {
    "links": Theme(re.compile(r"link|box"), _say_links),
    "age": Theme(re.compile(r"age|gap|frontier|superseded|recent|newest|hour|time"), _say_age),
    "tags": Theme(re.compile(r"tag"), _say_tags),
    "same_section": Theme(re.compile(r"same_section"), _say_section),
    "form": Theme(re.compile(r"form_"), _say_form),
    "predicted_peak_position": Theme(
        re.compile(r"predicted_peak_position"), lambda *_: "words of stories that are read"
    ),
    "popular": Theme(re.compile(r"popular"), _standing(Kind.POPULAR)),
    "front": Theme(re.compile(r"front_"), _standing(Kind.FRONT_PAGE)),
    "other": Theme(re.compile(r"other_|served"), _standing(Kind.LATEST, Kind.RECOMMENDED, Kind.SERVED)),
    "words": Theme(re.compile(r""), _say_words),
}
"""In words every feature is of the first theme that its name begins with; what is none of the others compares
the texts."""
