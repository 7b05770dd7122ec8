"""Tabs: labels that name their panels, and rows of labels with as many panels after them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from recsys.documents.html.flat_dom import FlatDom, Span
from recsys.documents.lists.headings import MAX_HEADING, parse_heading
from recsys.documents.lists.repeated_records import Item

MIN_ITEMS = 2  # of a panel, or under a heading
_MAX_ITEMS = 60  # of a panel; a link that skips the menu has the whole page as its panel
_MAX_LABEL = 40  # characters of a label in a row
_MAX_TABS = 8
_MAX_CLIMB = 4  # levels between a row of labels and its panels
_LOOKED_AT = 100  # siblings
_POINTERS = frozenset(
    ("aria-controls", "href", "data-target", "data-bs-target", "data-tab", "data-href", "data-id")
)
WHOLE_PAGE = frozenset(("html", "body", "main", "article"))


class ItemIndex:
    """An index of the items of a page by position."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._starts = [item.start for item in items]

    def within(self, span: Span) -> Sequence[Item]:
        """The items that begin in a part of the page."""
        return self.items[bisect_left(self._starts, span[0]) : bisect_left(self._starts, span[1])]

    def count(self, span: Span) -> int:
        """The number of items that begin in a part of the page."""
        return bisect_left(self._starts, span[1]) - bisect_left(self._starts, span[0])


def find_panels(dom: FlatDom, places: ItemIndex) -> dict[int, Span]:
    """The panel of each label: one of several parts side by side, or the list that it announces."""
    named: dict[int, int] = {}
    for node in range(len(dom)):
        for label, panel in _pairs(dom, node):
            is_apart = panel > label or dom.ends[panel] <= label
            if is_apart and places.count(dom.span(panel)) <= _MAX_ITEMS:
                named.setdefault(label, panel)
    beside: dict[int, set[int]] = {}
    for panel in named.values():
        beside.setdefault(dom.parents[panel], set()).add(panel)
    return {
        label: dom.span(panel)
        for label, panel in named.items()
        if dom.tags[panel] not in WHOLE_PAGE
        and (len(beside[dom.parents[panel]]) > 1 or _announces(dom, label))
    }


def find_tabs(dom: FlatDom, places: ItemIndex, node: int) -> list[tuple[int, Span]]:
    """The labels beside an element, including itself, with the panels after them, if there are as many."""
    row = _row(dom, places, node)
    panels = _panels_after(dom, places, dom.parents[row[0]], len(row)) if row else []
    return list(zip(row, panels, strict=True)) if panels else []


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether an element is marked as hidden at first."""
    style = attributes.get("style", "")[:500].replace(" ", "").lower()
    return "display:none" in style or "hidden" in attributes or attributes.get("aria-hidden") == "true"


def _announces(dom: FlatDom, node: int) -> bool:
    return dom.size(node) <= MAX_HEADING and parse_heading(dom.text(node)) is not None


def _pairs(dom: FlatDom, node: int) -> Iterator[tuple[int, int]]:
    """The pairs (label, panel) that an element declares, as either of the two."""
    attributes = dom.attributes[node]
    for name in sorted(_POINTERS.intersection(attributes)):
        value = attributes[name]
        if name != "href" or value.startswith("#"):
            panel = dom.ids.get(value.removeprefix("#"))
            if panel is not None:
                yield node, panel
    label = dom.ids.get(attributes.get("aria-labelledby", ""))
    if label is not None:
        yield label, node


def _row(dom: FlatDom, places: ItemIndex, node: int) -> list[int]:
    """The siblings of an element, including itself, if all are short texts in similar elements; else none."""
    for _ in range(3):
        above = dom.parents[node]
        if above < 0:
            break
        row = [each for each in islice(dom.children(above), _LOOKED_AT) if dom.size(each) > 0]
        if len(row) > 1:
            is_row = len(row) <= _MAX_TABS and node in row and places.count(dom.span(above)) == 0
            is_even = len({dom.tags[each] for each in row}) == 1
            are_labels = all(1 < dom.size(each) <= _MAX_LABEL for each in row)
            return row if is_row and is_even and are_labels else []
        node = above
    return []


def _panels_after(dom: FlatDom, places: ItemIndex, node: int, count: int) -> list[Span]:
    """As many sibling elements with items, one after another; none if there are fewer or more."""
    for _ in range(_MAX_CLIMB):
        above = dom.parents[node]
        if above < 0:
            break
        after = (each for each in dom.children(above) if each >= dom.ends[node])
        filled = _filled(dom, places, after)
        while len(filled) == 1:
            filled = _filled(dom, places, dom.children(filled[0]))
        if filled:
            return [dom.span(each) for each in filled] if len(filled) == count else []
        node = above
    return []


def _filled(dom: FlatDom, places: ItemIndex, nodes: Iterable[int]) -> list[int]:
    return [each for each in islice(nodes, _LOOKED_AT) if places.count(dom.span(each)) >= MIN_ITEMS]
