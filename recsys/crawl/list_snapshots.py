"""Which lists of a page are a new snapshot.

The store keeps every list with the moment at which it was seen, and what is the same an hour later is
evidence: nothing has moved. The same list every quarter of an hour is the same evidence four times. So a list
is stored when it has changed, and once more for every hour in which it has not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from recsys.documents import Record
from recsys.domain import format_time, parse_time

REPEATED_AFTER = timedelta(minutes=55)
"""An hour, with room for a run that comes early."""


def choose_new(seen: Iterable[Record], known: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """The lists to store, and all lists of the page as they are stored now, which the next call takes.

    `seen` are those of this visit, `known` those of the last one; interchange records.
    """
    last = {_content(record): record for record in known}
    new: list[Record] = []
    current: list[Record] = []
    for record in seen:
        before = last.get(_content(record))
        if before is not None and _moment(record) - _moment(before) < REPEATED_AFTER:
            current.append(before)
        else:
            new.append(record)
            current.append(record)
    return new, current


def seen_again(known: Iterable[Record], at: datetime) -> list[Record]:
    """The lists of a page that says that nothing has changed, as they are seen now."""
    return [record | {"observed_at": format_time(at)} for record in known]


def dump_lists(lists: Sequence[Record]) -> str:
    return json.dumps(lists, ensure_ascii=False)


def load_lists(text: str | None) -> list[Record]:
    return list(json.loads(text)) if text else []


def _content(record: Record) -> str:
    return json.dumps({key: value for key, value in record.items() if key != "observed_at"})


def _moment(record: Record) -> datetime:
    return parse_time(record["observed_at"], "observed_at")
