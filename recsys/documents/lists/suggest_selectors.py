"""Suggests list selectors for a site from the lists that are detected on one of its pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from recsys.documents.html.flat_dom import FlatDom
from recsys.documents.lists.list_classifier import ClassifiedList, Place
from recsys.documents.lists.list_reader import find_lists
from recsys.documents.lists.list_selectors import ListRule, Profile, apply_profile
from recsys.documents.lists.repeated_records import find_items
from recsys.documents.lists.story_links import find_anchors

_STABLE = re.compile(r"(?=.{4,40}$)[A-Za-z]+(?:[_-]+[A-Za-z]+)*(?:[_-]?\d{1,2})?")
"""A name that a person wrote, with a number at most; other names change with every build of a site."""

_CLIMB = 4  # elements around a list that may name it
_SHOWN = 60  # characters of a headline in a comment


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule, and what it selects on the page it was made from."""

    rule: ListRule
    headlines: tuple[str, ...]


def suggest_rules(tree: HtmlElement, place: Place) -> list[Suggestion]:
    """A rule for every list on a page: the shortest selector that selects exactly its items."""
    dom = FlatDom(tree)
    anchors = find_anchors(dom, place.url)
    items = find_items(dom, anchors)
    found = []
    for classified in find_lists(tree, dom, place):
        for selector in _selectors(tree, dom, classified):
            rule = ListRule(selector, classified.kind, classified.title, classified.scope)
            (ruled,) = apply_profile(Profile((rule,)), tree, dom, items, anchors)
            if [item.url for item in ruled.items] == [item.url for item in classified.items]:
                found.append(Suggestion(rule, tuple(item.text for item in classified.items)))
                break
    return found


def format_profile(site: str, suggestions: Sequence[Suggestion]) -> str:
    """The table of recsys.toml with the rules, and what each selects as a comment."""
    lines = [f"[sites.{_quote(site)}]", "lists = ["]
    for each in suggestions:
        first = " ".join(each.headlines[0].split())[:_SHOWN]
        lines.append(f"  # {len(each.headlines)} headlines, the first: {first}")
        rule = each.rule
        fields = {"selector": rule.selector, "kind": str(rule.kind), "title": rule.title, "scope": rule.scope}
        shown = ", ".join(f"{name} = {_quote(value)}" for name, value in fields.items() if value)
        lines.append(f"  {{ {shown} }},")
    return "\n".join([*lines, "]"])


def _quote(text: str) -> str:
    """A basic string of TOML, which is one of JSON except for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _selectors(tree: HtmlElement, dom: FlatDom, classified: ClassifiedList) -> Iterator[str]:
    """XPath expressions for the element around all items: by id, by classes, and last by position."""
    nodes = [item.start for item in classified.items]
    around = nodes[0]
    while not all(around <= node < dom.ends[around] for node in nodes) and dom.parents[around] >= 0:
        around = dom.parents[around]
    for node in [around, *dom.ancestors(around)][:_CLIMB]:
        name = dom.attributes[node].get("id", "")
        if _STABLE.fullmatch(name):
            yield f"//*[@id='{name}']"
        for word in dom.classes(node).split():
            if _STABLE.fullmatch(word):
                is_there = f"contains(concat(' ', normalize-space(@class), ' '), ' {word} ')"
                yield f"//{dom.tags[node]}[{is_there}]"
    path = tree.getroottree().getpath(dom.elements[around])
    for node in dom.ancestors(around):
        name = dom.attributes[node].get("id", "")
        if _STABLE.fullmatch(name):
            above = tree.getroottree().getpath(dom.elements[node])
            yield f"//*[@id='{name}']{path.removeprefix(above)}"
    yield path
