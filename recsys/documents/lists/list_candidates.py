"""List candidates: which items are under which heading, before they are classified."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recsys.documents.html.flat_dom import FlatDom, Span
from recsys.documents.lists.headings import Heading, parse_heading, parse_name
from recsys.documents.lists.list_headings import ListHeading, leads_away
from recsys.documents.lists.repeated_records import Item
from recsys.documents.lists.story_links import TITLE_TAGS, is_title
from recsys.documents.lists.tabs import MIN_ITEMS, WHOLE_PAGE, ItemIndex, find_tabs, is_hidden

_MAX_CLIMB = 6  # levels between a heading and the block it heads; the labelled pages need at most 5
_TITLE_REACH = 150  # elements between a title and its first headline; beyond it, they are unrelated
_LABEL_REACH = 30  # the same for text in any other element: a menu entry is far from what follows the menu
_HEADINGS_ABOVE = 6  # without items of their own, that may say the kind of a later list
_ENCLOSING = 3  # levels around such a heading in which the later one must be
_NO_RANK = 7  # below the lowest of the six headings
_HEAD_NAME = re.compile(r"head|title|label|caption|tab|button|btn|titel|titul|toggle|wrap|col", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """Items with the heading above them, and the heading that says their kind, if any does."""

    items: tuple[Item, ...]
    list_heading: ListHeading | None = None
    heading: Heading | None = None

    @property
    def title(self) -> str | None:
        return self.heading.title if self.heading else self.list_heading.title if self.list_heading else None


def find_sections(
    dom: FlatDom, items: Sequence[Item], list_headings: Sequence[ListHeading]
) -> Iterator[Section]:
    """Every heading with its items; then the groups that are under no heading."""
    claimed: set[int] = set()
    for section in _Pairing(dom, items, list_headings).pair():
        claimed.update(item.start for item in section.items)
        yield section
    groups: dict[int, list[Item]] = {}
    for item in items:
        if item.group >= 0 and item.start not in claimed:
            groups.setdefault(item.group, []).append(item)
    yield from (Section(tuple(members)) for members in groups.values())


class _Pairing:
    def __init__(self, dom: FlatDom, items: Sequence[Item], list_headings: Sequence[ListHeading]) -> None:
        self._dom = dom
        self._places = ItemIndex(items)
        self._list_headings = list_headings

    def pair(self) -> Iterator[Section]:
        """The headings with items, in document order."""
        above: list[ListHeading] = []  # headings without items of their own before the next
        used: set[int] = set()
        for at, list_heading in enumerate(self._list_headings):
            if list_heading.node in used:
                continue
            tabs = find_tabs(self._dom, self._places, list_heading.node) if list_heading.panel is None else []
            used.update(label for label, _ in tabs)
            sections = [self._section_of(*tab) for tab in tabs] or list(
                self._sections_under(list_heading, at)
            )
            yield from (self._inherit(section, above) for section in sections)
            if not sections:
                above.append(list_heading)

    def _section_of(self, label: int, panel: Span) -> Section:
        text = self._dom.text(label)
        list_heading = ListHeading(label, text, parse_heading(text), panel)
        return Section(tuple(self._places.within(panel)), list_heading, list_heading.heading)

    def _sections_under(self, list_heading: ListHeading, at: int) -> Iterator[Section]:
        """The sections under a heading; none if its panel is empty or divided among tabs."""
        stop = self._list_headings[at + 1].node if at + 1 < len(self._list_headings) else len(self._dom)
        span = list_heading.panel or self._span_after(list_heading, stop)
        if list_heading.heading is None and self._rank(list_heading.node) == 1:
            return  # the article's own heading
        if span is None or self._places.count(span) < MIN_ITEMS or self._is_shared_out(list_heading, at):
            return
        items = self._places.within(span)
        for part in self._shown_apart(items if list_heading.panel else self._cut(items)):
            yield Section(tuple(part), list_heading, list_heading.heading)

    def _is_shared_out(self, list_heading: ListHeading, at: int) -> bool:
        """Whether the panel of a heading is divided among tabs within it."""
        begin, end = list_heading.panel or (0, 0)
        return any(
            other.panel and begin <= other.node and begin < other.panel[0] and other.panel[1] <= end
            for other in self._list_headings[at + 1 :]
        )

    def _inherit(self, section: Section, above: Sequence[ListHeading]) -> Section:
        """A section whose own heading says no kind, with the kind of the heading above that encloses it."""
        if section.heading is not None or section.list_heading is None:
            return section
        for list_heading in reversed(above[-_HEADINGS_ABOVE:]):
            if list_heading.heading is not None and self._encloses(list_heading, section.list_heading):
                title = f"{list_heading.heading.title} {section.list_heading.title}"
                heading = Heading(title, list_heading.heading.kind, list_heading.heading.scope)
                return Section(section.items, section.list_heading, heading)
        return section

    def _encloses(self, list_heading: ListHeading, inner: ListHeading) -> bool:
        """Whether a heading covers the list of a later one: a tab's label, or a lower heading beside it."""
        if inner.panel is None and self._rank(inner.node) <= self._rank(list_heading.node):
            return False
        if list_heading.panel is not None:
            return list_heading.panel[0] <= inner.node < list_heading.panel[1]
        node = list_heading.node
        for _ in range(_ENCLOSING):
            node = self._dom.parents[node]
            if (
                node < 0
                or self._dom.tags[node] in WHOLE_PAGE
                or self._dom.text_before(list_heading.node, node)
            ):
                return False
            if node <= inner.node < self._dom.ends[node]:
                return inner.node - list_heading.node < _LABEL_REACH
        return False

    def _rank(self, node: int) -> int:
        """1 for the highest heading, 7 for elements that are no heading."""
        near = [self._dom.parents[node], *range(node, self._dom.ends[node])]
        tags = (self._dom.tags[each] for each in near if each >= 0)
        return min((int(tag[1]) for tag in tags if tag in TITLE_TAGS), default=_NO_RANK)

    def _span_after(self, list_heading: ListHeading, stop: int) -> Span | None:
        """The elements beside a heading, or beside what encloses it, up to `stop`, if they contain items."""
        dom, node, span = self._dom, list_heading.node, None
        for _ in range(_MAX_CLIMB):
            above = dom.parents[node]
            if span is not None or above < 0 or self._is_empty(list_heading, dom.ends[node], above):
                break
            after = (dom.ends[node], min(dom.ends[above], stop))
            if self._is_strange(list_heading, node, after):
                break
            span = after if self._places.count(after) >= MIN_ITEMS else None
            if dom.tags[above] == "body" or self._is_whole(above, list_heading):
                break
            node = above
        return span

    def _is_strange(self, list_heading: ListHeading, node: int, after: Span) -> bool:
        """Whether the first item after a heading is far away, or an entry of the menu around the heading."""
        first = next(iter(self._places.within(after)), None)
        if first is None:
            return False
        is_beside = first.group == self._dom.parents[node]
        is_entry = is_beside and self._dom.tags[node] == self._dom.tags[first.start]
        return first.start - list_heading.node > self._reach(list_heading) or (
            is_entry and leads_away(self._dom, list_heading.node)
        )

    def _is_empty(self, list_heading: ListHeading, node: int, above: int) -> bool:
        """Whether a list without text follows: one that only a script would fill does not exist."""
        if node >= self._dom.ends[above] or self._dom.size(node):
            return False
        return self._dom.tags[node] in ("ul", "ol") or self._is_named(list_heading, node)

    def _is_named(self, list_heading: ListHeading, node: int) -> bool:
        """Whether the classes or the id of an element name the same kind as a heading."""
        name = f"{self._dom.classes(node)} {self._dom.attributes[node].get('id', '')}"
        return list_heading.heading is not None and parse_name(name) is list_heading.heading.kind

    def _is_whole(self, node: int, list_heading: ListHeading) -> bool:
        """Whether an element is by its name the whole list of a heading, so that another list follows."""
        classes = self._dom.classes(node)
        if _HEAD_NAME.search(f"{classes} {self._dom.attributes[node].get('id', '')}"):
            return False
        return self._is_named(list_heading, node) or "widget" in classes.split()

    def _reach(self, list_heading: ListHeading) -> int:
        """How many elements may precede the first headline."""
        dom = self._dom
        near = (
            list_heading.node,
            dom.parents[list_heading.node],
            *range(list_heading.node + 1, dom.ends[list_heading.node]),
        )
        return _TITLE_REACH if any(each >= 0 and is_title(dom, each) for each in near) else _LABEL_REACH

    def _cut(self, items: Sequence[Item]) -> list[Item]:
        """The first group with what leads up to it, and groups like it: columns, rows or slides."""
        first = next((at for at, item in enumerate(items) if item.group >= 0), None)
        if first is None:
            return list(items)
        group = items[first].group
        return [item for at, item in enumerate(items) if at < first or self._is_like(item, group)]

    def _is_like(self, item: Item, group: int) -> bool:
        """Whether an item belongs to a group or to one like it, in which it may be alone."""
        dom = self._dom
        own = item.group if item.group >= 0 else item.start
        is_beside = item.group >= 0 or dom.parents[own] == dom.parents[group]
        return is_beside and dom.tags[own] == dom.tags[group]

    def _shown_apart(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """The items that are visible at first, then those of each hidden group: panels of unnamed tabs."""
        parts: dict[int, list[Item]] = {}
        for item in items:
            parts.setdefault(item.group if self._is_hidden(item.group) else -1, []).append(item)
        is_apart = -1 in parts and all(len(part) >= MIN_ITEMS for part in parts.values())
        yield from parts.values() if is_apart else (items,)

    def _is_hidden(self, group: int) -> bool:
        near = (group, self._dom.parents[group]) if group >= 0 else ()
        return any(is_hidden(self._dom.attributes[each]) for each in near if each >= 0)
