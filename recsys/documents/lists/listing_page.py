"""Recognises pages that are no article: front and section pages, tags, searches, and pages about the site.

What a page declares decides, then its address, then whether it has a text of its own between the links to
stories. A page that gives no sign is an article.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from recsys.documents.html.flat_dom import UNSEEN, FlatDom
from recsys.documents.html.json_ld import ARTICLE_TYPES, LISTING_TYPES
from recsys.documents.html.link_rules import is_place, looks_like_story
from recsys.documents.html.metadata import Metadata
from recsys.documents.lists.story_links import find_anchors, text_weight

MIN_TEXT = 400
"""The least weight of a text without a link to a story in it that makes a page an article. The teasers of
section pages have up to 300 characters; of the labelled articles that declare nothing the shortest has
2,000."""
MIN_STORIES = 5
"""Links to stories from which a page without such a text is a list of them."""

_NOWHERE = "https://nowhere.invalid/"  # resolves the links of a page whose address is unknown
_MAX_ARTICLES = 2  # article objects of a page about one; some sites describe it in two ways
_FRONT_PAGE = re.compile(r"/?(?:(?:index|default|home)\.(?:html?|php|aspx?))?", re.IGNORECASE)
_BARE_DATE = re.compile(r"/(?:19|20)\d{2}/\d{1,2}(?:/\d{1,2})?/?$")
_BOILERPLATE_TAGS = frozenset("nav header footer aside form dialog".split())


def is_listing_page(tree: HtmlElement, url: str, declared: Metadata, *, is_dated: bool) -> bool:
    """Whether a page is not an article; `is_dated` says whether it declares when it was published."""
    articles = sum(kind in ARTICLE_TYPES for kind in declared.kinds)
    if is_front_page(url):
        return True
    if 0 < articles <= _MAX_ARTICLES:
        return False
    if not LISTING_TYPES.isdisjoint(declared.kinds):
        return True
    if (is_dated and not articles) or _has_story_address(url):
        return False
    return _is_marked_as_listing(url, declared) or _lists_stories(tree, url)


def is_front_page(url: str) -> bool:
    """Whether an address is that of a site's front page."""
    parts = urlsplit(url)
    is_root = _FRONT_PAGE.fullmatch(parts.path) is not None
    return parts.scheme in ("http", "https") and is_root and not parts.query


def _has_story_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme != "urn" and looks_like_story(url) and not _BARE_DATE.search(parts.path)


def _is_marked_as_listing(url: str, declared: Metadata) -> bool:
    """Whether a page says that it is no article, or its address is that of a tag or section by its words."""
    is_website = any(kind.lower() in ("website", "profile") for kind in declared.kinds)
    is_root = urlsplit(url).path == "/"  # of a CMS that names stories by a number in the query
    return is_website or (url.startswith("http") and is_place(url) and not is_root)


def _lists_stories(tree: HtmlElement, url: str) -> bool:
    """Whether a page links to several stories and has no text of its own between them."""
    dom = FlatDom(tree)
    base = url if url.startswith("http") else _NOWHERE
    anchors = [each for each in find_anchors(dom, base) if each.is_story]
    stories = {id(dom.elements[each.node]) for each in anchors}
    longest, links = _longest_text(tree, stories)
    return links >= MIN_STORIES and longest < MIN_TEXT


def _longest_text(tree: HtmlElement, stories: set[int]) -> tuple[float, int]:
    """The weight of the longest text that no link to a story interrupts, and the number of such links.

    Menus, headers, footers and what stands aside do not count.
    """
    longest, run, links = 0.0, 0.0, 0
    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            run += text_weight((element.tail or "").strip())
        elif id(element) in stories:
            longest, run, links = max(longest, run), 0.0, links + 1
            walker.skip_subtree()
        elif element.tag in UNSEEN or element.tag in _BOILERPLATE_TAGS:
            walker.skip_subtree()
        else:
            run += text_weight((element.text or "").strip())
    return max(longest, run), links
