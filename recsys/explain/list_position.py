"""The position of a story on the site's lists in words: position, title of the list, direction."""

from __future__ import annotations

import numpy as np

from recsys.corpus import KIND_CODE, CorpusView
from recsys.corpus.list_history import HOUR
from recsys.domain import Kind

_UNTITLED = {
    Kind.POPULAR: "the most-read list",
    Kind.FRONT_PAGE: "the front page",
    Kind.LATEST: "the latest stories",
    Kind.RECOMMENDED: "another list",
    Kind.SERVED: "the recommendations",
}
EARLIER_HOURS = 1
"""How many hours earlier the position is compared with: most-read lists change about every hour."""


def describe_position(view: CorpusView, row: int, kinds: frozenset[Kind]) -> str:
    """Return `3rd in ACCESS RANKING, rising`, for the list of these kinds where the story is highest.

    If it is on none now, its last position (`was 3rd in ...`); '' if it never was on any.
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
    """Return `1st`, `2nd`, `11th`."""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else last}"


def _title(view: CorpusView, number: int) -> str:
    source = view.corpus.lists.sources[int(view.corpus.lists.source_of[number])]
    return source.title or _UNTITLED.get(source.kind, "a list")


def _movement(view: CorpusView, row: int, number: int, position: int) -> str:
    """Return how it moved since the list an hour earlier; '' if it did not or none is known."""
    lists = view.corpus.lists
    before = int(lists.times[number]) - EARLIER_HOURS * HOUR + 1  # inclusive
    earlier = lists.latest(int(lists.source_of[number]), before)
    if earlier < 0:
        return ""
    part = slice(lists.starts[earlier], lists.starts[earlier + 1])
    positions = lists.positions[part][lists.articles[part] == row]
    if not len(positions):
        return ", new"
    earlier_position = int(positions.min())
    if earlier_position == position:
        return ""
    return ", rising" if earlier_position > position else ", falling"
