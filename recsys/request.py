"""What is asked for: a Request, with the editor's Rules and Pins. Frozen, and checked when they are built."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from recsys.domain import check_name
from recsys.errors import InvalidValueError

TRAINED_DIAL = 0.5
LARGEST_K = 1_000
NO_MINIMUM = float("-inf")

MINIMUM_RELATEDNESS = NO_MINIMUM
"""The relatedness, a logit, that a story needs to stand beside an article; none.

A site with an archive loses nothing by 1.4 (docs/rules.md has the figures). It is off unless a newsroom sets
it, because features are relative to the query's best: in the archive of a first page nothing is related, the
logits mean little, and a list of unrelated headlines is what there is to show. Whoever changes the features
has to choose it again: benchmarks/emptiness.py."""

NEVER_TAGS = ("sponsored", "sensitive")
"""Tags of what is never recommended unless a newsroom decides otherwise: advertisements, and stories beside
which, or as which, a recommendation would hurt somebody."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A story that an editor puts on a place of every list, until a moment or until it is taken away."""

    url: str
    """Its canonical address."""
    position: int = 1
    """Its place from 1; the next free one when an earlier pin has it, the last of a list that is shorter."""
    until: datetime | None = None
    """The moment from which it no longer holds."""

    def __post_init__(self) -> None:
        check_name("url", self.url)
        is_whole = isinstance(self.position, int) and not isinstance(self.position, bool)
        if not is_whole or not 1 <= self.position <= LARGEST_K:
            raise InvalidValueError(
                "position", expected=f"a place from 1 to {LARGEST_K}", found=self.position
            )
        if self.until is not None and self.until.utcoffset() is None:
            raise InvalidValueError("until", expected="a time with a zone", found=self.until)

    def holds(self, as_of: datetime) -> bool:
        """Whether it has not expired at a moment."""
        return self.until is None or as_of < self.until


@dataclass(frozen=True, slots=True)
class Rules:
    """What an editor wants of every list, whatever a story scored. docs/rules.md shows each at work."""

    minimum_relatedness: float = MINIMUM_RELATEDNESS
    """What the relatedness of a story must reach; an unrelated story is worse than an empty place."""
    only_sections: tuple[str, ...] = ()
    """When there are any: a story must be of one of these sections. Case does not matter."""
    never_sections: tuple[str, ...] = ()
    """Sections that are left out."""
    only_tags: tuple[str, ...] = ()
    """When there are any: a story must have one of these tags. Case does not matter."""
    never_tags: tuple[str, ...] = NEVER_TAGS
    """Tags of stories that are never shown, pinned or not."""
    blocked: tuple[str, ...] = ()
    """Canonical addresses of stories that are never shown, pinned or not."""
    pinned: tuple[Pin, ...] = ()
    """Stories that have their place whatever they score."""
    most_of_thread: int | None = None
    """How many stories of one thread a list may hold; None is any number. Off, because editors fill their own
    boxes with one thread: a limit of 3 costs 0.008 of 0.555 nDCG@5, of 1 0.070 (benchmarks/emptiness.py)."""
    diversity: float = 0.0
    """From 0, by score alone, to 1: how much likeness to what already stands in the list counts against a
    story (1 - lambda of MMR). Off for the same reason, although it costs little: 0.1 nothing, 0.3 0.004."""

    def __post_init__(self) -> None:
        if self.minimum_relatedness != self.minimum_relatedness:
            raise InvalidValueError(
                "minimum_relatedness", expected="a number", found=self.minimum_relatedness
            )
        if self.most_of_thread is not None and self.most_of_thread < 1:
            raise InvalidValueError("most_of_thread", expected="a number from 1", found=self.most_of_thread)
        if not 0 <= self.diversity <= 1:
            raise InvalidValueError("diversity", expected="a number from 0 to 1", found=self.diversity)
        for name in ("only_sections", "never_sections", "only_tags", "never_tags"):
            _check_words(name, getattr(self, name))
        _check_urls("blocked", self.blocked)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    k: int = 10
    """How many headlines, at most."""
    dial: float = TRAINED_DIAL
    """From 0, related, to 1, popular; 0.5 is what was learnt."""
    explain: bool = False
    """Whether every recommendation carries its contributions, and its reasons in words."""
    rules: Rules | Literal[False] = field(default_factory=Rules)
    """The editorial rules; False is none of them: then only the article itself is left out."""
    window: timedelta | None = None
    """How far back a story may have been first seen; None is the whole archive."""

    def __post_init__(self) -> None:
        check_dial(self.dial)
        if isinstance(self.k, bool) or not 1 <= self.k <= LARGEST_K:
            raise InvalidValueError("k", expected=f"a number from 1 to {LARGEST_K}", found=self.k)
        if self.rules is not False and not isinstance(self.rules, Rules):
            raise InvalidValueError("rules", expected="Rules, or False for none", found=self.rules)
        if self.window is not None and self.window <= timedelta():
            raise InvalidValueError("window", expected="a time above 0", found=str(self.window))


def check_dial(dial: float) -> float:
    """The dial, when it lies in [0, 1]."""
    if not 0 <= dial <= 1:
        raise InvalidValueError("dial", expected="a number from 0 (related) to 1 (popular)", found=dial)
    return dial


def relatedness_weight(dial: float) -> float:
    """What a dial multiplies relatedness by: 1 up to the middle, from there falling to 0."""
    return min(1.0, 2 * (1 - check_dial(dial)))


def _check_words(field: str, words: tuple[str, ...]) -> None:
    if not all(word.strip() for word in words):
        raise InvalidValueError(field, expected="texts that are not empty", found=words)


def _check_urls(field: str, urls: tuple[str, ...]) -> None:
    if not all(url.split() == [url] for url in urls):
        raise InvalidValueError(field, expected="addresses without spaces", found=urls)
