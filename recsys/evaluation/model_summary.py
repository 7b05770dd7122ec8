"""The features of the model by effect, and the last lists of the site, for the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from recsys.domain import Kind, RankedList
from recsys.evaluation.results import MODEL, Learnt, SeenList
from recsys.evaluation.systems import Scorer, System
from recsys.ranking import LogisticRanker, Splines
from recsys.ranking.features import APPEAL, RELATEDNESS, columns

LISTS = 6
STORIES = 10
_KINDS = (Kind.POPULAR, Kind.RELATED, Kind.RECOMMENDED, Kind.LATEST, Kind.FRONT_PAGE, Kind.INLINE)


def summarise_model(systems: Iterable[System]) -> tuple[Learnt, ...]:
    """The features of the model by their largest effect on a score; empty for other rankers."""
    scorers = [each for each in systems if isinstance(each, Scorer) and each.name == MODEL]
    rankers = [scorer.rankers[-1] for scorer in scorers]
    if not rankers or not isinstance(rankers[0], LogisticRanker):
        return ()
    weights = rankers[0].weights_
    features = [*_summarise(weights.relatedness, 1.0), *_summarise(weights.appeal, weights.appeal_scale)]
    return tuple(sorted(features, key=lambda each: (-abs(each.most), each.feature)))


def _summarise(curves: Splines, scale: float) -> list[Learnt]:
    by_name = {column.name: column for group in (RELATEDNESS, APPEAL) for column in columns(group)}
    heights = np.cumsum(curves.weights, axis=1)
    farthest = heights[np.arange(len(heights)), np.abs(heights).argmax(axis=1)]
    return [
        Learnt(name, by_name[name].group, by_name[name].says, float(most) * scale)
        for name, most in zip(curves.names, farthest, strict=True)
    ]


def last_lists(lists: Iterable[RankedList]) -> tuple[SeenList, ...]:
    """The newest list of each kind, title, scope and site, up to LISTS lists of STORIES stories."""
    newest: dict[tuple[str, ...], RankedList] = {}
    for each in lists:
        if each.kind in _KINDS:
            source = (each.kind, each.title or "", each.scope or "", each.site)
            newest[source] = max(newest.get(source, each), each, key=lambda known: known.observed_at)
    return tuple(_seen(each) for each in _ordered(list(newest.values()))[:LISTS])


def _ordered(lists: Sequence[RankedList]) -> list[RankedList]:
    return sorted(lists, key=lambda each: (_KINDS.index(each.kind), each.site, each.title or ""))


def _seen(known: RankedList) -> SeenList:
    stories = tuple((item.position, item.headline, item.url) for item in known.items[:STORIES])
    return SeenList(known.kind, known.title, known.scope, known.site, known.observed_at, stories)
