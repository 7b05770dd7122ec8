"""Where a document comes from, and how an error says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from recsys.errors import InvalidValueError, ReadError
from recsys.pages.profiles import Profiles

LOCAL_SITE = "local"  # the site of what names none


@dataclass(frozen=True, slots=True)
class Source:
    """The name of a document, when it was saved, the site it belongs to, if said, and sites' profiles."""

    name: str
    observed_at: datetime
    site: str | None = None
    profiles: Profiles = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.observed_at.utcoffset() is None:
            raise InvalidValueError("observed_at", expected="a time with a zone", found=self.observed_at)

    def error(
        self, expected: str, found: object, *, line: int | None = None, field: str | None = None
    ) -> ReadError:
        """A ReadError that names this document."""
        return ReadError(self.name, expected=expected, found=found, line=line, field=field)

    def refusal(self, error: InvalidValueError, *, line: int | None = None) -> ReadError:
        """The ReadError for a value that the domain refused."""
        return self.error(error.expected, AsShown(error.found), line=line, field=error.field or None)


class AsShown:
    """A found value that a message repeats as it is, where quotes would be wrong or are there already."""

    def __init__(self, text: str) -> None:
        self._text = text if len(text) <= 80 else text[:77] + "…'"

    def __repr__(self) -> str:
        return self._text
