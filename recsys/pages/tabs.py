"""Tabs: labels that name their panels, and rows of labels with as many panels after them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from recsys.pages.groups import Item
from recsys.pages.headings import MAX_HEADING, parse_heading
from recsys.pages.outline import Outline, Span

MIN_ITEMS = 2  # of what is a panel, or stands under a heading
_MAX_ITEMS = 60  # of a panel; a way to skip the menu names all of the page
_MAX_LABEL = 40  # characters of a label in a row
_MAX_TABS = 8
_MAX_CLIMB = 4  # levels between a row of labels and its panels
_LOOKED_AT = 100  # elements beside each other
_POINTERS = frozenset(
    ("aria-controls", "href", "data-target", "data-bs-target", "data-tab", "data-href", "data-id")
)
WHOLE_PAGE = frozenset(("html", "body", "main", "article"))


class Places:
    """Where the items of a page stand."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._starts = [item.start for item in items]

    def within(self, span: Span) -> Sequence[Item]:
        """The items that begin in a part of the page."""
        return self.items[bisect_left(self._starts, span[0]) : bisect_left(self._starts, span[1])]

    def count(self, span: Span) -> int:
        """How many items begin in a part of the page."""
        return bisect_left(self._starts, span[1]) - bisect_left(self._starts, span[0])


def find_panels(outline: Outline, places: Places) -> dict[int, Span]:
    """By label, what it names: one of several parts side by side, or what it announces."""
    named: dict[int, int] = {}
    for node in range(len(outline)):
        for label, panel in _pairs(outline, node):
            is_apart = panel > label or outline.ends[panel] <= label
            if is_apart and places.count(outline.span(panel)) <= _MAX_ITEMS:
                named.setdefault(label, panel)
    beside: dict[int, set[int]] = {}
    for panel in named.values():
        beside.setdefault(outline.parents[panel], set()).add(panel)
    return {
        label: outline.span(panel)
        for label, panel in named.items()
        if outline.tags[panel] not in WHOLE_PAGE
        and (len(beside[outline.parents[panel]]) > 1 or _announces(outline, label))
    }


def find_tabs(outline: Outline, places: Places, node: int) -> list[tuple[int, Span]]:
    """The labels beside an element, itself among them, with the panels after them, if there are as many."""
    row = _row(outline, places, node)
    panels = _panels_after(outline, places, outline.parents[row[0]], len(row)) if row else []
    return list(zip(row, panels, strict=True)) if panels else []


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether an element says itself that it is not shown at first."""
    style = attributes.get("style", "")[:500].replace(" ", "").lower()
    return "display:none" in style or "hidden" in attributes or attributes.get("aria-hidden") == "true"


def _announces(outline: Outline, node: int) -> bool:
    return outline.size(node) <= MAX_HEADING and parse_heading(outline.text(node)) is not None


def _pairs(outline: Outline, node: int) -> Iterator[tuple[int, int]]:
    """What an element says of labels and panels, as (label, panel): of itself as either."""
    attributes = outline.attributes[node]
    for name in sorted(_POINTERS.intersection(attributes)):
        value = attributes[name]
        if name != "href" or value.startswith("#"):
            panel = outline.ids.get(value.removeprefix("#"))
            if panel is not None:
                yield node, panel
    label = outline.ids.get(attributes.get("aria-labelledby", ""))
    if label is not None:
        yield label, node


def _row(outline: Outline, places: Places, node: int) -> list[int]:
    """An element's siblings, itself among them, if all are short texts in elements alike; else none."""
    for _ in range(3):
        above = outline.parents[node]
        if above < 0:
            break
        row = [each for each in islice(outline.children(above), _LOOKED_AT) if outline.size(each) > 0]
        if len(row) > 1:
            is_row = len(row) <= _MAX_TABS and node in row and places.count(outline.span(above)) == 0
            is_even = len({outline.tags[each] for each in row}) == 1
            are_labels = all(1 < outline.size(each) <= _MAX_LABEL for each in row)
            return row if is_row and is_even and are_labels else []
        node = above
    return []


def _panels_after(outline: Outline, places: Places, node: int, count: int) -> list[Span]:
    """So many elements with items beside each other, after another; none where there are fewer or more."""
    for _ in range(_MAX_CLIMB):
        above = outline.parents[node]
        if above < 0:
            break
        after = (each for each in outline.children(above) if each >= outline.ends[node])
        filled = _filled(outline, places, after)
        while len(filled) == 1:
            filled = _filled(outline, places, outline.children(filled[0]))
        if filled:
            return [outline.span(each) for each in filled] if len(filled) == count else []
        node = above
    return []


def _filled(outline: Outline, places: Places, nodes: Iterable[int]) -> list[int]:
    return [each for each in islice(nodes, _LOOKED_AT) if places.count(outline.span(each)) >= MIN_ITEMS]
