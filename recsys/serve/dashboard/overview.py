"""The data of the dashboard's first page: the newest articles, the lists, a preview."""

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
from recsys.request import Rules
from recsys.serve.dashboard.forms import PreviewOptions
from recsys.serve.dashboard.stories import find_story
from recsys.store import ImpressionSummary

MAX_SOURCES, MAX_NEWEST, MAX_LIST_ITEMS = 12, 10, 5


@dataclass(frozen=True, slots=True)
class ListSource:
    """A source of lists: how many were collected, when the last one was, and its first stories."""

    source: Source
    lists: int
    last_at: datetime
    stories: tuple[tuple[int, Article], ...] = ()
    """(position, article); empty if each list belongs to a different page."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The recommendations for an article with the options of the form."""

    options: PreviewOptions
    article: Article
    recommendations: tuple[Recommendation, ...] = ()
    pinned: frozenset[str] = frozenset()
    """Addresses of recommendations that are pinned in this list."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page except the preview and what a search found."""

    as_of: datetime
    stories: int
    with_text: int
    lists: int
    """Lists of all sources, those shown by the widget or a CMS included."""
    sites: tuple[str, ...]
    sources: tuple[ListSource, ...]
    """Most recently collected first, at most MAX_SOURCES."""
    more_sources: int
    newest: tuple[Article, ...]
    model: str


def build_overview(
    snapshot: ServingSnapshot,
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
        lists=sum(each.lists for each in sources),
        sites=tuple(dict.fromkeys(each.source.site for each in sources)),
        sources=tuple(sources[:MAX_SOURCES]),
        more_sources=max(len(sources) - MAX_SOURCES, 0),
        newest=_newest(corpus, view.size),
        model=snapshot.model,
    )


def build_preview(
    snapshot: ServingSnapshot, url: str, options: PreviewOptions, most: int, as_of: datetime
) -> Preview | None:
    """Return the preview for an article with at most so many headlines; None if the article is unknown."""
    article = find_story(snapshot.corpus, url)
    if article is None:
        return None
    query = options.apply(snapshot.request, most)
    recommendations = tuple(snapshot.recommender.recommend(article.url, as_of, query))
    pins = (query.rules or Rules()).pinned
    pinned = frozenset(pin.url for pin in pins if pin.holds(as_of) and pin.beside in (None, article.url))
    return Preview(options, article, recommendations, pinned)


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
