"""What our widget showed and what of it was clicked, kept until it is settled into lists that teach."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from recsys.domain import (
    Kind,
    ListItem,
    Page,
    RankedList,
    check_name,
    from_microseconds,
    to_microseconds,
)
from recsys.errors import InvalidValueError
from recsys.store.digests import list_digest
from recsys.store.ingest import write_batch
from recsys.store.prepared import build_batch
from recsys.store.schema import lists, view_clicks, views
from recsys.store.unit_of_work import insert_rows, rows_in
from recsys.store.unreadable_rows import Fault, Report, readable

MOST_CLICKS = 3
"""Places of one view on which a click counts. A reader opens one story of a list, seldom a second; what
clicks through a whole list is a program."""
_PORTION = 1_000  # views that are in memory at once
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Impression:
    """One showing of our widget beside an article: `items` are (url, headline), from position 1 on.

    `id` is given by whoever showed it and counts once, however often it arrives.
    """

    id: str
    site: str
    page_url: str
    shown_at: datetime
    items: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        check_name("id", self.id)
        check_name("page_url", self.page_url)
        self.as_list({})
        for text in (self.id, self.site, self.page_url, *(text for item in self.items for text in item)):
            _check_storable(text)

    def as_list(self, clicks: Mapping[int, int]) -> RankedList:
        """The list that was shown, with the number of clicks at each position that had any."""
        items = tuple(
            ListItem(position, headline, url, clicks.get(position, 0))
            for position, (url, headline) in enumerate(self.items, start=1)
        )
        return RankedList(self.site, Kind.SERVED, self.shown_at, items, page_url=self.page_url)


@dataclass(frozen=True, slots=True)
class ViewClick:
    """A click on the story at a position, from 1 on, of what a view showed."""

    view_id: str
    position: int
    clicked_at: datetime


ViewEvent = Impression | ViewClick


@dataclass(slots=True)
class _KnownView:
    """What decides whether a click on a view counts."""

    length: int
    """Of its list; 0 once it is settled: then no click counts."""
    shown_at: int
    clicked: set[int] = field(default_factory=set)


def add_events(connection: Connection, events: Sequence[ViewEvent]) -> list[bool]:
    """Add views and clicks, and return which of them counted, in their order.

    A view counts when its id is new. A click counts when its view was shown before it (earlier in `events`
    will do) and is not settled yet, when nothing was clicked at its position so far, and as one of the first
    MOST_CLICKS of its view.
    """
    ids = {each.id if isinstance(each, Impression) else each.view_id for each in events}
    known = _known_views(connection, ids)
    counted, new_views, new_clicks = list[bool](), list[Impression](), list[ViewClick]()
    for event in events:
        if isinstance(event, Impression):
            is_new = event.id not in known
            if is_new:
                known[event.id] = _KnownView(len(event.items), to_microseconds(event.shown_at))
                new_views.append(event)
        else:
            is_new = _click_counts(known.get(event.view_id), event)
            if is_new:
                known[event.view_id].clicked.add(event.position)
                new_clicks.append(event)
        counted.append(is_new)
    insert_rows(connection, views, [_row(view) for view in new_views])
    insert_rows(connection, view_clicks, [_click_row(click) for click in new_clicks])
    return counted


def _known_views(connection: Connection, ids: Iterable[str]) -> dict[str, _KnownView]:
    wanted = list(ids)
    columns = (views.c.id, views.c.shown_at, views.c["items"])  # of a settled view there are none
    known = {
        view_id: _KnownView(len(json.loads(items)), shown_at)
        for view_id, shown_at, items in rows_in(connection, columns, views.c.id, wanted)
    }
    places = (view_clicks.c.view_id, view_clicks.c.position)
    for view_id, position in rows_in(connection, places, view_clicks.c.view_id, wanted):
        known[view_id].clicked.add(position)
    return known


def _click_counts(view: _KnownView | None, click: ViewClick) -> bool:
    return (
        view is not None
        and 1 <= click.position <= view.length
        and view.shown_at <= to_microseconds(click.clicked_at)
        and click.position not in view.clicked
        and len(view.clicked) < MOST_CLICKS
    )


def any_to_close(connection: Connection, before: datetime, report: Report) -> bool:
    """Whether a view shown before the moment waits to be settled."""
    return bool(_waiting(connection, before, 1, report))


def close_impressions(connection: Connection, before: datetime, most: int | None, report: Report) -> int:
    """Makes lists of the views shown before a moment, the first shown first; how many there were.

    Of a settled view its id and times are kept; what it showed and what was clicked is in the list. A view
    that cannot be read waits for good.
    """
    done = 0
    while found := _waiting(
        connection, before, _PORTION if most is None else min(_PORTION, most - done), report
    ):
        clicks = _clicks(connection, [view.id for view in found])
        ranked = [view.as_list(clicks.get(view.id, {})) for view in found]
        pages = [Page(lists=(each,)) for each in _told_apart(connection, ranked)]
        write_batch(connection, build_batch(pages))
        _mark_closed(connection, [view.id for view in found], before)
        done += len(found)
    return done


def _waiting(connection: Connection, before: datetime, most: int, report: Report) -> list[Impression]:
    """The first shown of the views that wait and can be read, at most so many."""
    found: list[Impression] = []
    if most <= 0:
        return found
    query = (
        select(*_VIEW)
        .where(views.c.settled_at.is_(None), views.c.shown_at < to_microseconds(before))
        .order_by(views.c.shown_at, views.c.id)
    )
    with connection.execute(query.execution_options(yield_per=_PORTION)) as rows:
        for row in readable(rows, _VIEW, report):
            try:
                found.append(parse_view(row))
            except InvalidValueError as error:
                report(Fault.of(views, {"id": row[0]}, error))
            if len(found) >= most:
                break
    return found


def parse_view(row: Sequence[Any]) -> Impression:
    """The view of a row whose columns can be read."""
    view_id, site, page_url, shown_at, items = row
    return Impression(
        view_id, site, page_url, from_microseconds(shown_at), tuple(map(tuple, json.loads(items)))
    )


_VIEW = (views.c.id, views.c.site, views.c.page_url, views.c.shown_at, views.c["items"])


def _clicks(connection: Connection, ids: Sequence[str]) -> dict[str, dict[int, int]]:
    """One click at each position that had any, by view."""
    found: dict[str, dict[int, int]] = {}
    columns = (view_clicks.c.view_id, view_clicks.c.position)
    for view_id, position in rows_in(connection, columns, view_clicks.c.view_id, ids):
        found.setdefault(view_id, {})[position] = 1
    return found


def _told_apart(connection: Connection, ranked: Sequence[RankedList]) -> Iterator[RankedList]:
    """The lists, some microseconds later where one is like another: the store holds equal ones once."""
    taken: set[bytes] = set()
    steps: dict[bytes, int] = {}
    waiting = list(ranked)
    while waiting:
        tried = dict(_move(each, taken, steps) for each in waiting)
        known = {row[0] for row in rows_in(connection, (lists.c.digest,), lists.c.digest, tried)}
        yield from (moved for digest, (_, moved) in tried.items() if digest not in known)
        waiting = [each for digest, (each, _) in tried.items() if digest in known]


def _move(
    ranked: RankedList, taken: set[bytes], steps: dict[bytes, int]
) -> tuple[bytes, tuple[RankedList, RankedList]]:
    """A digest that is not taken; the list, and the one moved to have it. `steps` go on where they were."""
    printed = list_digest(ranked)
    while True:
        step = steps[printed] = steps.get(printed, -1) + 1
        moved = replace(ranked, observed_at=ranked.observed_at + step * _TICK)
        digest = list_digest(moved)
        if digest not in taken:
            taken.add(digest)
            return digest, (ranked, moved)


def _mark_closed(connection: Connection, ids: Sequence[str], moment: datetime) -> None:
    connection.execute(delete(view_clicks).where(view_clicks.c.view_id.in_(ids)))
    settled = {"settled_at": to_microseconds(moment), "items": "[]"}
    connection.execute(update(views).where(views.c.id.in_(ids)).values(settled))


def _row(view: Impression) -> dict[str, object]:
    return {
        "id": view.id,
        "site": view.site,
        "page_url": view.page_url,
        "shown_at": to_microseconds(view.shown_at),
        "items": json.dumps(view.items, ensure_ascii=False, separators=(",", ":")),
    }


def _click_row(click: ViewClick) -> dict[str, object]:
    return {
        "view_id": click.view_id,
        "position": click.position,
        "clicked_at": to_microseconds(click.clicked_at),
    }


def _check_storable(text: str) -> None:
    """What a database refuses must not be acknowledged and then stand in the way of all that is settled."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValueError(
            "text", expected="characters that UTF-8 can write", found=ascii(text)
        ) from None
    if "\0" in text:
        raise InvalidValueError("text", expected="text without NUL characters", found=ascii(text))
