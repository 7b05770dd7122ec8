"""Impressions of our widget and the clicks on them: facts that training reads as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select

from recsys.domain import (
    EARLIEST_STORED,
    LATEST_STORED,
    Kind,
    ListItem,
    RankedList,
    check_name,
    check_observed,
    check_time,
    from_microseconds,
    to_microseconds,
)
from recsys.errors import InvalidValueError
from recsys.store.database import Transaction
from recsys.store.schema import CONVERTED, impression_clicks, impressions
from recsys.store.unit_of_work import insert_rows, rows_in
from recsys.store.unreadable_rows import Fault, Report, readable

MOST_CLICKS = 3
"""Positions of one impression on which a click counts. A reader opens one story of a list, seldom two; what
clicks through a whole list is a program."""
CLICK_WINDOW = timedelta(hours=1)
"""How long after an impression a click on it counts, unless the caller says otherwise."""
_PORTION = 1_000  # impressions in memory at once


@dataclass(frozen=True, slots=True)
class Impression:
    """One view of our widget for an article: `items` are (url, headline), from position 1 on.

    `id` comes from the widget; an impression counts once, however often it is reported.
    """

    id: str
    site: str
    page_url: str
    shown_at: datetime
    items: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        check_name("id", self.id)
        check_name("page_url", self.page_url)
        ClickedImpression(self, ()).as_list()  # checks the fields
        for text in (self.id, self.site, self.page_url, *(text for item in self.items for text in item)):
            _check_storable(text)


@dataclass(frozen=True, slots=True)
class Click:
    """A click on the story at a position, from 1 on, of an impression."""

    impression_id: str
    position: int
    clicked_at: datetime


Event = Impression | Click


@dataclass(frozen=True, slots=True)
class ClickedImpression:
    """An impression and the positions that were clicked, sorted."""

    impression: Impression
    clicked: tuple[int, ...]

    def as_list(self) -> RankedList:
        """The impression as a list of kind `served`, the form in which it is exported."""
        shown = self.impression
        items = tuple(
            ListItem(position, headline, url, int(position in self.clicked))
            for position, (url, headline) in enumerate(shown.items, start=1)
        )
        return RankedList(shown.site, Kind.SERVED, shown.shown_at, items, page_url=shown.page_url)


@dataclass(frozen=True, slots=True)
class ImpressionSummary:
    """The impressions of a site in numbers."""

    site: str
    count: int
    last_at: datetime


class Impressions:
    """The impressions of a store and their clicks."""

    def __init__(self, reading: Transaction, writing: Transaction, report: Report) -> None:
        self._reading, self._writing, self._report = reading, writing, report

    def record(
        self, events: Sequence[Event], *, click_window: timedelta = CLICK_WINDOW, now: datetime | None = None
    ) -> list[bool]:
        """Record impressions and clicks in one transaction, and return which of them counted, in order.

        An impression counts if its id is new. A click counts if its impression is known (earlier in `events`
        will do) and was shown at most `click_window` before it, if its position has no click yet, and if it
        is among the first MOST_CLICKS of the impression. InvalidValueError, and nothing is recorded, for a
        time after `now`; without `now` any time is accepted.
        """
        for event in events:
            if isinstance(event, Impression):
                _check_time("shown_at", event.shown_at, now)
            else:
                _check_time("clicked_at", event.clicked_at, now)
        with self._writing() as connection:
            return _record(connection, events, click_window)

    def read(
        self, *, since: datetime | None = None, before: datetime | None = None
    ) -> Iterator[ClickedImpression]:
        """Impressions from one moment on, and clicks, strictly before another, in order of (shown_at, id)."""
        with self._reading() as connection:
            yield from _read(connection, since, before, self._report)

    def latest_since(self, since: datetime, most: int) -> datetime | None:
        """When the earliest of the `most` latest impressions was shown; None if there are no more of them."""
        query = select(impressions.c.shown_at).where(
            impressions.c.shown_at.between(to_microseconds(since), LATEST_STORED),
            impressions.c["items"] != CONVERTED,
        )
        with self._reading() as connection:
            latest = query.order_by(impressions.c.shown_at.desc()).offset(most - 1).limit(2)
            rows = connection.execute(latest).all()
        return from_microseconds(rows[0][0]) if len(rows) == 2 else None

    def summary(self) -> list[ImpressionSummary]:
        """The number of impressions of each site and the time of the last one, in order of site."""
        columns = (impressions.c.site, func.count(), func.max(impressions.c.shown_at))
        readable_time = impressions.c.shown_at.between(EARLIEST_STORED, LATEST_STORED)
        query = select(*columns).where(impressions.c["items"] != CONVERTED, readable_time)
        query = query.group_by(impressions.c.site)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(impressions.c.site)).all()
        return [ImpressionSummary(site, count, from_microseconds(last)) for site, count, last in rows]


@dataclass(slots=True)
class _Known:
    """What decides whether a click on an impression counts."""

    length: int
    shown_at: int | None
    """None if it cannot be read."""
    clicked: set[int] = field(default_factory=set)


def _record(connection: Connection, events: Sequence[Event], click_window: timedelta) -> list[bool]:
    ids = {each.id if isinstance(each, Impression) else each.impression_id for each in events}
    known = _known_impressions(connection, ids)
    window = click_window // timedelta(microseconds=1)
    counted, shown, clicks = list[bool](), list[Impression](), list[Click]()
    for event in events:
        if isinstance(event, Impression):
            counts = event.id not in known
            if counts:
                known[event.id] = _Known(len(event.items), to_microseconds(event.shown_at))
                shown.append(event)
        else:
            counts = _click_counts(known.get(event.impression_id), event, window)
            if counts:
                known[event.impression_id].clicked.add(event.position)
                clicks.append(event)
        counted.append(counts)
    insert_rows(connection, impressions, [_row(impression) for impression in shown])
    insert_rows(connection, impression_clicks, [_click_row(click) for click in clicks])
    return counted


def _known_impressions(connection: Connection, ids: Iterable[str]) -> dict[str, _Known]:
    wanted = list(ids)
    columns = (impressions.c.id, impressions.c.shown_at, impressions.c["items"])
    known = {
        impression_id: _Known(_length(items), shown_at if isinstance(shown_at, int) else None)
        for impression_id, shown_at, items in rows_in(connection, columns, impressions.c.id, wanted)
    }
    for impression_id, position in _clicks(connection, wanted, None):
        known[impression_id].clicked.add(position)
    return known


def _length(items: object) -> int:
    """The number of items, 0 if they cannot be read."""
    try:
        return len(json.loads(str(items)))
    except (ValueError, TypeError, RecursionError):
        return 0


def _click_counts(impression: _Known | None, click: Click, window: int) -> bool:
    return (
        impression is not None
        and impression.shown_at is not None
        and 1 <= click.position <= impression.length
        and 0 <= to_microseconds(click.clicked_at) - impression.shown_at <= window
        and click.position not in impression.clicked
        and len(impression.clicked) < MOST_CLICKS
    )


def _read(
    connection: Connection, since: datetime | None, before: datetime | None, report: Report
) -> Iterator[ClickedImpression]:
    moment = None if before is None else to_microseconds(before)
    query = select(*_COLUMNS).order_by(impressions.c.shown_at, impressions.c.id)
    query = query.where(impressions.c["items"] != CONVERTED)
    if since is not None:
        query = query.where(impressions.c.shown_at >= to_microseconds(since))
    if moment is not None:
        query = query.where(impressions.c.shown_at < moment)
    with connection.execute(query.execution_options(yield_per=_PORTION)) as rows:
        shown = _readable(rows, report)
        while portion := list(islice(shown, _PORTION)):
            clicked: dict[str, list[int]] = {}
            for impression_id, position in _clicks(connection, [each.id for each in portion], moment):
                clicked.setdefault(impression_id, []).append(position)
            yield from (ClickedImpression(each, tuple(sorted(clicked.get(each.id, ())))) for each in portion)


def _readable(rows: Iterable[Sequence[Any]], report: Report) -> Iterator[Impression]:
    for row in readable(rows, _COLUMNS, report):
        try:
            yield parse_impression(row)
        except InvalidValueError as error:
            report(Fault.of(impressions, {"id": row[0]}, error))


def parse_impression(row: Sequence[Any]) -> Impression:
    """The impression of a row whose columns are readable."""
    impression_id, site, page_url, shown_at, items = row
    return Impression(
        impression_id, site, page_url, from_microseconds(shown_at), tuple(map(tuple, json.loads(items)))
    )


_COLUMNS = (
    impressions.c.id,
    impressions.c.site,
    impressions.c.page_url,
    impressions.c.shown_at,
    impressions.c["items"],
)


def _clicks(connection: Connection, ids: Sequence[str], before: int | None) -> Iterator[tuple[str, int]]:
    """Impression id and position of the clicks on impressions strictly before a moment (None: all)."""
    columns = (
        impression_clicks.c.impression_id,
        impression_clicks.c.position,
        impression_clicks.c.clicked_at,
    )
    for impression_id, position, clicked_at in rows_in(connection, columns, columns[0], ids):
        if before is None or clicked_at < before:
            yield impression_id, position


def _row(impression: Impression) -> dict[str, object]:
    return {
        "id": impression.id,
        "site": impression.site,
        "page_url": impression.page_url,
        "shown_at": to_microseconds(impression.shown_at),
        "items": json.dumps(impression.items, ensure_ascii=False, separators=(",", ":")),
    }


def _click_row(click: Click) -> dict[str, object]:
    return {
        "impression_id": click.impression_id,
        "position": click.position,
        "clicked_at": to_microseconds(click.clicked_at),
    }


def _check_time(name: str, at: datetime, now: datetime | None) -> None:
    check_time(name, at)
    if now is not None:
        check_observed(name, at, now)


def _check_storable(text: str) -> None:
    """InvalidValueError for text that a database refuses, which would fail the other events of its batch."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValueError(
            "text", expected="characters that can be encoded as UTF-8", found=ascii(text)
        ) from None
    if "\0" in text:
        raise InvalidValueError("text", expected="text without NUL characters", found=ascii(text))
