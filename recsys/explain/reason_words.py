"""Which words are no reason in a language: sets built from the lists of words, and the forms of verbs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from recsys.explain import word_lists
from recsys.stopwords import STOP_WORDS

_ON_EVERY_SITE = "en"
"""English occurs in the boilerplate of sites in every language."""


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """Words of a language by why they are no reason."""

    has_list: bool
    """Whether there are lists for the language; without them only names are reasons."""
    function: frozenset[str]
    calendar: frozenset[str]
    titles: frozenset[str]
    no_name: frozenset[str]
    """Words that alone, or only together, are no name."""
    no_acronym: frozenset[str]
    """Those that are no name in capitals either: a function word may be one, such as US, WHO."""
    no_word: frozenset[str]
    general: frozenset[str]
    """Nouns that say nothing without the word before them."""
    connectors: frozenset[str]
    """Small words inside names."""


@lru_cache
def reason_words(language: str | None) -> ReasonWords:
    """The words of a language by its code (`pt-BR`); of all languages together if it is None."""
    code = None if language is None else language.split("-")[0].casefold()
    languages = [*STOP_WORDS, "ru"] if code is None else [_ON_EVERY_SITE, code]
    calendar = _words(word_lists.CALENDAR, languages)
    titles = _words(word_lists.TITLES, languages)
    boilerplate = _words(word_lists.BOILERPLATE, languages)
    function = _words(word_lists.FUNCTION_WORDS, languages) | frozenset().union(
        *(STOP_WORDS.get(each, frozenset()) for each in languages)
    )
    reporting = _words(word_lists.REPORTING_WORDS, languages) | _verb_forms(
        word_lists.REPORTING_WORDS[_ON_EVERY_SITE].split() if _ON_EVERY_SITE in languages else ()
    )
    generic = _words(word_lists.GENERIC_NAMES, languages)
    return ReasonWords(
        has_list=code is None or code in word_lists.FUNCTION_WORDS,
        function=function,
        calendar=calendar,
        titles=titles,
        no_name=function | calendar | titles | boilerplate | generic,
        no_acronym=((calendar | titles | generic) - function) | boilerplate,
        no_word=function | calendar | titles | boilerplate | reporting,
        general=_words(word_lists.GENERAL_NOUNS, languages),
        connectors=_words(word_lists.CONNECTORS, languages),
    )


def _words(lists: Mapping[str, str], languages: Iterable[str]) -> frozenset[str]:
    return frozenset(word for each in languages for word in lists.get(each, "").split())


def _verb_forms(verbs: Iterable[str]) -> frozenset[str]:
    """The regular and the common irregular forms of English verbs."""
    forms = set(word_lists.IRREGULAR_FORMS.split())
    for verb in verbs:
        stem = verb.removesuffix("e")
        forms |= {verb, f"{verb}s", f"{verb}es", f"{verb}d", f"{stem}ed", f"{stem}ing", f"{stem}er"}
        forms |= {f"{verb}{verb[-1]}ing", f"{verb}{verb[-1]}ed"}
        if verb.endswith("y"):
            forms |= {f"{verb[:-1]}ies", f"{verb[:-1]}ied"}
    return frozenset(forms)
