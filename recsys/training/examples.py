"""Lists -> query groups: each list is feedback about the moment before it was seen.

A list of one article shows what is related to it; a list made for everybody shows what readers want, one,
three and six hours later. Threads share the corpus; query groups are built one after the other, so that few
are in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from joblib import Parallel, delayed

from recsys.corpus import KIND_CODE, Corpus, CorpusView
from recsys.corpus.inverted_index import Floats, Ints
from recsys.corpus.story_format import measured_length
from recsys.domain import Kind
from recsys.ranking import QueryGroup
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, QueryContext, compute, find_candidates

HORIZONS = (1, 3, 6)
"""Hours after a list at which the next lists of its source are predicted."""
SHORTEST_QUERY = 200
"""Characters of body below which the links of an article say more than its text."""
_SHORTEST: Final = measured_length(SHORTEST_QUERY - 0.5)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """How a kind of list is used in training."""

    weight: float
    """The weight of one query group."""
    most: int = 20_000
    """The most query groups; more are sampled evenly over the period."""


SOURCES: Mapping[Kind, SourceSettings] = {
    Kind.RELATED: SourceSettings(1.0),
    Kind.INLINE: SourceSettings(0.05),
    Kind.POPULAR: SourceSettings(1.0, most=4_000),
    Kind.FRONT_PAGE: SourceSettings(1.0, most=500),
}
"""In-text links are many and express something else than related boxes: a twentieth was the best of 0, .02,
.05, .1, .2 and 1 (bbc, blocks of 1 to 14 February, nDCG@10 of the boxes .712; with .02 .707, with .1
.704)."""
HARD_NEGATIVES, EASY_NEGATIVES = 40, 20
"""Negatives in a query group: the most similar candidates, and a (seeded) random sample of the others."""


ListRef = tuple[Kind, int]
"""A list: its kind and its number."""
ListGroup = tuple[ListRef, ...]
"""Lists with the same query: those of one article at one moment, or a single list made for everybody."""
Example = tuple[ListRef, QueryGroup]
"""A query group with the list that it comes from."""


def group_lists(view: CorpusView, kinds: Iterable[Kind] = tuple(SOURCES)) -> list[ListGroup]:
    """The lists of a view to learn from, those of each kind sampled evenly, grouped by query.

    The related boxes and links of an article seen at the same time have the same candidates and features,
    which are computed once.
    """
    by_query: dict[tuple[int, int], ListGroup] = {}
    for_everybody: list[ListGroup] = []
    for kind in kinds:
        for number in _numbers(view, kind):
            if is_for_everybody(kind):
                for_everybody.append(((kind, number),))
            else:
                query = int(view.corpus.lists.pages[number]), query_moment(view.corpus, number)
                by_query[query] = (*by_query.get(query, ()), (kind, number))
    return [*by_query.values(), *for_everybody]


def build_query_groups(view: CorpusView, list_groups: Sequence[ListGroup]) -> Iterator[list[Example]]:
    """The query groups of each group of lists, in order; often there are none."""
    run = Parallel(n_jobs=2, prefer="threads", return_as="generator", batch_size=16)
    return run(delayed(_build)(view, lists) for lists in list_groups)  # type: ignore[no-any-return]


def is_for_everybody(kind: Kind) -> bool:
    """Whether a kind of list is made for all readers rather than for one article."""
    return kind in {Kind.POPULAR, Kind.FRONT_PAGE}


def query_moment(corpus: Corpus, number: int) -> int:
    """The moment of the query of an article's list: when list or article was first seen."""
    lists = corpus.lists
    return min(int(lists.times[number]), int(corpus.first_seen[lists.pages[number]]))


def _numbers(view: CorpusView, kind: Kind) -> list[int]:
    """The numbers of the lists of a kind to learn from.

    Front pages are used for appeal only if there is no most-read list: what editors show is not what is read
    (bbc, 10 January to 14 February: +1h new .817 without the front page as a source, .810 with it).
    """
    lists, settings = view.corpus.lists, SOURCES[kind]
    known = lists.kinds[: view.list_count]
    if kind is Kind.FRONT_PAGE and (known == KIND_CODE[Kind.POPULAR]).any():
        return []
    numbers = np.flatnonzero(known == KIND_CODE[kind])
    if not is_for_everybody(kind):
        numbers = numbers[lists.pages[numbers] >= 0]
    sample: list[int] = numbers[:: -(-len(numbers) // settings.most) or 1].tolist()
    return sample


def _build(view: CorpusView, lists: ListGroup) -> list[Example]:
    kind, number = lists[0]
    if not is_for_everybody(kind):
        return _build_for_article(view.corpus, lists)
    labels = [view.corpus.lists.next_after(number, hours) for hours in HORIZONS]
    known = [label for label in labels if 0 <= label < view.list_count]
    query_group = _build_for_everybody(view.corpus, kind, number, known)
    return [] if query_group is None else [(lists[0], query_group)]


def _build_for_article(corpus: Corpus, lists: ListGroup) -> list[Example]:
    """The query groups of the lists of an article: their stories above the other candidates."""
    page, moment = int(corpus.lists.pages[lists[0][1]]), query_moment(corpus, lists[0][1])
    if corpus.body_lengths[page] < _SHORTEST:
        return []
    view = corpus.at_microseconds(moment)
    chosen = {each: _known(view, corpus.lists.items(each[1])[0]) for each in lists}
    if not any(map(len, chosen.values())):
        return []  # before the search for candidates: two fifths of bbc's links lead to nothing known
    context = QueryContext(view, corpus.query_row(page))
    rows = find_candidates(context)
    relevance_of = {each: np.isin(rows, items).astype(np.float32) for each, items in chosen.items()}
    if not any(relevance.any() for relevance in relevance_of.values()):
        return []
    candidate_set, similarity = CandidateSet(context, rows), context.similarity_to(rows)
    # features are computed among all candidates, as when serving, and only then sampled
    relatedness, appeal = compute(RELATEDNESS, candidate_set), compute(APPEAL, candidate_set)
    examples: list[Example] = []
    for (kind, number), relevance in relevance_of.items():
        if relevance.any():
            at = _sample(relevance, similarity, seed=number)
            columns = (relatedness[at], appeal[at], relevance[at])
            examples.append(((kind, number), QueryGroup(str(kind), SOURCES[kind].weight, *columns)))
    return examples


def _known(view: CorpusView, rows: Ints) -> Ints:
    """The rows that can be candidates at the moment."""
    rows = rows[(rows >= 0) & (rows < view.size)]
    known: Ints = rows[view.corpus.named_at[rows] < view.moment]
    return known


def _build_for_everybody(corpus: Corpus, kind: Kind, number: int, labels: Sequence[int]) -> QueryGroup | None:
    """The query group of the moment after list `number`, labelled by later lists (`labels`) of its source.

    The relevance of a story is its mean position score on them, and the weight is proportional to their
    number: for a logistic likelihood this is equivalent to one query group for each label.
    """
    lists = corpus.lists
    view = corpus.at_microseconds(int(lists.times[number]) + 1)
    context = QueryContext(view)
    rows = _comparable(view, find_candidates(context), number)
    relevance = np.zeros(len(rows), dtype=np.float32)
    for label in labels:
        articles, places = lists.items(label)
        _, ours, theirs = np.intersect1d(rows, articles, return_indices=True)
        relevance[ours] += places[theirs] / len(labels)
    if not relevance.any():
        return None
    no_relatedness = np.zeros((len(rows), 0), dtype=np.float32)
    appeal = compute(APPEAL, CandidateSet(context, rows))
    return QueryGroup(str(kind), SOURCES[kind].weight * len(labels), no_relatedness, appeal, relevance)


def _comparable(view: CorpusView, rows: Ints, number: int) -> Ints:
    """The rows eligible for a list: all, or for a list with a scope those it has shown or of that section."""
    lists = view.corpus.lists
    source = lists.sources[int(lists.source_of[number])]
    if source.scope is None:
        return rows
    earlier = lists.list_of[: lists.starts[view.list_count]]
    shown = lists.articles[: lists.starts[view.list_count]][
        lists.source_of[earlier] == lists.source_of[number]
    ]
    corpus = view.corpus
    in_section = corpus.sections[rows] == corpus.section_codes.get(source.scope, -1)
    eligible: Ints = rows[in_section | np.isin(rows, shown)]
    return eligible


def _sample(relevance: Floats, similarity: Floats, *, seed: int) -> Ints:
    """Indices of the relevant candidates and of a sample of hard and easy negatives."""
    relevant, negatives = np.flatnonzero(relevance > 0), np.flatnonzero(relevance <= 0)
    negatives = negatives[np.argsort(-similarity[negatives], kind="stable")]
    hard, easy = negatives[:HARD_NEGATIVES], negatives[HARD_NEGATIVES:]
    random = np.random.default_rng(seed)
    sample = random.choice(easy, min(EASY_NEGATIVES, len(easy)), replace=False)
    return np.sort(np.concatenate([relevant, hard, sample]))
