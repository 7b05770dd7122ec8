"""Training: corpus -> query groups -> a fitted ranker.

Every list observed before `until` is implicit feedback about the moment before it was seen. Related boxes and
links in text show what is related to their article; lists made for everybody show what readers want one,
three and six hours later; clicks on our widget show both, see `recsys.training.clicks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.inverted_index import Ints
from recsys.domain import format_time, from_microseconds
from recsys.manifest import Manifest
from recsys.ranking import LogisticRanker, RankerWeights, TrainingSet
from recsys.ranking.model_files import load_pretrained, save_bundle
from recsys.ranking.training_set import MEMORY
from recsys.store import ClickedImpression
from recsys.training.clicks import Propensities, build_impression_log, learn_from_clicks, limit_influence
from recsys.training.examples import SourceSettings, build_query_groups, group_lists

CLICKS = SourceSettings(1.0, most=5_000)
"""How impressions with clicks are learnt from: the weight is the mean weight of a click."""
SAME_EVIDENCE = 0.9
"""The share of the pretrained weights' query groups from which on a site of theirs trains from blank weights:
its own lists contain what those weights know, and would be counted twice (bbc, the development period,
nDCG@10 of the boxes .695 from the pretrained weights, .702 from blank ones)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A feature whose spline moved away from the prior: its height at 1 before and after."""

    feature: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What training used and changed."""

    first: datetime | None
    """The time of the first list or impression learnt from."""
    until: datetime
    contexts: Mapping[str, int]
    """The number of query groups by source."""
    moved: tuple[Moved, ...]
    propensities: Propensities | None = None
    """The propensities of positions in our widget; None if there were no clicks."""
    sites: tuple[str, ...] = ()
    """The sites whose lists were learnt from, sorted."""
    is_from_pretrained: bool = True
    """Whether training started from the pretrained weights, not from blank ones; see `SAME_EVIDENCE`."""
    click_weight: float = 0.0
    """The total weight of clicks in query groups, which `recsys.training.clicks.influence` limits."""

    def manifest(self, name: str) -> Manifest:
        """The manifest of a model with these weights."""
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
    """A fitted ranker and the report of its training."""

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
    impressions: Iterable[ClickedImpression] = (),
    prior: RankerWeights | None = None,
    warm_start: RankerWeights | None = None,
    propensities: Sequence[float] | None = None,
    memory: int = MEMORY,
    progress: Progress | None = None,
) -> Trained:
    """Fit a ranker on what was observed before `until`; without evidence it equals the prior.

    `impressions` are those of the store (`store.impressions.read(before=until)`). `prior` defaults to the
    pretrained weights, or blank ones if the corpus contains what those were trained on. `warm_start` are the
    weights of an earlier training, from which the optimiser starts: it reaches the same optimum sooner.
    `propensities` are the probabilities that the positions of our widget are examined, from the first on; by
    default they are estimated. `memory` limits the bytes of the training set in memory; the rest is in a
    temporary file.
    """
    view = corpus.at(until)
    log = build_impression_log(view, impressions)
    list_groups = group_lists(view)
    examples, beside_weight = TrainingSet(memory=memory), 0.0
    for done, built in enumerate(build_query_groups(view, list_groups), start=1):
        for _, query_group in built:
            examples.add(query_group)
            beside_weight += query_group.weight if query_group.has_article else 0.0
        if progress is not None:
            progress("contexts", done, len(list_groups))
    clicks = learn_from_clicks(
        view, log, weight=CLICKS.weight, most=CLICKS.most, propensities=propensities, progress=progress
    )
    numbers = np.array([number for lists in list_groups for _, number in lists], dtype=np.int64)
    sites = tuple(sorted({*_sites_of(corpus, numbers), *log.sites_of(clicks.impressions)}))
    start, is_from_pretrained = (prior, False) if prior is not None else choose_start(examples.counts, sites)
    # plausibility is measured with the start; if that is blank, with the pretrained weights
    reference = start if is_from_pretrained or prior is not None else load_pretrained().ranker.weights_
    limited = limit_influence(clicks, log, reference, other_weight=beside_weight)
    for query_group in limited:
        examples.add(query_group)
    ranker = LogisticRanker(start).fit(examples, warm_start=warm_start)
    times = np.concatenate([corpus.lists.times[numbers], log.times[clicks.impressions]])
    report = TrainingReport(
        from_microseconds(int(times.min())) if len(times) else None,
        until,
        examples.counts,
        _moved(start, ranker.weights_),
        clicks.propensities,
        sites,
        is_from_pretrained,
        sum(query_group.weight for query_group in limited),
    )
    return Trained(ranker, report)


def choose_start(counts: Mapping[str, int], sites: Sequence[str]) -> tuple[RankerWeights, bool]:
    """The pretrained weights, or blank ones if the evidence is theirs and would be counted twice."""
    pretrained = load_pretrained()
    theirs = pretrained.manifest.contexts or {}
    is_theirs = bool(theirs) and not set(pretrained.manifest.sites).isdisjoint(sites)
    if is_theirs and all(counts.get(s, 0) >= SAME_EVIDENCE * n for s, n in theirs.items()):
        return RankerWeights.blank(), False
    return pretrained.ranker.weights_, True


def _sites_of(corpus: Corpus, numbers: Ints) -> tuple[str, ...]:
    sources = np.unique(corpus.lists.source_of[numbers])
    return tuple(sorted({corpus.lists.sources[source].site for source in sources.tolist()}))


def _moved(before: RankerWeights, after: RankerWeights, most: int = 10) -> tuple[Moved, ...]:
    """The features that moved most."""
    moved = [
        Moved(name, float(old.sum()), float(new.sum()))
        for ours, theirs in ((before.relatedness, after.relatedness), (before.appeal, after.appeal))
        for name, old, new in zip(ours.names, ours.weights, theirs.weights, strict=True)
    ]
    return tuple(sorted(moved, key=lambda m: -abs(m.after - m.before))[:most])
