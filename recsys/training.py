"""An archive -> contexts with evidence -> a fitted ranker.

Every list observed before `until` is evidence about the moment before it was seen. A related box or the
links of a text teach what belongs beside their article; a list made for everybody teaches what people want,
one, three and six hours ahead; the clicks on what a widget showed teach both, see `recsys.clicks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from joblib import Parallel, delayed

from recsys.archive import KIND_CODE, Archive, View
from recsys.archive.terms import Floats, Ints
from recsys.bundle import Manifest, load_shipped
from recsys.clicks import Clicks, Propensities, learn_from_clicks
from recsys.domain import Kind, format_time
from recsys.features import (
    APPEAL,
    RELATEDNESS,
    Question,
    Reading,
    compute,
    find_candidates,
)
from recsys.ranking import Context, PackedContexts, PairwiseRanker, Weighting
from recsys.ranking.contexts import MEMORY

HORIZONS = (1, 3, 6)
"""Hours after a list at which the next ones of its source are to be foretold."""
SHORTEST_QUERY = 200
"""Characters of body below which an article's links say more than its text."""


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
CLICKS = SourceSettings(1.0, most=5_000)
"""The same for served lists with clicks: the weight is that of one click on average."""
SAME_EVIDENCE = 0.9
"""From this share on of the contexts that the shipped weights were learnt from, on a site of theirs, training
begins at nothing: the site's own lists hold what those weights know, and would be counted twice (bbc, the
development period, nDCG@10 of the boxes .695 from the shipped weights, .702 from nothing)."""
HARD_NEGATIVES, EASY_NEGATIVES = 40, 20
"""Of a context: the most alike that were not chosen, and others at random (seeded)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A column whose curve left the prior: its height at 1 before and after."""

    feature: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What training used and changed."""

    first: datetime | None
    until: datetime
    contexts: Mapping[str, int]
    moved: tuple[Moved, ...]
    propensities: Propensities | None = None
    """How positions of served lists were taken to be examined; None where no clicks taught anything."""
    sites: tuple[str, ...] = ()
    """Whose lists taught, rising."""
    from_shipped: bool = True
    """Whether learning began at the shipped weights; else at nothing, see `SAME_EVIDENCE`."""

    def manifest(self, name: str) -> Manifest:
        """What a bundle of these weights says about itself."""
        first = None if self.first is None else format_time(self.first)
        return Manifest(
            name,
            first,
            format_time(self.until),
            dict(self.contexts),
            sites=self.sites,
            from_shipped=self.from_shipped,
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted ranker and the account of its training."""

    ranker: PairwiseRanker
    report: TrainingReport


Progress = Callable[[str, int, int], None]


def train(
    archive: Archive,
    *,
    until: datetime,
    prior: Weighting | None = None,
    near: Weighting | None = None,
    propensities: Sequence[float] | None = None,
    memory: int = MEMORY,
    progress: Progress | None = None,
) -> Trained:
    """Fit a ranker on what was observed before `until`; without evidence it is the prior.

    `prior` is where learning starts; unless one is given the shipped weights, or nothing where the archive
    holds what those were learnt from. `near` are weights that an earlier training found, where the search
    begins: what it finds is the same, sooner. `propensities` are the chances that the positions of served
    lists are examined, from the first on; estimated unless they are given. `memory` bounds the bytes of what
    is learnt from, beyond the archive; the rest lies in a temporary file.
    """
    view = archive.at(until)
    jobs = [job for kind in SOURCES for job in _jobs(view, kind)]
    contexts = PackedContexts(memory=memory)
    for done, context in enumerate(_build_all(view, jobs), start=1):
        if context is not None:
            contexts.add(context)
        if progress is not None:
            progress("contexts", done, len(jobs))
    clicks = learn_from_clicks(
        view, weight=CLICKS.weight, most=CLICKS.most, propensities=propensities, progress=progress
    )
    for context in clicks.contexts:
        contexts.add(context)
    counted, sites = dict(contexts.counts), _sites_of(archive, jobs, clicks)
    start, from_shipped = (prior, False) if prior is not None else choose_start(counted, sites)
    ranker = PairwiseRanker(start).learn(contexts, near=near)
    moved, first = _moved(start, ranker.weighting_), _first_of(archive, jobs, clicks)
    report = TrainingReport(first, until, counted, moved, clicks.propensities, sites, from_shipped)
    return Trained(ranker, report)


def choose_start(counted: Mapping[str, int], sites: Sequence[str]) -> tuple[Weighting, bool]:
    """The shipped weights, or nothing where the evidence is theirs and would count twice."""
    shipped = load_shipped()
    theirs = shipped.manifest.contexts or {}
    is_theirs = bool(theirs) and not set(shipped.manifest.sites).isdisjoint(sites)
    if is_theirs and all(counted.get(s, 0) >= SAME_EVIDENCE * n for s, n in theirs.items()):
        return Weighting.blank(), False
    return shipped.ranker.weighting_, True


Job = tuple[Kind, int]


def _jobs(view: View, kind: Kind) -> list[Job]:
    """Kind and list number of every context of a source, thinned evenly to its most.

    A front page teaches appeal only where no readers' ranking does: what editors show is not what is read
    (bbc, 10 January to 14 February: +1h new .817 without the front page as a source, .810 with it).
    """
    lists, settings = view.archive.lists, SOURCES[kind]
    known = lists.kinds[: view.list_count]
    if kind is Kind.FRONT_PAGE and (known == KIND_CODE[Kind.POPULAR]).any():
        return []
    numbers = np.flatnonzero(known == KIND_CODE[kind])
    if not lists_for_everybody(kind):
        numbers = numbers[lists.pages[numbers] >= 0]
    return [(kind, int(number)) for number in numbers[:: -(-len(numbers) // settings.most) or 1]]


def lists_for_everybody(kind: Kind) -> bool:
    """Whether a kind of list is made for all readers rather than for one article."""
    return kind in {Kind.POPULAR, Kind.FRONT_PAGE}


def _build_all(view: View, jobs: list[Job]) -> Iterator[Context | None]:
    run = Parallel(n_jobs=2, prefer="threads", return_as="generator", batch_size=16)
    return run(delayed(_build)(view, *job) for job in jobs)  # type: ignore[no-any-return]


def _build(view: View, kind: Kind, number: int) -> Context | None:
    if not lists_for_everybody(kind):
        return build_beside(view.archive, kind, number)
    labels = [view.archive.lists.next_after(number, hours) for hours in HORIZONS]
    return build_moment(
        view.archive, kind, number, [label for label in labels if 0 <= label < view.list_count]
    )


def build_beside(archive: Archive, kind: Kind, number: int) -> Context | None:
    """What the list of an article teaches: its stories above the other candidates beside that article."""
    lists = archive.lists
    page = int(lists.pages[number])
    if len(archive.stored[page].article.body or "") < SHORTEST_QUERY:
        return None
    view = archive.at_microseconds(min(int(lists.times[number]), int(archive.first_seen[page])))
    reading = Reading(view, archive.query_row(page))
    chosen = lists.items(number)[0]
    rows = find_candidates(reading)
    gains = np.isin(rows, chosen).astype(np.float32)
    if not gains.any():
        return None
    kept = _sample(gains, reading.similarity_to_all[rows], seed=number)
    # the columns are computed among all candidates, as when serving, and only then thinned
    question = Question(reading, rows)
    return Context(
        str(kind),
        SOURCES[kind].weight,
        compute(RELATEDNESS, question)[kept],
        compute(APPEAL, question)[kept],
        gains[kept],
    )


def build_moment(archive: Archive, kind: Kind, number: int, labels: Sequence[int]) -> Context | None:
    """What later lists (`labels`) of a source teach about the moment when list `number` had been seen.

    A story's gain is its mean place on them, and each of them counts: of a logistic likelihood that is the
    same as a context for every label.
    """
    lists = archive.lists
    view = archive.at_microseconds(int(lists.times[number]) + 1)
    reading = Reading(view)
    rows = _comparable(view, find_candidates(reading), number)
    gains = np.zeros(len(rows), dtype=np.float32)
    for label in labels:
        articles, places = lists.items(label)
        _, ours, theirs = np.intersect1d(rows, articles, return_indices=True)
        gains[ours] += places[theirs] / len(labels)
    if not gains.any():
        return None
    nothing = np.zeros((len(rows), 0), dtype=np.float32)
    appeal = compute(APPEAL, Question(reading, rows))
    return Context(str(kind), SOURCES[kind].weight * len(labels), nothing, appeal, gains)


def _comparable(view: View, rows: Ints, number: int) -> Ints:
    """Of the rows those that could stand on the list: all, or what its scope showed or its section holds."""
    lists = view.archive.lists
    source = lists.sources[int(lists.source_of[number])]
    if source.scope is None:
        return rows
    earlier = lists.list_of[: lists.starts[view.list_count]]
    shown = lists.articles[: lists.starts[view.list_count]][
        lists.source_of[earlier] == lists.source_of[number]
    ]
    same = np.array(
        [view.archive.stored[row].article.section == source.scope for row in rows.tolist()], dtype=bool
    )
    return rows[same | np.isin(rows, shown)]


def _sample(gains: Floats, likeness: Floats, *, seed: int) -> Ints:
    """Indices of what was preferred, the hardest of the rest, and some others."""
    preferred, rest = np.flatnonzero(gains > 0), np.flatnonzero(gains <= 0)
    rest = rest[np.argsort(-likeness[rest], kind="stable")]
    hard, easy = rest[:HARD_NEGATIVES], rest[HARD_NEGATIVES:]
    chance = np.random.default_rng(seed)
    picked = chance.choice(easy, min(EASY_NEGATIVES, len(easy)), replace=False)
    return np.sort(np.concatenate([preferred, hard, picked]))


def _first_of(archive: Archive, jobs: list[Job], clicks: Clicks) -> datetime | None:
    numbers = [number for _, number in jobs] + clicks.lists.tolist()
    times = archive.lists.times[numbers]
    return archive.at_microseconds(int(times.min())).as_of if len(times) else None


def _sites_of(archive: Archive, jobs: list[Job], clicks: Clicks) -> tuple[str, ...]:
    numbers = np.array([number for _, number in jobs] + clicks.lists.tolist(), dtype=np.int64)
    sources = np.unique(archive.lists.source_of[numbers])
    return tuple(sorted({archive.lists.sources[source].site for source in sources.tolist()}))


def _moved(before: Weighting, after: Weighting, most: int = 10) -> tuple[Moved, ...]:
    moved = [
        Moved(name, float(old.sum()), float(new.sum()))
        for ours, theirs in ((before.relatedness, after.relatedness), (before.appeal, after.appeal))
        for name, old, new in zip(ours.names, ours.weights, theirs.weights, strict=True)
    ]
    return tuple(sorted(moved, key=lambda m: -abs(m.after - m.before))[:most])
