"""The domain types: Article, RankedList, Page, Recommendation. Frozen, and validated when they are built."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from recsys.errors import InvalidValueError

MAX_HEADLINE = 2_000  # characters; the longest of 312,608 headlines in the benchmark data has 217
MAX_BODY = 2_000_000  # characters; a novel, not an article
FIRST_YEAR, LAST_YEAR = 1900, 2200  # of valid times, in UTC
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clocks of observers may be ahead of ours."""


class Kind(StrEnum):
    """What determined the order of a list."""

    POPULAR = "popular"  # readers
    RELATED = "related"  # chosen for one article
    INLINE = "inline"  # links in a text
    LATEST = "latest"  # time
    FRONT_PAGE = "front_page"  # editors, for everybody
    RECOMMENDED = "recommended"  # any other choice
    SERVED = "served"  # our widget, with its clicks


Fill = Literal["popular", "latest"]
"""Stories that may fill places for which nothing related is left."""

PAGE_KINDS = frozenset({Kind.RELATED, Kind.INLINE})
"""Kinds of lists that belong to one article (`page_url`) and may be edited after they were first seen."""


@dataclass(frozen=True, slots=True)
class Article:
    """A story.

    `url` is its canonical address, or a `urn:recsys:` name if it has none (see `has_address`).
    `first_seen_at` is when it was first seen on a list or a page. Times are aware; `published_at` keeps the
    zone that was printed. `image` is the http(s) address of a picture.
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
    image: str | None = field(default=None, repr=False)  # last and hidden: most articles have none

    def __post_init__(self) -> None:
        check_name("site", self.site)
        check_name("url", self.url)
        check_time("first_seen_at", self.first_seen_at)
        if self.published_at is not None:
            check_time("published_at", self.published_at)
        if self.headline is not None:
            check_text("headline", self.headline, MAX_HEADLINE)
        if self.body is not None:
            check_text("body", self.body, MAX_BODY)
        if self.image is not None:
            check_web_address("image", self.image)
        if self.headline is None and self.body is None:
            raise InvalidValueError("headline", expected="a headline or a body", found="neither")

    @property
    def has_address(self) -> bool:
        """Whether it has a web address that readers can open."""
        return not self.url.startswith("urn:")

    def story_time(self, as_of: datetime) -> datetime:
        """When it was published, or when it was first seen if that is unknown or later than `as_of`.

        `published_at` may be later than `first_seen_at`: a live page that was published again.
        """
        published = self.published_at
        return self.first_seen_at if published is None or published > as_of else published

    @property
    def label(self) -> str:
        """Its headline, or the opening of its text with an ellipsis."""
        return self.headline if self.headline is not None else opening(self.body or "")


ARTICLE_FIELDS = tuple(each.name for each in fields(Article))
"""The names of an article's fields, for code that reads, writes or compares all of them."""


@dataclass(frozen=True, slots=True)
class ListItem:
    """One headline of a list, as printed; empty for a link without text (a picture).

    `clicks` are those on a list of kind `served`.
    """

    position: int
    headline: str
    url: str | None = None
    clicks: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.position, bool) or not isinstance(self.position, int) or self.position < 1:
            raise InvalidValueError("position", expected="a whole number from 1", found=self.position)
        if self.headline or self.url is None:
            check_text("headline", self.headline, MAX_HEADLINE)
        if self.url is not None:
            check_name("url", self.url)
        if self.clicks < 0:
            raise InvalidValueError("clicks", expected="a count from 0", found=self.clicks)


@dataclass(frozen=True, slots=True)
class RankedList:
    """Headlines in order, as observed at a moment. Positions increase and may have gaps."""

    site: str
    kind: Kind
    observed_at: datetime
    items: tuple[ListItem, ...]
    title: str | None = None
    scope: str | None = None
    page_url: str | None = None

    def __post_init__(self) -> None:
        check_name("site", self.site)
        check_time("observed_at", self.observed_at)
        if not self.items:
            raise InvalidValueError("items", expected="at least one item", found="none")
        positions = [item.position for item in self.items]
        if any(later <= earlier for earlier, later in pairwise(positions)):
            raise InvalidValueError("items", expected="increasing positions", found=positions)


@dataclass(frozen=True, slots=True)
class Page:
    """The content of one document: at most one article, any number of lists."""

    article: Article | None = None
    lists: tuple[RankedList, ...] = ()
    warnings: tuple[str, ...] = ()
    is_listing: bool = field(default=False, repr=False)  # not stored
    """Whether it is a page that was recognised as no article: a front page, a section, a search."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to a score.

    `group` is relatedness or appeal, `value` is in [0, 1], `says` is the feature in words; the amounts of a
    recommendation add up to its score.
    """

    feature: str
    group: str
    value: float
    says: str
    amount: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A candidate with its rank. `score` is a logit: relatedness plus appeal, weighted by the dial.

    `reasons` explain it in words, the strongest first.
    """

    rank: int
    article: Article
    score: float
    relatedness: float
    appeal: float
    contributions: tuple[Contribution, ...] = field(default=())
    reasons: tuple[str, ...] = ()
    fill: Fill | None = None
    """What a place was filled with that no related story takes; None for a recommendation proper."""

    @property
    def in_words(self) -> str:
        """The reasons on one line; empty if no explanation was requested."""
        return " · ".join(self.reasons)

    def to_record(self) -> dict[str, object]:
        """The recommendation as plain values, a row of a table."""
        article = self.article
        return {
            "rank": self.rank,
            "url": article.url,
            "headline": article.headline,
            "site": article.site,
            "section": article.section,
            "first_seen_at": article.first_seen_at,
            "published_at": article.published_at,
            "score": self.score,
            "relatedness": self.relatedness,
            "appeal": self.appeal,
            "reasons": list(self.reasons),
            "fill": self.fill,
        }


class Ranking(list[Recommendation]):
    """Recommendations, best first."""

    def to_records(self) -> list[dict[str, object]]:
        """A row per recommendation, as `pandas.DataFrame` and `polars.DataFrame` take them."""
        return [each.to_record() for each in self]


def opening(body: str, characters: int = 80) -> str:
    """The first words of a text, cut at a space, with an ellipsis."""
    text = " ".join(body[: 4 * characters].split())
    if len(text) <= characters:
        return f"{text} …"
    cut = text[:characters].rsplit(" ", 1)[0]
    return f"{cut.rstrip(' ,;:.')} …"


def parse_time(text: object, field_name: str) -> datetime:
    """An ISO 8601 time with a zone; InvalidValueError names the field if it is anything else."""
    expected = "an ISO 8601 time with a zone"
    if not isinstance(text, str):
        raise InvalidValueError(field_name, expected=expected, found=text)
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise InvalidValueError(field_name, expected=expected, found=text) from None
    check_time(field_name, moment)
    return moment


def format_time(moment: datetime) -> str:
    """ISO 8601; UTC is written as `Z`, any other zone as its offset."""
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if moment.utcoffset() == UTC.utcoffset(None) else text


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_END = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_YEARS = f"a year from {FIRST_YEAR} to {LAST_YEAR} in UTC"


def to_microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, exact: how times are stored and compared in arrays."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The UTC time of microseconds since 1970; InvalidValueError if it is out of range.

    The first moment after the last valid year is accepted too: it is the bound of all valid times.
    """
    if not _FIRST <= count <= _END:
        raise InvalidValueError("time", expected=_YEARS, found=f"{count} microseconds since 1970")
    return _EPOCH + timedelta(microseconds=int(count))


def is_stored_time(count: object) -> bool:
    """Whether a stored value is the microseconds of a time that `check_time` accepts."""
    return isinstance(count, int) and _FIRST <= count < _END


EARLIEST_STORED, LATEST_STORED = _FIRST, _END - 1
"""The first and the last of them."""


def earliest(*times: int | None) -> int | None:
    """The earliest of the times (microseconds), ignoring values that no store could have written."""
    return min((time for time in times if is_stored_time(time)), default=None)  # type: ignore[type-var]


def is_valid_time(moment: datetime) -> bool:
    """Whether `check_time` accepts a time with a zone."""
    offset = moment.utcoffset()
    return offset is not None and not offset.microseconds and _FIRST <= to_microseconds(moment) < _END


def check_time(field_name: str, value: object) -> None:
    """InvalidValueError for any value that a store would not return unchanged.

    A valid time has a zone, a whole number of seconds from UTC, and is in a valid year in UTC:
    1900-01-01T00:00+01:00 is a time of 1899.
    """
    if not isinstance(value, datetime) or (offset := value.utcoffset()) is None:
        raise InvalidValueError(field_name, expected="a time with a zone", found=value)
    if offset.microseconds:
        expected = "a zone that is whole seconds from UTC"
        raise InvalidValueError(field_name, expected=expected, found=value.isoformat())
    if not is_valid_time(value):
        raise InvalidValueError(field_name, expected=_YEARS, found=value.isoformat())


def check_observed(field_name: str, observed_at: datetime, now: datetime) -> None:
    """InvalidValueError for an observation in the future, beyond the tolerance for clocks."""
    if observed_at > now + CLOCK_TOLERANCE:
        raise InvalidValueError(
            field_name,
            expected=f"a time at most {CLOCK_TOLERANCE.seconds // 60} minutes after now; set the clock or "
            "send when it was observed (a planned publication is published_at)",
            found=observed_at.isoformat(),
        )


def check_page_observed(page: Page, now: datetime) -> None:
    """InvalidValueError if a page or one of its lists was observed in the future."""
    if page.article is not None:
        check_observed("first_seen_at", page.article.first_seen_at, now)
    for ranked in page.lists:
        check_observed("observed_at", ranked.observed_at, now)


def check_name(field_name: str, value: object) -> None:
    """InvalidValueError for anything but text without spaces, at most as long as a headline."""
    if not isinstance(value, str) or not value or len(value) > MAX_HEADLINE or value.split() != [value]:
        raise InvalidValueError(field_name, expected="text without spaces", found=value)


def check_web_address(field_name: str, value: object) -> None:
    """InvalidValueError for anything but an address that begins with http:// or https://."""
    check_name(field_name, value)
    if not str(value).startswith(("http://", "https://")):
        raise InvalidValueError(
            field_name, expected="an address that starts with http:// or https://", found=value
        )


def check_text(field_name: str, value: object, longest: int) -> None:
    """InvalidValueError for anything but non-blank text of at most `longest` characters."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidValueError(field_name, expected="text", found=value)
    if len(value) > longest:
        raise InvalidValueError(
            field_name, expected=f"at most {longest:,} characters", found=f"{len(value):,} characters"
        )
