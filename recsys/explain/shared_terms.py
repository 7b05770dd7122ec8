"""Names and words that two stories share and that an editor would give as a reason.

What is shown as a reason is chosen here, apart from the terms that the features compare: a score needs every
word, a reader only names and words of substance. No reason is better than a silly one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np

from recsys.corpus.analysis import count_terms
from recsys.domain import Article
from recsys.explain.capitalised_names import Evidence, FoundNames, find_capitalised_names
from recsys.explain.reason_words import ReasonWords, reason_words
from recsys.explain.unspaced_words import Archive, Script, find_script, shared_nouns
from recsys.ranking.features import QueryContext
from recsys.text import normalise, tokenise

COMMON_NAME = 0.05
"""The share of articles above which a name is boilerplate, or says nothing."""
COMMON_WORD = 0.02
"""The share of articles above which a word says nothing."""
FEW = 10
"""Articles in which any term may stand: a small corpus does not tell which terms are common."""
MAX_COMPARED = 200
"""Terms looked up per pair; a long text shares thousands with itself."""
MAX_HEADLINES = 100
"""Headlines looked at for the neighbours of a term."""
SHORTEST_WORD = 4
SHORTEST_LINE = 8
"""Characters from which a line in both texts is boilerplate: a menu, a footer."""
SHORTEST_STEM = 5
LONGEST_ENDING = 3
"""Letters by which two forms of a word differ."""
NOUN_LANGUAGE = "de"
"""Here every noun has a capital, so that one capitalised word is a word and only several are a name."""

_WORD = re.compile(r"(?<![\w'’\-‐‑])[^\W\d_]{2,}+(?:['’][^\W\d_]++)?(?![\w\-‐‑])")
_TOKEN = re.compile(r"[^\W_]+(?:[.\-&][^\W_]+)*")
_ACRONYMS = re.compile(r"\w{1,3}(?:-\w{1,3})+")
"""Such as UK-US, which is no name, but Covid-19 is."""
_NO_NOUN = tuple("ly ed ing ive ous less able ible ful iest".split())
"""Endings of English adverbs, participles and adjectives, rare in nouns of other languages."""
_LABEL = re.compile(r"[|｜丨]|^[【＜〈［\[][^】＞〉］\]]{1,12}[】＞〉］\]]")
"""What separates the name of a column from a headline."""
_BOILERPLATE = re.compile(
    r"Video, \d\d:\d\d|contributed to this (?:report|story|article)|[\w.]++@[\w.]|\b[Nn]ewsletters?\b"
)
"""What no line of a story has: a link to a video, credits, an address, an appeal."""
_DATELINE = re.compile(r"^[A-Z][A-Z. ]{3,29}(?:, [A-Z][\w.]{1,12})? [-–—] ")
_NUMBERED = re.compile(
    r"[\u3041-\u30ff\u3400-\u9fff]{1,16}(?:[①-⑳㉑-㉟]|[（(][0-9０-９一二三四五六七八九十上中下][)）])"
)
"""The name of a series before its number."""


@dataclass(frozen=True, slots=True)
class _Story:
    """What an explanation may use of a story: its headline, or its opening without one, and its text."""

    headline: str
    text: str


def shared_names(context: QueryContext, row: int) -> list[str]:
    """Return the names that query and candidate share, as the candidate spells them.

    Those of a headline come first, then the rarest; one word that stands in no headline is not enough.

    A name is a whole run of capitalised words within a sentence of each story; in lines in title case, whose
    runs say nothing, a part of one will do. Languages without capital letters have words only.
    """
    query, candidate = _stories(context, row)
    if find_script(query.text) or find_script(candidate.text):
        return []
    known, language = _known(context), _language(context)
    query_names, names = _names(query.text, language), _names(candidate.text, language)
    lower = query_names.lower | names.lower
    accepted = [
        key
        for key in names.evidence
        if key in query_names.evidence
        and _is_name(key, query_names, names, known, lower)
        and not (_primary(language) == NOUN_LANGUAGE and " " not in key)
    ]
    contained = {part for key in accepted for part in _shorter_parts(key)}
    site = _site(context, row)
    longest = [key for key in accepted if key not in contained and key.replace(" ", "") not in site]
    found = _rarest(context, longest, COMMON_NAME)
    in_headline = {key for key in found if _stands_in(key, query.headline, candidate.headline)}
    if len(found) == 1 and not in_headline and " " not in found[0]:
        return []
    found.sort(key=lambda key: key not in in_headline)
    return [names.spelling[key] for key in _distinct(found)]


def shared_words(context: QueryContext, row: int) -> list[str]:
    """Return the words of substance that both stories contain, those of both headlines first, then by rarity.

    A word stands in one of the headlines and in the other story, and twice in each unless it or another
    stands in both headlines; a single one does both. In Japanese, Chinese and Korean a word is a
    noun or a name, see `recsys.explain.unspaced_words`.
    """
    query, candidate = _stories(context, row)
    script, other = find_script(query.text), find_script(candidate.text)
    if script or other:
        return _shared_nouns(context, query, candidate, script, other)
    known, language = _known(context), _language(context)
    if not known.has_list:
        return []
    query_names, names = _names(query.text, language), _names(candidate.text, language)
    mine, theirs = _headline_words(query.headline), _headline_words(candidate.headline)
    in_both = mine.keys() & theirs.keys()
    in_text = {**_held(mine, candidate.text), **_held(theirs, query.text)}
    is_noun_language = _primary(language) == NOUN_LANGUAGE
    sure, lower = query_names.sure_words | names.sure_words, query_names.lower | names.lower
    spelled = {**in_text, **{key: theirs[key] for key in in_both}}
    words = [
        key
        for key in spelled
        if len(key) >= SHORTEST_WORD
        and key not in known.no_word
        and not key.endswith(_NO_NOUN)
        and ((key in sure and key not in lower) if is_noun_language else key not in sure and key in lower)
    ]
    found = _rarest(context, words, COMMON_WORD)
    repeated = _repeated(query.text) & _repeated(candidate.text)
    if not any(key in in_both for key in found):
        found = [key for key in found if key in repeated]
    found.sort(key=lambda key: key not in in_both)
    is_weak = len(found) == 1 and len(found[0]) <= SHORTEST_WORD
    if is_weak or (len(found) == 1 and not (found[0] in in_both and found[0] in repeated)):
        return []
    phrases = _phrases(list(_distinct(found)), query.headline, candidate.headline)
    return [
        " ".join(spelled[key] for key in phrase)
        for phrase in phrases
        if len(phrase) > 1 or phrase[0] not in known.general
    ]


def _phrases(words: list[str], *headlines: str) -> list[tuple[str, ...]]:
    """Words, those that stand side by side in both headlines as one phrase in place of the first."""
    pairs = [set(pairwise(normalise(each).split(" "))) for each in headlines]
    beside = pairs[0] & pairs[1]
    following = {one: other for one in words for other in words if (one, other) in beside}
    inner = set(following.values())
    phrases: list[tuple[str, ...]] = []
    for word in words:
        phrase: tuple[str, ...] = (word,)
        while phrase[-1] in following and following[phrase[-1]] not in phrase:
            phrase += (following[phrase[-1]],)
        if word not in inner:
            phrases.append(phrase)
    return phrases


def _shared_nouns(
    context: QueryContext, query: _Story, candidate: _Story, script: Script | None, other: Script | None
) -> list[str]:
    scripts = {script, other}
    if script is None or other is None or (script is not other and Script.KOREAN in scripts):
        return []
    cached = lru_cache(lambda terms: _frequencies(context, list(terms)))
    found = shared_nouns(
        (query.headline, query.text),
        (candidate.headline, candidate.text),
        Script.JAPANESE if Script.JAPANESE in scripts else script,
        Archive(lambda terms: cached(tuple(terms)), lru_cache(partial(_headlines_with, context))),
    )
    most = _most(context, COMMON_WORD)
    return [term for term, frequency in found if 0 < frequency <= most]


def _stories(context: QueryContext, row: int) -> tuple[_Story, _Story]:
    """Return both stories without the lines that both contain.

    Of the candidate, only the headline if its page was unknown at the time.
    """
    if context.query is None:
        return _Story("", ""), _Story("", "")
    corpus = context.view.corpus
    is_late = corpus.page_seen[row] >= context.view.moment
    query, candidate = context.query.article, corpus.stored[row].article
    bodies = query.body or "", "" if is_late else candidate.body or ""
    bodies = _without_boilerplate(bodies[0]), _without_boilerplate(bodies[1])
    lines = [frozenset(line for line in body.split("\n") if len(line) >= SHORTEST_LINE) for body in bodies]
    shared = lines[0] & lines[1]
    first, second = (_without(body, shared) for body in bodies)
    return _story(query, first), _story(candidate, second, is_late)


LONGEST_HEADLINE = 200
"""Characters of a headline that are compared; the longest of most sites have 120."""


def _story(article: Article, body: str, is_late: bool = False) -> _Story:
    headline = ((article.headline or "") if is_late else article.label)[:LONGEST_HEADLINE]
    headline = _NUMBERED.sub(" ", max(_LABEL.split(headline), key=len)).strip() or headline
    return _Story(headline, f"{headline}\n{body}")


def _without_boilerplate(body: str) -> str:
    """A body without links to videos, credits and appeals, and without the places that datelines name."""
    lines = (_DATELINE.sub("", line) for line in body.split("\n") if not _BOILERPLATE.search(line))
    return "\n".join(lines)


def _without(body: str, lines: frozenset[str]) -> str:
    return "\n".join(line for line in body.split("\n") if line not in lines) if lines else body


def _language(context: QueryContext) -> str | None:
    return context.query.article.language if context.query else None


def _known(context: QueryContext) -> ReasonWords:
    return reason_words(_language(context))


def _primary(language: str | None) -> str:
    return (language or "").split("-")[0].casefold()


@lru_cache(maxsize=8)
def _names(text: str, language: str | None) -> FoundNames:
    """The names of a text, kept for the other candidates of its query."""
    return find_capitalised_names(text, reason_words(language))


def _is_name(
    key: str, query_names: FoundNames, names: FoundNames, known: ReasonWords, lower: frozenset[str]
) -> bool:
    """Whether a part of runs of both stories is a name by its evidence, and says more than `no_name`."""
    words = key.split(" ")
    mine, theirs = query_names.evidence[key], names.evidence[key]
    is_sure = (mine | theirs) & Evidence.SURE
    if not (mine | theirs) & Evidence.APART:
        return False
    if not is_sure and (len(words) == 1 or words[0] in lower or words[1] in known.connectors):
        return False
    if not (mine | theirs) & Evidence.WHOLE or not (_may_be_whole(mine) and _may_be_whole(theirs)):
        return False
    if len(words) == 1:
        first, other = (each.first_names.get(key) for each in (query_names, names))
        is_of_two = first and other and not first & other
        if is_of_two or _ACRONYMS.fullmatch(key) or key.endswith("ly"):
            return False
    if any(len(word) > 1 and word not in lower and word not in known.no_name for word in words):
        return any(not word.isdigit() for word in words)
    spelled = names.spelling[key]
    return len(spelled) > 1 and spelled.isupper() and spelled.isalpha() and key not in known.no_acronym


def _may_be_whole(evidence: Evidence) -> bool:
    """Whether a term is a whole run of a text, or may be as all its lines with it are in title case."""
    return bool(evidence & Evidence.WHOLE) or not evidence & Evidence.IN_SENTENCE


def _distinct(terms: list[str]) -> Iterator[str]:
    """Yield terms without those that only end differently from an earlier one: Greenland, Greenlanders."""
    shown: list[str] = []
    for term in terms:
        stem = term[: max(SHORTEST_STEM, len(term) - LONGEST_ENDING)]
        if not any(each.startswith(stem) or term.startswith(each) for each in shown):
            shown.append(term)
            yield term


def _stands_in(key: str, *headlines: str) -> bool:
    return any(f" {key} " in f" {' '.join(_TOKEN.findall(normalise(each)))} " for each in headlines)


def _shorter_parts(key: str) -> Iterable[str]:
    """Yield the runs of words within a name, except the name itself."""
    words = key.split(" ")
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            if end - start < len(words):
                yield " ".join(words[start:end])


def _site(context: QueryContext, row: int) -> str:
    return re.sub(r"[^a-z0-9]", "", context.view.corpus.shown(row).site.casefold())


def _headline_words(headline: str) -> dict[str, str]:
    """The words of a headline, normalised, with their spelling, but for parts of hyphenated compounds."""
    return {normalise(word): word for word in _WORD.findall(headline)}


@lru_cache(maxsize=8)
def _repeated(text: str) -> frozenset[str]:
    """The words that stand in a text at least twice."""
    counts = Counter(_WORD.findall(text))
    totals: Counter[str] = Counter()
    for word, count in counts.items():
        totals[normalise(word)] += count
    return frozenset(word for word, count in totals.items() if count > 1)


def _held(words: Mapping[str, str], text: str) -> dict[str, str]:
    """Those of a headline's words that another text contains as whole words."""
    held = {normalise(word) for word in set(_WORD.findall(text))} if words else set()
    return {key: word for key, word in words.items() if key in held}


def _most(context: QueryContext, share: float) -> float:
    return max(share * context.view.size, FEW)


def _rarest(context: QueryContext, terms: list[str], share: float) -> list[str]:
    """Return terms by the document frequency of their rarest token, without those that are too common."""
    terms = terms[:MAX_COMPARED]
    frequencies = dict(zip(terms, _frequencies(context, terms), strict=True))
    most = _most(context, share)
    kept = [term for term in terms if 0 < frequencies[term] <= most]
    return sorted(kept, key=lambda term: (frequencies[term], -len(term), term))


def _frequencies(context: QueryContext, terms: list[str]) -> list[int]:
    """The number of articles with the rarest token of each term; 0 if it has only stop words."""
    if not terms:
        return []
    view = context.view
    counts = count_terms(terms, tokenise)
    columns, places = np.unique(counts.indices.astype(np.int32), return_inverse=True)
    frequencies = view.corpus.terms["text"].document_frequencies(columns, view.size)[places]
    bounds = counts.indptr.tolist()
    return [min(filter(None, frequencies[start:end].tolist()), default=0) for start, end in pairwise(bounds)]


def _headlines_with(context: QueryContext, term: str) -> list[str]:
    """Headlines of the archive with a term in any width, by its rarest pair of characters."""
    view = context.view
    columns = count_terms([term], tokenise).indices.astype(np.int32)
    if not len(columns):
        return []
    index = view.corpus.terms["text"]
    rarest = columns[np.argmin(index.document_frequencies(columns, view.size))]
    rows = index.rows_with(rarest, view.size)[-MAX_HEADLINES:].tolist()
    headlines = (view.corpus.stored[row].article.headline or "" for row in rows)
    return [headline for headline in headlines if term in headline]
