"""The data of the dashboard: the newest articles, the lists, the model, the overrides, a preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.list_history import Source
from recsys.corpus.stored_fields import NEVER
from recsys.domain import Article, Kind, Recommendation, from_microseconds, to_microseconds
from recsys.live import ServingSnapshot
from recsys.manifest import Manifest
from recsys.request import Pin
from recsys.serve.overrides import Overrides
from recsys.store import ImpressionSummary

MAX_SOURCES, MAX_NEWEST, MAX_LIST_ITEMS = 12, 10, 5
KINDS = {
    Kind.POPULAR: "by readership",
    Kind.RELATED: "chosen for one article",
    Kind.INLINE: "links in an article",
    Kind.LATEST: "newest first",
    Kind.FRONT_PAGE: "chosen by editors for a front page",
    Kind.RECOMMENDED: "other",
    Kind.SERVED: "shown by the widget, with clicks",
}
"""How the headlines of a list are ordered, in words."""


@dataclass(frozen=True, slots=True)
class ListSource:
    """A source of lists: how many were observed, when the last one was, and its first stories."""

    source: Source
    lists: int
    last_at: datetime
    stories: tuple[tuple[int, Article], ...] = ()
    """(position, article); empty if each list belongs to a different page."""

    @property
    def order(self) -> str:
        """How its headlines are ordered, in words."""
        return KINDS[self.source.kind]


@dataclass(frozen=True, slots=True)
class Override:
    """A pinned or blocked story."""

    url: str
    headline: str
    pin: Pin | None = None
    """None if the story is blocked."""
    has_expired: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """The recommendations for an article as entered in the form; `article` is None if it is unknown."""

    url: str
    dial: float
    article: Article | None = None
    recommendations: tuple[Recommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page except the preview."""

    as_of: datetime
    stories: int
    with_text: int
    lists: int
    sites: tuple[str, ...]
    sources: tuple[ListSource, ...]
    """Most recently observed first, at most MAX_SOURCES."""
    more_sources: int
    newest: tuple[Article, ...]
    overrides: tuple[Override, ...]
    manifest: Manifest
    dial: float

    @property
    def pinned(self) -> tuple[Override, ...]:
        """Pinned stories by position."""
        pins = [(each.pin.position, each) for each in self.overrides if each.pin is not None]
        return tuple(each for _, each in sorted(pins, key=lambda pair: pair[0]))

    @property
    def blocked(self) -> tuple[Override, ...]:
        """Blocked stories in the order in which they were blocked."""
        return tuple(each for each in self.overrides if each.pin is None)


def build_overview(
    snapshot: ServingSnapshot,
    manifest: Manifest,
    overrides: Overrides,
    impressions: Sequence[ImpressionSummary],
    as_of: datetime,
) -> Overview:
    """Return the overview as of a moment."""
    corpus = snapshot.corpus
    view = corpus.at(as_of)
    sources = _list_sources(corpus, impressions, to_microseconds(as_of))
    return Overview(
        as_of=as_of,
        stories=view.size,
        with_text=int((corpus.page_seen[: view.size] != NEVER).sum()),
        lists=view.list_count,
        sites=tuple(dict.fromkeys(each.source.site for each in sources)),
        sources=tuple(sources[:MAX_SOURCES]),
        more_sources=max(len(sources) - MAX_SOURCES, 0),
        newest=_newest(corpus, view.size),
        overrides=_overrides(corpus, overrides, as_of),
        manifest=manifest,
        dial=snapshot.request.dial,
    )


def _newest(corpus: Corpus, size: int) -> tuple[Article, ...]:
    newest: list[Article] = []
    for row in range(size - 1, -1, -1):
        if len(newest) == MAX_NEWEST:
            break
        if not corpus.is_unpublished(row):
            newest.append(corpus.shown(row))
    return tuple(newest)


def _list_sources(corpus: Corpus, impressions: Sequence[ImpressionSummary], moment: int) -> list[ListSource]:
    """Return all sources, those with one list for all pages and the most recent first.

    Lists of single pages are grouped by site and kind.
    """
    lists, sources = corpus.lists, list[ListSource]()
    counts = np.bincount(lists.source_of[: lists.before(moment)], minlength=len(lists.sources))
    grouped: Counter[tuple[str, Kind]] = Counter()
    last_of: dict[tuple[str, Kind], int] = {}
    for number, source in enumerate(lists.sources):
        last = lists.latest(number, moment)
        if last < 0:
            continue
        if lists.follows[number]:
            at = from_microseconds(int(lists.times[last]))
            sources.append(ListSource(source, int(counts[number]), at, _first_stories(corpus, last)))
            continue
        key = (source.site, source.kind)
        grouped[key] += int(counts[number])
        last_of[key] = max(last_of.get(key, 0), int(lists.times[last]))
    for each in impressions:
        grouped[each.site, Kind.SERVED] += each.count
        last = max(last_of.get((each.site, Kind.SERVED), 0), to_microseconds(each.last_at))
        last_of[each.site, Kind.SERVED] = last
    for (site, kind), count in grouped.items():
        at = from_microseconds(last_of[site, kind])
        sources.append(ListSource(Source(site, kind, None, None), count, at))
    return sorted(sources, key=lambda each: (not each.stories, -each.last_at.timestamp()))


def _first_stories(corpus: Corpus, number: int) -> tuple[tuple[int, Article], ...]:
    lists = corpus.lists
    part = slice(int(lists.starts[number]), int(lists.starts[number + 1]))
    pairs = zip(lists.positions[part].tolist(), lists.articles[part].tolist(), strict=True)
    known = [(position, row) for position, row in pairs if row >= 0][:MAX_LIST_ITEMS]
    return tuple((position, corpus.shown(row)) for position, row in known)


def _overrides(corpus: Corpus, overrides: Overrides, as_of: datetime) -> tuple[Override, ...]:
    def headline(url: str) -> str:
        row = corpus.row_of.get(url, -1)
        return url if row < 0 else corpus.shown(row).label

    pinned = (Override(pin.url, headline(pin.url), pin, not pin.holds(as_of)) for pin in overrides.pinned)
    return (*pinned, *(Override(url, headline(url)) for url in overrides.blocked))
