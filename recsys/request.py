"""Request, Rules, Pin and Block: frozen, and validated when they are built."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from recsys.domain import Fill, check_name
from recsys.errors import InvalidValueError

TRAINED_DIAL = 0.5
LARGEST_K = 1_000
NO_MINIMUM = float("-inf")

Minimum = float | Literal["auto"]
"""A logit of relatedness, or the classifier in `recsys.ranking.relatedness_classifier`."""
MINIMUM_RELATEDNESS: Minimum = "auto"
"""The default minimum relatedness.

A fixed logit means little in a small corpus, because features are relative to the best candidate.
"""

FILLS: tuple[str, ...] = (*get_args(Fill), "none")

NEVER_TAGS = ("sponsored", "sensitive")
"""Tags of articles that are never recommended by default: advertisements, and stories whose recommendation
would be hurtful."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A story that an editor puts at a position of every list, or of one, until a time or until removed."""

    url: str
    """The canonical URL."""
    position: int = 1
    """The position from 1; the next free one if an earlier pin has it, the last in a shorter list."""
    until: datetime | None = None
    """The time at which it expires."""
    beside: str | None = None
    """The canonical URL of the only article beside which it holds; None for every list."""

    def __post_init__(self) -> None:
        check_name("url", self.url)
        _check_scope(self.until, self.beside)
        is_whole = isinstance(self.position, int) and not isinstance(self.position, bool)
        if not is_whole or not 1 <= self.position <= LARGEST_K:
            raise InvalidValueError(
                "position", expected=f"a position from 1 to {LARGEST_K}", found=self.position
            )

    def holds(self, as_of: datetime) -> bool:
        """Whether the pin is in effect at a moment."""
        return self.until is None or as_of < self.until


@dataclass(frozen=True, slots=True)
class Block:
    """A story that an editor keeps out of every list, or of one, until a time or until it is removed."""

    url: str
    """The canonical URL."""
    until: datetime | None = None
    """The time at which it expires."""
    beside: str | None = None
    """The canonical URL of the only article beside which it holds; None for every list."""

    def __post_init__(self) -> None:
        check_name("url", self.url)
        _check_scope(self.until, self.beside)

    def holds(self, as_of: datetime) -> bool:
        """Whether the block is in effect at a moment."""
        return self.until is None or as_of < self.until


@dataclass(frozen=True, slots=True)
class Rules:
    """The editorial rules of a list, applied whatever the scores are; see docs/rules.md."""

    minimum_relatedness: Minimum = MINIMUM_RELATEDNESS
    """The minimum relatedness of a story; an unrelated story is worse than an empty position."""
    fill: Fill | Literal["none"] = "none"
    """What fills the places that the minimum leaves empty."""
    only_sections: tuple[str, ...] = ()
    """If given, a story must be in one of these sections. Case does not matter."""
    never_sections: tuple[str, ...] = ()
    """Sections that are excluded."""
    only_tags: tuple[str, ...] = ()
    """If given, a story must have one of these tags. Case does not matter."""
    never_tags: tuple[str, ...] = NEVER_TAGS
    """Tags of stories that are never shown, even if pinned."""
    blocked: tuple[str, ...] = ()
    """Canonical URLs of stories that are never shown, even if pinned."""
    blocks: tuple[Block, ...] = ()
    """Blocks that end, or that hold beside one article."""
    pinned: tuple[Pin, ...] = ()
    """Stories at fixed positions, whatever their scores."""
    most_of_thread: int | None = None
    """How many stories of one thread a list may contain; None is any number. Off by default, because editors
    fill their own related boxes with one thread: a limit of 3 costs 0.008 of 0.555 nDCG@5, a limit of 1 costs
    0.070 (benchmarks/emptiness.py)."""
    diversity: float = 0.0
    """From 0 (score alone) to 1: how much similarity to stories already in the list counts against a story
    (1 - lambda of MMR). Off by default for the same reason, although it costs little: 0.1 nothing, 0.3
    0.004."""

    def __post_init__(self) -> None:
        minimum = self.minimum_relatedness
        if minimum != "auto" and (not isinstance(minimum, int | float) or math.isnan(minimum)):
            raise InvalidValueError("minimum_relatedness", expected='a number or "auto"', found=minimum)
        if self.fill not in FILLS:
            raise InvalidValueError("fill", expected=f"one of {', '.join(FILLS)}", found=self.fill)
        if self.most_of_thread is not None and self.most_of_thread < 1:
            raise InvalidValueError("most_of_thread", expected="a number from 1", found=self.most_of_thread)
        if not 0 <= self.diversity <= 1:
            raise InvalidValueError("diversity", expected="a number from 0 to 1", found=self.diversity)
        for name in ("only_sections", "never_sections", "only_tags", "never_tags"):
            _check_words(name, getattr(self, name))
        _check_urls("blocked", self.blocked)


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of a recommendation."""

    k: int = 10
    """The maximum number of headlines."""
    dial: float = TRAINED_DIAL
    """From 0 (related) to 1 (popular); 0.5 is as trained."""
    explain: bool = False
    """Whether recommendations have contributions, and reasons in words."""
    rules: Rules | Literal[False] = field(default_factory=Rules)
    """The editorial rules; with False there are none, and only the article itself is excluded."""
    window: timedelta | None = None
    """The maximum age of a story; None is the whole corpus."""

    def __post_init__(self) -> None:
        check_dial(self.dial)
        if isinstance(self.k, bool) or not 1 <= self.k <= LARGEST_K:
            raise InvalidValueError("k", expected=f"a number from 1 to {LARGEST_K}", found=self.k)
        if self.rules is not False and not isinstance(self.rules, Rules):
            raise InvalidValueError("rules", expected="Rules, or False for none", found=self.rules)
        if self.window is not None and self.window <= timedelta():
            raise InvalidValueError("window", expected="a duration above 0", found=str(self.window))


def check_dial(dial: float) -> float:
    """Return the dial if it is in [0, 1]."""
    if not 0 <= dial <= 1:
        raise InvalidValueError("dial", expected="a number from 0 (related) to 1 (popular)", found=dial)
    return dial


def _check_scope(until: datetime | None, beside: str | None) -> None:
    if until is not None and until.utcoffset() is None:
        raise InvalidValueError("until", expected="a time with a zone", found=until)
    if beside is not None:
        check_name("beside", beside)


def _check_words(field: str, words: tuple[str, ...]) -> None:
    if not all(word.strip() for word in words):
        raise InvalidValueError(field, expected="non-empty texts", found=words)


def _check_urls(field: str, urls: tuple[str, ...]) -> None:
    if not all(url.split() == [url] for url in urls):
        raise InvalidValueError(field, expected="URLs without spaces", found=urls)
