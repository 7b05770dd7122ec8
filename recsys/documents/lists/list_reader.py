"""Lists on an HTML page: items that stand together, what heads them, and which of them are headlines.

A profile of the site overrules: what it names is read as it says, and nothing else is found there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml.html import HtmlElement

from recsys.documents.html.flat_dom import FlatDom
from recsys.documents.lists.list_candidates import find_sections
from recsys.documents.lists.list_classifier import Judged, Place, judge_sections, pick_stories
from recsys.documents.lists.list_headings import find_marks
from recsys.documents.lists.list_selectors import Profile, apply_profile
from recsys.documents.lists.repeated_records import Item, find_items
from recsys.documents.lists.story_links import find_anchors
from recsys.domain import ListItem, RankedList

_RANK = re.compile(r"^(?:#\s*)?\d{1,2}(?:[.):]\s*|\s+)(?=\D)")
NO_PROFILE = Profile()


def read_lists(
    tree: HtmlElement, page_url: str, site: str, observed_at: datetime, profile: Profile = NO_PROFILE
) -> tuple[RankedList, ...]:
    """The lists of headlines, in document order, doubles once."""
    place = Place(page_url if page_url.startswith("http") else None, site)
    return tuple(
        RankedList(
            site,
            judged.kind,
            observed_at,
            tuple(
                ListItem(at, text, item.url) for at, (item, text) in enumerate(_texts(judged.items), start=1)
            ),
            title=judged.title,
            scope=judged.scope,
            page_url=page_url,
        )
        for judged in find_lists(tree, FlatDom(tree), place, profile)
    )


def find_lists(tree: HtmlElement, dom: FlatDom, place: Place, profile: Profile = NO_PROFILE) -> list[Judged]:
    """The lists of a page with the parts of it that their items are."""
    anchors = find_anchors(dom, place.url)
    items = find_items(dom, anchors)
    ruled = list(apply_profile(profile, tree, dom, items, anchors)) if profile.lists else []
    taken = [part for each in ruled for part in each.parts]
    free = [
        item
        for item in pick_stories(items)
        if not any(start <= item.anchor.node < end for start, end in taken)
    ]
    found = judge_sections(dom, find_sections(dom, free, find_marks(dom, free)), place)
    found += [
        Judged(each.rule.kind, each.items, each.rule.title, each.rule.scope)
        for each in ruled
        if each.rule.kind is not None and each.items
    ]
    return sorted(found, key=lambda judged: judged.items[0].start)


def _texts(items: Sequence[Item]) -> Iterator[tuple[Item, str]]:
    """Headlines, leading numbers taken off where all but one have them."""
    ranked = sum(1 for item in items if _RANK.match(item.text))
    for item in items:
        yield item, _RANK.sub("", item.text) if ranked >= max(2, len(items) - 1) else item.text
