"""Text analysis: normalisation, tokens, names, update markers, and keys of headlines.

Everything takes time linear in the length of the text, whatever it contains. So quantifiers are possessive
(`*+`) where what follows could match the same characters, and runs of combining marks are cut.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from recsys.stopwords import stop_words

_QUOTES_AND_DASHES = str.maketrans(
    dict.fromkeys("‘’‚‛′`´＇", "'") | dict.fromkeys("“”„‟″«»＂", '"') | dict.fromkeys("‐‑‒–—―−－", "-")
)
_SPACES = re.compile(r"\s+")
# U+0080 to U+009F stay: in wrongly decoded text they are halves of letters.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
_UNEVEN_SPACE = re.compile("[^\\S\x85][^\\S\x85]+|[\t-\r\x1c-\x1f\u2028\u2029]")
_PLAIN_SPACES = frozenset("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\u2028\u2029")
MAX_MARKS = 30
"""The most combining marks in a row, as in the Stream-Safe Text Format (Unicode, UAX #15, 13)."""
_STRIDE = 8  # characters between two samples; the shortest run that is too long has 14
_CJK = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u309f\u30a1-\u30ff\uac00-\ud7af"
_RUNS = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:['.](?=[^\W_{_CJK}])[^\W_{_CJK}]+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_POSSESSIVE = re.compile(r"'s?$")
_UPDATE = re.compile(
    r"[(\[（【]\s*+(?:update|updated|upd|lead|correct(?:ed|ion)?|更新|訂正|続報|第)\s*+(\d*+)\s*+(?:報\s*+)?+[)\]）】]\s*+$"
    r"|^\s*+(?:update|updated|upd)\s++(\d++)\s*+[-:–—]\s*+",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"[A-Z][\w'’.-]*+(?:\s++(?:of|the|de|la|van|von|bin|al|and|&)(?=\s+[A-Z])|\s++[A-Z0-9][\w'’.-]*+)*+"
    r"|[\u30a1-\u30ff]{3,}+"
)


def normalise(text: str) -> str:
    """The text with uniform width, case, quotes, dashes and spaces, so that two spellings compare equal."""
    # quotes first, as NFKC makes an acute accent a space; composed again last, as casefold decomposes
    plain = compose(text.translate(_QUOTES_AND_DASHES)).casefold()
    composed = compose(plain).translate(_QUOTES_AND_DASHES)
    return _SPACES.sub(" ", composed).strip()


def compose(text: str) -> str:
    """NFKC in linear time: it sorts the marks in a row by comparing each with each."""
    return unicodedata.normalize("NFKC", limit_marks(text))


def limit_marks(text: str) -> str:
    """The text with at most 30 combining marks in a row; further ones are removed.

    Marks are counted as NFKD decomposes them, so that no normalisation form makes a longer run.
    """
    if len(text) < _STRIDE or text.isascii() or not any(map(_is_mark, set(text[::_STRIDE]))):
        return text
    pieces: list[str] = []
    copied = done = 0
    for at in range(0, len(text), _STRIDE):
        if at < done or not _is_mark(text[at]):
            continue
        start, done = at, at + 1
        while start > 0 and _is_mark(text[start - 1]):  # not beyond the last sample
            start -= 1
        while done < len(text) and _is_mark(text[done]):
            done += 1
        if done - start > 1:
            end = start + _count_kept(text[start - 1 : start], text[start:done])
            pieces.append(text[copied:end])
            copied = done
    return "".join([*pieces, text[copied:]])


def _count_kept(letter: str, marks: str) -> int:
    """How many of the marks after a letter are kept; the letter may itself be composed."""
    taken_apart = unicodedata.normalize("NFKD", letter)
    count = len(taken_apart) - len(taken_apart.rstrip("".join(filter(unicodedata.combining, taken_apart))))
    for place, mark in enumerate(marks):
        count += len(unicodedata.normalize("NFKD", mark))
        if count > MAX_MARKS:
            return place
    return len(marks)


def _is_mark(character: str) -> bool:
    """Whether a character, or the first of its NFKD, combines with the one before it."""
    return character >= "\u0300" and unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) > 0


def one_line(text: str) -> str:
    """A text on one line as printed: single spaces, none at the ends, no control characters.

    A run of white space becomes its first character, so that an ideographic space stays one; a line break
    or a tab becomes a space.
    """
    return _UNEVEN_SPACE.sub(_first_space, without_controls(text)).strip()


def without_controls(text: str) -> str:
    """The text without control characters other than white space."""
    return _CONTROLS.sub("", text)


def _first_space(found: re.Match[str]) -> str:
    first = found[0][0]
    return " " if first in _PLAIN_SPACES else first


def headline_key(headline: str) -> str:
    """A key that two spellings of a headline share. It includes the update marker."""
    return normalise(headline).replace(" ", "")


def split_update(headline: str) -> tuple[str, int]:
    """The headline without its update marker, and the number of the update (0 without a marker)."""
    found = _UPDATE.search(headline)
    if found is None:
        return headline.strip(), 0
    number = found.group(1) or found.group(2) or "1"
    bare = (headline[: found.start()] + headline[found.end() :]).strip()
    return (bare, int(number[:6])) if bare else (headline.strip(), 0)


def story_key(headline: str) -> str:
    """The key of the chain of updates to which a headline belongs."""
    return headline_key(split_update(headline)[0])


def tokenise(text: str) -> list[str]:
    """Terms in order: lower-case words without possessive, bigrams of Han, Kana and Hangul.

    A single such character is a term. Empty text gives an empty list.
    """
    terms: list[str] = []
    for run in _RUNS.findall(normalise(text)):
        if _IS_CJK.match(run):
            terms.extend([a + b for a, b in pairwise(run)] or [run])
        else:
            terms.append(_POSSESSIVE.sub("", run) or run)
    return terms


def content_terms(text: str, language: str | None) -> list[str]:
    """The terms of a text without the stop words of its language; a text of only stop words keeps them."""
    terms, unwanted = tokenise(text), stop_words(language)
    return [term for term in terms if term not in unwanted] or terms


def names(text: str) -> list[str]:
    """Runs of capitalised words and of Katakana, normalised, in order, repeated as they occur."""
    return [_POSSESSIVE.sub("", normalise(found.group()).rstrip(".-'")) for found in _NAME.finditer(text)]
