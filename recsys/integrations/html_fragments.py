"""The text and links of HTML fragments in a CMS."""

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
"""Links of one text; the service accepts as many items in one list."""
_MAX_LINK_TEXT = 500  # characters
_MAX_ADDRESS = 2_000  # characters; stores and services refuse longer ones

Link = tuple[str, str]
"""A link: its URL as written, and its text."""


def read_fragment(html: str) -> tuple[str, list[Link]]:
    """Return the text, one line per block, and the links; plain text is returned unchanged. Nothing is
    fetched.
    """
    html = html[: 4 * MAX_BODY]
    if "<" not in html:
        return without_controls(html)[:MAX_BODY].strip(), []
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(f"<div>{html}</div>".encode(errors="replace"), parser=parser)
    except etree.LxmlError:
        return "", []
    links = [(each.get("href", ""), _link_text(each)) for each in tree.iter("a") if each.get("href")]
    return plain_text(html) or "", links


def list_links(links: list[Link], page_url: str) -> list[ListItem]:
    """Return the first links to stories of the page's own site, without repetitions, in order."""
    texts: dict[str, str] = {}
    for target, text in links:
        address = canonical_url(target, page_url)
        if not address or len(address) > _MAX_ADDRESS or address == page_url:
            continue
        if text and not is_place(address) and is_same_site(site_of(address), site_of(page_url)):
            texts.setdefault(address, text)
    first = islice(texts.items(), MAX_LINKS)
    return [ListItem(position, text, address) for position, (address, text) in enumerate(first, start=1)]


def _link_text(element: lxml.html.HtmlElement) -> str:
    return one_line("".join(element.itertext()))[:_MAX_LINK_TEXT].strip()
