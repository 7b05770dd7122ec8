"""Lists on an HTML page: a heading that announces one, and the block of headline links that it heads.

First form: a heading is found by its words (`headings.py`), its block is the nearest one after it that
holds at least two headline links, and ends at the next such heading. Labels of tabs, which stand side by
side, are paired with the panels that follow them or that they name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, takewhile

from lxml.html import HtmlElement

from recsys.domain import ListItem, RankedList
from recsys.pages.facts import clean
from recsys.pages.headings import MAX_HEADING, Heading, parse_heading
from recsys.pages.items import Link, choose_items, headline_links, is_title, reads_like_sentence

_TITLES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LABELS = _TITLES | frozenset(
    "div span p strong b em a dt li button label legend td th summary header caption".split()
)
_MAX_CLIMB = 6  # levels between a heading and the block it heads; the labelled pages need at most 5
_MIN_ITEMS = 2
_MAX_ITEMS = 40
_MAX_MARKS = 200  # headings looked at; the labelled page with the most has 31
_TITLE_REACH = 150  # elements between a title and its first headline; beyond it, they are strangers
_LABEL_REACH = 30  # the same for text in any other element: a menu entry is far from what follows the menu


@dataclass(frozen=True, slots=True)
class _Mark:
    """An element that is a heading, with its place in the document."""

    element: HtmlElement
    heading: Heading
    place: int

    @property
    def reach(self) -> int:
        """How many elements may stand before its first headline."""
        above = (self.element, self.element.getparent())
        is_titled = any(
            each is not None and is_title(each) for each in (*above, *self.element.iterdescendants())
        )
        return _TITLE_REACH if is_titled else _LABEL_REACH


def read_lists(tree: HtmlElement, page_url: str, site: str, observed_at: datetime) -> tuple[RankedList, ...]:
    """The lists that headings announce, in document order, doubles once."""
    outline = _Outline(tree, page_url if page_url.startswith("http") else None)
    found: dict[tuple[str, ...], RankedList] = {}
    for heading, links in outline.pair():
        items = choose_items(links)[:_MAX_ITEMS]
        if len(items) >= _MIN_ITEMS:
            listed = tuple(ListItem(place, link.text, link.url) for place, link in enumerate(items, start=1))
            ranked = RankedList(
                site,
                heading.kind,
                observed_at,
                listed,
                title=heading.title,
                scope=heading.scope,
                page_url=page_url,
            )
            found.setdefault(tuple(link.url for link in items), ranked)
    return tuple(found.values())


class _Outline:
    """The headings of a page in their order, and how far the block of each may reach."""

    def __init__(self, tree: HtmlElement, base: str | None) -> None:
        self._base = base
        self._places = {element: place for place, element in enumerate(tree.iter())}
        self._marks = list(islice(_find_marks(self._places), _MAX_MARKS))
        self._titles = self._find_titles({_look(mark.element) for mark in self._marks})
        self._ids = {element.get("id"): element for element in self._places if element.get("id")}

    def pair(self) -> Iterator[tuple[Heading, list[Link]]]:
        """Every heading with the headline links of its block."""
        waiting: list[_Mark] = []  # labels without a block of their own before the next: tabs
        for at, mark in enumerate(self._marks):
            end = self._marks[at + 1].place if at + 1 < len(self._marks) else len(self._places)
            panel = self._named_panel(mark)
            blocks = [panel] if panel is not None else self._block_after(mark, end)
            if not self._links(blocks, end if panel is None else None):
                waiting.append(mark)
                continue
            yield from self._share(
                [*self._tabs_of(waiting, mark), mark], blocks, end if panel is None else None
            )
            waiting = []

    def _tabs_of(self, waiting: list[_Mark], last: _Mark) -> list[_Mark]:
        """The labels just before one that look like it."""
        return [
            mark
            for mark in waiting
            if _look(mark.element) == _look(last.element) and last.place - mark.place < 20
        ]

    def _share(
        self, tabs: list[_Mark], blocks: list[HtmlElement], end: int | None
    ) -> Iterator[tuple[Heading, list[Link]]]:
        """The block to one heading; to several, its panels in their order, or all of it to the first."""
        panels = blocks
        while len(panels) == 1 and len(tabs) > 1:
            panels = list(panels[0])
        filled = [links for panel in panels if len(links := self._links([panel], end)) >= _MIN_ITEMS]
        if len(tabs) > 1 and len(filled) == len(tabs):
            yield from zip((mark.heading for mark in tabs), filled, strict=True)
        else:
            yield tabs[0].heading, self._links(blocks, end)

    def _named_panel(self, mark: _Mark) -> HtmlElement | None:
        """The element that a tab's label names as its panel."""
        for element in mark.element.iter():
            name = element.get("aria-controls") or element.get("data-target") or element.get("href") or ""
            panel = self._ids.get(name.removeprefix("#"))
            if (
                panel is not None
                and self._places[panel] > mark.place
                and len(self._links([panel], None)) >= _MIN_ITEMS
            ):
                return panel
        return None

    def _block_after(self, mark: _Mark, end: int) -> list[HtmlElement]:
        """The elements beside the heading, or beside what encloses it, that hold its headlines; else none."""
        node = mark.element
        stop = self._end_of_section(mark, end)
        for _ in range(_MAX_CLIMB):
            beside = list(takewhile(lambda each: self._places[each] < stop, node.itersiblings()))
            links = self._anchors(beside, stop)
            headlines = [each for each in links if headline_links([each], self._base)]
            if headlines and self._places[headlines[0]] - mark.place > mark.reach:
                return []
            if len(headlines) >= _MIN_ITEMS:
                return beside
            node = node.getparent()
            if node is None or node.tag == "body":
                return []
        return []

    def _find_titles(self, looks: set[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
        """The places of all titles that look like a heading, known or not: a block ends there."""
        found: dict[tuple[str, str], list[int]] = {look: [] for look in looks}
        for element, place in self._places.items():
            if (look := _look(element)) in looks and _is_bare(element):
                found[look].append(place)
        return found

    def _end_of_section(self, mark: _Mark, end: int) -> int:
        """Where the next title of the same look stands, if that comes before `end`."""
        if mark.element.tag not in _TITLES and not mark.element.get("class"):
            return end
        places = self._titles[_look(mark.element)]
        following = bisect_right(places, mark.place)
        return min(end, places[following]) if following < len(places) else end

    def _links(self, block: Iterable[HtmlElement], end: int | None) -> list[Link]:
        return headline_links(self._anchors(block, end), self._base)

    def _anchors(self, block: Iterable[HtmlElement], end: int | None) -> list[HtmlElement]:
        links = chain.from_iterable(element.iter("a") for element in block)
        return list(links if end is None else takewhile(lambda link: self._places[link] < end, links))


def _find_marks(places: dict[HtmlElement, int]) -> Iterator[_Mark]:
    """The outermost elements whose whole text is a heading; a link in a menu is none."""
    inside: set[HtmlElement] = set()
    for element, place in places.items():
        if element in inside or element.tag not in _LABELS:
            continue
        text = _short_text(element)
        heading = parse_heading(text) if text else None
        if heading is not None and _can_head(element, heading):
            inside.update(element.iterdescendants())
            yield _Mark(element, heading, place)


def _short_text(element: HtmlElement) -> str:
    """The text of an element; empty where it is longer than a heading."""
    parts, size = [], 0
    for text in element.itertext(with_tail=False):
        if bare := text.strip():
            parts.append(bare)
            size += len(bare)
            if size > MAX_HEADING:
                return ""
    return clean(" ".join(parts))


def _can_head(element: HtmlElement, heading: Heading) -> bool:
    """Whether an element with the words of a heading is one: no headline, menu entry or row of labels."""
    links = [each for each in element.iter("a") if not (each.get("href") or "#").startswith("#")]
    is_linked = bool(links) or any(each.tag == "a" for each in element.iterancestors())
    if len(links) > 2 or (is_linked and reads_like_sentence(heading.title)):
        return False
    labels = {
        text for each in element.iterdescendants() if (text := _short_text(each)) and parse_heading(text)
    }
    apart = [text for text in labels if not any(text != other and text in other for other in labels)]
    return len(apart) < 2 and not _is_menu_entry(element)


def _is_menu_entry(element: HtmlElement) -> bool:
    above = {each.tag for each in element.iterancestors()} | {element.tag}
    within = {each.tag for each in element.iter()}
    return "nav" in above and not (above | within) & _TITLES


def _is_bare(element: HtmlElement) -> bool:
    """Whether a title links nowhere, neither from within nor as part of a link."""
    is_linked = element.find(".//a") is not None or any(each.tag == "a" for each in element.iterancestors())
    return not is_linked and bool(_short_text(element))


def _look(element: HtmlElement) -> tuple[str, str]:
    return element.tag, element.get("class") or ""
