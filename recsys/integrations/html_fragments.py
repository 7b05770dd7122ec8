"""What a CMS keeps as HTML, as text and links."""

from __future__ import annotations

from itertools import islice

import lxml.html
from lxml import etree

from recsys.documents import canonical_url, site_of
from recsys.documents.html.html_text import plain_text
from recsys.documents.html.link_rules import is_place, is_same_site
from recsys.domain import MAX_BODY, ListItem
from recsys.text import one_line, without_controls

MAX_LINKS = 1_000
"""Links of one text: what a service takes as one list."""
_LONGEST_LINK = 500  # characters of its words
_LONGEST_ADDRESS = 2_000  # characters; a longer one is refused by stores and services

Link = tuple[str, str]
"""A link of a text: its address as written, its words."""


def read_fragment(html: str) -> tuple[str, list[Link]]:
    """Text, a line for each block, and the links in it; plain text is taken as it is. Nothing is fetched."""
    html = html[: 4 * MAX_BODY]
    if "<" not in html:
        return without_controls(html)[:MAX_BODY].strip(), []
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(f"<div>{html}</div>".encode(errors="replace"), parser=parser)
    except etree.LxmlError:
        return "", []
    links = [(each.get("href", ""), _words(each)) for each in tree.iter("a") if each.get("href")]
    return plain_text(html) or "", links


def list_links(links: list[Link], page_url: str) -> list[ListItem]:
    """The first links to stories of the page's own site, each once, in their order."""
    found: dict[str, str] = {}
    for target, words in links:
        address = canonical_url(target, page_url)
        if not address or len(address) > _LONGEST_ADDRESS or address == page_url:
            continue
        if words and not is_place(address) and is_same_site(site_of(address), site_of(page_url)):
            found.setdefault(address, words)
    first = islice(found.items(), MAX_LINKS)
    return [ListItem(place, words, address) for place, (address, words) in enumerate(first, start=1)]


def _words(element: lxml.html.HtmlElement) -> str:
    return one_line("".join(element.itertext()))[:_LONGEST_LINK].strip()
