"""The history of lists by time: the lists of every source, the sightings of every article, and links."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import PAGE_KINDS, Kind, RankedList, to_microseconds

KINDS = tuple(Kind)
HOUR = 3_600_000_000
KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Source:
    """A series of lists, each replacing the one before: same site, kind, scope and title."""

    site: str
    kind: Kind
    scope: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Sightings:
    """Sightings of articles: index of the queried article, time in microseconds, list and item."""

    which: Ints
    times: Ints
    lists: Ints
    items: Ints


@dataclass(frozen=True)
class ListColumns:
    """Lists in order of (observed_at, id) as plain arrays; `articles` and `pages` are rows, -1 for none.

    List `i` belongs to source `sources[source_of[i]]` and has the next `lengths[i]` items.
    """

    times: Ints
    source_of: Ints
    sources: tuple[Source, ...]
    pages: Ints
    lengths: Ints
    articles: Ints
    positions: Ints
    clicks: Ints


def list_columns(
    lists: Sequence[RankedList], articles: Sequence[Sequence[int]], pages: Sequence[int]
) -> ListColumns:
    """The columns of lists, given the row of every item and of every page."""
    numbers: dict[Source, int] = {}
    source_of = [numbers.setdefault(source_of_list(ranked), len(numbers)) for ranked in lists]
    return ListColumns(
        times=np.array([to_microseconds(ranked.observed_at) for ranked in lists], dtype=np.int64),
        source_of=np.array(source_of, dtype=np.int64),
        sources=tuple(numbers),
        pages=np.array(pages, dtype=np.int64),
        lengths=np.array([len(ranked.items) for ranked in lists], dtype=np.int64),
        articles=np.array([a for row in articles for a in row], dtype=np.int64),
        positions=np.array([item.position for ranked in lists for item in ranked.items], dtype=np.int64),
        clicks=np.array([item.clicks for ranked in lists for item in ranked.items], dtype=np.int64),
    )


def source_of_list(ranked: RankedList) -> Source:
    """The source that a list belongs to."""
    return Source(ranked.site, ranked.kind, ranked.scope, ranked.title)


class ListHistory:
    """Ranked lists in order of observation.

    List `i` shows the articles `articles[starts[i]:starts[i + 1]]` (-1: not in the corpus) at `positions`;
    `places` are position scores, 1 at the top. `pages[i]` is the article that the list belongs to, or -1.
    """

    def __init__(self, columns: ListColumns) -> None:
        self.times, self.pages, self.source_of = columns.times, columns.pages, columns.source_of
        self.sources = columns.sources
        kind_of = np.array([KIND_CODE[source.kind] for source in self.sources], dtype=np.int8)
        self.kinds = kind_of[self.source_of]
        self.by_readers = self.kinds == KIND_CODE[Kind.POPULAR]
        lengths = columns.lengths
        self.starts = np.concatenate([[0], np.cumsum(lengths)])
        self.articles, self.positions, self.clicks = columns.articles, columns.positions, columns.clicks
        longest = np.maximum.reduceat(self.positions, self.starts[:-1]) if len(lengths) else self.positions
        self.places = (1 - (self.positions - 1) / np.repeat(np.maximum(longest, 10), lengths)).astype(
            np.float32
        )
        self.list_of = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
        of_one_page = PAGE_KINDS | {Kind.SERVED}  # lists of different pages do not replace each other
        self.follows = [source.kind not in of_one_page for source in self.sources]
        self.standalone = np.array(self.follows, dtype=bool)[self.source_of]
        order = np.argsort(self.source_of, kind="stable")
        counts = np.bincount(self.source_of, minlength=len(self.sources))
        self._by_source = np.split(order, np.cumsum(counts)[:-1]) if len(counts) else []
        self._index_sightings()

    def _index_sightings(self) -> None:
        highest = int(self.articles.max(initial=-1))
        order = np.argsort(self.articles, kind="stable")
        self._sighting_order = order[self.articles[order] >= 0]
        counts = np.bincount(self.articles[self.articles >= 0], minlength=highest + 1)
        self._sighting_starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def named_at(self, size: int) -> Ints:
        """When each article was first listed under a headline; the words of an inline link do not count."""
        times = np.full(size, np.iinfo(np.int64).max)
        headline = (self.kinds[self.list_of] != KIND_CODE[Kind.INLINE]) & (self.articles >= 0)
        np.minimum.at(times, self.articles[headline], self.times[self.list_of[headline]])
        return times

    def before(self, moment: int) -> int:
        """The number of lists observed strictly before the moment (microseconds)."""
        return int(np.searchsorted(self.times, moment, side="left"))

    def latest(self, source: int, moment: int) -> int:
        """The last list of a source observed strictly before the moment, or -1."""
        members = self._by_source[source]
        at = int(np.searchsorted(self.times[members], moment, side="left"))
        return int(members[at - 1]) if at else -1

    def next_after(self, number: int, hours: int) -> int:
        """The source's first list from half an hour before to an hour after `hours` later, or -1."""
        members = self._by_source[int(self.source_of[number])]
        earliest = self.times[number] + (hours - 0.5) * HOUR
        at = int(np.searchsorted(self.times[members], earliest, side="left"))
        is_in_time = at < len(members) and self.times[members[at]] < earliest + 1.5 * HOUR
        return int(members[at]) if is_in_time else -1

    def items(self, number: int) -> tuple[Ints, Floats]:
        """Articles and position scores of one list, without entries that are not in the corpus."""
        part = slice(self.starts[number], self.starts[number + 1])
        known = self.articles[part] >= 0
        return self.articles[part][known], self.places[part][known]

    def sightings(self, rows: Ints, moment: int) -> Sightings:
        """All sightings of the given articles strictly before the moment, ordered by article, then time."""
        last = len(self._sighting_starts) - 1
        seen = rows < last
        start = np.where(seen, self._sighting_starts[np.minimum(rows, last)], 0)
        end = np.where(seen, self._sighting_starts[np.minimum(rows + 1, last)], 0)
        which, at = gather(start, end)
        item = self._sighting_order[at]
        number = self.list_of[item]
        is_earlier = self.times[number] < moment
        item, number = item[is_earlier], number[is_earlier]
        return Sightings(which[is_earlier], self.times[number], number, item)


class LinkHistory:
    """Directed edges from an article to the articles that its related boxes and in-text links lead to.

    An edge exists from the first time it was seen; it can be followed in both directions.
    """

    def __init__(self, lists: ListHistory, size: int, kinds: Set[Kind] = PAGE_KINDS) -> None:
        """The edges in lists of these kinds, between the first `size` articles."""
        codes = [KIND_CODE[kind] for kind in kinds]
        number = lists.list_of
        source, target = lists.pages[number], lists.articles
        is_edge = np.isin(lists.kinds[number], codes) & (source >= 0) & (target >= 0) & (source != target)
        source, target, times = source[is_edge], target[is_edge], lists.times[number][is_edge]
        _, first = np.unique(source * size + target, return_index=True)
        self._out = _Adjacency(source[first], target[first], times[first], size)
        self._in = _Adjacency(target[first], source[first], times[first], size)

    def targets(self, rows: Ints, moment: int) -> tuple[Ints, Ints, Ints]:
        """Edges from the given articles seen before the moment: index into `rows`, target, time."""
        return self._out.neighbours(rows, moment)

    def origins(self, rows: Ints, moment: int) -> tuple[Ints, Ints, Ints]:
        """Edges to the given articles seen before the moment: index into `rows`, origin, time."""
        return self._in.neighbours(rows, moment)


class _Adjacency:
    def __init__(self, keys: Ints, others: Ints, times: Ints, size: int) -> None:
        order = np.lexsort((others, keys))
        self._others, self._times = others[order], times[order]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=size))]).astype(np.int64)

    def neighbours(self, rows: Ints, moment: int) -> tuple[Ints, Ints, Ints]:
        last = len(self._starts) - 1  # rows added later have no edges
        which, at = gather(self._starts[np.minimum(rows, last)], self._starts[np.minimum(rows + 1, last)])
        is_earlier = self._times[at] < moment
        return which[is_earlier], self._others[at][is_earlier], self._times[at][is_earlier]


def gather(starts: Ints, ends: Ints) -> tuple[Ints, NDArray[np.int64]]:
    """For each index in the slices [start, end), flattened: the number of its slice, and the index."""
    lengths = ends - starts
    which = np.repeat(np.arange(len(starts), dtype=np.int64), lengths)
    offset = np.cumsum(lengths) - lengths
    return which, np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(starts - offset, lengths)
