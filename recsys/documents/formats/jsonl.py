"""Interchange records: one JSON object a line, to and from articles and lists."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, NoReturn, cast

from recsys.documents.html.charset import bom_encoding
from recsys.documents.source import AsShown, Source
from recsys.documents.streams import Pieces, split_lines
from recsys.documents.urls import has_mixed_host
from recsys.domain import Article, Kind, ListItem, Page, RankedList, format_time, parse_time
from recsys.errors import InvalidValueError, ReadError
from recsys.text import one_line, without_controls

Record = dict[str, object]
"""A JSON object of the interchange format, its keys in the order in which they are written."""

MAX_COUNT = 2**31 - 1  # the largest position or number of clicks that every database holds
_ADDRESS = ("http://", "https://", "urn:")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE = re.compile(rb'^[^\S\n]*+\{\s*+"', re.MULTILINE)
_KINDS = {kind.value: kind for kind in Kind}


def article_record(article: Article) -> Record:
    """The interchange object of an article; it has `image` only if there is one."""
    record: Record = {"type": "article"}
    for name, codec in _ARTICLE_CODECS.items():
        record[name] = codec.encode(getattr(article, name))
    if article.image is None:
        del record["image"]
    return record


def list_record(ranked: RankedList) -> Record:
    """The interchange object of a list; an item has `clicks` only where there were some."""
    return {
        "type": "list",
        "site": ranked.site,
        "kind": ranked.kind.value,
        "title": ranked.title,
        "scope": ranked.scope,
        "observed_at": format_time(ranked.observed_at),
        "page_url": ranked.page_url,
        "items": [_item_record(item) for item in ranked.items],
    }


def format_record(record: Mapping[str, object]) -> str:
    """A record as one line of JSON, without the line end."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def is_jsonl(start: bytes) -> bool:
    """Whether a document begins with a record."""
    return start.startswith(b"{")


def has_record_line(start: bytes) -> bool:
    """Whether a record begins on some line, below bad ones."""
    return bool(_LINE.search(start))


def read_records(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """A Page for every record, in their order; a bad record is the ReadError in its place."""
    first = next(pieces, b"")
    if isinstance(first, ReadError):
        raise first
    content, mark = chain([first], pieces), bom_encoding(first)
    recoded = _recode(content, mark[0], source) if mark and mark[0] != "utf-8" else content
    is_empty = True
    for page in parse_lines(split_lines(recoded, source), source):
        is_empty = False
        yield page
    if is_empty:
        raise source.error("interchange records", AsShown("empty lines"))


def parse_lines(lines: Iterable[tuple[int, bytes | ReadError]], source: Source) -> Iterator[Page | ReadError]:
    """A Page for every record, in their order; a bad record is the ReadError in its place."""
    for number, line in lines:
        if isinstance(line, ReadError):
            yield line
        elif line and not line.isspace():
            yield _parse_line(line, number, source)


def _recode(pieces: Pieces, encoding: str, source: Source) -> Pieces:
    """A stream in UTF-16 or UTF-32 as one in UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            if isinstance(piece, ReadError):
                yield piece
            elif text := decoder.decode(piece):
                yield text.removeprefix("\ufeff").encode()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        yield source.error(f"text in {encoding}", AsShown(error.reason))


def _item_record(item: ListItem) -> Record:
    record: Record = {"position": item.position, "headline": item.headline, "url": item.url}
    return record | {"clicks": item.clicks} if item.clicks else record


def _parse_line(line: bytes, number: int, source: Source) -> Page | ReadError:
    try:
        record = _parse_object(line)
        page = _parse_record(cast(Record, _without_nul(record)) if b"\\u0000" in line else record)
    except InvalidValueError as error:
        return source.refusal(error, line=number)
    except RecursionError:  # deeper than an error message can show
        return source.error("an interchange record", AsShown("one that is nested too deeply"), line=number)
    if b"\\u0000" in line:  # 9 of 85,000 observed records have one; it costs a character, not a list
        page = replace(page, warnings=(f"{source.name}:{number}: NUL characters were left out of its texts",))
    return source.check_observed(page, line=number)


def _without_nul(found: object) -> object:
    if isinstance(found, str):
        return found.replace("\0", "")
    if isinstance(found, dict):
        return {key: _without_nul(value) for key, value in found.items()}
    return [_without_nul(value) for value in found] if isinstance(found, list) else found


def _parse_object(line: bytes) -> Record:
    """The JSON object on a line; InvalidValueError where there is none."""
    try:
        found = _DECODER.decode(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        _refuse("", "a line in UTF-8", AsShown(f"the byte {line[error.start]:#04x} at {error.start}"))
    except json.JSONDecodeError as error:
        _refuse("", f"a JSON object ({error.msg} at character {error.pos + 1})", _opening(line))
    except RecursionError:
        _refuse("", "a JSON object", AsShown("one that is nested too deeply"))
    except ValueError as error:  # NaN and Infinity; a number of more than 4,300 digits
        _refuse("", f"a JSON object ({str(error).partition(';')[0]})", _opening(line))
    if not isinstance(found, dict):
        _refuse("", "a JSON object", _opening(line))
    if b"\\u" in line:  # the only way in for a lone surrogate
        _check_encodable(found)
    return cast(Record, found)


def _opening(line: bytes) -> str:
    return line[:200].decode("utf-8", errors="replace")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a valid JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _check_encodable(found: object, path: str = "") -> None:
    """InvalidValueError for text that no store can hold. Only as deep as a record goes."""
    if isinstance(found, str):
        if _SURROGATE.search(found):
            _refuse(path, "text that can be encoded in UTF-8", AsShown(ascii(found[:60])))
    elif isinstance(found, dict):
        for key, value in found.items():
            _check_encodable(value, f"{path}.{key}" if path else str(key))
    elif isinstance(found, list):
        for place, value in enumerate(found):
            _check_encodable(value, f"{path}[{place}]")


def _parse_record(record: Record) -> Page:
    kind = _mandatory(record, "type")
    if kind == "article":
        return Page(article=_parse_article(record))
    if kind == "list":
        return Page(lists=(_parse_list(record),))
    return _refuse("type", "'article' or 'list'", kind)


def _parse_article(record: Record) -> Article:
    values: dict[str, Any] = {name: codec.decode(record, name) for name, codec in _ARTICLE_CODECS.items()}
    return Article(**values)


def _parse_list(record: Record) -> RankedList:
    kind = _mandatory(record, "kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        _refuse("kind", f"one of {', '.join(_KINDS)}", kind)
    items = _mandatory(record, "items")
    if not isinstance(items, list):
        _refuse("items", "a list", items)
    page_url = record.get("page_url")
    return RankedList(
        site=_text(record, "site"),
        kind=_KINDS[kind],
        observed_at=parse_time(_mandatory(record, "observed_at"), "observed_at"),
        items=tuple([_parse_item(item, place) for place, item in enumerate(items)]),
        title=_optional_line(record, "title"),
        scope=_optional_line(record, "scope"),
        page_url=None if page_url is None else _address(page_url, "page_url"),
    )


def _parse_item(item: object, place: int) -> ListItem:
    """An item; the error for a bad one names its place from 0, as in `items[3].position`."""
    try:
        if not isinstance(item, dict):
            _refuse("", "a JSON object", item)
        url = item.get("url")
        return ListItem(
            position=_count(_mandatory(item, "position"), "position", 1),
            headline=_headline(_mandatory(item, "headline")),
            url=None if url is None else _address(url),
            clicks=_count(item.get("clicks", 0), "clicks", 0),
        )
    except InvalidValueError as error:
        field = f"items[{place}].{error.field}".rstrip(".")
        raise InvalidValueError(field, expected=error.expected, found=AsShown(error.found)) from None


def _mandatory(record: Mapping[str, object], key: str) -> object:
    if key not in record:
        _refuse(key, "a value", AsShown("no such field"))
    return record[key]


def _text(record: Record, key: str) -> str:
    value = _mandatory(record, key)
    if not isinstance(value, str) or not value:
        _refuse(key, "text", value)
    return value


def _optional_text(record: Record, key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        _refuse(key, "text or null", value)
    return value


def _optional_line(record: Record, key: str) -> str | None:
    value = _optional_text(record, key)
    return None if value is None else one_line(value)


def _headline(value: object) -> str:
    if not isinstance(value, str):
        _refuse("headline", "text", value)
    return one_line(value)


def _address(value: object, key: str = "url") -> str:
    if not isinstance(value, str) or not value.startswith(_ADDRESS):
        _refuse(key, "an address that starts with http://, https:// or urn:", value)
    if has_mixed_host(value):
        _refuse(key, "a host that is written in one alphabet", value)
    return value


def _count(value: object, key: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_COUNT:
        _refuse(key, f"a whole number from {least}", value)
    return value


def _tags(record: Record, key: str) -> tuple[str, ...]:
    value = record.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        _refuse(key, "a list of texts", value)
    return tuple(map(one_line, value))


def _optional_body(record: Record, key: str) -> str | None:
    value = _optional_text(record, key)
    return None if value is None else without_controls(value)


def _time(record: Record, key: str) -> datetime:
    return parse_time(_mandatory(record, key), key)


def _optional_time(record: Record, key: str) -> datetime | None:
    value = record.get(key)
    return None if value is None else parse_time(value, key)


def _article_url(record: Record, key: str) -> str:
    return _address(_mandatory(record, key), key)


def _refuse(field: str, expected: str, found: object) -> NoReturn:
    raise InvalidValueError(field, expected=expected, found=found)


def _as_is(value: object) -> object:
    return value


def _encode_time(value: datetime | None) -> str | None:
    return None if value is None else format_time(value)


class _Codec(NamedTuple):
    """How a field of an article is read from a record and written to one."""

    decode: Callable[[Record, str], object]
    encode: Callable[[Any], object] = _as_is


_ARTICLE_CODECS: Mapping[str, _Codec] = {
    "site": _Codec(_text),
    "url": _Codec(_article_url),
    "headline": _Codec(_optional_line),
    "body": _Codec(_optional_body),
    "published_at": _Codec(_optional_time, _encode_time),
    "first_seen_at": _Codec(_time, _encode_time),
    "section": _Codec(_optional_line),
    "tags": _Codec(_tags, list),
    "language": _Codec(_optional_line),
    "image": _Codec(_optional_text),
}
"""Every field of `Article`, in the order in which records are written."""
