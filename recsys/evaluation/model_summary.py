"""What the figures rest on: what the model goes by, and what stood on the site last."""

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


def tell_model(entrants: Iterable[System]) -> tuple[Learnt, ...]:
    """The features of the model by what they can do to a score; of a ranker without curves nothing."""
    scorers = [each for each in entrants if isinstance(each, Scorer) and each.name == MODEL]
    rankers = [scorer.rankers[-1] for scorer in scorers]
    if not rankers or not isinstance(rankers[0], LogisticRanker):
        return ()
    learnt = rankers[0].weights_
    found = [*_told(learnt.relatedness, 1.0), *_told(learnt.appeal, learnt.appeal_scale)]
    return tuple(sorted(found, key=lambda each: (-abs(each.most), each.feature)))


def _told(curves: Splines, scale: float) -> list[Learnt]:
    by_name = {column.name: column for group in (RELATEDNESS, APPEAL) for column in columns(group)}
    heights = np.cumsum(curves.weights, axis=1)
    farthest = heights[np.arange(len(heights)), np.abs(heights).argmax(axis=1)]
    return [
        Learnt(name, by_name[name].group, by_name[name].says, float(most) * scale)
        for name, most in zip(curves.names, farthest, strict=True)
    ]


def last_lists(lists: Iterable[RankedList]) -> tuple[SeenList, ...]:
    """The newest of every kind, title, scope and site, a few of them, cut at ten stories."""
    newest: dict[tuple[str, ...], RankedList] = {}
    for each in lists:
        if each.kind in _KINDS:
            name = (each.kind, each.title or "", each.scope or "", each.site)
            newest[name] = max(newest.get(name, each), each, key=lambda known: known.observed_at)
    return tuple(_seen(each) for each in _ordered(list(newest.values()))[:LISTS])


def _ordered(lists: Sequence[RankedList]) -> list[RankedList]:
    return sorted(lists, key=lambda each: (_KINDS.index(each.kind), each.site, each.title or ""))


def _seen(known: RankedList) -> SeenList:
    stories = tuple((item.position, item.headline, item.url) for item in known.items[:STORIES])
    return SeenList(known.kind, known.title, known.scope, known.site, known.observed_at, stories)
