"""An archive -> contexts with evidence -> a fitted ranker.

Every list observed before `until` is evidence about the moment before it was seen. A related box or the
links of a text teach what belongs beside their article; a list made for everybody teaches what people want,
one, three and six hours ahead; the clicks on what a widget showed teach both, see `recsys.training.clicks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.inverted_index import Ints
from recsys.domain import format_time
from recsys.manifest import Manifest
from recsys.ranking import LogisticRanker, RankerWeights, TrainingSet
from recsys.ranking.model_files import load_pretrained, save_bundle
from recsys.ranking.training_set import MEMORY
from recsys.training.clicks import Propensities, learn_from_clicks, limit_influence
from recsys.training.examples import SourceSettings, build_contexts, find_jobs

CLICKS = SourceSettings(1.0, most=5_000)
"""How served lists with clicks are learnt from: the weight is that of one click on average."""
SAME_EVIDENCE = 0.9
"""From this share on of the contexts that the shipped weights were learnt from, on a site of theirs, training
begins at nothing: the site's own lists hold what those weights know, and would be counted twice (bbc, the
development period, nDCG@10 of the boxes .695 from the shipped weights, .702 from nothing)."""


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
    is_from_pretrained: bool = True
    """Whether learning began at the shipped weights; else at nothing, see `SAME_EVIDENCE`."""
    click_weight: float = 0.0
    """What all clicks together weigh, in contexts: `recsys.training.clicks.influence` bounds it."""

    def manifest(self, name: str) -> Manifest:
        """What a bundle of these weights says about itself."""
        first = None if self.first is None else format_time(self.first)
        return Manifest(
            name,
            first,
            format_time(self.until),
            dict(self.contexts),
            sites=self.sites,
            is_from_pretrained=self.is_from_pretrained,
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted ranker and the account of its training."""

    ranker: LogisticRanker
    report: TrainingReport

    def save(self, models: str | Path, name: str, *, use: bool = True) -> Path:
        """Write the model below the folder `models`, by default as the current one; returns its folder."""
        return save_bundle(self.ranker.weights_, self.report.manifest(name), Path(models), use=use)


Progress = Callable[[str, int, int], None]


def train(
    corpus: Corpus,
    *,
    until: datetime,
    prior: RankerWeights | None = None,
    near: RankerWeights | None = None,
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
    view = corpus.at(until)
    jobs = find_jobs(view)
    contexts, beside = TrainingSet(memory=memory), 0.0
    for done, lessons in enumerate(build_contexts(view, jobs), start=1):
        for _, context in lessons:
            contexts.add(context)
            beside += context.weight if context.is_beside else 0.0
        if progress is not None:
            progress("contexts", done, len(jobs))
    clicks = learn_from_clicks(
        view, weight=CLICKS.weight, most=CLICKS.most, propensities=propensities, progress=progress
    )
    numbers = np.array([number for job in jobs for _, number in job] + clicks.lists.tolist(), dtype=np.int64)
    sites = _sites_of(corpus, numbers)
    start, is_from_pretrained = (prior, False) if prior is not None else choose_start(contexts.counts, sites)
    # plausible is what the start finds so; where learning begins at nothing, what ships
    reference = start if is_from_pretrained or prior is not None else load_pretrained().ranker.weights_
    limited = limit_influence(clicks, corpus.lists, reference, other_weight=beside)
    for context in limited:
        contexts.add(context)
    ranker = LogisticRanker(start).learn(contexts, near=near)
    moved, first = _moved(start, ranker.weights_), _first_of(corpus, numbers)
    weight = sum(context.weight for context in limited)
    report = TrainingReport(
        first, until, contexts.counts, moved, clicks.propensities, sites, is_from_pretrained, weight
    )
    return Trained(ranker, report)


def choose_start(counted: Mapping[str, int], sites: Sequence[str]) -> tuple[RankerWeights, bool]:
    """The shipped weights, or nothing where the evidence is theirs and would count twice."""
    shipped = load_pretrained()
    theirs = shipped.manifest.contexts or {}
    is_theirs = bool(theirs) and not set(shipped.manifest.sites).isdisjoint(sites)
    if is_theirs and all(counted.get(s, 0) >= SAME_EVIDENCE * n for s, n in theirs.items()):
        return RankerWeights.blank(), False
    return shipped.ranker.weights_, True


def _first_of(corpus: Corpus, numbers: Ints) -> datetime | None:
    times = corpus.lists.times[numbers]
    return corpus.at_microseconds(int(times.min())).as_of if len(times) else None


def _sites_of(corpus: Corpus, numbers: Ints) -> tuple[str, ...]:
    sources = np.unique(corpus.lists.source_of[numbers])
    return tuple(sorted({corpus.lists.sources[source].site for source in sources.tolist()}))


def _moved(before: RankerWeights, after: RankerWeights, most: int = 10) -> tuple[Moved, ...]:
    moved = [
        Moved(name, float(old.sum()), float(new.sum()))
        for ours, theirs in ((before.relatedness, after.relatedness), (before.appeal, after.appeal))
        for name, old, new in zip(ours.names, ours.weights, theirs.weights, strict=True)
    ]
    return tuple(sorted(moved, key=lambda m: -abs(m.after - m.before))[:most])
