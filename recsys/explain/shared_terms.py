"""What two texts share: names in their spelling, and words; the rarest of the archive first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recsys.corpus.analysis import count_terms, field_texts
from recsys.ranking.features import QueryContext
from recsys.stopwords import uninformative_words
from recsys.text import find_names, normalise, tokenise

LONGEST_NAME = 4  # words
COMMON_SHARE = 0.1
"""A word that more than a tenth of the articles hold distinguishes nothing. A small archive does not say
which words are common: there, and of capitalised words, a list of stop words does."""
FEW = 100
"""Articles in an archive up to which every word may be in many."""
_MOST_COMPARED = 200  # names or words of a pair that are looked up, of a long text with itself thousands
TITLE_SHARE = 0.65
"""Of the words of four letters and more; in a sentence with names it is rarely above a half."""
_CLOSED = re.compile(r"\w{5}\.$")
"""A word that closes a sentence; shorter ones may be a title: St., Capt."""
_BEFORE_FIRST = frozenset(".!?:;“\"‘'(")
_END = re.compile(r"['’]s?$|(?<![.,'’\-])[.,'’\-]++$")
_CJK_PAIR = re.compile(r"[^\x00-\u2fff]{2}$")


def shared_names(context: QueryContext, row: int) -> list[str]:
    """The names that query and candidate share, rarest first, in its spelling.

    A name is a run of capitalised words or of Katakana or a part of one; of parts the longest that both have.
    One of the texts must show that it is a name: headlines that capitalise every word do not, nor does the
    first word of a sentence, nor a word that stands in small letters elsewhere in the two.
    """
    ours, theirs = _texts(context, row)
    in_lower_case = {word for text in (ours, theirs) for word in re.findall(r"\b[^\W\d_A-Z]\w*", text)}
    plain = _plain_words(context) | in_lower_case
    mine, found, evident = _parts(ours), _parts(theirs), _evident(ours) | _evident(theirs)
    shared = {
        key: name
        for key, name in found.items()
        if key in mine and key in evident and not _is_plain(key, plain)
    }
    held = {part for key in shared for part in _shorter_parts(key)}
    whole = [key for key in shared if key not in held]
    return [shared[key] for key in _rarest(context, whole)]


def shared_words(context: QueryContext, row: int) -> list[str]:
    """The words that both texts hold, rarest first; pairs of Han or Kana that overlap are joined."""
    ours, theirs = _texts(context, row)
    mine = set(tokenise(ours))
    runs = dict.fromkeys(_join_pairs(term if term in mine else "" for term in tokenise(theirs)))
    plain = _plain_words(context)
    informative = [run for run in runs if len(run) > 1 and not run.isdigit() and run not in plain]
    return _rarest(context, informative)


def _texts(context: QueryContext, row: int) -> tuple[str, str]:
    """Query and candidate: headline and text, the headline alone where the page was not known yet."""
    if context.query is None:
        return "", ""
    corpus, field = context.view.corpus, "text"
    if corpus.page_seen[row] >= context.view.moment:
        field = "headline"
    return field_texts(context.query.article)["text"], field_texts(corpus.stored[row].article)[field]


def _plain_words(context: QueryContext) -> frozenset[str]:
    return uninformative_words(context.query.article.language if context.query else None)


def _parts(text: str) -> dict[str, str]:
    """Every run of up to four words within the names of a text: normalised, and as it is spelled."""
    return {key: name for _, run in find_names(text) for key, name in _parts_of(run.split())}


def _parts_of(words: list[str]) -> Iterator[tuple[str, str]]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_NAME, len(words)) + 1):
            if end - start > 1 and _CLOSED.search(words[end - 2]):
                break
            name = _END.sub("", " ".join(words[start:end]))
            if len(name) > 1 and (end - start == 1 or words[end - 1][0].isupper()):
                yield normalise(name), name


def _evident(text: str) -> set[str]:
    """The parts of names that are told from words by where they stand: normalised."""
    found: set[str] = set()
    for line in text.split("\n"):
        if _capitalises_all(line):
            continue
        for at, run in find_names(line):
            words = run.split()
            begins = _begins_sentence(line, at) and not _CJK_PAIR.match(run[:2])
            first = normalise(_END.sub("", words[0])) if begins else ""
            found.update(key for key, _ in _parts_of(words) if key != first)
    return found


def _begins_sentence(line: str, at: int) -> bool:
    """Whether a place is the first of its line or follows what ends a sentence or opens a quotation."""
    while at > 0 and line[at - 1].isspace():
        at -= 1
    return at == 0 or line[at - 1] in _BEFORE_FIRST


def _capitalises_all(line: str) -> bool:
    """Whether most of the longer words begin with a capital, as in the headlines of some newspapers."""
    longer = re.findall(r"\b[^\W\d_]{4,}", line)
    return len([word for word in longer if word[0].isupper()]) > TITLE_SHARE * len(longer)


def _is_plain(key: str, plain: frozenset[str]) -> bool:
    """Whether a name consists of words that also occur in lower case, of stop words and of numbers."""
    return all(word in plain or word.isdigit() for word in key.split())


def _shorter_parts(key: str) -> Iterator[str]:
    """The runs of up to four words within a name, but for the whole of it."""
    words = key.split()
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_NAME, len(words)) + 1):
            if end - start < len(words):
                yield " ".join(words[start:end])


def _rarest(context: QueryContext, terms: list[str]) -> list[str]:
    """Terms by how few articles hold the rarest of their words, without those that too many hold."""
    view = context.view
    index = view.corpus.terms["text"]
    most = COMMON_SHARE * view.size if view.size > FEW else view.size
    holding = {}
    for term in terms[:_MOST_COMPARED]:
        vector = index.vector(count_terms([term], tokenise))
        if len(vector.columns):
            holding[term] = int(index.document_frequencies(vector.columns, view.size).min())
    return sorted((term for term in holding if holding[term] <= most), key=lambda term: holding[term])


def _join_pairs(terms: Iterable[str]) -> Iterator[str]:
    """Words as they are; pairs that continue one another as the run they came from. '' breaks a run."""
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
