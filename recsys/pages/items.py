"""The headline links in a block of a page: which links are headlines, and what of their text is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml.html import HtmlElement

from recsys.pages.facts import clean
from recsys.pages.links import is_place
from recsys.pages.urls import canonical_url

_TITLES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TITLE_CLASS = re.compile(
    r"(?<![a-z])(?:title|headline|titel|titulo|titre|heading|überschrift)(?![a-z])", re.IGNORECASE
)
_RANK = re.compile(r"^(?:#\s*)?\d{1,2}(?:[.):]\s*|\s+)(?=\D)")
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_MIN_CHARACTERS = 16  # a shorter text is a headline only if it has four words
_MIN_CJK = 8
_SHARING = re.compile(
    r"(?:facebook\.com/share|twitter\.com/(?:intent|share)|/share\b|whatsapp\.com|pinterest\.)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that reads like a headline; `is_titled` where a title element encloses it or lies in it."""

    url: str
    text: str
    is_titled: bool


def headline_links(block: Iterable[HtmlElement], base: str | None) -> list[Link]:
    """The headline links among some elements, in their order."""
    return [link for element in block if (link := _parse_link(element, base)) is not None]


def choose_items(links: list[Link]) -> list[Link]:
    """One link an address, the one in a title first, else the first; only titled ones where most are.

    A teaser, an author or a counter beside a title links too; they are what this leaves out.
    """
    best: dict[str, Link] = {}
    for link in links:
        known = best.get(link.url)
        if known is None or (link.is_titled and not known.is_titled):
            best[link.url] = link
    titled = [link for link in best.values() if link.is_titled]
    chosen = titled if 2 * len(titled) >= len(best) > 1 else list(best.values())
    return _without_ranks(chosen)


def _without_ranks(links: list[Link]) -> list[Link]:
    """Leading numbers taken off where all links but one have them."""
    ranked = sum(1 for link in links if _RANK.match(link.text))
    if ranked < max(2, len(links) - 1):
        return links
    return [Link(link.url, _RANK.sub("", link.text), link.is_titled) for link in links]


def _parse_link(element: HtmlElement, base: str | None) -> Link | None:
    href = (element.get("href") or "").strip()
    if not href or href.startswith("#"):
        return None
    url = canonical_url(href, base)
    if url is None or _SHARING.search(url) or is_place(url):
        return None
    inner = _title_within(element)
    text = clean(_spaced_text(element if inner is None else inner))
    if not _reads_like_headline(text):
        return None
    return Link(url, text, inner is not None or _is_under_title(element))


def _reads_like_headline(text: str) -> bool:
    if _CJK.search(text):
        return len(text) >= _MIN_CJK
    return len(text) >= _MIN_CHARACTERS or len(text.split()) >= 4


def reads_like_sentence(text: str) -> bool:
    """Whether a text is longer than what announces a list: a headline that holds the same words."""
    return len(text) > 15 if _CJK.search(text) else len(text) > 40 or len(text.split()) > 5


def _title_within(element: HtmlElement) -> HtmlElement | None:
    inner = element.iterdescendants()
    return next(
        (each for each in inner if is_title(each) and len("".join(each.itertext()).strip()) > 7), None
    )


def _is_under_title(element: HtmlElement) -> bool:
    above = (
        element,
        element.getparent(),
        None if element.getparent() is None else element.getparent().getparent(),
    )
    return any(each is not None and is_title(each) for each in above)


def is_title(element: HtmlElement) -> bool:
    """Whether an element is a title by its tag or its class."""
    return element.tag in _TITLES or bool(_TITLE_CLASS.search(element.get("class") or ""))


def _spaced_text(element: HtmlElement) -> str:
    return " ".join(
        text
        for each in element.iter()
        if each.tag not in ("script", "style", "noscript", "svg")
        for text in (each.text, each.tail if each is not element else None)
        if text
    )
