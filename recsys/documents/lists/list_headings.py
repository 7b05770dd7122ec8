"""Headings of lists on a page: titles, labels of tabs, and the accessible names of regions.

A heading whose words announce a list has a kind (`headings.py`). Any other title has none; it ends the list
before it and may head a list of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recsys.documents.html.flat_dom import FlatDom, Span
from recsys.documents.html.metadata import clean
from recsys.documents.lists.headings import MAX_HEADING, Heading, parse_heading
from recsys.documents.lists.repeated_records import Item
from recsys.documents.lists.story_links import TITLE_TAGS, is_title, reads_like_sentence
from recsys.documents.lists.tabs import MIN_ITEMS, ItemIndex, find_panels

_MAX_HEADINGS = 400  # headings; the labelled page with the most has 120
_MAX_INSIDE = 100  # elements in a heading; the labelled page with the most has 12
_LABELS = TITLE_TAGS | frozenset(
    "div span p strong b em a dt li button label legend td th summary header caption figcaption".split()
)
_HEADS = ("th", "caption")
_AWAY = frozenset(("nav", "header", "footer"))
_AWAY_WORDS = """nav navigation navbar menu submenu breadcrumbs? footer share sharing social cookies?
    tags? tagcloud comments? outbrain taboola sponsored sponsor advert advertisement ads
    anzeigen? promo prevnext pagination"""
_AWAY_NAME = re.compile(rf"(?<![a-z])(?:{'|'.join(_AWAY_WORDS.split())})(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListHeading:
    """An element that heads a list or ends one; `panel` is the part of the page that it names as its list."""

    node: int
    title: str
    heading: Heading | None
    panel: Span | None = None


def find_list_headings(dom: FlatDom, items: Sequence[Item]) -> list[ListHeading]:
    """The headings of a page in document order, except those in items of a group."""
    finder = _Finder(dom, items)
    covered = {item.start: item.end for item in items if item.group >= 0}
    found: list[ListHeading] = []
    node = 0
    while node < len(dom) and len(found) < _MAX_HEADINGS:
        if node in covered:
            node = covered[node]
            continue
        region = finder.find_region(node)
        label = finder.find_label(node)
        found += [list_heading for list_heading in (region, label) if list_heading is not None]
        node = node + 1 if label is None else dom.ends[node]
    return found


def leads_away(dom: FlatDom, node: int) -> bool:
    """Whether an element is a link to another page, or contains one."""
    return any(_is_link(dom, each) for each in range(node, dom.ends[node]))


def is_away(dom: FlatDom, node: int) -> bool:
    """Whether an element is in a menu, a footer or an advertisement, by the tags or names around it."""
    around = (node, *dom.ancestors(node))
    return any(dom.tags[each] in _AWAY or _AWAY_NAME.search(dom.classes(each)) for each in around)


def _is_link(dom: FlatDom, node: int) -> bool:
    href = dom.attributes[node].get("href", "") if dom.tags[node] == "a" else ""
    return bool(href) and not href.lower().startswith(("#", "javascript:"))


class _Finder:
    """Decides for one element after the other whether it is a heading."""

    def __init__(self, dom: FlatDom, items: Sequence[Item]) -> None:
        self._dom = dom
        self._places = ItemIndex(items)
        self._panels = find_panels(dom, self._places)
        self._alone = {item.anchor.node for item in items if item.group < 0}

    def find_region(self, node: int) -> ListHeading | None:
        """The heading of a region whose accessible name announces a list."""
        name = self._dom.attributes[node].get("aria-label")
        text = clean(name[: 2 * MAX_HEADING]) if name else ""
        heading = parse_heading(text) if text else None
        panel = self._dom.span(node)
        if heading is None or self._places.count(panel) < MIN_ITEMS:
            return None
        return ListHeading(node, text, heading, panel)

    def find_label(self, node: int) -> ListHeading | None:
        """The heading that an element is by its words, as the label of a panel, or as a title."""
        dom = self._dom
        if not 1 < dom.size(node) <= MAX_HEADING or dom.ends[node] - node > _MAX_INSIDE:
            return None
        if self._places.count(dom.span(node)) >= MIN_ITEMS:  # a list of short headlines
            return None
        if node in self._panels:
            text = dom.text(node)
            return ListHeading(node, text, parse_heading(text), self._panels[node])
        if dom.tags[node] not in _LABELS:
            return None
        text = dom.text(node)
        heading = parse_heading(text)
        if heading is not None:
            return (
                ListHeading(node, text, heading, self._panel_in(node)) if self._can_head(node, text) else None
            )
        is_title = self._is_title(node) and any(map(str.isalpha, text)) and not self._is_story(node)
        return ListHeading(node, text, None) if is_title else None

    def _panel_in(self, node: int) -> Span | None:
        """The panel that an element, or anything in it, names as its own."""
        inside = range(node, self._dom.ends[node])
        return next((self._panels[each] for each in inside if each in self._panels), None)

    def _is_title(self, node: int) -> bool:
        """Whether an element is a single title, or the only header cell of a table row."""
        dom = self._dom
        if dom.tags[node] in _HEADS:
            beside = dom.children(dom.parents[node])
            return sum(1 for each in beside if dom.tags[each] in ("td", *_HEADS)) == 1
        inside = range(node + 1, dom.ends[node])
        titles = sum(1 for each in inside if dom.tags[each] in TITLE_TAGS and dom.size(each))
        return titles < 2 and (is_title(dom, node) or dom.attributes[node].get("role") == "heading")

    def _is_story(self, node: int) -> bool:
        """Whether an element contains a link to a story, or is in one."""
        around = (*range(node, self._dom.ends[node]), *self._dom.ancestors(node))
        return not self._alone.isdisjoint(around)

    def _can_head(self, node: int, text: str) -> bool:
        """Whether an element with the words of a heading is one: no headline, menu entry or row of labels."""
        dom = self._dom
        around = range(node, dom.ends[node])
        linked = sum(1 for each in around if _is_link(dom, each))
        if linked > 2 or (reads_like_sentence(text) and self._is_story(node)) or self._holds_several(node):
            return False
        is_titled = any(dom.tags[each] in TITLE_TAGS for each in (*around, *dom.ancestors(node)))
        return is_titled or not linked or not is_away(dom, node)

    def _holds_several(self, node: int) -> bool:
        """Whether an element contains different headings, such as the labels of tabs."""
        inside = range(node + 1, self._dom.ends[node])
        texts = {self._dom.text(each) for each in inside if self._dom.size(each)}
        known = {text for text in texts if parse_heading(text)}
        return sum(1 for text in known if not any(text != other and other in text for other in known)) > 1
