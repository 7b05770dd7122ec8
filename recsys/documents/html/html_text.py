"""Pieces of HTML, as feeds and exports hold them -> plain text, a paragraph a line."""

from __future__ import annotations

import re

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from recsys.documents.html.metadata import clean
from recsys.domain import MAX_BODY

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--")
_BLANK_LINES = re.compile(r"\n[ \t\r]*\n")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BLOCKS = frozenset(
    """address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr
    li main ol p pre section table tbody td tfoot th thead tr ul""".split()
)
_NO_TEXT = frozenset("button form head iframe noscript object script select style svg template".split())


def plain_title(text: str) -> str:
    """A headline without the tags that some feeds put into it, on one line; empty where nothing is left."""
    tree = _parse(text) if _TAG.search(text) else None
    return clean(text if tree is None else "".join(tree.itertext()))


def plain_text(markup: str) -> str | None:
    """The paragraphs of a piece of HTML, a line each; None where there are none.

    Blank lines separate paragraphs too, as WordPress has it. Scripts, forms and embedded frames are left out.
    """
    marked = _BLANK_LINES.sub("<br>", markup[: 4 * MAX_BODY])
    tree = _parse(marked)
    if tree is None:
        return None
    text = "".join(_pieces(tree))
    lines = (" ".join(_UNSTORABLE.sub("", line).split()) for line in text.split("\0"))
    return "\n".join(filter(None, lines))[:MAX_BODY].strip() or None


def _parse(markup: str) -> HtmlElement | None:
    """The tree, none deeper than libxml2's limit of 256 levels; None where there is nothing in it."""
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(f"<div>{markup}</div>".encode(errors="replace"), parser=parser)
    except etree.LxmlError:
        return None


def _pieces(tree: HtmlElement) -> list[str]:
    """The text in its order, with a NUL where a line ends."""
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
