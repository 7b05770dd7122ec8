"""Which items stand under which mark: the lists of a page before they are judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recsys.pages.groups import Item
from recsys.pages.headings import Heading, parse_heading, parse_name
from recsys.pages.items import TITLE_TAGS, is_title
from recsys.pages.marks import Mark, Places, is_hidden, leads_away
from recsys.pages.outline import Outline, Span

_MAX_CLIMB = 6  # levels between a heading and the block it heads; the labelled pages need at most 5
_MIN_ITEMS = 2
_TITLE_REACH = 150  # elements between a title and its first headline; beyond it, they are strangers
_LABEL_REACH = 30  # the same for text in any other element: a menu entry is far from what follows the menu
_MAX_LABEL = 40  # characters of a tab's label
_MAX_TABS = 8


_HEAD_NAME = re.compile(r"head|title|label|caption|tab|button|btn|titel|titul|toggle|wrap|col", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """Items with what stands above them: the mark, and the heading that says their kind, if any does."""

    items: tuple[Item, ...]
    mark: Mark | None = None
    heading: Heading | None = None

    @property
    def title(self) -> str | None:
        return self.heading.title if self.heading else self.mark.title if self.mark else None


def find_sections(outline: Outline, items: Sequence[Item], marks: Sequence[Mark]) -> Iterator[Section]:
    """Every mark with its items; then, without a mark, the groups that none claims."""
    yield from _Pairing(outline, items, marks).pair()


class _Pairing:
    def __init__(self, outline: Outline, items: Sequence[Item], marks: Sequence[Mark]) -> None:
        self._outline = outline
        self._places = Places(items)
        self._marks = marks
        self._claimed: set[int] = set()  # the starts of items

    def pair(self) -> Iterator[Section]:
        above: list[Mark] = []  # marks without items of their own before the next
        used: set[int] = set()
        for at, mark in enumerate(self._marks):
            if mark.node in used:
                continue
            stop = self._marks[at + 1].node if at + 1 < len(self._marks) else len(self._outline)
            tabs = list(self._tabs(mark)) if mark.panel is None else []
            if tabs:
                for label, section in tabs:
                    used.add(label)
                    yield self._claim(self._inherit(section, above))
                continue
            span = mark.panel or self._span_after(mark, stop)
            items = self._places.within(span) if span else []
            if len(items) < _MIN_ITEMS:  # an empty panel, too: what only a script would fill does not exist
                above.append(mark)
                continue
            if mark.panel and self._is_shared_out(mark, at):
                above.append(mark)
                continue
            for part in self._shown_apart(self._cut(items, is_panel=mark.panel is not None)):
                yield self._claim(self._inherit(Section(tuple(part), mark, mark.heading), above))
        yield from self._unmarked()

    def _claim(self, section: Section) -> Section:
        self._claimed.update(item.start for item in section.items)
        return section

    def _is_shared_out(self, mark: Mark, at: int) -> bool:
        """Whether the panel of a mark is divided among tabs within it."""
        assert mark.panel is not None
        begin, end = mark.panel
        return any(
            other.panel and begin <= other.node and begin < other.panel[0] and other.panel[1] <= end
            for other in self._marks[at + 1 :]
        )

    def _inherit(self, section: Section, above: Sequence[Mark]) -> Section:
        """A section whose own mark says no kind, with that of the mark above that encloses or precedes it."""
        if section.heading is not None or section.mark is None:
            return section
        for mark in reversed(above[-6:]):
            if mark.heading is not None and self._encloses(mark, section.mark):
                title = f"{mark.heading.title} {section.mark.title}"
                return Section(section.items, section.mark, Heading(title, mark.heading.kind, mark.heading.scope))
        return section

    def _encloses(self, mark: Mark, inner: Mark) -> bool:
        if inner.panel is None and self._rank(inner.node) <= self._rank(mark.node):
            return False
        if mark.panel is not None:
            return mark.panel[0] <= inner.node < mark.panel[1]
        node = mark.node
        for _ in range(3):
            node = self._outline.parents[node]
            if node < 0 or self._outline.tags[node] in ("body", "main", "article"):
                return False
            if self._outline.text_before(mark.node, node):
                return False
            if node <= inner.node < self._outline.ends[node]:
                return inner.node - mark.node < _LABEL_REACH
        return False

    def _rank(self, node: int) -> int:
        """1 for the highest heading, 7 for what is none."""
        near = [self._outline.parents[node], *range(node, self._outline.ends[node])]
        tags = (self._outline.tags[each] for each in near if each >= 0)
        return min((int(tag[1]) for tag in tags if tag in TITLE_TAGS), default=7)

    def _span_after(self, mark: Mark, stop: int) -> Span | None:
        """What stands beside a mark, or beside what encloses it, up to `stop`, if it holds items."""
        node = mark.node
        for _ in range(_MAX_CLIMB):
            above = self._outline.parents[node]
            if above < 0:
                return None
            span = (self._outline.ends[node], min(self._outline.ends[above], stop))
            if self._is_empty(span[0], above):
                return None
            items = self._places.within(span)
            if items and items[0].group == above and self._outline.tags[node] == self._outline.tags[items[0].start]:
                if leads_away(self._outline, mark.node):
                    return None  # an entry of the same menu
            if items and items[0].start - mark.node > self._reach(mark):
                return None
            if len(items) >= _MIN_ITEMS:
                return span
            if self._outline.tags[above] == "body" or self._is_whole(above, mark):
                return None
            node = above
        return None

    def _is_empty(self, node: int, above: int) -> bool:
        """Whether what follows is a list without text: one that only a script would fill does not exist."""
        return node < self._outline.ends[above] and self._outline.tags[node] in ("ul", "ol") and not self._outline.size(node)

    def _is_whole(self, node: int, mark: Mark) -> bool:
        """Whether an element is by its name all of what a mark announces, so that what follows it is something else."""
        classes = self._outline.classes(node)
        name = f"{classes} {self._outline.attributes[node].get('id') or ''}"
        if _HEAD_NAME.search(name):
            return False
        return "widget" in classes.split() or (mark.heading is not None and parse_name(name) is mark.heading.kind)

    def _reach(self, mark: Mark) -> int:
        near = (mark.node, self._outline.parents[mark.node], *range(mark.node + 1, self._outline.ends[mark.node]))
        return _TITLE_REACH if any(each >= 0 and is_title(self._outline, each) for each in near) else _LABEL_REACH

    def _cut(self, items: Sequence[Item], *, is_panel: bool) -> list[Item]:
        """The first group with what leads up to it, and groups that look like it."""
        first = next((item.group for item in items if item.group >= 0), -1)
        if first < 0:
            return list(items)
        kept: list[Item] = []
        has_begun = False
        for item in items:
            has_begun = has_begun or item.group == first
            if not has_begun or item.group == first or self._is_alike(item.group, first):
                kept.append(item)
            elif is_panel:
                kept.append(item)
        return kept

    def _shown_apart(self, items: Sequence[Item]) -> Iterator[list[Item]]:
        """The items that are shown at first, then those of each hidden group: the panels of unnamed tabs."""
        hidden: dict[int, list[Item]] = {}
        for item in items:
            hidden.setdefault(item.group if self._is_hidden(item.group) else -1, []).append(item)
        shown = hidden.pop(-1, [])
        if shown and all(len(part) >= _MIN_ITEMS for part in hidden.values()):
            yield shown
            yield from hidden.values()
        else:
            yield list(items)

    def _is_hidden(self, group: int) -> bool:
        if group < 0:
            return False
        near = (group, self._outline.parents[group])
        return any(is_hidden(self._outline.attributes[each]) for each in near if each >= 0)

    def _is_alike(self, group: int, first: int) -> bool:
        """Whether two groups are parts of one list: columns, rows or slides."""
        return group >= 0 and self._outline.tags[group] == self._outline.tags[first]

    def _look(self, node: int) -> tuple[str, str]:
        return self._outline.tags[node], self._outline.classes(node)

    def _tabs(self, mark: Mark) -> Iterator[tuple[int, Section]]:
        """The labels beside a mark with the panels that follow them, where there are as many of one as of the other."""
        row = self._row(mark)
        if len(row) < 2:
            return
        panels = self._panels(self._outline.parents[row[0]], len(row))
        for label, panel in zip(row, panels, strict=False):
            text = self._outline.text(label)
            items = tuple(self._places.within(panel))
            yield label, Section(items, Mark(label, text, None, panel), parse_heading(text))

    def _row(self, mark: Mark) -> list[int]:
        """A mark's siblings, itself among them, if all of them are short texts without items."""
        node = mark.node
        for _ in range(3):
            above = self._outline.parents[node]
            if above < 0:
                return []
            row = [each for each in self._outline.children(above) if self._outline.size(each) > 0]
            if len(row) > 1:
                is_row = (
                    len(row) <= _MAX_TABS
                    and node in row
                    and len({self._outline.tags[each] for each in row}) == 1
                    and all(1 < self._outline.size(each) <= _MAX_LABEL for each in row)
                    and not self._places.within((above, self._outline.ends[above]))
                )
                return row if is_row else []
            node = above
        return []

    def _panels(self, row: int, count: int) -> list[Span]:
        """As many siblings with items as asked for, after a row of labels; none where there are fewer or more."""
        node = row
        for _ in range(4):
            above = self._outline.parents[node]
            if above < 0:
                return []
            after = [each for each in self._outline.children(above) if each >= self._outline.ends[node]]
            filled = self._filled(after)
            while len(filled) == 1 and count > 1:
                filled = self._filled(self._outline.children(filled[0])) or []
            if filled:
                spans = [(each, self._outline.ends[each]) for each in filled]
                return spans if len(filled) == count else []
            node = above
        return []

    def _filled(self, nodes: Iterator[int] | Sequence[int]) -> list[int]:
        return [
            each for each in nodes if len(self._places.within((each, self._outline.ends[each]))) >= _MIN_ITEMS
        ]

    def _unmarked(self) -> Iterator[Section]:
        groups: dict[int, list[Item]] = {}
        for item in self._places.items:
            if item.group >= 0 and item.start not in self._claimed:
                groups.setdefault(item.group, []).append(item)
        yield from (Section(tuple(items)) for items in groups.values())
