"""Which items stand under which mark: the lists of a page before they are judged."""

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
_TITLE_REACH = 150  # elements between a title and its first headline; beyond it, they are strangers
_LABEL_REACH = 30  # the same for text in any other element: a menu entry is far from what follows the menu
_MARKS_ABOVE = 6  # without items of their own, that may say the kind of what a later mark heads
_ENCLOSING = 3  # levels around such a mark in which the later one stands
_NO_RANK = 7  # below the lowest of the six headings
_HEAD_NAME = re.compile(r"head|title|label|caption|tab|button|btn|titel|titul|toggle|wrap|col", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """Items with what stands above them: the mark, and the heading that says their kind, if any does."""

    items: tuple[Item, ...]
    mark: ListHeading | None = None
    heading: Heading | None = None

    @property
    def title(self) -> str | None:
        return self.heading.title if self.heading else self.mark.title if self.mark else None


def find_sections(
    dom: FlatDom, items: Sequence[Item], list_headings: Sequence[ListHeading]
) -> Iterator[Section]:
    """Every mark with its items; then, without a mark, the groups that none claims."""
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
        self._outline = dom
        self._places = ItemIndex(items)
        self._marks = list_headings

    def pair(self) -> Iterator[Section]:
        """The marks with items, in their order."""
        above: list[ListHeading] = []  # marks without items of their own before the next
        used: set[int] = set()
        for at, mark in enumerate(self._marks):
            if mark.node in used:
                continue
            tabs = find_tabs(self._outline, self._places, mark.node) if mark.panel is None else []
            used.update(label for label, _ in tabs)
            sections = [self._section_of(*tab) for tab in tabs] or list(self._sections_under(mark, at))
            yield from (self._inherit(section, above) for section in sections)
            if not sections:
                above.append(mark)

    def _section_of(self, label: int, panel: Span) -> Section:
        text = self._outline.text(label)
        mark = ListHeading(label, text, parse_heading(text), panel)
        return Section(tuple(self._places.within(panel)), mark, mark.heading)

    def _sections_under(self, mark: ListHeading, at: int) -> Iterator[Section]:
        """What a mark heads; nothing where its panel is empty or shared out among tabs within it."""
        stop = self._marks[at + 1].node if at + 1 < len(self._marks) else len(self._outline)
        span = mark.panel or self._span_after(mark, stop)
        if mark.heading is None and self._rank(mark.node) == 1:
            return  # the article's own
        if span is None or self._places.count(span) < MIN_ITEMS or self._is_shared_out(mark, at):
            return
        items = self._places.within(span)
        for part in self._shown_apart(items if mark.panel else self._cut(items)):
            yield Section(tuple(part), mark, mark.heading)

    def _is_shared_out(self, mark: ListHeading, at: int) -> bool:
        """Whether the panel of a mark is divided among tabs within it."""
        begin, end = mark.panel or (0, 0)
        return any(
            other.panel and begin <= other.node and begin < other.panel[0] and other.panel[1] <= end
            for other in self._marks[at + 1 :]
        )

    def _inherit(self, section: Section, above: Sequence[ListHeading]) -> Section:
        """A section whose own mark says no kind, with that of the mark above that encloses it."""
        if section.heading is not None or section.mark is None:
            return section
        for mark in reversed(above[-_MARKS_ABOVE:]):
            if mark.heading is not None and self._encloses(mark, section.mark):
                title = f"{mark.heading.title} {section.mark.title}"
                heading = Heading(title, mark.heading.kind, mark.heading.scope)
                return Section(section.items, section.mark, heading)
        return section

    def _encloses(self, mark: ListHeading, inner: ListHeading) -> bool:
        """Whether a mark speaks of what a later one heads: a tab's label, or a lower heading beside it."""
        if inner.panel is None and self._rank(inner.node) <= self._rank(mark.node):
            return False
        if mark.panel is not None:
            return mark.panel[0] <= inner.node < mark.panel[1]
        node = mark.node
        for _ in range(_ENCLOSING):
            node = self._outline.parents[node]
            if (
                node < 0
                or self._outline.tags[node] in WHOLE_PAGE
                or self._outline.text_before(mark.node, node)
            ):
                return False
            if node <= inner.node < self._outline.ends[node]:
                return inner.node - mark.node < _LABEL_REACH
        return False

    def _rank(self, node: int) -> int:
        """1 for the highest heading, 7 for what is none."""
        near = [self._outline.parents[node], *range(node, self._outline.ends[node])]
        tags = (self._outline.tags[each] for each in near if each >= 0)
        return min((int(tag[1]) for tag in tags if tag in TITLE_TAGS), default=_NO_RANK)

    def _span_after(self, mark: ListHeading, stop: int) -> Span | None:
        """What stands beside a mark, or beside what encloses it, up to `stop`, if it holds items."""
        dom, node, span = self._outline, mark.node, None
        for _ in range(_MAX_CLIMB):
            above = dom.parents[node]
            if span is not None or above < 0 or self._is_empty(mark, dom.ends[node], above):
                break
            after = (dom.ends[node], min(dom.ends[above], stop))
            if self._is_strange(mark, node, after):
                break
            span = after if self._places.count(after) >= MIN_ITEMS else None
            if dom.tags[above] == "body" or self._is_whole(above, mark):
                break
            node = above
        return span

    def _is_strange(self, mark: ListHeading, node: int, after: Span) -> bool:
        """Whether the first item after a mark is far away, or an entry of the menu that the mark is in."""
        first = next(iter(self._places.within(after)), None)
        if first is None:
            return False
        is_beside = first.group == self._outline.parents[node]
        is_entry = is_beside and self._outline.tags[node] == self._outline.tags[first.start]
        return first.start - mark.node > self._reach(mark) or (
            is_entry and leads_away(self._outline, mark.node)
        )

    def _is_empty(self, mark: ListHeading, node: int, above: int) -> bool:
        """Whether what follows is a list without text: one that only a script would fill does not exist."""
        if node >= self._outline.ends[above] or self._outline.size(node):
            return False
        return self._outline.tags[node] in ("ul", "ol") or self._is_named(mark, node)

    def _is_named(self, mark: ListHeading, node: int) -> bool:
        """Whether the classes or the id of an element say what a mark says."""
        name = f"{self._outline.classes(node)} {self._outline.attributes[node].get('id', '')}"
        return mark.heading is not None and parse_name(name) is mark.heading.kind

    def _is_whole(self, node: int, mark: ListHeading) -> bool:
        """Whether an element is by its name all that a mark announces: what follows it is something else."""
        classes = self._outline.classes(node)
        if _HEAD_NAME.search(f"{classes} {self._outline.attributes[node].get('id', '')}"):
            return False
        return self._is_named(mark, node) or "widget" in classes.split()

    def _reach(self, mark: ListHeading) -> int:
        """How many elements may stand before the first headline."""
        dom = self._outline
        near = (mark.node, dom.parents[mark.node], *range(mark.node + 1, dom.ends[mark.node]))
        return _TITLE_REACH if any(each >= 0 and is_title(dom, each) for each in near) else _LABEL_REACH

    def _cut(self, items: Sequence[Item]) -> list[Item]:
        """The first group with what leads up to it, and groups like it: columns, rows or slides."""
        first = next((at for at, item in enumerate(items) if item.group >= 0), None)
        if first is None:
            return list(items)
        group = items[first].group
        return [item for at, item in enumerate(items) if at < first or self._is_like(item, group)]

    def _is_like(self, item: Item, group: int) -> bool:
        """Whether an item is of a group or of one like it, in which it may be alone."""
        dom = self._outline
        own = item.group if item.group >= 0 else item.start
        is_beside = item.group >= 0 or dom.parents[own] == dom.parents[group]
        return is_beside and dom.tags[own] == dom.tags[group]

    def _shown_apart(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """The items that are shown at first, then those of each hidden group: the panels of unnamed tabs."""
        parts: dict[int, list[Item]] = {}
        for item in items:
            parts.setdefault(item.group if self._is_hidden(item.group) else -1, []).append(item)
        is_apart = -1 in parts and all(len(part) >= MIN_ITEMS for part in parts.values())
        yield from parts.values() if is_apart else (items,)

    def _is_hidden(self, group: int) -> bool:
        near = (group, self._outline.parents[group]) if group >= 0 else ()
        return any(is_hidden(self._outline.attributes[each]) for each in near if each >= 0)
