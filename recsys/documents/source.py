"""The source of a document: name, time, site and what the user said of it; errors name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from recsys.documents.lists.list_selectors import Profiles
from recsys.domain import Page, check_page_observed, check_time
from recsys.errors import InvalidValueError, NoPageError, ReadError

LOCAL_SITE = "local"  # the site of documents without one


@dataclass(frozen=True, slots=True)
class Period:
    """The period that a table counts: from `start`, if that is known, to `end`."""

    start: datetime | None
    end: datetime

    def __post_init__(self) -> None:
        if self.start is not None and self.start >= self.end:
            raise InvalidValueError(
                "period", expected="a start before its end", found=f"{self.start}..{self.end}"
            )

    @property
    def days(self) -> int | None:
        """The length in days; None if the start is unknown or it is no whole number of days."""
        length = None if self.start is None else (self.end - self.start).total_seconds() / 86_400
        return (
            None
            if length is None or round(length) < 1 or abs(length - round(length)) > 0.05
            else round(length)
        )


@dataclass(frozen=True, slots=True)
class ImportHints:
    """What the user says of documents that do not say it themselves.

    `is_time_guessed` is whether `Source.observed_at` is only the time of the file or of the request, because
    the user named none: then the date in a saved page or a mail is better. Of a table,
    `base` is the address of the site, `zone` that of its days, `columns` the column of each role (a heading,
    or `#` and its number). `profiles` are the list selectors of sites. `read_at` is the time of reading, None
    if unknown: what was observed later is refused.
    """

    is_time_guessed: bool = False
    base: str | None = None
    period: Period | None = None
    zone: tzinfo = UTC
    columns: Mapping[str, str] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=dict)
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The name of a document, when it was saved, and its site, if known.

    `url` is the address it was fetched from, if that is known; `charset` the encoding that the server or the
    mail header around it named.
    """

    name: str
    observed_at: datetime
    site: str | None = None
    url: str | None = None
    hints: ImportHints = field(default_factory=ImportHints)
    charset: str | None = None

    def __post_init__(self) -> None:
        check_time("observed_at", self.observed_at)

    def error(
        self, expected: str, found: object, *, line: int | None = None, field: str | None = None
    ) -> ReadError:
        """A ReadError that names this document."""
        return ReadError(self.name, expected=expected, found=found, line=line, field=field)

    def no_page(self, expected: str, found: object) -> NoPageError:
        """A NoPageError that names this document."""
        return NoPageError(self.name, expected=expected, found=found)

    def refusal(self, error: InvalidValueError, *, line: int | None = None) -> ReadError:
        """The ReadError for a value that the domain refused."""
        return self.error(error.expected, AsShown(error.found), line=line, field=error.field or None)

    def check_observed(self, page: Page, *, line: int | None = None) -> Page | ReadError:
        """The page, or the ReadError for one that was observed in the future."""
        if self.hints.read_at is None:
            return page
        try:
            check_page_observed(page, self.hints.read_at)
        except InvalidValueError as error:
            return self.refusal(error, line=line)
        return page


class AsShown:
    """A value that a message repeats without quotes."""

    def __init__(self, text: str) -> None:
        self._text = text if len(text) <= 80 else text[:77] + "…'"

    def __repr__(self) -> str:
        return self._text
