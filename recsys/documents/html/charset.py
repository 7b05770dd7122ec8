"""Characters: from bytes to text by byte order mark, by what a page declares, by UTF-8, by detection."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

from recsys.documents.source import AsShown, Source

_BOMS = (  # the longer first: UTF-32-LE begins as UTF-16-LE does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATIONS = (
    re.compile(rb"""<meta[^>]{0,200}?charset\s*+=\s*+(?:["']\s*+)?+([\w.:-]{2,40})""", re.IGNORECASE),
    re.compile(rb"""^\s*+<\?xml[^>]{0,200}?encoding\s*+=\s*+["']([\w.:-]{2,40})""", re.IGNORECASE),
)
_DECLARED_WITHIN = 8 * 2**10  # bytes; browsers look at 1,024, some pages have a long comment first
_DETECTED_FROM = 32 * 2**10  # bytes; detection is slow and decides early
_LABELS = {  # what browsers take a label for (WHATWG Encoding Standard)
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "utf-16": "utf-8",  # a declaration that could be read byte by byte is not in UTF-16
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}
_NO_TEXT = frozenset("idna punycode unicode_escape raw_unicode_escape undefined utf_7 mbcs oem".split())


def decode_text(data: bytes, source: Source) -> str:
    """Plain text: byte order mark, UTF-8, else the charset that is detected; ReadError for anything else."""
    text = _by_bom(data) or _strictly(data, "utf-8")
    if text is None and b"\0" not in data and (found := _detect(data)):
        text = _strictly(data, found)
    if text is None:
        raise source.error("text in UTF-8 or an encoding that can be told", AsShown("bytes that are neither"))
    return _check_printable(text, source)


def decode_html(data: bytes, source: Source, charset: str | None = None) -> tuple[str, tuple[str, ...]]:
    """A page's text, and a warning where its bytes do not keep to the encoding it declares.

    Order: byte order mark, `charset` (what a server said), declaration, UTF-8, detection; then what was
    said first again, with a mark in place of each wrong byte, because one of them should not cost a page.
    """
    said = [named for named in (named_encoding(charset or ""), declared_encoding(data)) if named]
    text = _by_bom(data)
    for encoding in (*said, "utf-8"):
        text = _strictly(data, encoding) if text is None else text
    if text is not None:
        return _check_printable(text, source), ()
    encoding = next(iter(said), None) or _detect(data) or "utf-8"
    text = data.decode(encoding, errors="replace")
    return _check_printable(text, source), (f"some bytes are not {encoding}; they are shown as \ufffd",)


def bom_encoding(data: bytes) -> tuple[str, int] | None:
    """The encoding and the length of a byte order mark."""
    return next(((name, len(bom)) for bom, name in _BOMS if data.startswith(bom)), None)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that an HTML page declares in its first bytes, as Python names it."""
    for pattern in _DECLARATIONS:
        if found := pattern.search(data[:_DECLARED_WITHIN]):
            return named_encoding(found[1].decode("ascii", errors="ignore"))
    return None


def named_encoding(label: str) -> str | None:
    """What browsers take a label for, as Python names it; None for one that nobody knows."""
    label = label.strip(" \"'").lower()
    return _codec(_LABELS.get(label, label)) if label else None


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    try:
        b"a".decode(name)  # LookupError for codecs between bytes and bytes, such as zip and hex
    except UnicodeError:
        pass  # a text encoding of wider characters
    except LookupError:
        return None
    return None if name.replace("-", "_") in _NO_TEXT else name


def _by_bom(data: bytes) -> str | None:
    mark = bom_encoding(data)
    return _strictly(data[mark[1] :], mark[0]) if mark else None


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _detect(data: bytes) -> str | None:
    best = charset_normalizer.from_bytes(data[:_DETECTED_FROM]).best()
    return _codec(best.encoding) if best else None


def _check_printable(text: str, source: Source) -> str:
    if "\0" in text:
        raise source.error("text", AsShown("binary data (a NUL)"))
    return text
