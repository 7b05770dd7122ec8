"""What stands above lists on a page: headings, labels of tabs, and the names that regions carry.

A mark whose words announce a list has a kind (`headings.py`); any other title is one without, which ends
what stood before it and may head a list of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recsys.pages.facts import clean
from recsys.pages.headings import MAX_HEADING, Heading, parse_heading
from recsys.pages.groups import Item
from recsys.pages.items import TITLE_TAGS, is_title, reads_like_sentence
from recsys.pages.outline import Outline, Span

MAX_MARKS = 400  # headings looked at; the labelled page with the most has 120
_LABELS = TITLE_TAGS | frozenset(
    "div span p strong b em a dt li button label legend td th summary header caption".split()
)
_POINTERS = frozenset(
    ("aria-controls", "href", "data-target", "data-bs-target", "data-tab", "data-href", "data-id")
)
_MIN_PANEL = 2  # items
_MAX_PANEL = 60


_AWAY = frozenset(("nav", "header", "footer"))
_AWAY_NAME = re.compile(
    r"(?<![a-z])(?:nav|navigation|navbar|menu|submenu|breadcrumbs?|footer|share|sharing|social|cookies?|comments?|tags?|tagcloud"
    r"|outbrain|taboola|sponsored|sponsor|advert|advertisement|ads|anzeigen?|promo|prevnext|pagination)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """An element that heads a list or ends one; `panel` is what it names as its own."""

    node: int
    title: str
    heading: Heading | None
    panel: Span | None = None


class Places:
    """Where the items of a page stand."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._starts = [item.start for item in items]

    def within(self, span: Span) -> Sequence[Item]:
        """The items that begin in a part of the page."""
        return self.items[bisect_left(self._starts, span[0]) : bisect_left(self._starts, span[1])]


def find_marks(outline: Outline, items: Sequence[Item]) -> list[Mark]:
    """The marks of a page in document order; what lies in the item of a group is none."""
    places = Places(items)
    covered = {item.start: item.end for item in items if item.group >= 0}
    alone = {item.anchor.node for item in items if item.group < 0}
    found: list[Mark] = []
    panels = _find_panels(outline, places)
    node = 0
    while node < len(outline) and len(found) < MAX_MARKS:
        if node in covered:
            node = covered[node]
            continue
        mark = _pointing(outline, node, panels) or _named(outline, node, places)
        if mark is not None:
            found.append(mark)
        if mark is None or mark.panel == (node, outline.ends[node]):
            mark = _headed(outline, node, alone, panels)
            if mark is not None:
                found.append(mark)
        node = outline.ends[node] if mark is not None else node + 1
    return found


def _headed(outline: Outline, node: int, alone: set[int], panels: dict[int, Span]) -> Mark | None:
    """The mark that an element is by its words or by being a title."""
    if outline.tags[node] not in _LABELS or not 1 < outline.size(node) <= MAX_HEADING:
        return None
    text = outline.text(node)
    heading = parse_heading(text)
    if heading is not None:
        return Mark(node, text, heading, _panel(outline, node, panels)) if _can_head(outline, node, heading, alone) else None
    if not _is_heading(outline, node) or any(each in alone for each in range(node, outline.ends[node])):
        return None
    if any(each in alone for each in outline.ancestors(node)) or not any(map(str.isalpha, text)):
        return None
    return Mark(node, text, None)


def _is_heading(outline: Outline, node: int) -> bool:
    """Whether an element is a title by its tag or class, or the only head of a table; not where it holds several."""
    if outline.tags[node] in ("th", "caption"):
        above = outline.parents[node]
        return sum(1 for each in outline.children(above) if outline.tags[each] in ("td", "th", "caption")) == 1
    inside = range(node + 1, outline.ends[node])
    titles = sum(1 for each in inside if outline.tags[each] in TITLE_TAGS and outline.size(each))
    is_headed = is_title(outline, node) or outline.attributes[node].get("role") == "heading"
    return titles < 2 and is_headed


def _can_head(outline: Outline, node: int, heading: Heading, alone: set[int]) -> bool:
    """Whether an element with the words of a heading is one: no headline, menu entry or row of labels."""
    inside = range(node + 1, outline.ends[node])
    linked = [each for each in (node, *inside) if _links(outline, each)]
    above = [outline.tags[each] for each in outline.ancestors(node)]
    is_story = any(each in alone for each in (node, *inside, *outline.ancestors(node)))
    if len(linked) > 2 or (is_story and reads_like_sentence(heading.title)):
        return False
    labels = {
        text
        for each in inside
        if outline.size(each) <= MAX_HEADING and (text := outline.text(each)) and parse_heading(text)
    }
    if sum(1 for text in labels if not any(text != other and other in text for other in labels)) > 1:
        return False
    is_titled = bool(({outline.tags[each] for each in (node, *inside)} | set(above)) & TITLE_TAGS)
    return is_titled or not (linked and is_away(outline, node))


def leads_away(outline: Outline, node: int) -> bool:
    """Whether an element is a link to another page, or holds one."""
    return any(_links(outline, each) for each in range(node, outline.ends[node]))


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether an element says itself that it is not shown at first."""
    style = attributes.get("style", "").replace(" ", "").lower()
    return "display:none" in style or "hidden" in attributes or attributes.get("aria-hidden") == "true"


def is_away(outline: Outline, node: int) -> bool:
    """Whether an element is a part of a menu, a footer or another thing around the stories, by tag or by name."""
    return any(
        outline.tags[each] in _AWAY or _AWAY_NAME.search(outline.classes(each)) for each in (node, *outline.ancestors(node))
    )


def _links(outline: Outline, node: int) -> bool:
    href = outline.attributes[node].get("href") if outline.tags[node] == "a" else None
    return bool(href) and not href.lower().startswith(("#", "javascript:"))


def _pointing(outline: Outline, node: int, panels: dict[int, Span]) -> Mark | None:
    """The label of a tab: a short text that names the element with its items."""
    if node not in panels or not 1 < outline.size(node) <= MAX_HEADING:
        return None
    text = outline.text(node)
    return Mark(node, text, parse_heading(text), panels[node])


def _panel(outline: Outline, node: int, panels: dict[int, Span]) -> Span | None:
    """What an element or anything within it names as its own."""
    return next((panels[each] for each in range(node, outline.ends[node]) if each in panels), None)


def _find_panels(outline: Outline, places: Places) -> dict[int, Span]:
    """By label, what it names: one of several parts side by side, or what is announced. A way to skip a menu is none."""
    named: dict[int, int] = {}
    for node in range(len(outline)):
        for label, panel in _pairs(outline, node):
            is_apart = panel > label or outline.ends[panel] <= label
            if is_apart and len(places.within((panel, outline.ends[panel]))) <= _MAX_PANEL:
                named.setdefault(label, panel)
    beside: dict[int, set[int]] = {}
    for panel in named.values():
        beside.setdefault(outline.parents[panel], set()).add(panel)
    return {
        node: (panel, outline.ends[panel])
        for node, panel in named.items()
        if outline.tags[panel] not in ("main", "body", "article")
        and (len(beside[outline.parents[panel]]) > 1 or parse_heading(outline.text(node)))
    }


def _pairs(outline: Outline, node: int) -> Iterator[tuple[int, int]]:
    """What an element says of labels: that it is one, of what, or which one is its own."""
    attributes = outline.attributes[node]
    for name in _POINTERS.intersection(attributes):
        value = attributes[name]
        if name != "href" or value.startswith("#"):
            panel = outline.ids.get(value.removeprefix("#"))
            if panel is not None:
                yield node, panel
    label = outline.ids.get(attributes.get("aria-labelledby", ""))
    if label is not None:
        yield label, node


def _named(outline: Outline, node: int, places: Places) -> Mark | None:
    """A region whose name, for those who hear the page, announces a list."""
    text = clean((outline.attributes[node].get("aria-label") or "")[: 2 * MAX_HEADING])
    heading = parse_heading(text) if text else None
    panel = (node, outline.ends[node])
    if heading is None or len(places.within(panel)) < _MIN_PANEL:
        return None
    return Mark(node, text, heading, panel)
