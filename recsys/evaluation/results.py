"""The results of an evaluation: everything that tables, JSON and reports show, frozen.

An Evaluation has tasks, a task has rankers, a ranker has figures. The evaluated ranker is called MODEL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from recsys.evaluation.data_quality import DataQuality

MODEL = "model"
"""The evaluated ranker, whatever the name of its bundle."""
FEWEST = 20
"""Minimum number of queries for a verdict; fewer may all come from one section or one day."""

TaskKind = Literal["related", "links", "appeal", "clicks"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over `n` queries (or whatever a metric counts) and its 95 % bootstrap intervals.

    `low` and `high`, the interval by query, are None if resampling queries makes no sense: coverage and Gini
    are properties of all lists together.
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    by_day: tuple[float, float] | None = None
    """The interval by day, of whole days drawn with all their queries: to be trusted where it is the wider
    one. None for too few days."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A ranker minus another on the same queries, in one metric."""

    than: str
    """The name of the other ranker."""
    metric: str
    figure: Figure
    """The mean of the paired differences."""
    p: float
    """Of the two-sided sign-flip test."""
    better: int
    worse: int
    equal: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """The results of one ranker in one task."""

    name: str
    figures: Mapping[str, Figure]
    """Accuracy by metric; docs/evaluation.md defines them."""
    beyond: Mapping[str, Figure] = field(default_factory=dict)
    """List properties: coverage, gini, median age, duplicates, diversity, empty, popularity lift, churn.
    Those that are undefined are absent: churn without consecutive moments, lift without most-read lists."""
    difference: Difference | None = None
    """From the best baseline; None for that baseline itself, or without one."""
    effective: float | None = None
    """For clicks: Kish's effective sample size."""
    needs_article: bool = False
    """Whether it says nothing without an article; tables of such tasks leave it out."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A subset of a task's queries, and the main metric of every ranker on it."""

    by: str
    """The property they share: section, age, length, language, hour, article, history."""
    value: str
    n: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One query: its properties, and the metrics of every ranker."""

    id: str
    as_of: datetime
    url: str | None
    """The article being read; None for a query without an article."""
    headline: str | None
    section: str | None
    language: str | None
    age: float | None
    """Hours since publication; None if the time of publication is unknown."""
    length: int | None
    """Characters of the article's text."""
    listed: bool | None
    """Whether the article had been on a list before; None for a query without an article."""
    history: float
    """Mean number of earlier list and link observations of a relevant story."""
    relevant: int
    """Number of relevant stories."""
    values: Mapping[str, Mapping[str, float]]
    """By ranker, then by metric."""


@dataclass(frozen=True, slots=True)
class Positions:
    """The examination probability of each position, by which clicks are weighted, and its origin."""

    chances: tuple[float, ...]
    origin: str
    """given, estimated or default."""
    clicks: int
    """Clicks on stories shown at several positions, from which the probabilities were estimated."""


@dataclass(frozen=True, slots=True)
class Task:
    """A set of queries and the results of every ranker."""

    name: str
    """As in JSON: `related`, `links`, `appeal +1h`, `appeal +1h new`, …, `clicks`; followed by scope or site
    in parentheses if there are several."""
    kind: TaskKind
    says: str
    """A description of the task."""
    site: str | None
    scope: str | None
    metric: str
    """The main metric, which decides the best baseline and is used for slices."""
    rankers: Mapping[str, Ranked]
    """MODEL first."""
    best_baseline: str | None
    queries: tuple[QueryResult, ...]
    """In order of time."""
    slices: tuple[Slice, ...] = ()
    positions: Positions | None = None
    """For the task `clicks`."""

    @property
    def n(self) -> int:
        """The number of queries."""
        return len(self.queries)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pairs of a relevant story and another with a similar score difference.

    Scores are logits of preference: the probability that the higher-scored story is the relevant one should
    be the logistic function of the difference.
    """

    low: float
    high: float
    predicted: float
    """The mean predicted probability in the bin."""
    observed: Figure
    """The share of pairs in which the relevant story has the higher score; `n` counts pairs."""


@dataclass(frozen=True, slots=True)
class DialPoint:
    """A position of the dial: the same lists against the editors' choice and the next most-read list."""

    dial: float
    relatedness: Figure
    appeal: Figure
    changed: float
    """The mean share of the list that is not in that of the position before; 0 for the first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A story in a list of an example; `right` if it is relevant."""

    rank: int
    url: str
    headline: str
    section: str | None
    first_seen_at: datetime
    right: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A relevant story and its rank in each list of the example, or None."""

    url: str
    headline: str
    ranks: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Example:
    """One article with the lists of two rankers side by side, and the relevant stories.

    `why` is win or loss, of the model against the best baseline in the main metric; unjudged without
    relevant stories.
    """

    why: Literal["win", "loss", "unjudged"]
    task: str
    as_of: datetime
    url: str | None
    headline: str | None
    opening: str | None
    section: str | None
    lists: Mapping[str, tuple[Shown, ...]]
    """By ranker: MODEL, then the best baseline."""
    chosen: tuple[Chosen, ...]
    values: Mapping[str, float]
    """The main metric by ranker."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that changes if everything from the query's moment on is deleted."""

    what: Literal["feature", "score", "candidates"]
    name: str
    """The name of the feature or ranker."""
    query: str
    as_of: datetime
    story: str
    """The URL of the candidate that differs most."""
    without_future: float
    with_future: float


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """The scope and the findings of the leak check."""

    moments: int
    queries: int
    features: int
    rankers: int
    tolerance: float
    largest: float
    """The largest difference of a feature."""
    early: int
    """Stories that were on a list before their page was fetched, whose words count in document frequencies
    too early. They do so on both sides of the comparison, so that the check does not report that."""
    leaks: tuple[Leak, ...] = ()


@dataclass(frozen=True, slots=True)
class Trainings:
    """One training of the model: when it was used from, and on what it was trained."""

    starts: datetime
    first: str | None
    until: str | None
    contexts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A feature of the model; `most` is the value of its spline farthest from 0."""

    feature: str
    group: Literal["relatedness", "appeal"]
    says: str
    most: float


@dataclass(frozen=True, slots=True)
class SeenList:
    """The last version of a list: position, headline and address of its stories."""

    kind: str
    title: str | None
    scope: str | None
    site: str
    observed_at: datetime
    stories: tuple[tuple[int, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """A system of the evaluation."""

    name: str
    kind: Literal["model", "baseline", "peer", "bundle", "run", "logged"]
    label: str
    """Its origin: the name or folder of a bundle, a file, or a description of a baseline."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by file."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Data and settings needed to reproduce the evaluation."""

    store: str
    digest: str
    """SHA-256 of the store's content."""
    articles: int
    lists: int
    since: datetime
    until: datetime
    systems: tuple[SystemInfo, ...]
    trainings: tuple[Trainings, ...]
    command: tuple[str, ...]
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    """Versions of recsys, Python and the numerical libraries."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The results. Without queries there are no tasks, and examples are unjudged."""

    tasks: Mapping[str, Task]
    overlap: tuple[str, ...]
    """Sentences on an overlap of training data and test period; empty if there is none."""
    reliability: tuple[ReliabilityBin, ...]
    dial: tuple[DialPoint, ...]
    examples: tuple[Example, ...]
    leaks: LeakCheck
    provenance: Provenance
    data: DataQuality
    model: tuple[Learnt, ...] = ()
    """Features by weight, largest first; with refitting, those of the last model."""
    lists: tuple[SeenList, ...] = ()

    def to_records(self) -> list[dict[str, object]]:
        """A row per task, query, ranker and metric, for `pandas.DataFrame` or `polars.DataFrame`."""
        return [
            {
                "task": task.name,
                "query": query.id,
                "as_of": query.as_of,
                "url": query.url,
                "section": query.section,
                "language": query.language,
                "age": query.age,
                "length": query.length,
                "listed": query.listed,
                "history": query.history,
                "relevant": query.relevant,
                "ranker": ranker,
                "metric": metric,
                "value": value,
            }
            for task in self.tasks.values()
            for query in task.queries
            for ranker, values in query.values.items()
            for metric, value in values.items()
        ]
