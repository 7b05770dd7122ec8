"""Where a document comes from, and how an error says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from recsys.documents.lists.list_selectors import Profiles
from recsys.domain import Page, check_page_observed, check_time
from recsys.errors import InvalidValueError, ReadError

LOCAL_SITE = "local"  # the site of what names none


@dataclass(frozen=True, slots=True)
class Period:
    """What a table counted: from `start`, where that is known, up to `end`, which lies after it."""

    start: datetime | None
    end: datetime

    def __post_init__(self) -> None:
        if self.start is not None and self.start >= self.end:
            raise InvalidValueError(
                "period", expected="a start before its end", found=f"{self.start}..{self.end}"
            )

    @property
    def days(self) -> int | None:
        """How many days it has; None where its start is not known or it is no whole number of them."""
        length = None if self.start is None else (self.end - self.start).total_seconds() / 86_400
        return (
            None
            if length is None or round(length) < 1 or abs(length - round(length)) > 0.05
            else round(length)
        )


@dataclass(frozen=True, slots=True)
class ImportHints:
    """What the user says of documents that do not say it themselves.

    `dated` is whether the moment they were saved is one of these things; else it is that of the file. Of a
    table, `base` is the address of the site, `zone` that of the days it names, `columns` which column (a
    heading, or `#` and its number) has what. `profiles` are what sites say of the lists on their own pages.
    `read_at` is the time of the reading, None where nobody says: what was observed later is refused.
    """

    dated: bool = False
    base: str | None = None
    period: Period | None = None
    zone: tzinfo = UTC
    columns: Mapping[str, str] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=dict)
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The name of a document, the moment when it was saved, and the site it belongs to, if that was said.

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

    def refusal(self, error: InvalidValueError, *, line: int | None = None) -> ReadError:
        """The ReadError for a value that the domain refused."""
        return self.error(error.expected, AsShown(error.found), line=line, field=error.field or None)

    def check_observed(self, page: Page, *, line: int | None = None) -> Page | ReadError:
        """The page, or the ReadError for one that says it was observed in the future."""
        if self.hints.read_at is None:
            return page
        try:
            check_page_observed(page, self.hints.read_at)
        except InvalidValueError as error:
            return self.refusal(error, line=line)
        return page


class AsShown:
    """A found value that a message repeats as it is, where quotes would be wrong or are there already."""

    def __init__(self, text: str) -> None:
        self._text = text if len(text) <= 80 else text[:77] + "…'"

    def __repr__(self) -> str:
        return self._text
