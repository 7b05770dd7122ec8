"""Names and words that two texts share, rarest in the corpus first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recsys.corpus.analysis import count_terms, field_texts
from recsys.ranking.features import QueryContext
from recsys.stopwords import uninformative_words
from recsys.text import MAX_NAME_WORDS, find_names, tokenise

COMMON_SHARE = 0.1
"""A word in more than a tenth of the articles says nothing. A small corpus does not tell which words are
common: there, and for capitalised words, a list of stop words does."""
SMALL_CORPUS = 100
"""Articles up to which document frequencies are not used."""
_MAX_COMPARED = 200  # terms looked up per pair; a long text shares thousands with itself
TITLE_SHARE = 0.65
"""The share of capitalised words, of four letters and more, from which a line counts as title case; in a
sentence with names it is rarely above a half."""
_BEFORE_FIRST = frozenset(".!?:;“\"‘'(")
_CJK_PAIR = re.compile(r"[^\x00-\u2fff]{2}$")


def shared_names(context: QueryContext, row: int) -> list[str]:
    """Return the names that query and candidate share, rarest first, as the candidate spells them.

    A name is a run of capitalised words or of Katakana, or a part of one; of several parts the longest that
    both share. One of the texts must show that it is a name: neither title case, nor the first word of a
    sentence, nor a word that is also in lower case in either text is evidence.
    """
    query_text, text = _texts(context, row)
    lower_case = {word for each in (query_text, text) for word in re.findall(r"\b[^\W\d_A-Z]\w*", each)}
    plain = _stop_words(context) | lower_case
    query_names, names = _name_parts(query_text), _name_parts(text)
    evident = _evident_names(query_text) | _evident_names(text)
    shared = {
        key: name
        for key, name in names.items()
        if key in query_names and key in evident and not _is_plain(key, plain)
    }
    contained = {part for key in shared for part in _shorter_parts(key)}
    longest = [key for key in shared if key not in contained]
    return [shared[key] for key in _rarest(context, longest)]


def shared_words(context: QueryContext, row: int) -> list[str]:
    """Return the words that both texts contain, rarest first; overlapping pairs of Han or Kana are joined."""
    query_text, text = _texts(context, row)
    query_terms, stop_words = set(tokenise(query_text)), _stop_words(context)
    runs = dict.fromkeys(_join_pairs(term if term in query_terms else "" for term in tokenise(text)))
    words = [run for run in runs if len(run) > 1 and not run.isdigit() and run not in stop_words]
    return _rarest(context, words)


def _texts(context: QueryContext, row: int) -> tuple[str, str]:
    """Return both texts; of the candidate, only the headline if its page was unknown at the time."""
    if context.query is None:
        return "", ""
    corpus, field = context.view.corpus, "text"
    if corpus.page_seen[row] >= context.view.moment:
        field = "headline"
    return field_texts(context.query.article)["text"], field_texts(corpus.stored[row].article)[field]


def _stop_words(context: QueryContext) -> frozenset[str]:
    return uninformative_words(context.query.article.language if context.query else None)


def _name_parts(text: str) -> dict[str, str]:
    """Return the parts of all names of a text: normalised, and as last spelled."""
    return {key: spelled for name in find_names(text) for key, spelled in name.parts.items()}


def _evident_names(text: str) -> set[str]:
    """Return the parts of names, normalised, whose capitals cannot be due to their position."""
    names: set[str] = set()
    for line in text.split("\n"):
        if _is_title_case(line):
            continue
        for name in find_names(line):
            is_first = _begins_sentence(line, name.at) and not _CJK_PAIR.match(name.spelled[:2])
            names.update(key for key in name.parts if not (is_first and key == name.first_word))
    return names


def _begins_sentence(line: str, at: int) -> bool:
    """Whether a position starts a line, a sentence or a quotation."""
    while at > 0 and line[at - 1].isspace():
        at -= 1
    return at == 0 or line[at - 1] in _BEFORE_FIRST


def _is_title_case(line: str) -> bool:
    """Whether most of the longer words are capitalised, as in the headlines of some newspapers."""
    longer = re.findall(r"\b[^\W\d_]{4,}", line)
    return len([word for word in longer if word[0].isupper()]) > TITLE_SHARE * len(longer)


def _is_plain(key: str, plain: frozenset[str]) -> bool:
    """Whether a name consists of words that also occur in lower case, of stop words and of numbers."""
    return all(word in plain or word.isdigit() for word in key.split())


def _shorter_parts(key: str) -> Iterator[str]:
    """Yield the runs of up to four words within a name, except the name itself."""
    words = key.split()
    for start in range(len(words)):
        for end in range(start + 1, min(start + MAX_NAME_WORDS, len(words)) + 1):
            if end - start < len(words):
                yield " ".join(words[start:end])


def _rarest(context: QueryContext, terms: list[str]) -> list[str]:
    """Return terms by the document frequency of their rarest word, without those that are too common."""
    view = context.view
    index = view.corpus.terms["text"]
    most = COMMON_SHARE * view.size if view.size > SMALL_CORPUS else view.size
    holding = {}
    for term in terms[:_MAX_COMPARED]:
        vector = index.vector(count_terms([term], tokenise))
        if len(vector.columns):
            holding[term] = int(index.document_frequencies(vector.columns, view.size).min())
    return sorted((term for term in holding if holding[term] <= most), key=lambda term: holding[term])


def _join_pairs(terms: Iterable[str]) -> Iterator[str]:
    """Yield words unchanged, and consecutive character pairs joined to their run; '' ends a run."""
    run = ""
    for term in terms:
        pair = bool(_CJK_PAIR.match(term))
        if run and pair and run[-1] == term[0]:
            run += term[1]
            continue
        if run:
            yield run
        run = ""
        if pair:
            run = term
        elif term:
            yield term
    if run:
        yield run
