"""Lists -> contexts: what every list teaches about the moment before it was seen.

A list beside an article teaches what belongs beside it; a list made for everybody what people want, one,
three and six hours ahead. The archive is shared by threads and copied to none; contexts are given one after
the other, and only what has to be built next is held.
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
"""Hours after a list at which the next ones of its source are to be foretold."""
SHORTEST_QUERY = 200
"""Characters of body below which an article's links say more than its text."""
_SHORTEST: Final = measured_length(SHORTEST_QUERY - 0.5)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """How one kind of list is learnt from."""

    weight: float
    """Of one context, beside the others."""
    most: int = 20_000
    """Contexts; of more, evenly many over the period are taken."""


SOURCES: Mapping[Kind, SourceSettings] = {
    Kind.RELATED: SourceSettings(1.0),
    Kind.INLINE: SourceSettings(0.05),
    Kind.POPULAR: SourceSettings(1.0, most=4_000),
    Kind.FRONT_PAGE: SourceSettings(1.0, most=500),
}
"""Links in texts are many and say something else than a related box: a twentieth was the best of 0, .02, .05,
.1, .2 and 1 (bbc, blocks of 1 to 14 February, nDCG@10 of the boxes .712; with .02 .707, with .1 .704)."""
HARD_NEGATIVES, EASY_NEGATIVES = 40, 20
"""Of a context: the most alike that were not chosen, and others at random (seeded)."""


Teacher = tuple[Kind, int]
"""A list: its kind and its number."""
Job = tuple[Teacher, ...]
"""Lists that teach about the same question: what belongs beside an article at a moment, or one list alone."""
Lesson = tuple[Teacher, QueryGroup]


def find_jobs(view: CorpusView, kinds: Iterable[Kind] = tuple(SOURCES)) -> list[Job]:
    """What is to be built of the lists of a view, those of each kind thinned evenly to its most.

    The boxes and the links of an article that were seen at once have the same candidates with the same
    columns, which are computed once.
    """
    jobs: dict[tuple[int, int], Job] = {}
    alone: list[Job] = []
    for kind in kinds:
        for number in _numbers(view, kind):
            if lists_for_everybody(kind):
                alone.append(((kind, number),))
            else:
                about = int(view.corpus.lists.pages[number]), moment_beside(view.corpus, number)
                jobs[about] = (*jobs.get(about, ()), (kind, number))
    return [*jobs.values(), *alone]


def build_contexts(view: CorpusView, jobs: Sequence[Job]) -> Iterator[list[Lesson]]:
    """What the lists of each job teach, job by job; often nothing."""
    run = Parallel(n_jobs=2, prefer="threads", return_as="generator", batch_size=16)
    return run(delayed(_build)(view, job) for job in jobs)  # type: ignore[no-any-return]


def lists_for_everybody(kind: Kind) -> bool:
    """Whether a kind of list is made for all readers rather than for one article."""
    return kind in {Kind.POPULAR, Kind.FRONT_PAGE}


def moment_beside(corpus: Corpus, number: int) -> int:
    """When the list of an article is to be foretold: when it or the article was seen, what is earlier."""
    lists = corpus.lists
    return min(int(lists.times[number]), int(corpus.first_seen[lists.pages[number]]))


def _numbers(view: CorpusView, kind: Kind) -> list[int]:
    """The numbers of the lists of a kind that teach.

    A front page teaches appeal only where no readers' ranking does: what editors show is not what is read
    (bbc, 10 January to 14 February: +1h new .817 without the front page as a source, .810 with it).
    """
    lists, settings = view.corpus.lists, SOURCES[kind]
    known = lists.kinds[: view.list_count]
    if kind is Kind.FRONT_PAGE and (known == KIND_CODE[Kind.POPULAR]).any():
        return []
    numbers = np.flatnonzero(known == KIND_CODE[kind])
    if not lists_for_everybody(kind):
        numbers = numbers[lists.pages[numbers] >= 0]
    thinned: list[int] = numbers[:: -(-len(numbers) // settings.most) or 1].tolist()
    return thinned


def _build(view: CorpusView, job: Job) -> list[Lesson]:
    kind, number = job[0]
    if not lists_for_everybody(kind):
        return _build_beside(view.corpus, job)
    labels = [view.corpus.lists.next_after(number, hours) for hours in HORIZONS]
    known = [label for label in labels if 0 <= label < view.list_count]
    context = _build_moment(view.corpus, kind, number, known)
    return [] if context is None else [(job[0], context)]


def _build_beside(corpus: Corpus, job: Job) -> list[Lesson]:
    """What the lists of an article teach: their stories above the other candidates beside that article."""
    page, moment = int(corpus.lists.pages[job[0][1]]), moment_beside(corpus, job[0][1])
    if corpus.body_lengths[page] < _SHORTEST:
        return []
    view = corpus.at_microseconds(moment)
    chosen = {teacher: _known(view, corpus.lists.items(teacher[1])[0]) for teacher in job}
    if not any(map(len, chosen.values())):
        return []  # before candidates are searched: of bbc's links two fifths lead to nothing that was known
    context = QueryContext(view, corpus.query_row(page))
    rows = find_candidates(context)
    gained = {teacher: np.isin(rows, found).astype(np.float32) for teacher, found in chosen.items()}
    if not any(relevance.any() for relevance in gained.values()):
        return []
    candidate_set, similarity = CandidateSet(context, rows), context.similarity_to(rows)
    # the columns are computed among all candidates, as when serving, and only then thinned
    related, appeal = compute(RELATEDNESS, candidate_set), compute(APPEAL, candidate_set)
    lessons: list[Lesson] = []
    for (kind, number), relevance in gained.items():
        if relevance.any():
            kept = _sample(relevance, similarity, seed=number)
            parts = (related[kept], appeal[kept], relevance[kept])
            lessons.append(((kind, number), QueryGroup(str(kind), SOURCES[kind].weight, *parts)))
    return lessons


def _known(view: CorpusView, rows: Ints) -> Ints:
    """Those of the rows that can be candidates at the moment."""
    rows = rows[(rows >= 0) & (rows < view.size)]
    known: Ints = rows[view.corpus.named_at[rows] < view.moment]
    return known


def _build_moment(corpus: Corpus, kind: Kind, number: int, labels: Sequence[int]) -> QueryGroup | None:
    """What later lists (`labels`) of a source teach about the moment when list `number` had been seen.

    A story's gain is its mean place on them, and each of them counts: of a logistic likelihood that is the
    same as a context for every label.
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
    nothing = np.zeros((len(rows), 0), dtype=np.float32)
    appeal = compute(APPEAL, CandidateSet(context, rows))
    return QueryGroup(str(kind), SOURCES[kind].weight * len(labels), nothing, appeal, relevance)


def _comparable(view: CorpusView, rows: Ints, number: int) -> Ints:
    """Of the rows those that could stand on the list: all, or what its scope showed or its section holds."""
    lists = view.corpus.lists
    source = lists.sources[int(lists.source_of[number])]
    if source.scope is None:
        return rows
    earlier = lists.list_of[: lists.starts[view.list_count]]
    shown = lists.articles[: lists.starts[view.list_count]][
        lists.source_of[earlier] == lists.source_of[number]
    ]
    corpus = view.corpus
    same = corpus.sections[rows] == corpus.section_codes.get(source.scope, -1)
    kept: Ints = rows[same | np.isin(rows, shown)]
    return kept


def _sample(relevance: Floats, similarity: Floats, *, seed: int) -> Ints:
    """Indices of what was preferred, the hardest of the rest, and some others."""
    preferred, rest = np.flatnonzero(relevance > 0), np.flatnonzero(relevance <= 0)
    rest = rest[np.argsort(-similarity[rest], kind="stable")]
    hard, easy = rest[:HARD_NEGATIVES], rest[HARD_NEGATIVES:]
    chance = np.random.default_rng(seed)
    picked = chance.choice(easy, min(EASY_NEGATIVES, len(easy)), replace=False)
    return np.sort(np.concatenate([preferred, hard, picked]))
