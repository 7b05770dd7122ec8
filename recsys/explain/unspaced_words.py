"""Nouns and names that two Japanese, Chinese or Korean stories share, without a dictionary.

Japanese has its boundaries in the script, see `recsys.explain.japanese_words`. Chinese is cut at function
words and verbs. Where runs are only partly equal, a boundary is where the corpus says so: the pair of
characters across it must be rarer than those beside it, and a term must stand between boundaries in both
texts or beside several neighbours in the archive. In Korean the particles are taken off the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from recsys.explain.japanese_words import LONGEST, free_latin, japanese_terms
from recsys.explain.reason_words import reason_words
from recsys.explain.unspaced_word_lists import (
    FUNCTION_ZH,
    INSTITUTIONS_ZH,
    NEVER_IN_NAMES_ZH,
    NO_REASON_KO,
    PARTICLES_KO,
    PLACES_ZH,
    VERB_ENDINGS_KO,
)
from recsys.text import compose

Frequencies = Callable[[list[str]], list[int]]
"""The number of articles with the rarest pair of characters of each term."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What the corpus says of a term."""

    frequencies: Frequencies
    headlines: Callable[[str], list[str]]
    """Headlines that contain a term, up to a number."""


class Script(Enum):
    """Scripts without spaces between words, or with particles attached to them."""

    JAPANESE = "japanese"
    CHINESE = "chinese"
    KOREAN = "korean"


APART = 2
"""A run is a clause if each of its parts is in at least this many times as many headlines as the run."""
VARIED = 3
"""Neighbours that a term must have in the archive, on a side where no boundary is in the text."""
TORN = 0.35
"""A pair of characters is within a word if it is at least this often as frequent as the pair beside it."""
SURE_LENGTH = 3
"""Han from which a Chinese term is a reason without a list of words."""

_SAMPLE = 2000  # characters that tell the script
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_HANGUL_RUN = re.compile(r"[\uac00-\ud7af]+")
_LATIN = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[A-Z])[A-Za-z][A-Za-z0-9]+(?![A-Za-z0-9])")
_CUT_ZH = re.compile("|".join(sorted(FUNCTION_ZH, key=len, reverse=True)))
_CUTS_ZH = tuple(word for word in FUNCTION_ZH if len(word) > 1)
_BOUNDARIES_ZH = (*_CUTS_ZH, *NEVER_IN_NAMES_ZH, *PLACES_ZH)
_OCCURRENCES = 20
"""Occurrences of a term that are looked at in a text."""
_OFFICES = "市县省州"
_OPEN = "总副原"
"""Beginnings of a title: a term that ends there is half of one."""
_NUMBER = re.compile(r"[0-9一二两三四五六七八九十百千万亿]")
_BARS = str.maketrans("丨", "|")
"""A Han that is used as a vertical bar."""
_WIDER = 0xFEE0  # from a letter to its full-width form
_NO_ACRONYM = frozenset("UPDATE PHOTO VIDEO NEWS PR TV SNS OK NO VS LIVE COM HTTP HTTPS WWW PM AM".split())


def find_script(text: str) -> Script | None:
    """The script of a text by its first characters; None if its words are between spaces."""
    sample = text[:_SAMPLE]
    if sample.isascii():
        return None
    han = len(_HAN.findall(sample))
    if len(_KANA.findall(sample)) > max(1, han // 20):
        return Script.JAPANESE
    hangul = len(_HANGUL.findall(sample))
    if hangul > han:
        return Script.KOREAN
    return Script.CHINESE if han > 1 else None


def shared_nouns(
    query: tuple[str, str], candidate: tuple[str, str], script: Script, archive: Archive
) -> list[tuple[str, int]]:
    """Nouns and names of one headline that the other story contains too, with the articles that have them.

    A story is its headline and its whole text. First what both headlines contain, then the rarest.
    """
    mine, theirs = (tuple(map(_widths, each)) for each in (query, candidate))
    if script is Script.CHINESE:
        terms = dict.fromkeys(_chinese(mine, theirs, archive))
    else:
        terms = dict.fromkeys({Script.JAPANESE: japanese_terms, Script.KOREAN: _korean}[script](mine, theirs))
    latin = [
        free_latin(each) if script is Script.JAPANESE else frozenset(_LATIN.findall(each))
        for each in (mine[1], theirs[0])
    ]
    for word in _LATIN.findall(theirs[0]):
        is_common = not word.isupper() and word.casefold() in _known_latin()
        if word.upper() not in _NO_ACRONYM and not is_common and word in latin[0] & latin[1]:
            terms[word] = None
    kept = [term for term in terms if not any(term != each and term in each for each in terms)]
    in_both = {term for term in kept if term in mine[0] and term in theirs[0]}
    if len(kept) == 1 and not in_both:
        return []
    found = sorted(
        zip(kept, archive.frequencies(kept), strict=True), key=lambda each: (each[1], -len(each[0]), each[0])
    )
    found.sort(key=lambda each: each[0] not in in_both)
    return [(_as_printed(term, candidate[0], query[0]), frequency) for term, frequency in found]


def _known_latin() -> frozenset[str]:
    known = reason_words(None)
    return known.no_name | known.no_word


def _as_printed(term: str, *headlines: str) -> str:
    """The spelling of a term in the first headline that has it, in wide letters or not."""
    wide = "".join(chr(ord(each) + _WIDER) if each.isascii() else each for each in term)
    spellings = (spelling for headline in headlines for spelling in (term, wide) if spelling in headline)
    return next(spellings, term)


def _widths(text: str) -> str:
    """A text with letters and Katakana of one width."""
    return compose(text).translate(_BARS)


def _is_torn(term: str, run: str, frequencies: Frequencies) -> bool:
    """Whether a term at an end of a longer run is half of a word there."""
    if run == term:
        return False
    if run.startswith(term):
        inside, across = term[-2:], run[len(term) - 1 : len(term) + 1]
    else:
        inside, across = term[:2], run[-len(term) - 1 : -len(term) + 1]
    within, over = frequencies([inside, across])
    return over > 1 and over > TORN * within


def _chinese(mine: tuple[str, ...], theirs: tuple[str, ...], archive: Archive) -> Iterator[str]:
    """Yield what a piece of one headline has in common with the other story."""
    for headline, text in ((theirs[0], mine[1]), (mine[0], theirs[1])):
        others = list(dict.fromkeys(_pieces_zh(text)))
        for piece in dict.fromkeys(_pieces_zh(headline)):
            for part in _common_parts(piece, others):
                whole = _whole_zh(part, headline, text, archive.frequencies)
                for term in _free_parts(whole, archive) if whole else ():
                    if _is_term_zh(term) and all(
                        _stands_free(term, each, archive) for each in (headline, text)
                    ):
                        yield term


def _is_term_zh(term: str) -> bool:
    if term in PLACES_ZH:
        return True
    return SURE_LENGTH <= len(term) <= LONGEST and term[0] not in _OFFICES and term[-1] not in _OPEN


def _free_parts(term: str, archive: Archive) -> list[str]:
    """A term, or its two parts if both stand in many headlines without each other: it is then a clause."""
    if term in PLACES_ZH or len(term) <= SURE_LENGTH:
        return [term]
    for at in range(2, len(term) - 1):
        head, tail = term[:at], term[at:]
        if (head in PLACES_ZH and len(tail) == 2) or (tail in PLACES_ZH and len(head) == 2):
            return [head, tail]
    if len(term) == SURE_LENGTH + 1:  # its parts are too short to be shown
        return [term]
    least = APART * len(archive.headlines(term))
    for at in range(2, len(term) - 1):
        head, tail = term[:at], term[at:]
        if len(archive.headlines(head)) >= least and len(archive.headlines(tail)) >= least:
            return [*_free_parts(head, archive), *_free_parts(tail, archive)]
    return [term]


def _stands_free(term: str, text: str, archive: Archive) -> bool:
    """Whether a term ends at boundaries on both sides of one occurrence, or does so by the archive.

    Where an institution's name goes on, a term is only its beginning; half of a pun and what is counted are
    no terms.
    """
    places = [at.start() for at in islice(re.finditer(re.escape(term), text), _OCCURRENCES)]
    around = [
        _bounds(text, at, at + len(term))
        for at in places
        if not text.startswith(INSTITUTIONS_ZH, at + len(term))
    ]
    if not around or _NUMBER.search(text[: places[0]][-1:]):
        return False
    if any(text[:at].endswith("”") or text.startswith("“", at + len(term)) for at in places):
        return False
    if any(not before and not after for before, after in around):
        return True
    seen = [(each, each.find(term)) for each in archive.headlines(term)]
    sides = zip(*(_bounds(each, at, at + len(term)) for each, at in seen), strict=True)
    is_varied = [len({each or str(number) for number, each in enumerate(side)}) >= VARIED for side in sides]
    return bool(seen) and any(
        (not before or is_varied[0]) and (not after or is_varied[1]) for before, after in around
    )


def _bounds(text: str, start: int, end: int) -> tuple[str, str]:
    """The Han before and after a place; '' for anything else, and where it is cut."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    is_cut = text.endswith(_BOUNDARIES_ZH, max(0, start - LONGEST), start)
    if is_cut or not _HAN.match(before):
        before = ""
    if not _HAN.match(after) or text.startswith(_BOUNDARIES_ZH, end):
        after = ""
    return before, after


def _pieces_zh(text: str) -> Iterator[str]:
    for run in _HAN_RUN.findall(text):
        yield from (piece for piece in _CUT_ZH.split(run) if len(piece) > 1)


def _common_parts(piece: str, others: Iterable[str]) -> Iterator[str]:
    """Yield the longest parts of a piece that another contains, from the left, without overlap."""
    at, others = 0, [other for other in others if len(other) > 1]
    while at < len(piece) - 1:
        length = max((_match_length(piece, at, other) for other in others), default=0)
        if length > 1:
            yield piece[at : at + length]
        at += max(length - 1, 1)


def _match_length(piece: str, at: int, other: str) -> int:
    """The length of the longest part of a piece from a place on that another piece contains."""
    length = 0
    while at + length < len(piece) and piece[at : at + length + 1] in other:
        length += 1
    return length


def _whole_zh(part: str, headline: str, text: str, frequencies: Frequencies) -> str:
    """A common part with what belongs to it in both texts; '' if it is half of a word in one of them.

    A cut may go through a name, as every single character of a transcribed name means something.
    """
    if part in PLACES_ZH:
        return part
    for _ in range(LONGEST):
        contexts = [_context(part, each) for each in (headline, text)]
        torn = [[_is_torn(*each, frequencies) for each in _sides(part, *around)] for around in contexts]
        grown = part
        for side in (0, 1):
            if torn[0][side] or torn[1][side]:
                neighbour = contexts[0][side]
                if neighbour != contexts[1][side] or neighbour in NEVER_IN_NAMES_ZH:
                    return ""
                grown = neighbour + grown if side == 0 else grown + neighbour
        if grown == part:
            return part
        part = grown
    return ""


def _context(term: str, text: str) -> tuple[str, str]:
    """The Han before and after the first occurrence of a term; '' for anything else and where it is cut."""
    at = text.find(term)
    end = at + len(term)
    before, after = text[max(0, at - 1) : max(0, at)], text[end : end + 1]
    if text[:at].endswith(_CUTS_ZH) or not _HAN.match(before):
        before = ""
    if text.startswith(_CUTS_ZH, end) or not _HAN.match(after):
        after = ""
    return before, after


def _sides(term: str, before: str, after: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (term, before + term), (term, term + after)


def _korean(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Iterator[str]:
    """Yield the words of a headline without particles that the other text contains as well."""
    for headline, text in ((theirs[0], mine[1]), (mine[0], theirs[1])):
        others = set(_stems_ko(text))
        yield from (stem for stem in _stems_ko(headline) if stem in others)


def _stems_ko(text: str) -> Iterator[str]:
    for word in _HANGUL_RUN.findall(text):
        if word.endswith(VERB_ENDINGS_KO) or word in NO_REASON_KO:
            continue
        stem = _without_particle(word)
        if 2 <= len(stem) <= LONGEST and stem not in NO_REASON_KO and not stem.endswith(VERB_ENDINGS_KO):
            yield stem


def _without_particle(word: str) -> str:
    for particle in PARTICLES_KO:  # longest first
        if word.endswith(particle) and len(word) - len(particle) >= 2:
            return word[: -len(particle)]
    return word
