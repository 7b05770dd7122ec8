"""Duplicate detection: when two articles are the same story, as updates or near-duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from recsys.corpus import Corpus
from recsys.corpus.stored_fields import ArticleSummary, published_time
from recsys.domain import Article, to_microseconds
from recsys.text import headline_key, split_update

NEAR_RATIO = 86
NEAR_HOURS = 72
"""Two headlines are near-duplicates if the ratio of their keys (100 minus the share of letters to insert and
delete) is at least 86, they appeared within 72 hours and contain the same numbers.

Of 6,000 headlines of a broadcaster 46 pairs have a ratio of 86 or more. Those within three days of each other
are rewordings of one story ("dies at 71", "dies aged 71"); those further apart are different stories in the
same words, such as the next interest rate or an accusation and its denial. With different numbers they are
days, matches or parts of a series. Just below 86 are the first pairs of one day that are different stories.
The plain ratio, because `token_set_ratio` equates "Giants beat Tigers" and "Tigers beat Giants"; they have
50."""

_NEAR = NEAR_HOURS * 3_600_000_000
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Story:
    """The properties of an article that are compared.

    `key` is the URL if there is no headline. `appeared` is when it was published or first seen, whichever is
    earlier, in microseconds: the pages of a newly crawled archive are first seen within an hour.
    """

    row: int
    url: str
    key: str
    update: int
    numbers: tuple[str, ...]
    appeared: int
    has_headline: bool

    @property
    def has_address(self) -> bool:
        """Whether readers can open it."""
        return not self.url.startswith("urn:")

    @property
    def precedence(self) -> tuple[bool, int, int, int]:
        """What is compared to find the latest version of a story."""
        return self.has_address, self.update, self.appeared, self.row

    @classmethod
    def of(cls, article: Article, row: int = -1) -> Story:
        """Return the story of an article; row -1 if it is not in the corpus."""
        appeared = min(to_microseconds(article.first_seen_at), published_time(article))
        return cls.appeared_at(appeared, article, row)

    @classmethod
    def appeared_at(cls, appeared: int, article: Article | ArticleSummary, row: int) -> Story:
        """Return the story of an article that appeared at a time in microseconds."""
        headline = article.headline
        if headline is None:
            return cls(row, article.url, article.url, 0, (), appeared, has_headline=False)
        bare, update = (headline.strip(), 0) if _is_plain(headline) else split_update(headline)
        digits = _NUMBER.findall(bare)
        numbers = tuple(sorted(digits)) if digits else ()
        return cls(row, article.url, _key_of(bare), update, numbers, appeared, has_headline=True)


def _is_plain(headline: str) -> bool:
    """Whether a headline cannot have an update marker, which ends in a bracket or starts the headline."""
    return headline.rstrip()[-1:] not in ")]）】" and headline.lstrip()[:3].lower() != "upd"


def _key_of(bare: str) -> str:
    """Return `headline_key`, ten times faster for ASCII, where it only replaces backticks."""
    return "".join(bare.lower().split()).replace("`", "'") if bare.isascii() else headline_key(bare)


class Stories:
    """The stories of a corpus's rows, each computed on first use."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._known: dict[int, Story] = {}

    def of(self, row: int) -> Story:
        """Return the story of a row."""
        story = self._known.get(row)
        if story is None:
            article, corpus = self.corpus.articles.summary(row), self.corpus
            appeared = min(int(corpus.first_seen[row]), int(corpus.published[row]))
            story = self._known[row] = Story.appeared_at(appeared, article, row)
        return story


def same_story(one: Story, other: Story) -> bool:
    """Whether two articles are the same story: same URL or key, or near-duplicates."""
    if one.key == other.key or one.url == other.url:
        return True
    return one.numbers == other.numbers and _are_near(one, other)


def find_same(one: Story, others: Iterable[Story]) -> list[Story]:
    """Return those of the others that are the same story, in their order.

    Equivalent to `same_story`, with the cheap comparisons first: ten positions of a list are compared with a
    thousand others, of which only a handful appeared within three days.
    """
    key, url, numbers, appeared = one.key, one.url, one.numbers, one.appeared
    earliest, latest = appeared - _NEAR, appeared + _NEAR
    return [
        other
        for other in others
        if other.key == key
        or other.url == url
        or (earliest <= other.appeared <= latest and other.numbers == numbers and _are_near(one, other))
    ]


class SeenStories:
    """A set of stories: `story in seen` is whether `same_story` holds for any of them."""

    def __init__(self, stories: Iterable[Story] = ()) -> None:
        self._keys: set[str] = set()
        self._urls: set[str] = set()
        self._by_numbers: dict[tuple[str, ...], list[Story]] = {}
        for story in stories:
            self.add(story)

    def add(self, story: Story) -> None:
        """Add a story."""
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
    """Whether two stories with the same numbers are near-duplicates."""
    if not -_NEAR <= one.appeared - other.appeared <= _NEAR:
        return False
    both = one.has_headline and other.has_headline
    return both and ratio(one.key, other.key, score_cutoff=NEAR_RATIO) >= NEAR_RATIO


def newest(stories: Iterable[Story]) -> Story:
    """Return the latest version of a story: by key the highest update, of several keys the newest.

    A version that readers can open comes before any copy without an address.
    """
    last: dict[str, Story] = {}
    for story in stories:
        other = last.get(story.key)
        if other is None or story.precedence > other.precedence:
            last[story.key] = story
    return max(last.values(), key=lambda story: (story.has_address, story.appeared, story.row))
