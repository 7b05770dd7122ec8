"""When two articles are one story: updates of a headline, and near-duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from recsys.corpus import Corpus
from recsys.corpus.stored_fields import ArticleSummary
from recsys.domain import Article, to_microseconds
from recsys.text import headline_key, split_update

NEAR_RATIO = 86
NEAR_HOURS = 72
"""Two headlines are near-duplicates when the ratio of their keys (100 less the share of letters to insert
and delete) is at least 86, they were first seen within 72 hours and hold the same numbers.

Of 6,000 headlines of a broadcaster 46 pairs have a ratio from 86. Those within three days of each other are
one story told again ("dies at 71", "dies aged 71"); those further apart are others that are told alike, from
the next interest rate to the accusation and its denial. With other numbers they are days, matches or parts
of a series. Below 86 the first pairs of one day come that are two stories. The plain ratio, because
`token_set_ratio` takes "Giants beat Tigers" and "Tigers beat Giants" for one; they have 50."""

_NEAR = NEAR_HOURS * 3_600_000_000
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Story:
    """What is compared of an article. `key` is its address where it has no headline: it is only itself."""

    row: int
    url: str
    key: str
    update: int
    numbers: tuple[str, ...]
    first_seen: int
    has_headline: bool

    @classmethod
    def of(cls, article: Article, row: int = -1) -> Story:
        """The story of an article; row -1 for one that no archive holds."""
        return cls.seen_at(to_microseconds(article.first_seen_at), article, row)

    @classmethod
    def seen_at(cls, first_seen: int, article: Article | ArticleSummary, row: int) -> Story:
        """The same where the microseconds are known that it was first seen at."""
        headline = article.headline
        if headline is None:
            return cls(row, article.url, article.url, 0, (), first_seen, has_headline=False)
        bare, update = (headline.strip(), 0) if _is_plain(headline) else split_update(headline)
        found = _NUMBER.findall(bare)
        numbers = tuple(sorted(found)) if found else ()
        return cls(row, article.url, _key_of(bare), update, numbers, first_seen, has_headline=True)


def _is_plain(headline: str) -> bool:
    """Whether no update marker can be in a headline: one ends it in a bracket or begins it."""
    return headline.rstrip()[-1:] not in ")]）】" and headline.lstrip()[:3].lower() != "upd"


def _key_of(bare: str) -> str:
    """Its `headline_key`, in a tenth of the time where all is ASCII: there only a backtick is spelt anew."""
    return "".join(bare.lower().split()).replace("`", "'") if bare.isascii() else headline_key(bare)


class Stories:
    """The stories of an archive's rows, each worked out when it is first asked for."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._known: dict[int, Story] = {}

    def of(self, row: int) -> Story:
        """The story of a row."""
        found = self._known.get(row)
        if found is None:
            article, first_seen = self.corpus.articles.summary(row), int(self.corpus.first_seen[row])
            found = self._known[row] = Story.seen_at(first_seen, article, row)
        return found


def same_story(one: Story, other: Story) -> bool:
    """Whether two articles are one story: the same address or key, or near-duplicates."""
    if one.key == other.key or one.url == other.url:
        return True
    return one.numbers == other.numbers and _are_near(one, other)


def find_same(one: Story, others: Iterable[Story]) -> list[Story]:
    """Those of the others that are one story with it, in their order.

    As `same_story` says, with what can be asked of all at once asked before any is compared by its letters:
    ten places of a list ask about a thousand others, of which a handful is told within three days.
    """
    key, url, numbers, first_seen = one.key, one.url, one.numbers, one.first_seen
    earliest, latest = first_seen - _NEAR, first_seen + _NEAR
    return [
        other
        for other in others
        if other.key == key
        or other.url == url
        or (earliest <= other.first_seen <= latest and other.numbers == numbers and _are_near(one, other))
    ]


class SeenStories:
    """Stories that are told already, to be asked about others: `story in told` is `same_story` with any."""

    def __init__(self, stories: Iterable[Story] = ()) -> None:
        self._keys: set[str] = set()
        self._urls: set[str] = set()
        self._by_numbers: dict[tuple[str, ...], list[Story]] = {}
        for story in stories:
            self.add(story)

    def add(self, story: Story) -> None:
        """Count a story among the told."""
        self._keys.add(story.key)
        self._urls.add(story.url)
        self._by_numbers.setdefault(story.numbers, []).append(story)

    def __contains__(self, story: Story) -> bool:
        if story.key in self._keys or story.url in self._urls:
            return True
        for other in self._by_numbers.get(story.numbers, ()):  # noqa: SIM110 - any() takes twice the time
            if _are_near(story, other):
                return True
        return False


def _are_near(one: Story, other: Story) -> bool:
    """Whether two stories of the same numbers are near-duplicates."""
    if not -_NEAR <= one.first_seen - other.first_seen <= _NEAR:
        return False
    both = one.has_headline and other.has_headline
    return both and ratio(one.key, other.key, score_cutoff=NEAR_RATIO) >= NEAR_RATIO


def newest(stories: Iterable[Story]) -> Story:
    """The last of what is one story: of a chain of updates the highest number, of chains the newer."""
    last: dict[str, Story] = {}
    for story in stories:
        held = last.get(story.key)
        if held is None or (story.update, story.row) > (held.update, held.row):
            last[story.key] = story
    return max(last.values(), key=lambda story: story.row)
