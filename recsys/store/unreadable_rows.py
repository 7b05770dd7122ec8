"""Unreadable rows: the rules of every column, and the report of a row that breaks one.

Queries leave such a row out and report it; `recsys check` lists all of them. They come from manual edits, and
from versions that wrote what they could not read back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table

from recsys.domain import (
    MAX_BODY,
    MAX_HEADLINE,
    Kind,
    check_name,
    check_text,
    check_web_address,
    is_stored_time,
)
from recsys.errors import InvalidValueError, shorten
from recsys.store import schema

Rule = Callable[[str, Any], None]
"""Raises InvalidValueError with the name of the field if a value is invalid."""
Warn = Callable[[str], None]
REPORTED = 20  # faults of a store that are reported one by one
MAX_ID = 2**62
MAX_NUMBER = 2**31 - 1
_DAY = 86_400  # seconds
_LOG = logging.getLogger("recsys.store")


@dataclass(frozen=True, slots=True)
class Fault:
    """An invalid value in a row: the table, the primary key and the field."""

    table: str
    key: tuple[tuple[str, object], ...]
    field: str
    expected: str
    found: str

    @classmethod
    def of(cls, table: Table, key: Mapping[str, object], error: InvalidValueError) -> Fault:
        """The fault of a row for which an error was raised."""
        return cls(table.name, tuple(key.items()), error.field, error.expected, error.found)

    def __str__(self) -> str:
        row = ", ".join([self.table, *(f"{name} {shorten(value)}" for name, value in self.key)])
        return f"{row}: {self.field}: expected {self.expected}, found {self.found}"


Report = Callable[[Fault], None]


def log_warning(text: str) -> None:
    """Log a warning: the default for reporting faults."""
    _LOG.warning(text)


class FaultLog:
    """Reports each fault of a store once, and only the first of them one by one."""

    def __init__(self, store: str, warn: Warn) -> None:
        self._store, self._warn = store, warn
        self._reported: set[Fault] = set()

    def __call__(self, fault: Fault) -> None:
        if fault in self._reported or len(self._reported) > REPORTED:
            return
        self._reported.add(fault)
        if len(self._reported) <= REPORTED:
            self._warn(f"{self._store}: left out a row that cannot be read: {fault}")
        if len(self._reported) in (1, REPORTED + 1):
            self._warn(f"{self._store}: `recsys check` lists such rows, `recsys check --fix` removes them")


def readable(
    rows: Iterable[Sequence[Any]], columns: Sequence[Any], report: Report, *, key: Sequence[str] = ("id",)
) -> Iterator[Sequence[Any]]:
    """The rows of a query in which every column is valid; the others are reported.

    Columns of several tables may be joined; a fault is reported for the table with `key`.
    """
    rules = [(index, column.name, rule) for index, column in enumerate(columns) if (rule := _rule_of(column))]
    index_of = {column.name: index for index, column in reversed(list(enumerate(columns)))}
    table = next(column.table for column in columns if column.name == key[0])
    for row in rows:
        try:
            for index, name, rule in rules:
                rule(name, row[index])
        except InvalidValueError as error:
            report(Fault.of(table, {name: row[index_of[name]] for name in key}, error))
        else:
            yield row


def faults_of_row(table: Table, row: Mapping[str, Any]) -> Iterator[Fault]:
    """The faults of a row, one for every invalid column."""
    key = {column.name: row[column.name] for column in table.primary_key}
    for name, rule in RULES[table.name].items():
        try:
            rule(name, row[name])
        except InvalidValueError as error:
            yield Fault.of(table, key, error)


def _rule_of(column: Column[Any]) -> Rule | None:
    table = getattr(column, "table", None)
    return None if table is None else RULES.get(table.name, {}).get(column.name)


def _time(name: str, value: object) -> None:
    if not is_stored_time(value):
        raise InvalidValueError(name, expected="microseconds of the years 1900 to 2200", found=value)


def _integer(least: int, most: int) -> Rule:
    def check(name: str, value: object) -> None:
        if not isinstance(value, int) or not least <= value <= most:
            raise InvalidValueError(name, expected=f"a whole number from {least}", found=value)

    return check


def _bytes(name: str, value: object) -> None:
    if not isinstance(value, bytes):
        raise InvalidValueError(name, expected="bytes", found=value)


def _text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidValueError(name, expected="text", found=value)
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValueError(name, expected="text in UTF-8", found=ascii(value)) from None


def _name(name: str, value: object) -> None:
    _text(name, value)
    check_name(name, value)


def _printed(name: str, value: object) -> None:
    """A headline, empty for a link without words."""
    _text(name, value)
    if value != "":
        check_text(name, value, MAX_HEADLINE)


def _long(longest: int) -> Rule:
    def check(name: str, value: object) -> None:
        _text(name, value)
        check_text(name, value, longest)

    return check


def _image(name: str, value: object) -> None:
    _text(name, value)
    check_web_address(name, value)


def _tags(name: str, value: object) -> None:
    _text(name, value)
    tags = _parsed(name, value, "a JSON array of texts")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise InvalidValueError(name, expected="a JSON array of texts", found=value)


def _impression_items(name: str, value: object) -> None:
    """The items of an impression; empty if it was converted into a list."""
    expected = "a JSON array of pairs of address and headline"
    _text(name, value)
    items = _parsed(name, value, expected)
    if not isinstance(items, list) or not all(
        isinstance(item, list) and len(item) == 2 and all(isinstance(each, str) for each in item)
        for item in items
    ):
        raise InvalidValueError(name, expected=expected, found=value)


def _parsed(name: str, value: object, expected: str) -> object:
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError):
        raise InvalidValueError(name, expected=expected, found=value) from None


def _kind(name: str, value: object) -> None:
    if value not in _KINDS:
        raise InvalidValueError(name, expected=f"one of {', '.join(Kind)}", found=value)


def _optional(rule: Rule) -> Rule:
    def check(name: str, value: object) -> None:
        if value is not None:
            rule(name, value)

    return check


_KINDS = frozenset(map(str, Kind))
_id = _integer(-MAX_ID, MAX_ID)
_sightings: dict[str, Rule] = {name: _optional(_time) for name in ("paged_at", "listed_at", "linked_at")}
RULES: Mapping[str, Mapping[str, Rule]] = {
    schema.articles.name: {
        "url": _name,
        "owner_id": _optional(_id),
        **_sightings,
        "first_seen_at": _optional(_time),
    },
    schema.revisions.name: {
        "article_id": _id,
        "digest": _bytes,
        "site": _name,
        "headline": _optional(_long(MAX_HEADLINE)),
        "published_at": _optional(_time),
        "published_offset": _optional(_integer(1 - _DAY, _DAY - 1)),
        "section": _optional(_text),
        "tags": _optional(_tags),
        "language": _optional(_text),
        "body": _optional(_long(MAX_BODY)),
        "image": _optional(_image),
    },
    schema.readings.name: {"revision_id": _id, "seen_at": _time},
    schema.headlines.name: {
        "article_id": _id,
        "digest": _bytes,
        "site": _name,
        "text": _printed,
        "key": _bytes,
        **_sightings,
    },
    schema.lists.name: {
        "digest": _bytes,
        "site": _name,
        "kind": _kind,
        "title": _optional(_text),
        "scope": _optional(_text),
        "observed_at": _time,
        "page_url": _optional(_text),
        "item_count": _integer(1, MAX_NUMBER),
    },
    schema.list_items.name: {
        "list_id": _id,
        "position": _integer(1, MAX_NUMBER),
        "headline_id": _id,
        "clicks": _integer(0, MAX_NUMBER),
    },
    schema.unpublished.name: {"url": _name, "unpublished_at": _time},
    schema.impressions.name: {
        "id": _name,
        "site": _name,
        "page_url": _name,
        "shown_at": _time,
        "items": _impression_items,
    },
    schema.impression_clicks.name: {
        "impression_id": _name,
        "position": _integer(1, MAX_NUMBER),
        "clicked_at": _time,
    },
}
"""The rule of each column, by table; other columns may have any value."""
