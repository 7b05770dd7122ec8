"""What an evaluation found: everything that a table, a JSON file or a report shows, frozen.

An Evaluation has tasks, a task has rankers, a ranker has figures. Rankers go by the names under which they
were asked for; the one that is evaluated is always MODEL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MODEL = "model"
"""The ranker that is evaluated, whatever its bundle is called."""

TaskKind = Literal["related", "links", "appeal", "clicks"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over `n` queries (or what a metric counts) and its 95 % bootstrap interval.

    `low` and `high` are None where resampling queries says nothing about the spread: coverage and Gini are
    properties of all lists together.
    """

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A ranker less another on the same queries, in one metric."""

    than: str
    """The name of the other ranker."""
    metric: str
    figure: Figure
    """The mean of the paired differences."""
    p: float
    """Two-sided, of the sign-flip test: how often chance alone gives a mean as far from zero."""
    better: int
    worse: int
    equal: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """How one ranker did in one task."""

    name: str
    figures: Mapping[str, Figure]
    """Accuracy by metric; docs/evaluation.md says what each means."""
    beyond: Mapping[str, Figure] = field(default_factory=dict)
    """What the lists are like: coverage, gini, median age, duplicates, diversity, empty, popularity lift,
    churn. Absent where it cannot be said: churn of a task whose queries are no series of moments, lift where
    readers rank nothing."""
    difference: Difference | None = None
    """From the best baseline; None for that baseline itself and where there is none."""
    effective: float | None = None
    """Of clicks: the number of equally weighted clicks that would be as sure (Kish's effective size)."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of a task's queries, and the main metric of every ranker on them."""

    by: str
    """What they have in common: section, age, length, language, hour, list, choices."""
    value: str
    n: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One query: what was asked, what is known about it, and how every ranker did, by metric."""

    id: str
    as_of: datetime
    url: str | None
    """The article being read; None for a moment alone."""
    headline: str | None
    section: str | None
    language: str | None
    age: float | None
    """Hours from publication to the moment; None where no time of publication is known."""
    length: int | None
    """Characters of the article's text."""
    listed: bool | None
    """Whether the article had stood on a list before the moment; None for a moment alone."""
    history: float
    """Sightings on lists and links, before the moment, of a story that was right, on average."""
    relevant: int
    """How many stories were right."""
    values: Mapping[str, Mapping[str, float]]
    """By ranker, then by metric."""


@dataclass(frozen=True, slots=True)
class Positions:
    """How clicks were weighted: the chance that each position is examined, and who says so."""

    chances: tuple[float, ...]
    origin: str
    """given, estimated or default (assumed)."""
    clicks: int
    """On stories at several positions: what the chances were estimated from."""


@dataclass(frozen=True, slots=True)
class Task:
    """A question put to every ranker, with the answers of all of them."""

    name: str
    """As in JSON: `related`, `links`, `appeal +1h`, `appeal +1h new`, …, `clicks`; a scope or site that is
    not the only one stands behind it in parentheses."""
    kind: TaskKind
    says: str
    """What is asked, in words."""
    site: str | None
    scope: str | None
    metric: str
    """The main one: by it the best baseline is chosen, and slices are given in it."""
    rankers: Mapping[str, Ranked]
    """MODEL first."""
    best_baseline: str | None
    queries: tuple[QueryResult, ...]
    """In order of time."""
    slices: tuple[Slice, ...] = ()
    positions: Positions | None = None
    """Of the task `clicks`."""

    @property
    def n(self) -> int:
        """How many queries were judged."""
        return len(self.queries)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pairs of a right story and another whose scores differ alike.

    The scores of the model are logits of preference: the chance that the story with the higher score is the
    right one should be the logistic function of the difference.
    """

    low: float
    high: float
    predicted: float
    """The mean chance in the bin."""
    observed: Figure
    """The share in which the higher score was right; queries are resampled. `n` counts pairs."""


@dataclass(frozen=True, slots=True)
class DialPoint:
    """A position of the dial: what editors chose, and what readers wanted an hour later, in one list."""

    dial: float
    relatedness: Figure
    appeal: Figure


@dataclass(frozen=True, slots=True)
class Shown:
    """A story in a list of an example; `right`: it was chosen."""

    rank: int
    url: str
    headline: str
    section: str | None
    first_seen_at: datetime
    right: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A story that was chosen, and its rank in the list of every ranker of the example; None: not in it."""

    url: str
    headline: str
    ranks: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Example:
    """One article with the lists of two rankers side by side, and what the editors chose.

    `why` is best, worst or random, by the model's main metric; unjudged where nobody chose anything.
    """

    why: Literal["best", "worst", "random", "unjudged"]
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
    """Something that is not the same when everything from the moment on is deleted."""

    what: Literal["feature", "score", "candidates"]
    name: str
    """Of the feature, or of the ranker."""
    query: str
    as_of: datetime
    story: str
    """The address of the candidate that differs most."""
    without_future: float
    with_future: float


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """What was recomputed without the future, and what differed."""

    moments: int
    queries: int
    features: int
    rankers: int
    tolerance: float
    largest: float
    """The largest difference that was seen of a feature."""
    early: int
    """Stories that were listed at one of the moments while their page was read only later: its words count
    in document frequencies too early. Both sides were given them, so nothing here measures what that does."""
    leaks: tuple[Leak, ...] = ()


@dataclass(frozen=True, slots=True)
class Trainings:
    """The model at one stage: when it applies from, and what it had learnt from."""

    starts: datetime
    first: str | None
    until: str | None
    contexts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A feature of the model, and `most`: where its curve is farthest from 0, beside an article."""

    feature: str
    group: Literal["relatedness", "appeal"]
    says: str
    most: float


@dataclass(frozen=True, slots=True)
class SeenList:
    """A list of the site as it stood last: position, headline and address of its stories."""

    kind: str
    title: str | None
    scope: str | None
    site: str
    observed_at: datetime
    stories: tuple[tuple[int, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """A ranker that took part."""

    name: str
    kind: Literal["model", "baseline", "bundle", "run", "logged"]
    label: str
    """Where it comes from: the name or folder of a bundle, a file, or what a baseline does."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by file."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Data and settings: what anyone needs who wants to make the evaluation again."""

    store: str
    digest: str
    """Of the store's content, SHA-256."""
    articles: int
    lists: int
    since: datetime
    until: datetime
    contestants: tuple[SystemInfo, ...]
    trainings: tuple[Trainings, ...]
    command: tuple[str, ...]
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    """Of recsys, Python and the libraries that compute."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was found. Without a judged query there are no tasks, and examples are unjudged."""

    tasks: Mapping[str, Task]
    overlap: tuple[str, ...]
    """What the model may have learnt from the test period, a sentence each, to be said first; or nothing."""
    reliability: tuple[ReliabilityBin, ...]
    dial: tuple[DialPoint, ...]
    examples: tuple[Example, ...]
    leaks: LeakCheck
    provenance: Provenance
    model: tuple[Learnt, ...] = ()
    """What it goes by, the weightiest first; of the last one where it was trained anew."""
    lists: tuple[SeenList, ...] = ()
