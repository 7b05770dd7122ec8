"""The one decision how the bytes of a document are decoded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from email.message import Message

import charset_normalizer

from recsys.documents.source import AsShown, Source

_BOMS = (  # UTF-32-LE before UTF-16-LE, which is a prefix of it
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
_DECLARED_WITHIN = 8 * 2**10  # bytes; browsers read 1,024, but some pages have a long comment first
_DETECTED_FROM = 32 * 2**10  # bytes; detection is slow, and more of them hardly change its result
_LABELS = {  # label -> the encoding that browsers use for it (WHATWG Encoding Standard)
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
    "utf-16": "utf-8",  # a declaration that is legible as ASCII is not in UTF-16
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}
_NOT_CHARSETS = frozenset("idna punycode unicode_escape raw_unicode_escape undefined utf_7 mbcs oem".split())


def decode_text(data: bytes, source: Source) -> str:
    """A plain text; ReadError for bytes that no encoding fits.

    Order: byte order mark, UTF-8, what the server said (`source.charset`), detection.
    """
    text = _decode_bom(data)
    candidates = ["utf-8", codec_of(source.charset or "")]
    if text is None and b"\0" not in data:
        text = _first_that_fits(data, candidates)
        text = _first_that_fits(data, [_detect(data)]) if text is None else text
    if text is None:
        raise source.error("text in UTF-8 or an encoding that can be detected", AsShown("bytes in neither"))
    return _check_printable(text, source)


def decode_html(data: bytes, source: Source) -> tuple[str, tuple[str, ...]]:
    """The text of a page, feed or sitemap, and a warning where some of its bytes are not in its encoding.

    Order: byte order mark; what the server said (`source.charset`); what the document declares; UTF-8. That
    is the order of browsers (HTML standard, 13.2.3.2), except that of two different claims UTF-8 is tried
    first: bytes in another encoding are hardly ever valid UTF-8, while single-byte encodings accept any
    bytes. If none fits, the first claim or else what is detected, with U+FFFD for each wrong byte.
    """
    text = _decode_bom(data)
    claims = [name for name in (codec_of(source.charset or ""), declared_encoding(data)) if name]
    claims.sort(key=lambda name: name != "utf-8")
    if text is None:
        text = _first_that_fits(data, [*claims, "utf-8"])
    if text is not None:
        return _check_printable(text, source), ()
    encoding = next(iter(claims), None) or _detect(data) or "utf-8"
    text = data.decode(encoding, errors="replace")
    return _check_printable(text, source), (f"some bytes are not {encoding}; they are shown as \ufffd",)


def charset_of(content_type: str) -> str | None:
    """The `charset` parameter of a Content-Type header."""
    message = Message()
    message["content-type"] = content_type.replace("\n", " ").replace("\r", " ")
    charset = message.get_param("charset")
    return charset if isinstance(charset, str) else None


def bom_encoding(data: bytes) -> tuple[str, int] | None:
    """The encoding and the length of a byte order mark."""
    return next(((name, len(bom)) for bom, name in _BOMS if data.startswith(bom)), None)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page or an XML document declares in its first bytes, as Python names it."""
    for pattern in _DECLARATIONS:
        if match := pattern.search(data[:_DECLARED_WITHIN]):
            return codec_of(match[1].decode("ascii", errors="ignore"))
    return None


def codec_of(label: str) -> str | None:
    """Python's name of the encoding that browsers use for a label; None for an unknown label."""
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
        pass  # a text encoding with code units of more than a byte
    except LookupError:
        return None
    return None if name.replace("-", "_") in _NOT_CHARSETS else name


def _decode_bom(data: bytes) -> str | None:
    mark = bom_encoding(data)
    return _first_that_fits(data[mark[1] :], [mark[0]]) if mark else None


def _first_that_fits(data: bytes, encodings: Iterable[str | None]) -> str | None:
    """The text in the first of the encodings in which all bytes are valid."""
    for encoding in filter(None, encodings):
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    return None


def _detect(data: bytes) -> str | None:
    best = charset_normalizer.from_bytes(data[:_DETECTED_FROM]).best()
    return _codec(best.encoding) if best else None


def _check_printable(text: str, source: Source) -> str:
    if "\0" in text:
        raise source.error("text", AsShown("binary data (a NUL)"))
    return text
