"""Lists on an HTML page: items that stand together, what heads them, and which of them are lists of headlines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from lxml.html import HtmlElement

from recsys.domain import Kind, ListItem, RankedList
from recsys.pages.groups import Item, find_items
from recsys.pages.headings import parse_name
from recsys.pages.items import TITLE_TAGS, find_anchors, weigh_text
from recsys.pages.links import is_offer, is_same_site
from recsys.pages.marks import find_marks, is_away
from recsys.pages.outline import Outline
from recsys.pages.sections import Section, find_sections
from recsys.pages.urls import site_of

_MAX_ITEMS = 40
_MIN_ITEMS = 2  # under a title that announces a list, or of what was chosen for one article
_MIN_OTHER = 3
_STRONG = 0.6
_RANK = re.compile(r"^(?:#\s*)?\d{1,2}(?:[.):]\s*|\s+)(?=\D)")


def read_lists(tree: HtmlElement, page_url: str, site: str, observed_at: datetime) -> tuple[RankedList, ...]:
    """The lists of headlines, in document order, doubles once."""
    outline = Outline(tree)
    base = page_url if page_url.startswith("http") else None
    items = _strong(find_items(outline, find_anchors(outline, base)))
    sections = find_sections(outline, items, find_marks(outline, items))
    found: list[tuple[int, RankedList]] = []
    seen: set[tuple[str | None, frozenset[str]]] = set()
    listed_urls: set[str] = set()
    for section in sorted(sections, key=lambda section: section.heading is None):
        kept = _choose_items(section.items)
        kind = _tell_kind(outline, section)
        if kind is Kind.RELATED:
            kept = [item for item in kept if item.url.partition("?")[0] != (base or "").partition("?")[0]]
        if len(kept) < _min_items(outline, section, kind) or not _is_list(outline, section, kept, site, kind):
            continue
        urls = (section.title, frozenset(item.url for item in kept))
        if urls in seen:
            continue
        if section.heading is None and 2 * len(urls[1] & listed_urls) > len(urls[1]):
            continue
        seen.add(urls)
        listed_urls |= urls[1]
        listed = tuple(ListItem(place, text, item.url) for place, (item, text) in enumerate(_texts(kept), start=1))
        scope = section.heading.scope if section.heading else None
        found.append(
            (kept[0].start, RankedList(site, kind, observed_at, listed, title=section.title, scope=scope, page_url=page_url))
        )
    return tuple(ranked for _, ranked in sorted(found, key=lambda each: each[0]))


def _strong(items: Sequence[Item]) -> list[Item]:
    """Items of groups that are stories for the most part, and single links that are."""
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    weak = {
        group
        for group, members in groups.items()
        if group >= 0 and sum(item.anchor.is_story for item in members) < _STRONG * len(members)
    }
    return [
        item for item in items if item.group not in weak and (item.group >= 0 or item.anchor.is_story)
    ]


def _choose_items(items: Iterable[Item]) -> list[Item]:
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item.url, item)
    return list(first.values())[:_MAX_ITEMS]


def _texts(items: Sequence[Item]) -> Iterator[tuple[Item, str]]:
    """Headlines, leading numbers taken off where all but one have them."""
    ranked = sum(1 for item in items if _RANK.match(item.text))
    for item in items:
        yield item, _RANK.sub("", item.text) if ranked >= max(2, len(items) - 1) else item.text


def _min_items(outline: Outline, section: Section, kind: Kind) -> int:
    is_titled = section.heading is not None and section.mark is not None and outline.tags[section.mark.node] in TITLE_TAGS
    return _MIN_ITEMS if is_titled or kind is Kind.RELATED else _MIN_OTHER


def _tell_kind(outline: Outline, section: Section) -> Kind:
    """What the heading says, else what the names of the elements around hint at; else any other choice."""
    if section.heading is not None:
        return section.heading.kind
    group = next((item.group for item in section.items if item.group >= 0), -1)
    for depth, node in enumerate((group, *outline.ancestors(group)) if group >= 0 else ()):
        if depth >= _HINT_REACH or outline.tags[node] in ("body", "main", "article"):
            break
        kind = parse_name(f"{outline.classes(node)} {outline.attributes[node].get('id') or ''}")
        if kind is not None and (section.mark is None or kind is Kind.POPULAR):
            return kind
    return Kind.RECOMMENDED


_HINT_REACH = 5  # elements around a group whose names are looked at


def _is_list(outline: Outline, section: Section, items: Sequence[Item], site: str, kind: Kind) -> bool:
    """Whether items are headlines: those of a known heading for the most part, others in every respect."""
    count = len(items)
    reads = sum(item.anchor.reads for item in items) / count
    leads = sum(item.anchor.leads for item in items) / count
    own = sum(is_same_site(site_of(item.url), site) for item in items) / count
    if 2 * sum(is_offer(item.url) for item in items) > count:
        return False
    length = sum(weigh_text(item.text) for item in items) / count
    if section.heading is None and kind is not Kind.RECOMMENDED:
        return reads >= 0.7 and leads >= 0.6 and own >= 0.6
    if section.heading is not None:
        return reads >= 0.5 or (leads >= 0.8 and length >= 10 and own >= 0.5)
    group = next((item.group for item in items if item.group >= 0), -1)
    return (
        group >= 0
        and reads >= 0.7
        and leads >= 0.6
        and own >= 0.6
        and length >= 24
        and not is_away(outline, group)
    )
