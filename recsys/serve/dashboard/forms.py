"""Fields of the dashboard's forms: what was typed, as values, or the key of the message about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from recsys.documents import canonical_url
from recsys.domain import is_valid_time
from recsys.errors import InvalidValueError
from recsys.request import LARGEST_K, Block, Pin, Request, Rules

MAX_URL = 2_000  # characters
MAX_QUERY = 200
MAX_MINIMUM = 20.0
"""Largest minimum relatedness of a preview: a logit, far beyond those of stories."""
EVERYWHERE, BESIDE = "everywhere", "beside"


class FormError(Exception):
    """A field that cannot be used: the key of a message, with its values."""

    def __init__(self, message: str, field: str = "", **values: object) -> None:
        super().__init__(message)
        self.message, self.field, self.values = message, field, values


@dataclass(frozen=True, slots=True)
class OverrideForm:
    """The form for pinning and blocking, as submitted."""

    action: str = ""
    url: str = ""
    scope: str = EVERYWHERE
    beside: str = ""
    position: str = "1"
    until: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> OverrideForm:
        """Return the form with the fields that were sent."""
        names = [name for name in cls.__slots__ if name in fields]
        return cls(**{name: fields[name][: MAX_URL + 1] for name in names})

    def override(self, zone: tzinfo, now: datetime) -> Pin | Block:
        """Return the override that the form describes."""
        url, until = parse_url(self.url), parse_until(self.until, zone, now)
        beside = parse_url(self.beside, "beside") if self.scope == BESIDE else None
        if beside == url:
            raise FormError("error.beside_itself", "beside")
        if self.action == "block":
            return Block(url, until, beside)
        if self.action == "pin":
            return Pin(url, parse_position(self.position), until, beside)
        raise FormError("error.action")


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """What a preview is tried with; None for a minimum stands for the site's own."""

    dial: float
    minimum: float | None = None

    def apply(self, base: Request, most: int) -> Request:
        """Return the configured request with these options, explained, for at most so many headlines."""
        rules = base.rules or Rules()
        if self.minimum is not None:
            rules = replace(rules, minimum_relatedness=self.minimum)
        return replace(base, k=min(base.k, most), dial=self.dial, rules=rules, explain=True)


def parse_url(text: str, field: str = "url") -> str:
    """Return the canonical form of a typed URL."""
    if len(text) > MAX_URL:
        raise FormError("error.url_length", field, n=MAX_URL)
    url = text if text.startswith("urn:recsys:") and text.split() == [text] else canonical_url(text)
    if url is None or not url.startswith(("http://", "https://", "urn:recsys:")):
        raise FormError("error.url", field)
    return url


def parse_preview(params: Mapping[str, str], base: Request) -> PreviewOptions:
    """Return the options of a preview; `minimum` counts only if `own` says so."""
    dial = _number(params.get("dial", ""), base.dial)
    if not 0 <= dial <= 1:
        raise FormError("error.dial", "dial")
    if not params.get("own"):
        return PreviewOptions(dial)
    minimum = _number(params.get("minimum", ""), 0.0)
    if not abs(minimum) <= MAX_MINIMUM:
        raise FormError("error.minimum", "minimum")
    return PreviewOptions(dial, minimum)


def parse_position(text: str) -> int:
    """Return a position; the first if none was typed."""
    text = text or "1"
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= LARGEST_K):
        raise FormError("error.position", "position", n=LARGEST_K)
    return int(text)


def parse_until(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    """Return the time in UTC of a local time as browsers send it; None for an empty field.

    Of a local time that occurs twice, when clocks are put back, it is the later one: what was decided must
    not end early. A time that clocks skip is refused.
    """
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text)
        until = typed.astimezone(UTC) if typed.tzinfo else typed.replace(tzinfo=zone, fold=1).astimezone(UTC)
        exists = bool(typed.tzinfo) or until.astimezone(zone).replace(tzinfo=None) == typed
    except (ValueError, OverflowError):
        raise FormError("error.until", "until") from None
    if not exists:
        raise FormError("error.until_skipped", "until", zone=str(zone))
    if not is_valid_time(until):
        raise FormError("error.until", "until")
    if until <= now:
        raise FormError("error.until_past", "until")
    return until


def site_minimum(request: Request) -> float | None:
    """Return the configured minimum relatedness if it is a number."""
    rules = request.rules or Rules()
    value: object = rules.minimum_relatedness
    return value if isinstance(value, float) and math.isfinite(value) else None


def message_of(error: InvalidValueError) -> FormError:
    """Return the error of a field that only the library refused."""
    return FormError("error.field", error.field, name=error.field)


def _number(text: str, default: float) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        return math.nan
