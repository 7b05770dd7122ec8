"""Where a story stands on the site's lists, in words: its place, the list's title, whether it rises."""

from __future__ import annotations

import numpy as np

from recsys.corpus import KIND_CODE, CorpusView
from recsys.corpus.list_history import HOUR
from recsys.domain import Kind

_UNTITLED = {
    Kind.POPULAR: "the most read",
    Kind.FRONT_PAGE: "the front page",
    Kind.LATEST: "the latest",
    Kind.RECOMMENDED: "another list",
    Kind.SERVED: "the recommendations",
}
EARLIER_HOURS = 1
"""How long before its list a place is compared: rankings are made anew every hour or so."""


def say_standing(view: CorpusView, row: int, kinds: frozenset[Kind]) -> str:
    """`3rd in ACCESS RANKING, rising`, on the list of these kinds where it stands highest.

    When it stands on none now, where it last stood; '' when it never did.
    """
    lists = view.corpus.lists
    codes = [KIND_CODE[kind] for kind in kinds]
    seen = lists.sightings(np.array([row], dtype=np.int64), view.moment)
    mine = np.isin(lists.kinds[seen.lists], codes)
    numbers, positions = seen.lists[mine], lists.positions[seen.items[mine]]
    if not len(numbers):
        return ""
    now = np.isin(numbers, view.current_lists(view.moment))
    if now.any():
        at = int(np.flatnonzero(now)[np.argmin(positions[now])])
        number, position = int(numbers[at]), int(positions[at])
        return f"{ordinal(position)} in {_title(view, number)}{_movement(view, row, number, position)}"
    at = int(np.argmax(lists.times[numbers]))
    return f"was {ordinal(int(positions[at]))} in {_title(view, int(numbers[at]))}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else last}"


def _title(view: CorpusView, number: int) -> str:
    source = view.corpus.lists.sources[int(view.corpus.lists.source_of[number])]
    return source.title or _UNTITLED.get(source.kind, "a list")


def _movement(view: CorpusView, row: int, number: int, position: int) -> str:
    """How it moved since the source's list an hour earlier; '' when it stayed or none is known."""
    lists = view.corpus.lists
    before = int(lists.times[number]) - EARLIER_HOURS * HOUR + 1  # the list of just then counts
    earlier = lists.latest(int(lists.source_of[number]), before)
    if earlier < 0:
        return ""
    part = slice(lists.starts[earlier], lists.starts[earlier + 1])
    places = lists.positions[part][lists.articles[part] == row]
    if not len(places):
        return ", new"
    was = int(places.min())
    return ", rising" if was > position else ", falling" if was < position else ""
