"""Editorial rules from recsys.toml or the command line, read and validated into a Request."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from recsys.documents import canonical_url
from recsys.domain import parse_time
from recsys.durations import parse_duration
from recsys.errors import InvalidValueError, SettingsError, shorten
from recsys.request import FILLS, Minimum, Pin, Request, Rules


class _WrongError(Exception):
    """The value of a rule is invalid."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """The expected form of a rule's value, and its parser, which raises _WrongError."""

    expected: str
    read: Callable[[Any], object]


def read_rules(table: object, *, where: str, base: Request | None = None) -> Request:
    """Return `base` with the rules of a table.

    The table replaces rules, but adds to what `base` blocks or never shows. SettingsError names the place
    (`where`), the rule and the expected value; unknown rules are errors.
    """
    if not isinstance(table, Mapping):
        raise SettingsError(f"{where}: expected a table of rules, found {shorten(table)}")
    request = base or Request()
    values = {name: _read(name, value, where) for name, value in table.items()}
    rules = request.rules or Rules()
    if base is not None:
        values |= {name: (*getattr(rules, name), *values[name]) for name in _ADDED if name in values}
    try:
        changed = replace(rules, **{name: value for name, value in values.items() if name in _OF_RULES})
        return replace(
            request, rules=changed, **{name: value for name, value in values.items() if name not in _OF_RULES}
        )
    except InvalidValueError as error:
        raise SettingsError(f"{where}.{error}") from None


def read_assignments(assignments: Iterable[str], *, base: Request) -> tuple[Request, frozenset[str]]:
    """Return the request with rules such as `k=5` or `only_tags=["storm"]`, and the names of these rules.

    A value is TOML, or else text. A rule with several values may be repeated.
    """
    table: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if not equals:
            raise SettingsError(f"expected NAME=VALUE, found {shorten(assignment)}")
        value = _parse_value(text)
        several = name in table and name in READERS and READERS[name].read in _SEVERAL
        table[name] = [*_listed(table[name]), *_listed(value)] if several else value
    return read_rules(table, where="--rule", base=base), frozenset(table)


def _parse_value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _read(name: str, value: object, where: str) -> Any:
    if name not in READERS:
        raise SettingsError(f"{where}.{name}: unknown rule, expected one of {', '.join(READERS)}")
    reader = READERS[name]
    try:
        return reader.read(value)
    except _WrongError:
        raise SettingsError(f"{where}.{name}: expected {reader.expected}, found {shorten(value)}") from None
    except InvalidValueError as error:
        raise SettingsError(f"{where}.{name}: {error}") from None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _WrongError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongError
    return float(value)


def _minimum(value: object) -> Minimum:
    return "auto" if value == "auto" else _number(value)


def _fill(value: object) -> str:
    if value not in FILLS:
        raise _WrongError
    return str(value)


def _duration(value: object) -> timedelta | None:
    if value == "all":
        return None
    found = parse_duration(value) if isinstance(value, str) else None
    if found is None:
        raise _WrongError
    return found


def _texts(value: object) -> tuple[str, ...]:
    texts = tuple(each for each in _listed(value) if isinstance(each, str) and each.strip())
    if len(texts) != len(_listed(value)):
        raise _WrongError
    return texts


def _url(value: object) -> str:
    if not isinstance(value, str) or value.split() != [value]:
        raise _WrongError
    address = value if value.startswith("urn:") else canonical_url(value)
    if not address:
        raise _WrongError
    return address


def _urls(value: object) -> tuple[str, ...]:
    return tuple(_url(each) for each in _listed(value))


def _pins(value: object) -> tuple[Pin, ...]:
    return tuple(_pin(each) for each in _listed(value))


def _pin(value: object) -> Pin:
    if isinstance(value, str):
        return Pin(_url(value))
    if not isinstance(value, Mapping) or not {"url"} <= set(value) <= {"url", "position", "until"}:
        raise _WrongError
    return Pin(_url(value["url"]), _integer(value.get("position", 1)), _moment(value.get("until")))


def _moment(value: object) -> datetime | None:
    return parse_time(value.isoformat() if isinstance(value, datetime) else value, "until") if value else None


_SEVERAL = (_texts, _urls, _pins)
_ADDED = ("blocked", "never_tags")
_OF_RULES = frozenset(each.name for each in fields(Rules))
_NAMES = _Reader("a list of names", _texts)

READERS: Mapping[str, _Reader] = {
    "k": _Reader("a number from 1 to 1000", _integer),
    "dial": _Reader("a number from 0 (related) to 1 (popular)", _number),
    "window": _Reader('a time such as "36 hours" or "30 days", or "all"', _duration),
    "minimum_relatedness": _Reader('"auto", a number, or -inf for none', _minimum),
    "fill": _Reader("popular, latest or none", _fill),
    "only_sections": _NAMES,
    "never_sections": _NAMES,
    "only_tags": _NAMES,
    "never_tags": _NAMES,
    "blocked": _Reader("a list of addresses", _urls),
    "pinned": _Reader("a list of tables with url, and optionally position and until", _pins),
    "most_of_thread": _Reader("a number from 1", _integer),
    "diversity": _Reader("a number from 0 to 1", _number),
}
"""The rules by name, the same in recsys.toml and on the command line."""
