"""What weights are worth on other topics and in other months than those they were trained on.

    python -m benchmarks.transfer ../shared/data/bbc

**Topics.** Stories are put into TOPICS clusters by their words (k-means, seeded, on TF-IDF of the first texts
reduced to DIMENSIONS dimensions), and the clusters into two halves with equally many of the queries that are
judged. Weights learnt beside the articles of one half are judged beside the articles of the other, and the
other way round, so that every query of the test period is answered by weights of the other topics. Appeal is
left out altogether (there is one most-read list for all topics), or learnt from all moments.

**Months.** Weights learnt before `--month` alone, and from then to `--since` alone.

In all cases what was learnt is weights; the links, lists and texts that the columns see are those before each
query. Boxes count 1 and links in texts 0.05, as in training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize

from benchmarks.fitting import APPEAL_BESIDE, Fit, Teaching
from benchmarks.measuring import (
    DEVELOPMENT,
    Lesson,
    Measured,
    QueryResult,
    Trial,
    build_lessons,
    find_trials,
    load_news,
    measure,
    pool,
    score_with,
)
from benchmarks.reporting import Arguments, Given, Line, Report, parser_for, read_given
from recsys.corpus import Corpus
from recsys.domain import Kind, parse_time, to_microseconds
from recsys.ranking import RankerWeights
from recsys.ranking.features import RELATEDNESS, columns

TOPICS, DIMENSIONS, SEED = 40, 100, 0
Half = NDArray[np.bool_]


def split_topics(corpus: Corpus, asked: Sequence[QueryResult], *, topics: int = TOPICS) -> Half:
    """Which stories belong to the first half; shape (articles,)."""
    counts = corpus.terms["text"].counts
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts[:, np.unique(counts.indices)])
    dimensions = min(DIMENSIONS, weighted.shape[0] - 1, weighted.shape[1] - 1)
    reduced = TruncatedSVD(dimensions, random_state=SEED).fit_transform(weighted)
    clusters = min(topics, len(reduced))
    found = MiniBatchKMeans(clusters, random_state=SEED, n_init=3).fit_predict(normalize(reduced))
    judged = np.bincount(found[[each.query.row for each in asked]], minlength=clusters)
    first, held = np.zeros(clusters, dtype=bool), [0, 0]
    for cluster in np.argsort(-judged, kind="stable").tolist():
        lighter = int(held[1] < held[0])
        first[cluster] = lighter == 0
        held[lighter] += int(judged[cluster])
    half: Half = first[found]
    return half


def transfer(teaching: Teaching, trial: Trial, half: Half, month: datetime) -> Report:
    """Weights from other topics and from other months, on the queries of the development period."""
    report = Report("Transfer to other topics and months: nDCG@10 and recall@10 of related stories")
    report.note(_describe(teaching, trial, half))
    for name, measured in (*_plain(trial), *_by_month(teaching, trial, month)):
        report.add(Line(DEVELOPMENT, name, measured))
    for line in _by_topic(teaching, trial, half):
        report.add(line)
    return report


def _describe(teaching: Teaching, trial: Trial, half: Half) -> str:
    kinds = [
        (
            mine,
            kind,
            sum(e.kind is kind and half[e.page] == mine and trial.may_teach(e) for e in teaching.beside),
        )
        for mine in (True, False)
        for kind in (Kind.RELATED, Kind.INLINE)
    ]
    examples = ", ".join(
        f"{count:,} {kind} in {'one' if mine else 'the other'}" for mine, kind, count in kinds
    )
    judged = sum(bool(half[each.query.row]) for each in trial.asked)
    queries = f"queries {judged} and {len(trial.asked) - judged}"
    return f"Training examples by half of the topics: {examples}; {queries}."


def _plain(trial: Trial) -> Iterator[tuple[str, Measured]]:
    """A column as it is, which learns nothing."""
    at = [column.name for column in columns(RELATEDNESS)].index("text_text")
    yield "TF-IDF", measure(trial.asked, lambda each: each.relatedness[:, at].astype(np.float64))


def _by_topic(teaching: Teaching, trial: Trial, half: Half) -> Iterator[Line]:
    appeal, nothing = teaching.fit_appeal(Fit(trial.weigh())), RankerWeights.blank().appeal
    for part, curves, without in (
        ("appeal trained on all topics", appeal, frozenset[str]()),
        ("without appeal", nothing, frozenset({APPEAL_BESIDE})),
    ):
        by_half = {
            which: teaching.fit_relatedness(Fit(trial.weigh(_of_half(half, which)), without=without), curves)
            for which in (None, True, False)
        }
        for said, teacher_of in _TEACHERS.items():
            parts = [
                measure(
                    [each for each in trial.asked if half[each.query.row] == mine],
                    score_with(by_half[teacher_of(mine)]),
                )
                for mine in (True, False)
            ]
            yield Line(DEVELOPMENT, said, pool(parts), None if said == _BOTH else _BOTH, part)


_BOTH = "topics: trained on both halves"
_TEACHERS: Mapping[str, Callable[[bool], bool | None]] = {
    _BOTH: lambda mine: None,  # noqa: ARG005
    "topics: trained on the query's own half": lambda mine: mine,
    "topics: trained on the other half": lambda mine: not mine,
}
"""Which half teaches those who answer queries of a half; None for both."""


def _of_half(half: Half, which: bool | None) -> Callable[[Lesson], float]:
    return lambda each: each.context.weight * (which is None or each.page < 0 or half[each.page] == which)


def _by_month(teaching: Teaching, trial: Trial, month: datetime) -> Iterator[tuple[str, Measured]]:
    edge = to_microseconds(month)
    for said, before in (
        (f"months: before {month:%d %B %Y} alone", True),
        (f"months: from {month:%d %B %Y} alone", False),
    ):
        weighting = teaching.fit(
            Fit(trial.weigh(lambda each, before=before: each.context.weight * ((each.seen < edge) == before)))
        )
        yield said, measure(trial.asked, score_with(weighting))


def main(argv: Arguments = None) -> None:
    """Load, split, learn, print."""
    parser = parser_for(__doc__)
    parser.add_argument("--month", default="2026-02-01T00:00:00Z", help="where the months are parted")
    parsed = parser.parse_args(argv)
    given: Given = read_given(parsed)
    news = load_news(given.data, given.until)
    trial, *_ = find_trials(news, given.since, given.until, periods=(DEVELOPMENT,), tasks=("related",))
    teaching = Teaching(build_lessons(news.corpus, given.since))
    half = split_topics(news.corpus, trial.asked)
    transfer(teaching, trial, half, parse_time(parsed.month, "--month")).publish(given.json)


if __name__ == "__main__":
    main()
