"""What a CMS keeps as HTML, as text and links."""

from __future__ import annotations

import lxml.html
from lxml import etree

from recsys.domain import MAX_BODY, ListItem
from recsys.pages import canonical_url, site_of
from recsys.pages.fragments import plain_text
from recsys.pages.links import is_place, is_same_site
from recsys.text import one_line, without_controls

_LONGEST_LINK = 500  # characters of its words

Link = tuple[str, str]
"""A link of a text: its address as written, its words."""


def read_fragment(html: str) -> tuple[str, list[Link]]:
    """Text, a line for each block, and the links in it; plain text is taken as it is. Nothing is fetched."""
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
    """The links to stories of the page's own site, each once, in their order."""
    found: dict[str, str] = {}
    for target, words in links:
        address = canonical_url(target, page_url)
        if not address or address == page_url or not words or is_place(address):
            continue
        if is_same_site(site_of(address), site_of(page_url)):
            found.setdefault(address, words)
    return [ListItem(place, words, address) for place, (address, words) in enumerate(found.items(), start=1)]


def _words(element: lxml.html.HtmlElement) -> str:
    return one_line("".join(element.itertext()))[:_LONGEST_LINK].strip()
