"""The HTML parser: a page or a fragment to a tree, in time linear in its length.

libxml2 compares every attribute of an element with all before it, and walks of a tree recurse. So elements
keep their first 1,000 attributes, and the tree ends at libxml2's limit of 256 levels. Nothing is fetched.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from recsys.documents.source import AsShown, Source

_TOO_DEEP = "the page is nested too deeply; it was read down to the 256th level"
_TOO_MANY = "an element has more than 1,000 attributes; the first 1,000 were read"
# Every quantifier is possessive and every tag is consumed as a whole, so that one pass is enough.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+"""
_TAG = re.compile(rf"<[A-Za-z][^\s/>]*+(?:{_ATTRIBUTE}){{0,1000}}+(?P<more>(?:{_ATTRIBUTE})++)?+")


@dataclass(frozen=True, slots=True)
class HtmlDocument:
    """A parsed page. `digest` identifies its text; `warnings` say what of it was not read."""

    tree: HtmlElement
    digest: str
    warnings: tuple[str, ...] = ()


def parse_html(text: str, source: Source) -> HtmlDocument:
    """The tree of a page; ReadError where there is none."""
    shortened, warnings = _limit_attributes(text)
    parser = _build_parser()
    try:
        tree = lxml.html.document_fromstring(shortened.encode(), parser=parser)
    except etree.LxmlError as error:
        raise source.error("an HTML page", AsShown(str(error) or "none")) from None
    if any("depth" in entry.message for entry in parser.error_log):
        warnings += (_TOO_DEEP,)
    return HtmlDocument(tree, hashlib.sha256(text.encode()).hexdigest()[:16], warnings)


def parse_fragment(markup: str) -> HtmlElement | None:
    """The tree of a piece of HTML, as found in feeds, exports and CMSs; None if it is empty."""
    shortened, _ = _limit_attributes(markup)
    try:
        return lxml.html.document_fromstring(
            f"<div>{shortened}</div>".encode(errors="replace"), parser=_build_parser()
        )
    except etree.LxmlError:
        return None


def _build_parser() -> lxml.html.HTMLParser:
    return lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


def _limit_attributes(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with at most 1,000 attributes an element, and a warning where some were left out."""
    excess = [(match.start("more"), match.end()) for match in _TAG.finditer(text) if match["more"]]
    if not excess:
        return text, ()
    starts = [0, *(end for _, end in excess)]
    stops = [*(start for start, _ in excess), len(text)]
    shortened = "".join(text[start:stop] for start, stop in zip(starts, stops, strict=True))
    return shortened, (_TOO_MANY,)
