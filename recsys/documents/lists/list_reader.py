"""Reads the lists on an HTML page: items, their headings, and the sections that are lists of headlines.

List selectors of the site take precedence: what they select is read as they say, and nothing else is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml.html import HtmlElement

from recsys.documents.html.flat_dom import FlatDom
from recsys.documents.lists.list_candidates import find_sections
from recsys.documents.lists.list_classifier import ClassifiedList, Place, classify_sections, pick_stories
from recsys.documents.lists.list_headings import find_list_headings
from recsys.documents.lists.list_selectors import Profile, apply_profile
from recsys.documents.lists.repeated_records import Item, find_items
from recsys.documents.lists.story_links import find_anchors
from recsys.domain import ListItem, RankedList

_RANK = re.compile(r"^(?:#\s*)?\d{1,2}(?:[.):]\s*|\s+)(?=\D)")
NO_PROFILE = Profile()


def read_lists(
    tree: HtmlElement, page_url: str, site: str, observed_at: datetime, profile: Profile = NO_PROFILE
) -> tuple[RankedList, ...]:
    """The lists of headlines, in document order, without duplicates."""
    place = Place(page_url if page_url.startswith("http") else None, site)
    return tuple(
        RankedList(
            site,
            classified.kind,
            observed_at,
            tuple(
                ListItem(at, text, item.url)
                for at, (item, text) in enumerate(_texts(classified.items), start=1)
            ),
            title=classified.title,
            scope=classified.scope,
            page_url=page_url,
        )
        for classified in find_lists(tree, FlatDom(tree), place, profile)
    )


def find_lists(
    tree: HtmlElement, dom: FlatDom, place: Place, profile: Profile = NO_PROFILE
) -> list[ClassifiedList]:
    """The lists of a page, with the elements of their items."""
    anchors = find_anchors(dom, place.url)
    items = find_items(dom, anchors)
    ruled = list(apply_profile(profile, tree, dom, items, anchors)) if profile.lists else []
    taken = [part for each in ruled for part in each.parts]
    free = [
        item
        for item in pick_stories(items)
        if not any(start <= item.anchor.node < end for start, end in taken)
    ]
    found = classify_sections(dom, find_sections(dom, free, find_list_headings(dom, free)), place)
    found += [
        ClassifiedList(each.rule.kind, each.items, each.rule.title, each.rule.scope)
        for each in ruled
        if each.rule.kind is not None and each.items
    ]
    return sorted(found, key=lambda classified: classified.items[0].start)


def _texts(items: Sequence[Item]) -> Iterator[tuple[Item, str]]:
    """Headlines, without leading numbers if all but one have them."""
    ranked = sum(1 for item in items if _RANK.match(item.text))
    for item in items:
        yield item, _RANK.sub("", item.text) if ranked >= max(2, len(items) - 1) else item.text
