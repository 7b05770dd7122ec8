"""What the benchmarks share: the archive of a folder, what its lists teach, and queries with their judgments.

Everything is judged as `recsys.evaluation` does it, in two places. On the development period, from `since` to
`until`, with what was seen before it; there a choice is only reported. And on three contiguous blocks of the
days before, each ranked by what everything else before `since` taught; there choices are made.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.inverted_index import Floats, Ints
from recsys.corpus.list_history import HOUR
from recsys.documents import read_file
from recsys.domain import Kind, Page, to_microseconds
from recsys.errors import ReadError
from recsys.evaluation.judgments import JudgedQuery, Judgments, judge
from recsys.evaluation.metrics import ndcg, recall
from recsys.evaluation.replay import Replay, Values
from recsys.ranking import LogisticRanker, QueryGroup, RankerWeights, order
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, compute
from recsys.store import Store, StoredList
from recsys.training import HORIZONS, SOURCES, build_query_groups, group_lists, is_for_everybody, query_moment

BLOCKS = 3
BLOCK_DAYS = 14
"""The blocks together, unless a benchmark says otherwise."""
EMBARGO = (max(HORIZONS) + 1) * HOUR
"""Training skips moments on both sides of a block: the lists it is evaluated against would label them."""
DEVELOPMENT, IN_TRAINING = "development", "blocks"
TASKS = ("related", "appeal +1h", "appeal +1h new", "appeal +6h", "appeal +6h new")


@dataclass(frozen=True)
class News:
    """A folder of interchange files: what was known before a moment, and all lists, which judge it."""

    corpus: Corpus
    lists: Sequence[StoredList]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one list teaches: when it was seen, the moment it is about, the article beside which it stood."""

    kind: Kind
    seen: int
    moment: int
    page: int
    """A row of the archive; -1 for a list made for everybody."""
    context: QueryGroup


def weight_in_training(lesson: Lesson) -> float:
    """What `recsys.training` gives it."""
    return lesson.context.weight


@dataclass(frozen=True)
class QueryResult:
    """A query with its candidates (those that can be judged) and their columns."""

    query: JudgedQuery
    rows: Ints
    times: Ints
    relatedness: Floats
    appeal: Floats


@dataclass(frozen=True)
class Trial:
    """Queries, and which lessons may teach those who answer them."""

    period: str
    asked: Sequence[QueryResult]
    may_teach: Callable[[Lesson], bool]

    def weigh(self, weigh: Callable[[Lesson], float] | None = None) -> Callable[[Lesson], float]:
        """The weight of each lesson, as in training unless another is given; 0 where it may not teach."""
        return lambda each: (weigh or weight_in_training)(each) if self.may_teach(each) else 0.0


Score = Callable[[QueryResult], Values]
Measured = Mapping[tuple[str, str], Values]
"""A value for every query of a task, by task and metric; queries in the order of the trials."""


def load_pages(folder: Path, observed_at: datetime) -> list[Page]:
    """All records of a folder; the first bad one is raised."""
    pages = []
    for path in sorted(folder.glob("*.jsonl*")):
        for page in read_file(path, observed_at=observed_at):
            if isinstance(page, ReadError):
                raise page
            pages.append(page)
    return pages


def load_news(data: Path, until: datetime) -> News:
    """What a folder holds, the archive with the texts that stories had first: it is asked about the past."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "bench.db") as store:
        store.add_all(load_pages(data, until))
        lists = list(store.read_lists())
        known = [stored for stored in lists if stored.list.observed_at < until]
        return News(Corpus.of(store.read_articles(before=until, first_texts=True), known, until), lists)


def build_lessons(corpus: Corpus, until: datetime, kinds: Iterable[Kind] = tuple(SOURCES)) -> list[Lesson]:
    """What every list seen before a moment teaches: the contexts of `recsys.training`."""
    view, lists = corpus.at(until), corpus.lists
    lessons = []
    for taught in build_query_groups(view, group_lists(view, kinds)):
        for (kind, number), context in taught:
            seen, beside = int(lists.times[number]), not is_for_everybody(kind)
            page = int(lists.pages[number]) if beside else -1
            moment = query_moment(corpus, number) if beside else seen
            lessons.append(Lesson(kind, seen, moment, page, context))
    return lessons


def taught_before(moment: int) -> Callable[[Lesson], bool]:
    """Lessons that were complete at a moment: a moment is one when the lists after it were seen as well."""
    return lambda each: each.seen < moment - (EMBARGO if each.page < 0 else 0)


def find_trials(
    news: News,
    since: datetime,
    until: datetime,
    *,
    blocks_since: datetime | None = None,
    periods: Sequence[str] = (DEVELOPMENT, IN_TRAINING),
    tasks: Sequence[str] = TASKS,
) -> list[Trial]:
    """The development period and the blocks, with the columns of all their candidates."""
    before = taught_before(to_microseconds(since))
    found = []
    if DEVELOPMENT in periods:
        found.append(Trial(DEVELOPMENT, ask(news, since, until, tasks), before))
    if IN_TRAINING in periods:
        first = to_microseconds(blocks_since or since - timedelta(days=BLOCK_DAYS))
        edges = np.linspace(first, to_microseconds(since), BLOCKS + 1).astype(np.int64).tolist()
        asked = ask(news, news.corpus.at_microseconds(first).as_of, since, tasks)
        for low, high in pairwise(edges):
            mine = [each for each in asked if low <= each.query.moment < high]
            found.append(Trial(IN_TRAINING, mine, _all_but(before, low, high)))
    return found


def _all_but(before: Callable[[Lesson], bool], low: int, high: int) -> Callable[[Lesson], bool]:
    def may_teach(each: Lesson) -> bool:
        margin = EMBARGO if each.page < 0 else 0
        return before(each) and not low - margin <= each.moment < high + margin

    return may_teach


def ask(news: News, since: datetime, until: datetime, tasks: Sequence[str] = TASKS) -> list[QueryResult]:
    """Every query of a period in some of the tasks, in order of time."""
    judgments = judge(news.corpus, news.lists, since=since, until=until)
    replay, anybody = Replay(news.corpus, judgments, ()), LogisticRanker(RankerWeights.blank())
    found = []
    for query in judgments.queries:
        if any(_task(name) in tasks for name in query.gains):
            reading = replay.read(news.corpus, query)
            found.append(_ask(judgments, query, replay.candidates(reading, anybody, query)))
    return found


def _task(name: str) -> str:
    """The name without the most-read list, if a site has several."""
    return name.partition(" (")[0]


def _ask(judgments: Judgments, query: JudgedQuery, question: CandidateSet) -> QueryResult:
    """The columns are computed among all candidates, and then what nobody could judge is left out."""
    kept = ~judgments.foreign[question.rows]
    beside = query.row is not None
    related = compute(RELATEDNESS, question)[kept] if beside else np.zeros((int(kept.sum()), 0), np.float32)
    return QueryResult(
        query, question.rows[kept], question.times[kept], related, compute(APPEAL, question)[kept]
    )


def score_with(weighting: RankerWeights) -> Score:
    """Scores as a ranker with these weights gives them, the dial in the middle."""

    def score(asked: QueryResult) -> Values:
        appeal = weighting.appeal.total(asked.appeal)
        if asked.query.row is None:
            return appeal
        found: Values = weighting.relatedness.total(asked.relatedness) + weighting.appeal_scale * appeal
        return found

    return score


def measure(asked: Iterable[QueryResult], score: Score) -> Measured:
    """nDCG@10 and recall@10 of every query, by task."""
    found: dict[tuple[str, str], list[float]] = {}
    for each in asked:
        ranked = each.rows[order(score(each), each.times, each.rows)].tolist()
        for name, relevance in each.query.gains.items():
            if (task := _task(name)) not in TASKS:
                continue
            standing = each.query.standing if task.endswith(" new") else frozenset()
            listed = [relevance.get(row, 0.0) for row in ranked if row not in standing][:10]
            relevant = list(relevance.values())
            found.setdefault((task, "nDCG@10"), []).append(ndcg(listed, relevant, 10))
            found.setdefault((task, "recall@10"), []).append(recall(listed, relevant, 10))
    return {key: np.array(values) for key, values in found.items()}


def pool(parts: Iterable[Measured]) -> Measured:
    """The values of several trials behind each other."""
    pooled: dict[tuple[str, str], list[Values]] = {}
    for part in parts:
        for key, values in part.items():
            pooled.setdefault(key, []).append(values)
    return {key: np.concatenate(values) for key, values in pooled.items()}
