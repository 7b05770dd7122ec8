"""Front and section pages: their lists, and the stories, feeds and sections they link to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from recsys.documents.formats.html_page import build_page
from recsys.documents.html.link_rules import is_place, is_same_site, is_story, looks_like_story
from recsys.documents.html.metadata import clean, text_of
from recsys.documents.html.parse import parse_html
from recsys.documents.source import Source
from recsys.documents.urls import canonical_url, site_of
from recsys.domain import Kind, ListItem, RankedList

MAX_FRONT = 60
"""The longest list made of a front page; hardly anybody sees what comes later."""
_MAX_STORIES = 300
_MAX_FEEDS = 10
_MAX_SECTIONS = 12
_MAX_MENU_LINKS = 2_000
_MAX_SECTION_NAME = 30  # characters
_MIN_HEADLINE = 16  # characters
_TITLES = ("h1", "h2", "h3", "h4", "h5", "h6")
_BESIDE = frozenset({"aside", "nav", "footer"})
_MENUS = frozenset({"nav", "header"})
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"}
)


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The lists of a front or section page, and the addresses of stories, feeds and sections on it."""

    lists: tuple[RankedList, ...]
    stories: tuple[str, ...]
    feeds: tuple[str, ...]
    sections: tuple[str, ...]


def read_front(text: str, source: Source) -> FrontPage:
    """The content of the page at `source.url`; ReadError if it is no HTML page.

    If it is the site's front page, its headlines in document order are a list of their own.
    """
    address = source.url or ""
    site = source.site or site_of(address)
    document = parse_html(text, source)
    tree = document.tree
    page = build_page(document, source)
    lists = tuple(each for each in page.lists if each.kind is not Kind.INLINE)
    base = next((canonical_url(each.get("href"), address) for each in tree.xpath("//base[@href]")), None)
    base = base or address
    if urlsplit(address).path == "/" and not any(each.kind is Kind.FRONT_PAGE for each in lists):
        own = tuple(_front_list(tree, base, lists, source))
        lists = (*own, *(each for each in lists if not _is_block_of(each, own)))
    named = (item.url for ranked in lists for item in ranked.items)
    linked = (canonical_url(link.get("href"), base) for link in tree.iter("a") if link.get("href"))
    stories = dict.fromkeys(url for url in (*named, *linked) if url and is_story(url, site))
    return FrontPage(
        lists,
        tuple(stories)[:_MAX_STORIES],
        tuple(dict.fromkeys(_find_feeds(tree, base)))[:_MAX_FEEDS],
        tuple(dict.fromkeys(_find_sections(tree, base, address)))[:_MAX_SECTIONS],
    )


def _front_list(
    tree: HtmlElement, base: str, lists: Sequence[RankedList], source: Source
) -> Iterator[RankedList]:
    """The headlines of the page itself, each once, without those that are only on its most-read list.

    If most of the links are headings, the others are something else: teasers, advertisements.
    """
    address = source.url or base
    site = source.site or site_of(address)
    anchors = [(url, each) for each in tree.iter("a") if (url := canonical_url(each.get("href") or "", base))]
    shown = Counter(url for url, _ in anchors)
    popular = Counter(item.url for each in lists if each.kind is Kind.POPULAR for item in each.items)
    headlines: dict[str, tuple[str, bool]] = {}
    for url, element in anchors:
        is_own = is_story(url, site) and shown[url] > popular[url] and not _is_within(element, _BESIDE)
        is_title = _is_title(element)
        is_better = url not in headlines or (is_title and not headlines[url][1])
        if is_own and is_better and _reads_like_headline(text := _headline_of(element)):
            headlines[url] = text, is_title
    titles = [(url, text) for url, (text, titled) in headlines.items() if titled]
    chosen = titles if 2 * len(titles) >= len(headlines) else [(url, t) for url, (t, _) in headlines.items()]
    if len(chosen) > 1:
        numbered = enumerate(chosen[:MAX_FRONT], start=1)
        items = tuple(ListItem(place, text, url) for place, (url, text) in numbered)
        yield RankedList(site, Kind.FRONT_PAGE, source.observed_at, items, page_url=address)


def _is_title(element: HtmlElement) -> bool:
    """Whether a link contains a heading, or is in one."""
    around = islice(element.iterancestors(), 2)
    return any(each.tag in _TITLES for each in (*element.iter(), *around))


def _headline_of(element: HtmlElement) -> str:
    """The heading in a link, or all its text."""
    title = next((each for each in element.iter(*_TITLES) if text_of(each).strip()), element)
    return clean(" ".join(title.itertext()))


def _reads_like_headline(text: str) -> bool:
    """Whether a text has 16 characters, or half as many in scripts without spaces: no section, no `More`."""
    return len(text) + sum(each > "\u3000" for each in text) >= _MIN_HEADLINE


def _is_block_of(ranked: RankedList, own: Sequence[RankedList]) -> bool:
    """Whether a list without a heading is a block of the front page's own headlines."""
    headlines = {item.url for each in own for item in each.items}
    is_announced = ranked.title is not None or ranked.kind is not Kind.RECOMMENDED
    return not is_announced and headlines.issuperset(item.url for item in ranked.items)


def _is_within(element: HtmlElement, tags: frozenset[str]) -> bool:
    return any(each.tag in tags for each in element.iterancestors())


def _find_feeds(tree: HtmlElement, base: str) -> Iterator[str]:
    """Feeds in `link rel=alternate`, less those of comments."""
    for link in tree.iter("link"):
        kinds = (link.get("rel") or "").lower().split()
        is_feed = (link.get("type") or "").strip().lower() in _FEED_TYPES
        url = canonical_url(link.get("href") or "", base)
        description = f"{link.get('href') or ''} {link.get('title') or ''}".lower()
        if url and is_feed and "alternate" in kinds and "comment" not in description:
            yield url


def _find_sections(tree: HtmlElement, base: str, address: str) -> Iterator[str]:
    """Sections in menus: links with short texts and short paths, no stories."""
    menus = (link for link in tree.iter("a") if _is_within(link, _MENUS))
    for url, name in _links(islice(menus, _MAX_MENU_LINKS), base):
        parts = urlsplit(url)
        is_short = 0 < len(name) <= _MAX_SECTION_NAME and parts.path.strip("/").count("/") < 2
        is_own = is_same_site(site_of(url), site_of(address)) and not parts.query
        if is_own and is_short and not is_place(url) and not looks_like_story(url):
            yield url


def _links(elements: Iterable[HtmlElement], base: str) -> Iterator[tuple[str, str]]:
    for each in elements:
        if url := canonical_url(each.get("href") or "", base):
            yield url, clean(text_of(each))
