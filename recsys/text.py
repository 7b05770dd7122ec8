"""Words: normalise, tokenise, names, update markers, the key that two spellings of a headline share."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from recsys.stopwords import stop_words

_QUOTES_AND_DASHES = str.maketrans(
    dict.fromkeys("‘’‚‛′`´＇", "'") | dict.fromkeys("“”„‟″«»＂", '"') | dict.fromkeys("‐‑‒–—―−－", "-")
)
_SPACES = re.compile(r"\s+")
_CJK = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u309f\u30a1-\u30ff\uac00-\ud7af"
_RUNS = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:['.](?=[^\W_{_CJK}])[^\W_{_CJK}]+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_POSSESSIVE = re.compile(r"'s?$")
_UPDATE = re.compile(
    r"\s*[(\[（【]\s*(?:update|updated|upd|lead|correct(?:ed|ion)?|更新|訂正|続報|第)\s*(\d*)\s*(?:報)?\s*[)\]）】]\s*$"
    r"|^\s*(?:update|updated|upd)\s+(\d+)\s*[-:–—]\s*",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"[A-Z][\w'’.-]*(?:\s+(?:of|the|de|la|van|von|bin|al|and|&)(?=\s+[A-Z])|\s+[A-Z0-9][\w'’.-]*)*|[\u30a1-\u30ff]{3,}"
)


def normalise(text: str) -> str:
    """Same width, case, quotes, dashes and single spaces: what makes two spellings comparable."""
    # quotes first: NFKC makes an acute accent a space; composed again last: casefold takes letters apart
    plain = unicodedata.normalize("NFKC", text.translate(_QUOTES_AND_DASHES)).casefold()
    composed = unicodedata.normalize("NFKC", plain).translate(_QUOTES_AND_DASHES)
    return _SPACES.sub(" ", composed).strip()


def headline_key(headline: str) -> str:
    """What two spellings of one headline share. The update marker stays: an update is another headline."""
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
    """The key of the chain of updates that a headline belongs to."""
    return headline_key(split_update(headline)[0])


def tokenise(text: str) -> list[str]:
    """Terms in their order: lower-case words without possessive, bigrams of Han, Kana and Hangul.

    A single such character stands for itself. Empty text gives an empty list.
    """
    terms: list[str] = []
    for run in _RUNS.findall(normalise(text)):
        if _IS_CJK.match(run):
            terms.extend([a + b for a, b in pairwise(run)] or [run])
        else:
            terms.append(_POSSESSIVE.sub("", run) or run)
    return terms


def content_terms(text: str, language: str | None) -> list[str]:
    """The terms of a text less the function words of its language; a text of nothing else keeps them."""
    terms, unwanted = tokenise(text), stop_words(language)
    return [term for term in terms if term not in unwanted] or terms


def names(text: str) -> list[str]:
    """Runs of capitalised words and of Katakana, normalised, in their order, repeated as they occur."""
    return [_POSSESSIVE.sub("", normalise(run).rstrip(".-'")) for _, run in find_names(text)]


def find_names(text: str) -> list[tuple[int, str]]:
    """The same runs as they are spelled, each with where it begins."""
    return [(found.start(), found.group()) for found in _NAME.finditer(text)]
