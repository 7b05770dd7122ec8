"""Headings of lists and the kind of list they announce; the words are in `headings.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from recsys.domain import Kind
from recsys.text import normalise

MAX_HEADING = 70  # characters; the longest of 267 labelled headings that announce a list by themselves has 57

_MAX_NAME = 300
_KINDS = (Kind.POPULAR, Kind.RELATED, Kind.LATEST, Kind.RECOMMENDED)
_UNSPACED = frozenset(("ja", "zh", "ko"))  # a word may begin anywhere
_NAMES = "names"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_QUOTED_SCOPE = re.compile(r"^[\"“”„「『«] ?+(?P<scope>[^\"“”「」『』«»]++)[\"“”」』»] ?+(?P<rest>\S.*)$")
_TRAILING_SCOPE = re.compile(r" (?:in|em|en|dans|from) ?:? (?P<scope>\S.{0,50}?) ?:?$", re.IGNORECASE)
_MORE = re.compile(  # a link to the whole list below it, not its heading
    r"(?:view|see(?! also)|show|browse|load|all|alle|ver(?! tamb)|vedi(?! anche)|voir(?! aussi)|toutes?|tous"
    r"|todas?|todos?|mehr anzeigen|bekijk)\b|もっと"
)
_TOPICS = re.compile(
    r"\b(?:hash)?tags?\b|\btopics\b|\btemas\b|\btópicos\b|\bauthor\b|\bautor\b|タグ|キーワード"
)
"""Words in headings of keywords, sections or people, which head no list of headlines."""

_SCOPELESS = re.compile(r"(?:the )?(?:last|past|letzte|les derni|las [úu]ltim|as [úu]ltim|\d)", re.IGNORECASE)

Words = dict[Kind, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as printed, the kind of list it announces, and the section the list is limited to."""

    title: str
    kind: Kind
    scope: str | None = None


def parse_heading(text: str) -> Heading | None:
    """The heading in a line of text; None if it announces no list."""
    return _parse(text[: 2 * MAX_HEADING])


@lru_cache(maxsize=4096)  # pages repeat short texts: 80 pages make 29,000 calls for 9,000 texts
def _parse(text: str) -> Heading | None:
    title = " ".join(text.split())
    if not 1 < len(title) <= MAX_HEADING:
        return None
    quoted = _QUOTED_SCOPE.match(title)
    words = normalise(quoted["rest"] if quoted else title)
    kind = None if _MORE.match(words) or _TOPICS.search(words) else _kind_of(words)
    if kind is None:
        return None
    return Heading(title, kind, quoted["scope"].strip() if quoted else _trailing_scope(title))


def parse_name(name: str) -> Kind | None:
    """The kind of list that the classes or the id of an element name."""
    return _parse_name(name[:_MAX_NAME])


@lru_cache(maxsize=4096)
def _parse_name(name: str) -> Kind | None:
    words = re.sub(r"[_\s]+", "-", _CAMEL.sub("-", name)).lower()
    return next((kind for kind, pattern in _read_words()[2].items() if pattern.search(words)), None)


def _trailing_scope(title: str) -> str | None:
    found = _TRAILING_SCOPE.search(title)
    return found["scope"] if found and not _SCOPELESS.match(found["scope"]) else None


def _kind_of(words: str) -> Kind | None:
    anywhere, exact, _ = _read_words()
    found = (kind for kind, pattern in anywhere.items() if pattern.search(words))
    return next(found, None) or next(
        (kind for kind, pattern in exact.items() if pattern.fullmatch(words)), None
    )


@cache
def _read_words() -> tuple[Words, Words, Words]:
    """The patterns that announce a kind within a heading, those for a whole heading, and those for names."""
    text = files("recsys.documents").joinpath("headings.toml").read_text(encoding="utf-8")
    languages: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    names = {Kind(kind): words for kind, words in languages.pop(_NAMES).items()}
    return (
        {kind: re.compile("|".join(_anywhere(languages, kind))) for kind in _KINDS},
        {
            kind: re.compile(rf"(?:{'|'.join(_entries(languages, f'{kind}_whole'))})[\s:.…]*")
            for kind in _KINDS
        },
        {kind: re.compile(rf"(?<![a-z])(?:{'|'.join(words)})(?![a-z])") for kind, words in names.items()},
    )


def _entries(languages: dict[str, dict[str, list[str]]], key: str) -> list[str]:
    return [entry for words in languages.values() for entry in words.get(key, ())]


def _anywhere(languages: dict[str, dict[str, list[str]]], kind: Kind) -> list[str]:
    spaced = {name: words for name, words in languages.items() if name not in _UNSPACED}
    unspaced = {name: words for name, words in languages.items() if name in _UNSPACED}
    return [rf"(?<!\w)(?:{'|'.join(_entries(spaced, kind))})", *_entries(unspaced, kind)]
