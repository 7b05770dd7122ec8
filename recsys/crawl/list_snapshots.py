"""Which lists of a page are stored as a new snapshot.

A list that is the same an hour later is evidence: nothing has moved. The same list every quarter of an hour
is the same evidence four times. So a list is stored when it has changed, and once an hour while it has not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from recsys.documents import Record
from recsys.domain import format_time, parse_time

REPEATED_AFTER = timedelta(minutes=55)
"""An hour, less some minutes for a crawl that starts early."""


def choose_new(seen: Iterable[Record], known: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """The lists to store, and the page's lists as last stored, which the next call takes as `known`.

    Both are interchange records; `seen` are the lists of this visit.
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
    """The lists of an unchanged page, as observed now."""
    return [record | {"observed_at": format_time(at)} for record in known]


def dump_lists(lists: Sequence[Record]) -> str:
    return json.dumps(lists, ensure_ascii=False)


def load_lists(text: str | None) -> list[Record]:
    return list(json.loads(text)) if text else []


def _content(record: Record) -> str:
    return json.dumps({key: value for key, value in record.items() if key != "observed_at"})


def _moment(record: Record) -> datetime:
    return parse_time(record["observed_at"], "observed_at")
