"""Fragments of HTML, as found in feeds, exports and CMSs, as text and links."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from recsys.documents.html.metadata import clean, text_of
from recsys.documents.html.parse import parse_fragment
from recsys.domain import MAX_BODY
from recsys.text import without_controls

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--")
_BLANK_LINES = re.compile(r"\n[ \t\r]*\n")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_MAX_MARKUP = 4 * MAX_BODY  # characters
_BLOCKS = frozenset(
    """address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr
    li main ol p pre section table tbody td tfoot th thead tr ul""".split()
)
_NO_TEXT = frozenset("button form head iframe noscript object script select style svg template".split())


@dataclass(frozen=True, slots=True)
class Body:
    """The text of an article, a paragraph a line, and the links in it as (target as written, anchor text)."""

    text: str | None = None
    links: tuple[tuple[str, str], ...] = ()


def read_fragment(markup: str) -> Body:
    """The text and the links of a body as found in a CMS, which may be plain text."""
    markup = markup[:_MAX_MARKUP]
    if "<" not in markup:
        return Body(without_controls(markup)[:MAX_BODY].strip() or None)
    tree = parse_fragment(_mark_paragraphs(markup))
    if tree is None:
        return Body()
    links = ((each.get("href") or "", clean(text_of(each))) for each in tree.iter("a"))
    return Body(_text_in(tree), tuple(link for link in links if link[0]))


def plain_title(text: str) -> str:
    """A headline without the tags that some feeds put into it, on one line; empty where nothing is left."""
    tree = parse_fragment(text) if _TAG.search(text) else None
    return clean(text if tree is None else "".join(tree.itertext()))


def plain_text(markup: str) -> str | None:
    """The text of a fragment, a paragraph a line; None where there is none.

    Blank lines separate paragraphs too, as in WordPress. Scripts, forms and embedded frames are left out.
    """
    tree = parse_fragment(_mark_paragraphs(markup[:_MAX_MARKUP]))
    return None if tree is None else _text_in(tree)


def _mark_paragraphs(markup: str) -> str:
    return _BLANK_LINES.sub("<br>", markup)


def _text_in(tree: HtmlElement) -> str | None:
    lines = (" ".join(_UNSTORABLE.sub("", line).split()) for line in "".join(_pieces(tree)).split("\0"))
    return "\n".join(filter(None, lines))[:MAX_BODY].strip() or None


def _pieces(tree: HtmlElement) -> list[str]:
    """The text in document order, with a NUL where a line ends."""
    pieces: list[str] = []
    skipped = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        is_silent, is_block = element.tag in _NO_TEXT, element.tag in _BLOCKS
        pieces += ["\0"] if is_block else []
        if event == "start":
            skipped += is_silent
            pieces += [element.text.replace("\0", "")] if element.text and not skipped else []
        else:
            skipped -= is_silent
            pieces += [element.tail.replace("\0", "")] if element.tail and not skipped else []
    return pieces
