"""What the page for people shows: what is known and newest, the model, the desk, an answer that was tried."""

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
from recsys.manifest import Manifest
from recsys.request import Pin
from recsys.serve.overrides import Decisions
from recsys.serve.service_clock import ServingSnapshot
from recsys.store import ImpressionSummary

MOST_SOURCES, MOST_NEWEST, MOST_OF_LIST = 12, 10, 5
KINDS = {
    Kind.POPULAR: "ranked by readers",
    Kind.RELATED: "chosen for one article",
    Kind.INLINE: "links in a text",
    Kind.LATEST: "newest first",
    Kind.FRONT_PAGE: "chosen by editors, for everybody",
    Kind.RECOMMENDED: "another choice",
    Kind.SERVED: "shown by our widget, with its clicks",
}
"""What put the headlines of a list in their order, in words."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A source of lists: how many are known, when the last was seen, and how that one begins."""

    source: Source
    lists: int
    last_at: datetime
    stories: tuple[tuple[int, Article], ...] = ()
    """(position, article); empty where every list belongs to a page of its own."""

    @property
    def kind(self) -> str:
        """What put its headlines in their order."""
        return KINDS[self.source.kind]


@dataclass(frozen=True, slots=True)
class Decided:
    """A story on the desk."""

    url: str
    headline: str
    pin: Pin | None = None
    """None of a story that is blocked."""
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What was asked for in the form, and what came of it; `article` is None where nobody knows it."""

    url: str
    dial: float
    article: Article | None = None
    found: tuple[Recommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page that is the same whatever is tried."""

    as_of: datetime
    stories: int
    with_page: int
    lists: int
    sites: tuple[str, ...]
    followed: tuple[Followed, ...]
    """The newest first, at most MOST_SOURCES."""
    more_sources: int
    newest: tuple[Article, ...]
    decided: tuple[Decided, ...]
    manifest: Manifest
    dial: float

    @property
    def pinned(self) -> tuple[Decided, ...]:
        """In the order of their places."""
        pins = [(each.pin.position, each) for each in self.decided if each.pin is not None]
        return tuple(each for _, each in sorted(pins, key=lambda pair: pair[0]))

    @property
    def blocked(self) -> tuple[Decided, ...]:
        """In the order in which they were blocked."""
        return tuple(each for each in self.decided if each.pin is None)


def build_overview(
    snapshot: ServingSnapshot,
    manifest: Manifest,
    decisions: Decisions,
    impressions: Sequence[ImpressionSummary],
    as_of: datetime,
) -> Overview:
    """What there is at a moment."""
    corpus = snapshot.corpus
    view = corpus.at(as_of)
    followed = _follow(corpus, impressions, to_microseconds(as_of))
    return Overview(
        as_of=as_of,
        stories=view.size,
        with_page=int((corpus.page_seen[: view.size] != NEVER).sum()),
        lists=view.list_count,
        sites=tuple(dict.fromkeys(each.source.site for each in followed)),
        followed=tuple(followed[:MOST_SOURCES]),
        more_sources=max(len(followed) - MOST_SOURCES, 0),
        newest=_newest(corpus, view.size),
        decided=_decided(corpus, decisions, as_of),
        manifest=manifest,
        dial=snapshot.request.dial,
    )


def _newest(corpus: Corpus, size: int) -> tuple[Article, ...]:
    found: list[Article] = []
    for row in range(size - 1, -1, -1):
        if len(found) == MOST_NEWEST:
            break
        if not corpus.is_unpublished(row):
            found.append(corpus.shown(row))
    return tuple(found)


def _follow(corpus: Corpus, impressions: Sequence[ImpressionSummary], moment: int) -> list[Followed]:
    """Every source, the one that was seen last first; those of single pages together by site and kind."""
    lists, found = corpus.lists, list[Followed]()
    counts = np.bincount(lists.source_of[: lists.before(moment)], minlength=len(lists.sources))
    together: Counter[tuple[str, Kind]] = Counter()
    last_of: dict[tuple[str, Kind], int] = {}
    for number, source in enumerate(lists.sources):
        last = lists.latest(number, moment)
        if last < 0:
            continue
        if lists.follows[number]:
            at = from_microseconds(int(lists.times[last]))
            found.append(Followed(source, int(counts[number]), at, _begin(corpus, last)))
            continue
        key = (source.site, source.kind)
        together[key] += int(counts[number])
        last_of[key] = max(last_of.get(key, 0), int(lists.times[last]))
    for each in impressions:
        together[each.site, Kind.SERVED] += each.count
        last = max(last_of.get((each.site, Kind.SERVED), 0), to_microseconds(each.last_at))
        last_of[each.site, Kind.SERVED] = last
    for (site, kind), count in together.items():
        at = from_microseconds(last_of[site, kind])
        found.append(Followed(Source(site, kind, None, None), count, at))
    return sorted(found, key=lambda each: (not each.stories, -each.last_at.timestamp()))


def _begin(corpus: Corpus, number: int) -> tuple[tuple[int, Article], ...]:
    lists = corpus.lists
    part = slice(int(lists.starts[number]), int(lists.starts[number + 1]))
    pairs = zip(lists.positions[part].tolist(), lists.articles[part].tolist(), strict=True)
    known = [(place, row) for place, row in pairs if row >= 0][:MOST_OF_LIST]
    return tuple((place, corpus.shown(row)) for place, row in known)


def _decided(corpus: Corpus, decisions: Decisions, as_of: datetime) -> tuple[Decided, ...]:
    def headline(url: str) -> str:
        row = corpus.row_of.get(url, -1)
        return url if row < 0 else corpus.shown(row).label

    pinned = (Decided(pin.url, headline(pin.url), pin, not pin.holds(as_of)) for pin in decisions.pinned)
    return (*pinned, *(Decided(url, headline(url)) for url in decisions.blocked))
