"""The text of an HTML page and the links in it, by trafilatura."""

from __future__ import annotations

import logging

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document

from recsys.documents.html.html_text import Body
from recsys.documents.html.metadata import clean
from recsys.domain import MAX_BODY

_MAX_ELEMENTS = 60_000
"""Elements of the largest page whose text is extracted; the largest of 80 saved pages has 12,000. On larger
ones the time that trafilatura spends on comparing blocks is not bounded by their size."""

logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # it reports every page without text


def extract_body(tree: HtmlElement) -> Body:
    """The main text of a page; empty where there is none. The tree is not changed."""
    if sum(1 for _ in tree.iter()) > _MAX_ELEMENTS:
        return Body()
    try:
        found = bare_extraction(
            tree, include_comments=False, include_tables=False, include_links=True, fast=True
        )
    except (AttributeError, IndexError, KeyError, RecursionError, AssertionError, etree.LxmlError):
        return Body()  # trafilatura handles ValueError and TypeError itself, the same accidents
    if not isinstance(found, Document) or found.body is None:
        return Body()
    paragraphs = (_paragraph(child) for child in found.body)
    text = "\n".join(filter(None, paragraphs))[:MAX_BODY].strip()
    links = ((ref.get("target") or "", clean("".join(ref.itertext()))) for ref in found.body.iter("ref"))
    return Body(text or None, tuple(links))


def _paragraph(element: etree._Element) -> str:
    """The text of one block, its items a line each."""
    rows = [" ".join("".join(item.itertext()).split()) for item in element.iter("item")]
    return "\n".join(filter(None, rows)) if rows else " ".join("".join(element.itertext()).split())
