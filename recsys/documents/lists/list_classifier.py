"""Which sections are lists of headlines, and of what kind; menus, tag clouds and offers are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recsys.documents.html.flat_dom import FlatDom
from recsys.documents.html.link_rules import is_offer, is_same_site
from recsys.documents.lists.headings import parse_name
from recsys.documents.lists.list_candidates import Section
from recsys.documents.lists.list_headings import is_away
from recsys.documents.lists.repeated_records import Item
from recsys.documents.lists.story_links import TITLE_TAGS, weigh_text
from recsys.documents.urls import site_of
from recsys.domain import Kind

_MAX_ITEMS = 40
_MIN_ITEMS = 2  # under a title that announces a list, or of what was chosen for one article
_MIN_OTHER = 3
_STORIES = 0.6  # of a group are stories; else it is a menu, and its entries may be headings
_NAME_REACH = 5  # elements around a group whose names are looked at
_LONG_TEXT = (
    24  # letters that the items of a list without a known heading have in the mean; those of menus have 15
)


@dataclass(frozen=True, slots=True)
class Place:
    """The address of a page, where it has one, and its site."""

    url: str | None
    site: str

    def is_same_page(self, url: str) -> bool:
        """Whether an address leads to this page, whatever parameters it has."""
        return self.url is not None and url.partition("?")[0] == self.url.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Judged:
    """A list of headlines before it is written down."""

    kind: Kind
    items: tuple[Item, ...]
    title: str | None = None
    scope: str | None = None

    @property
    def urls(self) -> frozenset[str]:
        return frozenset(item.url for item in self.items)


def pick_stories(items: Sequence[Item]) -> list[Item]:
    """Items of groups that are stories for the most part, and single links that are stories."""
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    kept = {
        group
        for group, members in groups.items()
        if group >= 0 and sum(item.anchor.is_story for item in members) >= _STORIES * len(members)
    }
    return [item for item in items if item.group in kept or (item.group < 0 and item.anchor.is_story)]


def judge_sections(dom: FlatDom, sections: Iterable[Section], place: Place) -> list[Judged]:
    """The sections that are lists, doubles for another screen once, in document order."""
    found: list[Judged] = []
    seen: set[tuple[str | None, frozenset[str]]] = set()
    listed: set[str] = set()
    for section in sorted(sections, key=lambda section: section.heading is None):
        judged = _judge(dom, section, place)
        if judged is None and section.heading is None and section.mark is not None:
            judged = _judge(dom, Section(section.items), place)
        if judged is None or (judged.title, judged.urls) in seen:
            continue
        if section.heading is None and 2 * len(judged.urls & listed) > len(judged.urls):
            continue
        seen.add((judged.title, judged.urls))
        listed |= judged.urls
        found.append(judged)
    return sorted(found, key=lambda judged: judged.items[0].start)


def _judge(dom: FlatDom, section: Section, place: Place) -> Judged | None:
    kind = _tell_kind(dom, section)
    first: dict[str, Item] = {}
    for item in section.items:
        if kind is not Kind.RELATED or not place.is_same_page(item.url):
            first.setdefault(item.url, item)
    items = tuple(first.values())[:_MAX_ITEMS]
    if len(items) < _min_items(dom, section, kind) or not _is_list(dom, section, items, kind, place.site):
        return None
    return Judged(kind, items, section.title, section.heading.scope if section.heading else None)


def _min_items(dom: FlatDom, section: Section, kind: Kind) -> int:
    mark = section.mark
    is_titled = section.heading is not None and mark is not None and dom.tags[mark.node] in TITLE_TAGS
    return _MIN_ITEMS if is_titled or kind is Kind.RELATED else _MIN_OTHER


def _tell_kind(dom: FlatDom, section: Section) -> Kind:
    """What the heading says, else what the names of the elements around say; else any other choice."""
    if section.heading is not None:
        return section.heading.kind
    for node in _around(dom, section):
        kind = parse_name(f"{dom.classes(node)} {dom.attributes[node].get('id', '')}")
        if kind is not None and (section.mark is None or kind is Kind.POPULAR):
            return kind
    return Kind.RECOMMENDED


def _around(dom: FlatDom, section: Section) -> Iterable[int]:
    """The group of a section and what encloses it."""
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
    """Whether a link says itself that somebody paid for it."""
    return "sponsored" in dom.attributes[item.anchor.node].get("rel", "").lower().split()


def _is_widget(dom: FlatDom, kind: Kind, items: Sequence[Item]) -> bool:
    """Whether what is recommended stands in an advertisement, by the names around it."""
    return kind is Kind.RECOMMENDED and is_away(dom, items[0].start)


def _is_list(dom: FlatDom, section: Section, items: Sequence[Item], kind: Kind, site: str) -> bool:
    """Whether items are headlines: those of a known heading for the most part, others in every respect."""
    count = len(items)
    if 2 * sum(is_offer(item.url) or _is_paid(dom, item) for item in items) > count:
        return False
    reads = sum(item.anchor.reads for item in items) / count
    leads = sum(item.anchor.leads for item in items) / count
    own = sum(is_same_site(site_of(item.url), site) for item in items) / count
    letters = sum(weigh_text(item.text) for item in items) / count
    if section.heading is not None and (own >= 0.5 or not _is_widget(dom, kind, items)):
        return reads >= 0.5 or (leads >= 0.8 and letters >= 10 and own >= 0.5)
    if reads < 0.7 or leads < 0.6 or own < 0.6:
        return False
    group = _group_of(items)
    return kind is not Kind.RECOMMENDED or (group >= 0 and letters >= _LONG_TEXT and not is_away(dom, group))
