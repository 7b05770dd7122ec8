"""HTTP responses in web archives: the head, and the body without chunks and compression."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from recsys.documents.html.charset import charset_of
from recsys.documents.source import AsShown, Source
from recsys.documents.streams import CHUNK, GZIP, RAW_DEFLATE, ZLIB, Inflater, join_pieces

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")
_CHUNK_SIZE = re.compile(rb"\s*+([0-9a-fA-F]{1,8})[ \t]*+(?:;[^\r\n]*+)?\r?\n")
_HTML = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response: status, and headers by lower-case name, the last of several."""

    status: int
    headers: dict[str, str]

    @property
    def is_page(self) -> bool:
        """Whether the response is a page: a success with HTML or without a Content-Type."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return 200 <= self.status < 300 and (kind in _HTML or not kind)

    @property
    def charset(self) -> str | None:
        """The encoding that the server named."""
        return charset_of(self.headers.get("content-type", ""))


def parse_head(data: bytes) -> tuple[Head, int] | None:
    """The head of a response and its length, including the blank line; None if there is none."""
    status = _STATUS.match(data)
    end = re.search(rb"\r?\n\r?\n", data)
    if status is None or end is None:
        return None
    return Head(int(status[1]), parse_fields(data[: end.start()].split(b"\n")[1:])), end.end()


def parse_fields(lines: list[bytes]) -> dict[str, str]:
    """`Name: value` lines by lower-case name; lines that begin with a space continue the one before."""
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        text = line.decode("utf-8", errors="replace").rstrip("\r")
        if text[:1] in (" ", "\t") and name:
            fields[name] += f" {text.strip()}"
        elif ":" in text:
            name, _, value = text.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def decode_body(body: bytes, head: Head, source: Source) -> bytes:
    """The body of a page without chunks and compression; at most 16 MB.

    Archives often keep the header of an encoding that they removed: bytes that are not chunked or compressed
    are returned as they are. ReadError for an unknown encoding and for damaged data.
    """
    if "chunked" in head.headers.get("transfer-encoding", "").lower():
        body = _join_chunks(body)
    codings = [each.strip().lower() for each in head.headers.get("content-encoding", "").split(",")]
    for coding in reversed(codings):
        body = _undo(coding, body, source)
    return body


def _join_chunks(body: bytes) -> bytes:
    """The chunks joined; bytes that do not begin with a chunk unchanged."""
    parts, at = list[bytes](), 0
    while found := _CHUNK_SIZE.match(body, at):
        size = int(found[1], 16)
        parts.append(body[found.end() : found.end() + size])
        at = found.end() + size
        if not size or at >= len(body):
            return b"".join(parts)
        at += 2 if body[at : at + 2] == b"\r\n" else 1 if body[at : at + 1] == b"\n" else 0
    return b"".join(parts) if parts else body


def _undo(coding: str, body: bytes, source: Source) -> bytes:
    if coding in ("", "identity", "none") or not body:
        return body
    if coding in ("gzip", "x-gzip"):
        return _inflate(body, GZIP, source) if body.startswith(b"\x1f\x8b") else body
    if coding == "deflate":  # with a zlib header, as specified, or without, as from some servers
        has_header = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        return (
            body if body.lstrip()[:1] == b"<" else _inflate(body, ZLIB if has_header else RAW_DEFLATE, source)
        )
    if coding == "br":
        return body if body.lstrip()[:1] == b"<" else _unbrotli(body, source)
    raise source.error("a Content-Encoding of gzip, deflate or br", coding)


def _inflate(body: bytes, headers: int, source: Source) -> bytes:
    """The content as far as it goes: captures may be cut off."""
    try:
        return join_pieces(Inflater(headers).feed(body), source)
    except zlib.error as error:
        raise source.error("whole compressed data", AsShown(str(error))) from None


def _unbrotli(body: bytes, source: Source) -> bytes:
    try:
        brotli = import_module("brotli")
    except ImportError:
        expected = (
            "the package brotli (pip install 'recsys-headlines[archives]') for pages compressed with it"
        )
        raise source.error(expected, AsShown("no such package")) from None
    try:
        return join_pieces(_brotli_pieces(brotli.Decompressor(), body), source)
    except brotli.error as error:
        raise source.error("whole compressed data", AsShown(str(error))) from None


def _brotli_pieces(decompressor: Any, body: bytes) -> Iterator[bytes]:
    piece = decompressor.process(body, output_buffer_limit=CHUNK)
    while piece or not decompressor.can_accept_more_data():
        yield piece
        if decompressor.is_finished():
            return
        piece = decompressor.process(b"", output_buffer_limit=CHUNK)
