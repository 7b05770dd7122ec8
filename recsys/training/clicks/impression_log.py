"""The impression log: what our widget showed and what was clicked, as arrays ordered by time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from recsys.corpus import KIND_CODE, Corpus, CorpusView, gather
from recsys.corpus.inverted_index import Ints
from recsys.domain import Kind, to_microseconds
from recsys.store import ClickedImpression


@dataclass(frozen=True)
class ImpressionLog:
    """Impressions in order of time; articles and pages are rows of a corpus, -1 for unknown ones.

    Impression `i` was shown for `pages[i]` on site `sites[site_of[i]]` and has the items `starts[i]` to
    `starts[i + 1]` of `articles`, `positions` and `clicks`; `impression_of` is the impression of each item.
    """

    times: Ints
    pages: Ints
    site_of: Ints
    sites: tuple[str, ...]
    starts: Ints
    articles: Ints
    positions: Ints
    clicks: Ints

    @property
    def impression_of(self) -> Ints:
        return np.repeat(np.arange(len(self.times), dtype=np.int64), np.diff(self.starts))

    @property
    def size(self) -> int:
        """The number of impressions."""
        return len(self.times)

    def sites_of(self, numbers: Ints) -> tuple[str, ...]:
        """The sites of some impressions, sorted."""
        return tuple(sorted({self.sites[code] for code in np.unique(self.site_of[numbers]).tolist()}))


def build_impression_log(view: CorpusView, impressions: Iterable[ClickedImpression] = ()) -> ImpressionLog:
    """The impressions strictly before the moment of a view.

    `impressions` come from the store. A list of kind `served`, as an export of another system contains, is an
    impression as well.
    """
    lists = _from_lists(view)
    events = _from_store(view.corpus, (each for each in impressions if _shown_at(each) < view.moment))
    return _merge(lists, events) if events.size else lists


def _shown_at(clicked: ClickedImpression) -> int:
    return to_microseconds(clicked.impression.shown_at)


def _from_lists(view: CorpusView) -> ImpressionLog:
    lists = view.corpus.lists
    numbers = np.flatnonzero(lists.kinds[: view.list_count] == KIND_CODE[Kind.SERVED])
    which, items = gather(lists.starts[numbers], lists.starts[numbers + 1])
    return ImpressionLog(
        times=lists.times[numbers],
        pages=lists.pages[numbers],
        site_of=lists.source_of[numbers],
        sites=tuple(source.site for source in lists.sources),
        starts=_starts(np.bincount(which, minlength=len(numbers))),
        articles=lists.articles[items],
        positions=lists.positions[items],
        clicks=lists.clicks[items],
    )


def _from_store(corpus: Corpus, impressions: Iterable[ClickedImpression]) -> ImpressionLog:
    rows: dict[str, int] = {}
    sites: dict[str, int] = {}
    times, pages, site_of, lengths = list[int](), list[int](), list[int](), list[int]()
    articles, positions, clicks = list[int](), list[int](), list[int]()

    def row_of(url: str) -> int:
        if url not in rows:
            rows[url] = corpus.row_of.get(url, -1)
        return rows[url]

    for each in impressions:
        shown, clicked = each.impression, set(each.clicked)
        times.append(to_microseconds(shown.shown_at))
        pages.append(row_of(shown.page_url))
        site_of.append(sites.setdefault(shown.site, len(sites)))
        lengths.append(len(shown.items))
        articles += [row_of(url) for url, _ in shown.items]
        positions += range(1, len(shown.items) + 1)
        clicks += [int(position in clicked) for position in range(1, len(shown.items) + 1)]
    return ImpressionLog(
        _ints(times),
        _ints(pages),
        _ints(site_of),
        tuple(sites),
        _starts(_ints(lengths)),
        _ints(articles),
        _ints(positions),
        _ints(clicks),
    )


def _merge(first: ImpressionLog, second: ImpressionLog) -> ImpressionLog:
    """Both logs in order of time; of equal times, the first log's impressions come first."""
    times = np.concatenate([first.times, second.times])
    order = np.argsort(times, kind="stable")
    starts = np.concatenate([first.starts[:-1], second.starts[:-1] + first.starts[-1]])
    lengths = np.concatenate([np.diff(first.starts), np.diff(second.starts)])
    _, items = gather(starts[order], (starts + lengths)[order])
    return ImpressionLog(
        times=times[order],
        pages=np.concatenate([first.pages, second.pages])[order],
        site_of=np.concatenate([first.site_of, second.site_of + len(first.sites)])[order],
        sites=(*first.sites, *second.sites),
        starts=_starts(lengths[order]),
        articles=np.concatenate([first.articles, second.articles])[items],
        positions=np.concatenate([first.positions, second.positions])[items],
        clicks=np.concatenate([first.clicks, second.clicks])[items],
    )


def _starts(lengths: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
