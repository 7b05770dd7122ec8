"""The catalogue of messages: what the dashboard says, in each of its languages.

A message is a text, or a table with `one` and `other` for a number `n`. `{name}` is a value, which is
escaped; `text between backticks` is shown as code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib import resources

from markupsafe import Markup, escape

LANGUAGES = {"en": "English", "ja": "日本語"}
"""By code: the name of each language in itself. The first is used for readers of all other languages."""
DEFAULT = "en"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_CODE = re.compile(r"`([^`]+)`")
_ACCEPTED = re.compile(r"\s*([a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q\s*=\s*([0-9.]{1,5}))?\s*")
_MOST_ACCEPTED = 20


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a language, with times in a zone."""

    language: str
    zone: tzinfo

    def text(self, key: str, **values: object) -> Markup:
        """Return a message as markup, with its values escaped."""
        return Markup(_template(self.language, key, values.get("n"))).format(**values)  # noqa: S704 - escaped

    def plain(self, key: str, **values: object) -> str:
        """Return a message as text."""
        return self.text(key, **values).striptags()

    def moment(self, time: datetime) -> str:
        """Return a time in the zone, without the name of the zone."""
        local = time.astimezone(self.zone)
        if self.language == "ja":
            return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
        return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"

    def day(self, time: datetime) -> str:
        """Return a day of the year, without the year."""
        if self.language == "ja":
            return f"{time.month}月{time.day}日"
        return f"{time.day} {_MONTHS[time.month - 1]}"


@cache
def load_catalogue(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """Return the messages of a language by key."""
    file = resources.files("recsys.serve") / "messages" / f"{language}.toml"
    found: Mapping[str, str | Mapping[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def choose_language(chosen: Iterable[str | None], accept_language: str) -> str:
    """Return the first language that was chosen, or else the best one of an Accept-Language header."""
    known = next((each for each in chosen if each in LANGUAGES), None)
    if known is not None:
        return known
    weights: dict[str, float] = {}
    for part in accept_language.lower().split(",")[:_MOST_ACCEPTED]:
        match = _ACCEPTED.fullmatch(part)
        if match is not None and match[1] in LANGUAGES:
            weights.setdefault(match[1], _weight(match[2]))
    best = max(weights, key=lambda language: weights[language], default=DEFAULT)
    return best if weights.get(best, 1.0) > 0 else DEFAULT


def _weight(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0


def _template(language: str, key: str, n: object) -> str:
    """Return the escaped text of a message, for a number `n` if it depends on one."""
    message = load_catalogue(language)[key]
    if not isinstance(message, str):
        message = message["one" if n == 1 else "other"]
    return _CODE.sub(r"<code>\1</code>", str(escape(message)))
