"""XML from the web: parsed even if it is broken, without entities of its own; nothing is fetched."""

from __future__ import annotations

import re
from html import escape
from html.entities import html5

from lxml import etree

from recsys.documents.source import AsShown, Source

DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
"""What says how the bytes are encoded: to be taken away from a text that is decoded already."""

_ROOT = re.compile(  # possessive: else 10,000 comments could match in 2^10,000 ways
    rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*+<([A-Za-z][\w:.-]*)", re.DOTALL
)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


def root_name(start: bytes) -> str:
    """The name of the first element of a document, in lower case; empty if it does not begin with one."""
    return found[1].decode("ascii").lower() if (found := _ROOT.match(start)) else ""


def parse_xml(text: str, source: Source) -> etree._Element:
    """The root of an XML document that need not be well-formed; ReadError where there is none.

    Names of HTML characters (`&nbsp;`) are understood. Entities that a document declares are refused;
    nothing is fetched.
    """
    known = _ENTITY.sub(_unnamed, DECLARATION.sub("", text.lstrip("\ufeff"), count=1))
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(known.encode(errors="replace"), parser)
    except etree.XMLSyntaxError as error:
        raise source.error("XML", AsShown(str(error) or "nothing")) from None
    if root is None:
        raise source.error("XML", AsShown("a document without an element"))
    if declares_entities(root):
        raise source.error("XML without entities of its own", AsShown("<!ENTITY"))
    return root


def _unnamed(found: re.Match[str]) -> str:
    """A character in place of its HTML name; the five names of XML stay."""
    known = None if found[1] in _OF_XML else html5.get(f"{found[1]};")
    return found[0] if known is None else escape(known, quote=False)


def declares_entities(element: etree._Element) -> bool:
    """Whether the document of an element declares entities, as entity bombs do."""
    dtd = element.getroottree().docinfo.internalDTD
    return dtd is not None and any(True for _ in dtd.iterentities())
