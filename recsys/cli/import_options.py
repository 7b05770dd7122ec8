"""Options of `read` and `ingest` for what documents do not say themselves: time, site, table columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from recsys.cli.options import now, parse_moment
from recsys.documents import Profiles
from recsys.documents.formats.analytics import build_period
from recsys.documents.formats.analytics_columns import ROLES
from recsys.documents.source import ImportHints, Period
from recsys.documents.urls import canonical_url, site_of
from recsys.domain import check_observed
from recsys.errors import InvalidValueError, shorten

PERIOD_FORM = "START..END, two days (both included) or two ISO 8601 times with a zone"


def _parse_zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(f"expected a zone such as Europe/Berlin, found {shorten(name)}") from None


PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--period", metavar="START..END", help="For tables: the first and last day they cover, inclusive."
    ),
]
ZoneOption = Annotated[
    tzinfo | None,
    typer.Option(
        "--zone",
        metavar="ZONE",
        parser=_parse_zone,
        help="For tables: the time zone of the days; default UTC.",
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=HEADING",
        help="For tables: the column for url, path, host, title, views or date; #3 is the third.",
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="The address of the folder: a page without one of its own gets that of its place in it.",
    ),
]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How documents are read: when they were saved, their site, and the meaning of table columns."""

    observed_at: datetime | None = None
    site: str | None = None
    base: str | None = None
    base_url: str | None = None
    period: Period | None = None
    zone: tzinfo = UTC
    columns: Mapping[str, str] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=dict)
    read_at: datetime | None = None

    def hints(self, *, is_time_guessed: bool) -> ImportHints:
        """The hints for the reader; the time is guessed if neither an option nor the file's name gives it."""
        return ImportHints(
            is_time_guessed, self.base, self.period, self.zone, self.columns, self.profiles, self.read_at
        )


def build_import_options(
    observed_at: datetime | None,
    site: str | None,
    *,
    period: str | None,
    zone: tzinfo | None,
    columns: list[str] | None,
    profiles: Profiles,
    base_url: str | None = None,
) -> ImportOptions:
    """Check and combine the options; `site` is a name or an address. Usage errors for invalid ones."""
    base = canonical_url(site if "://" in site else f"https://{site}/") if site else None
    if site and "://" in site:
        if base is None:
            raise typer.BadParameter(f"--site: expected a name or an address, found {shorten(site)}")
        site = site_of(base)
    days = None if period is None else _parse_period(period, zone or UTC)
    chosen = dict(map(_parse_column, columns or ()))
    moment = now()
    if observed_at is not None:
        try:
            check_observed("--observed-at", observed_at, moment)
        except InvalidValueError as error:
            raise typer.BadParameter(str(error)) from None
    return ImportOptions(
        observed_at, site, base, _parse_base_url(base_url), days, zone or UTC, chosen, profiles, moment
    )


def _parse_base_url(text: str | None) -> str | None:
    """The address of a folder, which ends with a slash."""
    if text is None:
        return None
    address = canonical_url(text if text.endswith("/") else f"{text}/")
    if address is None or "?" in address:
        expected = "an address such as https://news.example/"
        raise typer.BadParameter(f"--base-url: expected {expected}, found {shorten(text)}")
    return address


def _parse_period(text: str, zone: tzinfo) -> Period:
    start, dots, end = text.partition("..")
    if not dots:
        raise typer.BadParameter(f"--period: expected {PERIOD_FORM}, found {shorten(text)}")
    try:
        try:
            return build_period(date.fromisoformat(start), date.fromisoformat(end), zone)
        except ValueError:
            return Period(parse_moment(start), parse_moment(end))
    except (InvalidValueError, typer.BadParameter) as error:
        raise typer.BadParameter(f"--period: expected {PERIOD_FORM}: {error}") from None


def _parse_column(text: str) -> tuple[str, str]:
    role, equals, heading = text.partition("=")
    if role not in ROLES or not equals or not heading:
        expected = f"ROLE=HEADING with one of {', '.join(ROLES)}"
        raise typer.BadParameter(f"--column: expected {expected}, found {shorten(text)}")
    return role, heading
