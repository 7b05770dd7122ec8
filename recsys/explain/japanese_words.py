"""Nouns and names of Japanese headlines: whole compounds only, with or without a person's title.

A compound runs across changes of script (Han, Katakana, Latin, a syllable of inflection between two Han) to
the next particle, punctuation mark or digit. A part of one is no reason: it may be half of a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recsys.explain.unspaced_word_lists import (
    AFTER_NOUN,
    COMMON_ENDINGS_JA,
    NO_REASON_JA,
    PLACES_JA,
    TITLES_JA,
    VERB_STEMS,
    VERBAL_NOUNS_JA,
)

LONGEST = 12
"""Characters of a term; a longer run is a clause."""
SPECIFIC = 4
"""Han from which a compound is a reason alone."""
SHORTEST_KATAKANA = 3

_HAN = r"\u3400-\u9fff\u3005\u30f6\uf900-\ufaff"
_KATAKANA = r"\u30a1-\u30fa\u30fc"
_INFLECTION = "きしちりみえけげせれめぎびじべ"
"""Endings of verb stems that stand within compounds, and are no particles."""
_COMPOUND = re.compile(
    rf"(?:[{_HAN}{_KATAKANA}]|[A-Za-z][A-Za-z0-9]*"
    rf"|(?<=[{_HAN}])[{_INFLECTION}](?=[{_HAN}{_KATAKANA}])"
    rf"|(?<=[{_KATAKANA}])[・=](?=[{_KATAKANA}]))+"
)
_IS_KATAKANA = re.compile(rf"[{_KATAKANA}・=]+")
_ONE_BEFORE_KATAKANA = re.compile(rf"[米英仏独露中韓元前故新現](?=[{_KATAKANA}])")
_PLACE = re.compile(rf"[{_HAN}{_KATAKANA}]{{2,}}[都府県市区町村駅川島山港線橋湖湾寺城党]")
_CLAUSE = re.compile(r"\.\.\.|[…「『“]")
_KANA = re.compile(r"[\u3041-\u3096]")
_POLITE = ("さん", "さま", "くん", "ちゃん")
_LOOK_AHEAD = 4


def japanese_terms(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Iterator[str]:
    """Yield what is a whole compound, or a name before a title, in one headline and in the other text.

    A short noun says too little: two Han are shown only if they are a name, and three if there is no name
    but another noun. A common noun in Katakana is spelled like a name, which must begin a clause if it
    is alone.
    """
    found: dict[str, bool] = {}
    for headline, text in ((theirs[0], mine[1]), (mine[0], theirs[1])):
        first, second = _compounds(headline), _compounds(text)
        for term in first:
            if term in second and _is_noun(term):
                found[term] = found.get(term, False) or first[term] or second[term]
    names = [term for term, is_name in found.items() if is_name or _is_specific(term)]
    nouns = [term for term in found if term not in names and len(term) > 2]
    if len(names) == 1 and not found[names[0]] and _IS_KATAKANA.fullmatch(names[0]):
        names = [term for term in names if _begins(term, mine[0]) or _begins(term, theirs[0])]
    yield from names or (nouns if len(nouns) > 1 else [])


def free_latin(text: str) -> frozenset[str]:
    """Latin words and abbreviations that are no part of a longer compound."""
    return frozenset(filter(str.isascii, _compounds(text)))


def _begins(term: str, headline: str) -> bool:
    """Whether a headline or one of its clauses or quotations begins with a term: it is about that."""
    return any(part.startswith(term) for part in _CLAUSE.split(headline))


def _compounds(text: str) -> dict[str, bool]:
    """The compounds of a text, and the names before titles, with whether they are a person's name."""
    found: dict[str, bool] = {}
    for each in _COMPOUND.finditer(text):
        term, after = each.group(), text[each.end() : each.end() + _LOOK_AHEAD]
        before = text[each.start() - 1] if each.start() else " "
        if before.isdigit() or before in _INFLECTION:  # a counter, or the second half of a compound
            continue
        is_han = not _IS_KATAKANA.fullmatch(term[-1])
        if is_han and _KANA.match(after) and not after.startswith(AFTER_NOUN):
            continue
        if after[:1] in {"し", "す"} and term[-2:] in VERB_STEMS:
            continue
        term = term[1:] if _ONE_BEFORE_KATAKANA.match(term) else term
        name = next(
            (term.removesuffix(title).rstrip("副前元") for title in TITLES_JA if term.endswith(title)), term
        )
        is_titled = after.startswith(_POLITE)
        found[term] = found.get(term, False) or is_titled
        if name != term and len(name) > 1 and name not in NO_REASON_JA:
            found[term] = found[name] = True
    return found


def _is_noun(term: str) -> bool:
    if term.isascii() or term in NO_REASON_JA or term in VERBAL_NOUNS_JA or term in COMMON_ENDINGS_JA:
        return False
    if term.endswith("的") or not 2 <= len(term) <= LONGEST:
        return False
    if _IS_KATAKANA.fullmatch(term) and len(term) < SHORTEST_KATAKANA:
        return False
    return any(half not in NO_REASON_JA and half not in VERBAL_NOUNS_JA for half in (term[:-2], term[-2:]))


def _is_specific(term: str) -> bool:
    """Whether a term is a reason without another: a place, a compound of two words, or in Katakana."""
    is_katakana = _IS_KATAKANA.fullmatch(term) is not None
    return is_katakana or len(term) >= SPECIFIC or term in PLACES_JA or _PLACE.fullmatch(term) is not None
