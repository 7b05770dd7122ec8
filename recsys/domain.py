"""The nouns: Article, RankedList, Page, Recommendation. Frozen, and checked when they are built."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from recsys.errors import InvalidValueError

MAX_HEADLINE = 2_000  # characters; the longest of 312,608 headlines in the measuring data has 217
MAX_BODY = 2_000_000  # characters; a novel, not an article


class Kind(StrEnum):
    """What put the headlines of a list in their order."""

    POPULAR = "popular"  # readers
    RELATED = "related"  # chosen for one article
    INLINE = "inline"  # links in a text
    LATEST = "latest"  # time
    FRONT_PAGE = "front_page"  # editors, for everybody
    RECOMMENDED = "recommended"  # any other choice
    SERVED = "served"  # our widget, with its clicks


PAGE_KINDS = frozenset({Kind.RELATED, Kind.INLINE})
"""Kinds whose list belongs to one article (`page_url`) and may be edited after it was first seen."""


@dataclass(frozen=True, slots=True)
class Article:
    """A story.

    `url` is its canonical address, or a `urn:recsys:` name where it has none (see `has_address`).
    `first_seen_at` is when somebody first saw it on a list or a page. Times are aware; `published_at`
    keeps the zone that was printed. `image` is the http(s) address of a picture.
    """

    site: str
    url: str
    first_seen_at: datetime
    headline: str | None = None
    body: str | None = None
    published_at: datetime | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    image: str | None = field(default=None, repr=False)  # so that articles without one are called as before

    def __post_init__(self) -> None:
        check_name("site", self.site)
        check_name("url", self.url)
        _check_time("first_seen_at", self.first_seen_at)
        if self.published_at is not None:
            _check_time("published_at", self.published_at)
        if self.headline is not None:
            _check_text("headline", self.headline, MAX_HEADLINE)
        if self.body is not None:
            _check_text("body", self.body, MAX_BODY)
        if self.image is not None:
            _check_web_address("image", self.image)
        if self.headline is None and self.body is None:
            raise InvalidValueError("headline", expected="a headline or a body", found="neither")

    @property
    def has_address(self) -> bool:
        """Whether a reader can be sent to it."""
        return not self.url.startswith("urn:")

    @property
    def label(self) -> str:
        """What is shown for it: its headline, or the opening of its text marked with an ellipsis."""
        return self.headline if self.headline is not None else opening(self.body or "")


@dataclass(frozen=True, slots=True)
class ListItem:
    """One headline of a list, as printed; empty where a link has an address but no words (a picture).

    `clicks` counts those that a `served` list received.
    """

    position: int
    headline: str
    url: str | None = None
    clicks: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.position, bool) or not isinstance(self.position, int) or self.position < 1:
            raise InvalidValueError("position", expected="a whole number from 1", found=self.position)
        if self.headline or self.url is None:
            _check_text("headline", self.headline, MAX_HEADLINE)
        if self.url is not None:
            check_name("url", self.url)
        if self.clicks < 0:
            raise InvalidValueError("clicks", expected="a count from 0", found=self.clicks)


@dataclass(frozen=True, slots=True)
class RankedList:
    """Headlines in order, as somebody saw them at a moment. Positions rise and may have gaps."""

    site: str
    kind: Kind
    observed_at: datetime
    items: tuple[ListItem, ...]
    title: str | None = None
    scope: str | None = None
    page_url: str | None = None

    def __post_init__(self) -> None:
        check_name("site", self.site)
        _check_time("observed_at", self.observed_at)
        if not self.items:
            raise InvalidValueError("items", expected="at least one item", found="none")
        positions = [item.position for item in self.items]
        if any(later <= earlier for earlier, later in pairwise(positions)):
            raise InvalidValueError("items", expected="positions that rise", found=positions)


@dataclass(frozen=True, slots=True)
class Page:
    """What one saved document yields: at most one article, any number of lists."""

    article: Article | None = None
    lists: tuple[RankedList, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to a score.

    `group` is relatedness or appeal, `value` lies in [0, 1], `says` is the feature in words; the amounts of
    a recommendation add up to its score.
    """

    feature: str
    group: str
    value: float
    says: str
    amount: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A candidate with its place. `score` is a logit: relatedness plus appeal, as the dial weighs them.

    `reasons` say in words what drives it, the strongest first.
    """

    rank: int
    article: Article
    score: float
    relatedness: float
    appeal: float
    contributions: tuple[Contribution, ...] = field(default=())
    reasons: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """What drives its score, in a line; empty where it was not asked for."""
        return " · ".join(self.reasons)


def opening(body: str, characters: int = 80) -> str:
    """The first words of a text, cut at a space and marked with an ellipsis."""
    text = " ".join(body[: 4 * characters].split())
    if len(text) <= characters:
        return f"{text} …"
    cut = text[:characters].rsplit(" ", 1)[0]
    return f"{cut.rstrip(' ,;:.')} …"


def parse_time(text: object, field_name: str) -> datetime:
    """An ISO 8601 time with its zone; InvalidValueError names the field when it is anything else."""
    expected = "an ISO 8601 time with a zone"
    if not isinstance(text, str):
        raise InvalidValueError(field_name, expected=expected, found=text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValueError(field_name, expected=expected, found=text) from None
    _check_time(field_name, moment)
    return moment


def format_time(moment: datetime) -> str:
    """ISO 8601; UTC is written `Z`, any other zone as its offset."""
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if moment.utcoffset() == UTC.utcoffset(None) else text


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, exact: how times are stored and compared in arrays."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(count: int) -> datetime:
    """The UTC time of whole microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=int(count))


def check_name(field_name: str, value: object) -> None:
    """InvalidValueError for anything but a text without spaces, at most as long as a headline."""
    if not isinstance(value, str) or not value or len(value) > MAX_HEADLINE or value.split() != [value]:
        raise InvalidValueError(field_name, expected="text without spaces", found=value)


def _check_web_address(field_name: str, value: object) -> None:
    check_name(field_name, value)
    if not str(value).startswith(("http://", "https://")):
        raise InvalidValueError(
            field_name, expected="an address that starts with http:// or https://", found=value
        )


def _check_text(field_name: str, value: object, longest: int) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValueError(field_name, expected="text", found=value)
    if len(value) > longest:
        raise InvalidValueError(
            field_name, expected=f"at most {longest:,} characters", found=f"{len(value):,} characters"
        )


def _check_time(field_name: str, value: object) -> None:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidValueError(field_name, expected="a time with a zone", found=value)
    if not 1900 <= value.year <= 2200:
        raise InvalidValueError(field_name, expected="a year from 1900 to 2200", found=value)
