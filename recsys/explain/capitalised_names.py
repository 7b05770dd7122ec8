"""Names in texts with capital letters: runs of capitalised words within a sentence, and their parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag, auto

from recsys.explain.reason_words import ReasonWords
from recsys.explain.word_lists import ABBREVIATIONS, AMBIGUOUS_MONTHS, CONNECTORS
from recsys.text import normalise

MAX_WORDS = 8
"""The longest name; of a longer run its parts."""
TITLE_SHARE = 0.65
"""The share of capitalised words, of four letters and more, from which a line counts as title case; in a
sentence with names it is rarely above a half."""

_UPPER = "".join(filter(str.isupper, map(chr, range(0x530))))  # Latin, Greek, Cyrillic
_LETTER = r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_CAPITALISED = rf"(?:[dl]['’])?[{_UPPER}]{_LETTER}*+(?:[.'’\-‐‑&]{_LETTER}++)*+\.?+"
_SMALL = "|".join(sorted({re.escape(word) for each in CONNECTORS.values() for word in each.split()}))
_ALL_CONNECTORS = frozenset(word for each in CONNECTORS.values() for word in each.split())
_RUN = re.compile(
    rf"(?<![\w'’\-])(?:{_CAPITALISED})"
    rf"(?:[ \u00a0](?:(?:{_SMALL})[ \u00a0]){{0,2}}"
    rf"(?:{_CAPITALISED}|[0-9]{{1,4}}\b(?![-‐‑–—][0-9])))*+(?![$£€])"
)
_LOWER = re.compile(rf"(?<![\w'’\-])(?![{_UPPER}]){_LETTER}++(?:['’\-‐‑]{_LETTER}++)*+")
_LONGER = re.compile(r"\b[^\W\d_]{4,}")
_POSSESSIVE = re.compile(r"['’](?:s|S)?$")
_INITIAL = re.compile(rf"(?:[{_UPPER}]\.)+[{_UPPER}]?\.?$")
_SINGLE_INITIAL = re.compile(r"\w\.$")
_BEFORE = re.compile(r"[\w,]$")
"""What stands before a word within a sentence."""
_LOOK_BACK = 4
_LONGEST_RUN = 40  # words
_AND = r"(?:and|und|y|et|e|и|&)"
_COORDINATED = re.compile(rf"[ \u00a0]{_AND}[ \u00a0]$")
_COORDINATES = re.compile(rf"[ \u00a0]{_AND}[ \u00a0][{_UPPER}]")
_BRANCH = re.compile(rf"[{_UPPER}]{_LETTER}+[ \u00a0](?:for|on|vs?\.)[ \u00a0](?:the[ \u00a0])?$")
"""Before the last part of a longer name: Centre for Tides."""
_OPPONENT = re.compile(r"[ \u00a0]vs?\.[ \u00a0]")
_LONGEST_BRANCH = 24
_OFFICE = re.compile(r"(Secretary|Minister|Attorney General) of (?:the )?\S+")
"""A title with what the office is for."""
_LOWER_TAIL = re.compile(r"[-‐‑][a-z][^-‐‑]*$")
"""What makes an adjective of a name: -led."""
_LONGEST_AND = 5  # characters with its spaces
_SHOUTED = 4  # letters from which a word in capitals is no abbreviation


class Evidence(IntFlag):
    """What an occurrence says of a part of a run."""

    NONE = 0
    WHOLE = auto()
    """It is the whole run."""
    APART = auto()
    """No "and" joins its run to another name: Uniformed and Overseas Citizens is one name, not two."""
    IN_TITLE_CASE = auto()
    """It stands in a line in title case, whose runs say nothing."""
    IN_SENTENCE = auto()
    """It stands in another line."""
    SURE = auto()
    """Its capitals are due neither to its place in the sentence nor to title case."""


@dataclass(frozen=True, slots=True)
class FoundNames:
    """The parts of all runs of a text, normalised, with their evidence and spelling, and its small words."""

    evidence: dict[str, Evidence]
    spelling: dict[str, str]
    sure_words: frozenset[str]
    """Words that are capitalised within a sentence."""
    lower: frozenset[str]
    """Words that occur in small letters."""
    first_names: dict[str, frozenset[str]]
    """The first words of runs of several words, by the last word."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Words of one name with their normalised forms."""

    spelled: tuple[str, ...]
    words: tuple[str, ...]
    starts_sentence: bool
    in_title_case: bool
    is_torn: bool = False
    """It is part of a longer name, which is no run."""


def find_capitalised_names(text: str, known: ReasonWords) -> FoundNames:
    """The names of a text. Nothing is a name for its capital at the start of a sentence alone."""
    evidence: dict[str, Evidence] = {}
    spelling: dict[str, str] = {}
    sure: set[str] = set()
    first_names: dict[str, frozenset[str]] = {}
    for line in text.split("\n"):
        title_case = _is_title_case(line)
        for found in _RUN.finditer(line):
            before = line[max(0, found.start() - _LOOK_BACK) : found.start()].rstrip()
            starts = _BEFORE.search(before) is None
            joined = bool(
                _COORDINATED.search(line[max(0, found.start() - _LONGEST_AND) : found.start()])
                or _COORDINATES.match(line[found.end() : found.end() + _LONGEST_AND + 1])
            )
            torn = bool(
                _BRANCH.search(line, max(0, found.start() - _LONGEST_BRANCH), found.start())
                or _OPPONENT.match(line, found.end())
            )
            for run in _runs(found.group(), starts, title_case, known):
                if len(run.words) > 1:
                    last = run.words[-1]
                    first_names[last] = first_names.get(last, frozenset()) | {run.words[0]}
                if not title_case:
                    sure.update(run.words[1:] if run.starts_sentence else run.words)
                for key, name, what in _parts(run, known.connectors, joined, torn or run.is_torn):
                    evidence[key] = evidence.get(key, Evidence.NONE) | what
                    spelling.setdefault(key, name)
    lower = frozenset(normalise(word) for word in set(_LOWER.findall(text)))
    return FoundNames(evidence, spelling, frozenset(sure), lower, first_names)


def _is_title_case(line: str) -> bool:
    """Whether most of the longer words are capitalised, as in the headlines of some newspapers."""
    longer = _LONGER.findall(line)
    return len(longer) > 1 and len([word for word in longer if word[0].isupper()]) > TITLE_SHARE * len(longer)


def _runs(text: str, starts: bool, title_case: bool, known: ReasonWords) -> Iterator[_Run]:
    """Cut a run at ends of sentences, possessives, titles and function words; drop what was shouted."""
    spelled: list[str] = []
    pieces = _OFFICE.sub(r"\1", text.replace("\u00a0", " ")).split(" ")[:_LONGEST_RUN]
    if len([each for each in pieces if len(each) >= _SHOUTED and each.isupper()]) > 1:
        return
    at_start, is_torn = starts, False
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=True):
        word, ends = _strip(piece)
        key = normalise(word).rstrip(".")
        is_function = key in known.function or piece in _ALL_CONNECTORS
        is_function &= piece != "New" and piece not in known.connectors and not _is_abbreviation(word)
        if is_function or key in known.titles:
            # what stands before belongs to it: "Prime Minister", "Home Secretary", "Bake Off"
            if piece in _ALL_CONNECTORS:
                yield from _build(spelled, at_start, title_case, known)
            spelled, at_start, is_torn = [], False, False
            continue
        if piece == "of" and len(spelled) > 1 and normalise(spelled[-1]) not in known.no_name:
            # "Tom Farrow of Anslow County" is two names, "Anslow Board of Trade" is one
            yield from _build(spelled, at_start, title_case, known)
            spelled, at_start, is_torn = [], False, False
            continue
        spelled.append(word)
        if ends:
            owns = _POSSESSIVE.search(piece) is not None and _is_name_word(following, known)
            is_torn |= owns and len(spelled) == 1
            yield from _build(spelled, at_start, title_case, known, is_torn)
            spelled, at_start, is_torn = [], piece.endswith("."), owns
    yield from _build(spelled, at_start, title_case, known, is_torn)


def _strip(piece: str) -> tuple[str, bool]:
    """A word without its possessive or full stop, and whether a name ends there."""
    if piece[1:2] in {"'", "’"} and piece[0] in "dl":
        piece = piece[2:]
    if _INITIAL.match(piece):
        return piece, False
    if _LOWER_TAIL.search(piece):
        return _LOWER_TAIL.sub("", piece), True
    if piece.endswith("."):
        word = piece[:-1]
        is_short_form = word.casefold() in ABBREVIATIONS
        return (piece, False) if is_short_form else (word, True)
    word = _POSSESSIVE.sub("", piece)
    return word, word != piece


def _is_name_word(piece: str, known: ReasonWords) -> bool:
    """Whether a word of a run is neither a title nor a function word."""
    key = normalise(piece).rstrip(".")
    return bool(key) and key not in known.titles and key not in known.function


def _is_abbreviation(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _build(
    spelled: list[str], starts: bool, title_case: bool, known: ReasonWords, is_torn: bool = False
) -> Iterator[_Run]:
    """Yield a run without connectors and days at its ends, unless nothing is left; with a day it is torn."""
    words = [normalise(word).rstrip(".") or word for word in spelled]
    if spelled and _SINGLE_INITIAL.match(spelled[-1]):
        spelled = [*spelled[:-1], spelled[-1][:-1]]
    first, end = 0, len(words)
    while first < end and _is_edge(words, first, known):
        first += 1
        starts = False
    while first < end and _is_edge(words, end - 1, known):
        end -= 1
    is_torn |= any(word in known.calendar for word in (*words[:first], *words[end:]))
    if first < end:
        yield _Run(tuple(spelled[first:end]), tuple(words[first:end]), starts, title_case, is_torn)


def _is_edge(words: list[str], at: int, known: ReasonWords) -> bool:
    word = words[at]
    if word in AMBIGUOUS_MONTHS and len(words) > 1:
        return any(each.isdigit() for each in words)
    return word in known.connectors or word in known.calendar or (word.isdigit() and at == 0)


def _parts(
    run: _Run, connectors: frozenset[str], is_joined: bool, is_torn: bool
) -> Iterator[tuple[str, str, Evidence]]:
    """Yield the parts of a run that neither start nor end at a connector, nor stop before one."""
    words, count = run.words, len(run.words)
    for start in range(count):
        if words[start] in connectors or words[start].isdigit():
            continue
        for end in range(start + 1, min(start + MAX_WORDS, count) + 1):
            if words[end - 1] in connectors or (end < count and words[end] in connectors):
                continue
            what = Evidence.NONE if is_joined else Evidence.APART
            what |= Evidence.IN_TITLE_CASE if run.in_title_case else Evidence.IN_SENTENCE
            if (start, end) == (0, count) and not (is_joined or is_torn or run.in_title_case):
                what |= Evidence.WHOLE
            if not (run.in_title_case or (run.starts_sentence and start == 0)):
                what |= Evidence.SURE
            yield " ".join(words[start:end]), " ".join(run.spelled[start:end]), what
