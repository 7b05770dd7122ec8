"""Printed times: datelines with abbreviated zones, and the times in metadata."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from recsys.domain import is_valid_time

_MIDNIGHT_WARNING = "{!r} has no time of day; midnight is assumed"
_ZONE_WARNING = "{!r} has no zone; UTC is assumed"

# Hours east of UTC. Of an ambiguous abbreviation, the comment names the reading.
ZONES: dict[str, float] = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1,
    "BST": 1,  # British Summer Time (not Bangladesh, +6)
    "IST": 5.5,  # India (not Irish, +1, or Israel, +2)
    "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "TRT": 3,
    "SAST": 2, "CAT": 2, "EAT": 3, "WAT": 1, "GST": 4, "PKT": 5,
    "WIB": 7, "ICT": 7, "HKT": 8, "SGT": 8, "MYT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EST": -5, "EDT": -4, "ET": -5,  # ET, CT, MT and PT are read as standard time, all year
    "CST": -6,  # North America (not China, +8, or Cuba)
    "CDT": -5, "CT": -6, "MST": -7, "MDT": -6, "MT": -7, "PST": -8, "PDT": -7, "PT": -8,
    "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5,
    "BRT": -3, "ART": -3, "CLT": -4,
}  # fmt: skip

_MONTHS = {
    name: number
    for number, names in enumerate(
        """january jan enero ene janvier januar januari janeiro gennaio
        february feb febrero février februar fevereiro febbraio
        march mar marzo mars märz maart março
        april apr abril avril aprile
        may mayo mai mei maio maggio
        june jun junio juin juni junho giugno
        july jul julio juillet juli julho luglio
        august aug agosto août augustus
        september sep sept septiembre septembre setembro settembre
        october oct octubre octobre oktober outubro ottobre
        november nov noviembre novembre novembro
        december dec diciembre décembre dezember dezembro dicembre""".splitlines(),
        start=1,
    )
    for name in names.split()
}
# Patterns for lines with single spaces.
_LEAD = (
    r"(?:(?:first |last )?(?:published|updated|posted|公開|更新|配信)(?: on| at)? ?[:：]? ?)?"
    r"(?:\w{3,9}day,? )?"
)
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.時](?P<minute>\d{2})(?::\d{2})?分? ?(?P<half>[ap]\.?m\.?)? ?"
    r"(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|[A-Z]{1,5})?"
)
_DAYS = (
    r"(?P<month_name>[^\W\d]{3,10})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.? (?:de )?(?P<month_name>[^\W\d]{3,10})\.?,? (?:de )?(?P<year>\d{4})",
    r"(?P<year>\d{4})[-/年](?P<month>\d{1,2})[-/月](?P<day>\d{1,2})日?",
)
_SIGNED_YEAR = re.compile(r"\b[A-Za-z]{3,9} [+-]\d")
_DATELINES = tuple(
    re.compile(f"{_LEAD}(?:{form})")
    for day in _DAYS
    for form in (rf"{_CLOCK},? {day}", rf"{day}(?:,? ?(?:at |[|•·] ?)?{_CLOCK})?")
)


@dataclass(frozen=True, slots=True)
class PrintedTime:
    """A time, None if it could not be read, with warnings about what was assumed."""

    moment: datetime | None
    warnings: tuple[str, ...] = ()


def parse_dateline(line: str) -> PrintedTime | None:
    """The time and zone in a dateline; None if the line is something else."""
    if len(line) > 80:
        return None
    single = " ".join(line.split())
    for pattern in _DATELINES:
        found = pattern.fullmatch(single) or pattern.fullmatch(single.lower().replace("utc", "UTC"))
        if found and (moment := _build_moment(line, found.groupdict())):
            return moment
    return None


def parse_declared_time(text: str) -> PrintedTime:
    """A time in metadata: ISO 8601, the format of mail headers, or a dateline."""
    shown = " ".join(text.split())[:60]
    try:
        moment = datetime.fromisoformat(shown)
    except ValueError:
        moment = None
    if moment is None and (
        printed := parse_dateline(shown)
    ):  # parse_dateline knows more zones than the mail format
        return printed
    moment = moment or parse_mail_time(shown)
    if moment is None:
        return PrintedTime(None, (f"{shown!r} is no time that could be read",))
    if moment.utcoffset() is None:
        return _checked(moment.replace(tzinfo=UTC), shown, (_ZONE_WARNING.format(shown),))
    return _checked(moment, shown)


def parse_mail_time(text: str) -> datetime | None:
    """The time of a mail or HTTP header (RFC 5322), naive if its zone is `-0000`; None for any other text.

    A signed year is invalid: WordPress prints a missing time as `Mon, 30 Nov -0001 00:00:00 +0000`, which the
    standard library reads as November 2000.
    """
    if _SIGNED_YEAR.search(text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _checked(moment: datetime, shown: str, warnings: tuple[str, ...] = ()) -> PrintedTime:
    """The time with its warnings, or a warning that it is out of range."""
    if not is_valid_time(moment):
        return PrintedTime(None, (f"{shown!r} lies outside the years 1900 to 2200 in UTC",))
    return PrintedTime(moment, warnings)


def _build_moment(line: str, found: dict[str, str | None]) -> PrintedTime | None:
    """None if the words are no month, so that the line is no dateline after all."""
    name = (found.get("month_name") or "").lower()
    month = _MONTHS.get(name) if name else int(found["month"] or 0)
    if month is None:
        return None
    try:
        day = datetime(int(found["year"] or 0), month, int(found["day"] or 0), tzinfo=UTC)
        if found["hour"] is None:
            assumed = (_MIDNIGHT_WARNING.format(line), _ZONE_WARNING.format(line))
            return _checked(day, line, assumed)
        clock = day.replace(hour=_hour(int(found["hour"]), found["half"]), minute=int(found["minute"] or 0))
    except ValueError:
        return PrintedTime(None, (f"{line!r} is not a time",))
    return _in_zone(clock, found["zone"], line)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    return hour % 12 + (12 if half[0].lower() == "p" else 0)


def _in_zone(clock: datetime, zone: str | None, line: str) -> PrintedTime:
    if zone is None:
        return _checked(clock, line, (_ZONE_WARNING.format(line),))
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", zone)
    if offset:
        hours = (int(offset[2]) + int(offset[3] or 0) / 60) * (-1 if offset[1] == "-" else 1)
    elif zone.upper() in ZONES:
        hours = ZONES[zone.upper()]
    else:
        return PrintedTime(None, (f"the zone {zone!r} of {line!r} is not known",))
    if abs(hours) >= 24:
        return PrintedTime(None, (f"the zone {zone!r} of {line!r} is not known",))
    named = timezone(timedelta(hours=hours)) if hours else UTC
    return _checked(clock.replace(tzinfo=named), line)
