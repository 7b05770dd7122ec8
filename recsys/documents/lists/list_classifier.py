"""The list classifier: which sections are lists of headlines, and of what kind; menus are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recsys.documents.html.flat_dom import FlatDom
from recsys.documents.html.link_rules import is_offer, is_same_site
from recsys.documents.lists.headings import parse_name
from recsys.documents.lists.list_candidates import Section
from recsys.documents.lists.list_headings import is_away
from recsys.documents.lists.repeated_records import Item
from recsys.documents.lists.story_links import TITLE_TAGS, text_weight
from recsys.documents.urls import site_of
from recsys.domain import Kind

_MAX_ITEMS = 40
_MIN_ITEMS = 2  # under a heading that announces a list, or chosen for one article
_MIN_OTHER = 3
_STORIES = 0.6  # share of stories in a group; one with fewer is a menu, whose entries may be headings
_NAME_REACH = 5  # elements around a group whose names are read
_LONG_TEXT = 24  # mean letters of the items of a list without a known heading; those of menus have 15


@dataclass(frozen=True, slots=True)
class Place:
    """The address of a page, if it has one, and its site."""

    url: str | None
    site: str

    def is_same_page(self, url: str) -> bool:
        """Whether an address is that of this page, with any parameters."""
        return self.url is not None and url.partition("?")[0] == self.url.partition("?")[0]


@dataclass(frozen=True, slots=True)
class ClassifiedList:
    """A section that was classified as a list of headlines."""

    kind: Kind
    items: tuple[Item, ...]
    title: str | None = None
    scope: str | None = None

    @property
    def urls(self) -> frozenset[str]:
        return frozenset(item.url for item in self.items)


def pick_stories(items: Sequence[Item]) -> list[Item]:
    """The items of groups that are mostly stories, and single links that are stories."""
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    story_groups = {
        group
        for group, members in groups.items()
        if group >= 0 and sum(item.anchor.is_story for item in members) >= _STORIES * len(members)
    }
    return [item for item in items if item.group in story_groups or (item.group < 0 and item.anchor.is_story)]


def classify_sections(dom: FlatDom, sections: Iterable[Section], place: Place) -> list[ClassifiedList]:
    """The sections that are lists, without copies for another screen size, in document order."""
    found: list[ClassifiedList] = []
    seen: set[tuple[str | None, frozenset[str]]] = set()
    listed: set[str] = set()
    for section in sorted(sections, key=lambda section: section.heading is None):
        classified = _classify(dom, section, place)
        if classified is None and section.heading is None and section.list_heading is not None:
            classified = _classify(dom, Section(section.items), place)
        if classified is None or (classified.title, classified.urls) in seen:
            continue
        if section.heading is None and 2 * len(classified.urls & listed) > len(classified.urls):
            continue
        seen.add((classified.title, classified.urls))
        listed |= classified.urls
        found.append(classified)
    return sorted(found, key=lambda classified: classified.items[0].start)


def _classify(dom: FlatDom, section: Section, place: Place) -> ClassifiedList | None:
    kind = _choose_kind(dom, section)
    first: dict[str, Item] = {}
    for item in section.items:
        if kind is not Kind.RELATED or not place.is_same_page(item.url):
            first.setdefault(item.url, item)
    items = tuple(first.values())[:_MAX_ITEMS]
    if len(items) < _min_items(dom, section, kind) or not _is_list(dom, section, items, kind, place.site):
        return None
    return ClassifiedList(kind, items, section.title, section.heading.scope if section.heading else None)


def _min_items(dom: FlatDom, section: Section, kind: Kind) -> int:
    list_heading = section.list_heading
    is_titled = (
        section.heading is not None and list_heading is not None and dom.tags[list_heading.node] in TITLE_TAGS
    )
    return _MIN_ITEMS if is_titled or kind is Kind.RELATED else _MIN_OTHER


def _choose_kind(dom: FlatDom, section: Section) -> Kind:
    """The kind that the heading says, else the names of the elements around it; else `recommended`."""
    if section.heading is not None:
        return section.heading.kind
    for node in _around(dom, section):
        kind = parse_name(f"{dom.classes(node)} {dom.attributes[node].get('id', '')}")
        if kind is not None and (section.list_heading is None or kind is Kind.POPULAR):
            return kind
    return Kind.RECOMMENDED


def _around(dom: FlatDom, section: Section) -> Iterable[int]:
    """The group of a section and the elements that enclose it."""
    group = _group_of(section.items)
    if group < 0:
        return
    for depth, node in enumerate((group, *dom.ancestors(group))):
        if depth >= _NAME_REACH or dom.tags[node] in ("body", "main", "article"):
            return
        yield node


def _group_of(items: Sequence[Item]) -> int:
    return next((item.group for item in items if item.group >= 0), -1)


def _is_paid(dom: FlatDom, item: Item) -> bool:
    """Whether a link is marked as sponsored."""
    return "sponsored" in dom.attributes[item.anchor.node].get("rel", "").lower().split()


def _is_widget(dom: FlatDom, kind: Kind, items: Sequence[Item]) -> bool:
    """Whether recommendations are in an advertisement, by the names around them."""
    return kind is Kind.RECOMMENDED and is_away(dom, items[0].start)


def _is_list(dom: FlatDom, section: Section, items: Sequence[Item], kind: Kind, site: str) -> bool:
    """Whether items are headlines: mostly, under a known heading; in every respect, under any other."""
    count = len(items)
    if 2 * sum(is_offer(item.url) or _is_paid(dom, item) for item in items) > count:
        return False
    reads = sum(item.anchor.reads for item in items) / count
    leads = sum(item.anchor.leads for item in items) / count
    own = sum(is_same_site(site_of(item.url), site) for item in items) / count
    letters = sum(text_weight(item.text) for item in items) / count
    if section.heading is not None and (own >= 0.5 or not _is_widget(dom, kind, items)):
        return reads >= 0.5 or (leads >= 0.8 and letters >= 10 and own >= 0.5)
    if reads < 0.7 or leads < 0.6 or own < 0.6:
        return False
    group = _group_of(items)
    return kind is not Kind.RECOMMENDED or (group >= 0 and letters >= _LONG_TEXT and not is_away(dom, group))
