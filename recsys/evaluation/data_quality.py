"""How much was collected, and what of it makes figures less reliable: gaps, missing texts, stale lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from recsys.corpus import Corpus
from recsys.corpus.list_history import Source, source_of_list
from recsys.domain import PAGE_KINDS, Article, Kind
from recsys.store import StoredList

CHANGING: Final = (Kind.POPULAR, Kind.FRONT_PAGE, Kind.LATEST)
"""The kinds of lists that are expected to change within a day."""
STALE = timedelta(days=1)
"""How long such a list may stay the same, or not be observed."""
LATE = timedelta(days=7)
"""How long after its article a list may be observed to show what was chosen for it then."""
MANY = 0.2
"""The share of articles without text or date, or of late lists, from which on there is a warning."""
NAMED = 3
"""Maximum number of lists to name in warnings of one kind."""


KIND_NAMES: Final[Mapping[str, str]] = {
    Kind.POPULAR: "Most read",
    Kind.RELATED: "Related stories",
    Kind.INLINE: "Links in the text",
    Kind.LATEST: "Latest stories",
    Kind.FRONT_PAGE: "Front page",
    Kind.RECOMMENDED: "Other choices",
    Kind.SERVED: "Shown by recsys",
}
"""What editors call the kinds of lists."""


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """Numbers of articles."""

    articles: int
    without_text: int
    undated: int
    """Without a time of publication: their age counts from when they were first seen."""


@dataclass(frozen=True, slots=True)
class KindCounts:
    """Numbers of lists of one kind; a source is a series of lists with one site, title and scope."""

    kind: str
    lists: int
    in_period: int
    sources: int


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What was first seen on a day (UTC) of the period: articles, and lists by kind."""

    day: str
    articles: int
    lists: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StaleSpan:
    """A span in which a list did not change, or, if `is_gap`, was not observed at all."""

    kind: str
    site: str
    title: str | None
    scope: str | None
    starts: datetime
    ends: datetime
    is_gap: bool


@dataclass(frozen=True, slots=True)
class DataQuality:
    """What the evaluation is based on."""

    sites: tuple[str, ...]
    """The sites of the articles, the one with most of them first."""
    store: ArticleCounts
    """All articles that were known before the end of the period."""
    period: ArticleCounts
    """Those that were first seen in it."""
    kinds: tuple[KindCounts, ...]
    days: tuple[DayCounts, ...]
    stale: tuple[StaleSpan, ...]
    """For every list that should change, its longest span above STALE, longest first."""
    judging: int
    """Related lists and links of articles of the period, which are relevance judgments."""
    late: int
    """How many of them were observed more than LATE after their article was published or first seen."""


def measure_data(
    corpus: Corpus, lists: Sequence[StoredList], since: datetime, until: datetime
) -> DataQuality:
    """The quality of what was observed; `lists` are all stored lists, later ones included."""
    articles = [stored.article for stored in corpus.stored]
    new = [article for article in articles if since <= article.first_seen_at < until]
    known = [stored for stored in lists if stored.list.observed_at < until]
    inside = [stored for stored in known if stored.list.observed_at >= since]
    delays = list(_delays(corpus, lists, since, until))
    return DataQuality(
        tuple(site for site, _ in Counter(article.site for article in articles).most_common()),
        _count_articles(articles),
        _count_articles(new),
        tuple(_count_kinds(known, since)),
        tuple(_count_days(new, inside, since, until)),
        tuple(sorted(_stale_spans(inside, until), key=lambda span: span.starts - span.ends)),
        len(delays),
        sum(delay > LATE for delay in delays),
    )


def describe_data(quality: DataQuality) -> tuple[str, ...]:
    """Warnings in words; empty if nothing is conspicuous."""
    return (*_article_warnings(quality), *_list_warnings(quality))


def _count_articles(articles: Sequence[Article]) -> ArticleCounts:
    return ArticleCounts(
        len(articles),
        sum(not article.body for article in articles),
        sum(article.published_at is None for article in articles),
    )


def _count_kinds(lists: Sequence[StoredList], since: datetime) -> Iterator[KindCounts]:
    for kind in Kind:
        mine = [stored.list for stored in lists if stored.list.kind is kind]
        if mine:
            recent = sum(each.observed_at >= since for each in mine)
            yield KindCounts(kind, len(mine), recent, len({source_of_list(each) for each in mine}))


def _count_days(
    articles: Iterable[Article], lists: Iterable[StoredList], since: datetime, until: datetime
) -> Iterator[DayCounts]:
    by_day = Counter(article.first_seen_at.date() for article in articles)
    kinds = Counter((stored.list.observed_at.date(), stored.list.kind) for stored in lists)
    day, last = since.date(), (until - timedelta(microseconds=1)).date()
    while day <= last:
        counts = {str(kind): kinds[day, kind] for kind in Kind if kinds[day, kind]}
        yield DayCounts(day.isoformat(), by_day[day], counts)
        day += timedelta(days=1)


def _stale_spans(lists: Iterable[StoredList], until: datetime) -> Iterator[StaleSpan]:
    """The longest span of each source in which it did not change or was not observed."""
    by_source: dict[Source, list[StoredList]] = {}
    for stored in lists:
        if stored.list.kind in CHANGING:
            by_source.setdefault(source_of_list(stored.list), []).append(stored)
    for source, series in by_source.items():
        series.sort(key=lambda stored: stored.list.observed_at)
        spans = [*_unchanged(series), *_gaps(series, until)]
        start, end, is_gap = max(spans, key=lambda span: span[1] - span[0])
        if end - start > STALE:
            yield StaleSpan(source.kind, source.site, source.title, source.scope, start, end, is_gap)


def _unchanged(series: Sequence[StoredList]) -> Iterator[tuple[datetime, datetime, bool]]:
    start = series[0].list.observed_at
    for one, other in pairwise(series):
        if one.article_ids != other.article_ids or other.list.observed_at - one.list.observed_at > STALE:
            start = other.list.observed_at
        yield start, other.list.observed_at, False


def _gaps(series: Sequence[StoredList], until: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    times = [*(stored.list.observed_at for stored in series), until]
    return ((one, other, True) for one, other in pairwise(times))


def _delays(
    corpus: Corpus, lists: Iterable[StoredList], since: datetime, until: datetime
) -> Iterator[timedelta]:
    """How long after their articles the lists were observed that judge articles of the period."""
    articles = {stored.id: stored.article for stored in corpus.stored}
    for stored in lists:
        if stored.list.kind not in PAGE_KINDS or stored.page_article_id not in articles:
            continue
        article = articles[stored.page_article_id]
        if since <= article.first_seen_at < until:
            born = min(article.published_at or article.first_seen_at, article.first_seen_at)
            yield stored.list.observed_at - born


def _article_warnings(quality: DataQuality) -> Iterator[str]:
    counts, when = quality.store, "of 100 known articles have no"
    if counts.without_text > MANY * counts.articles:
        share = _of_hundred(counts.without_text, counts.articles)
        yield (
            f"{share} {when} text: only their headlines can show what they are related to. Ask your web team"
            " to supply the text."
        )
    if counts.undated > MANY * counts.articles:
        share = _of_hundred(counts.undated, counts.articles)
        yield (
            f"{share} {when} time of publication: their age counts from when they were first seen. Ask your"
            " web team to supply the publication time."
        )


def _list_warnings(quality: DataQuality) -> Iterator[str]:
    empty = [each.day for each in quality.days if not each.articles and not each.lists]
    if empty:
        yield (
            f"Nothing was observed on {len(empty):,} of {len(quality.days):,} days, the first {empty[0]}."
            " Check that the site is read every day."
        )
    for is_gap, what, check in (
        (False, "did not change", "Check that the site still updates it."),
        (True, "was not observed", "Check that it is still on the page and is read every day."),
    ):
        spans = [span for span in quality.stale if span.is_gap is is_gap]
        for span in spans[:NAMED]:
            hours = (span.ends - span.starts) / timedelta(hours=1)
            how_long = f"{hours:,.0f} hours" if hours < 72 else f"{hours / 24:,.0f} days"
            start = f"{span.starts.day} {span.starts:%B, %H:%M} UTC"
            less = f"from {start}: figures on it are less reliable. {check}"
            yield f"{_name(span)} {what} for {how_long} {less}"
        if len(spans) > NAMED:
            yield f"{len(spans) - NAMED:,} more lists {what.replace('was', 'were')} for more than a day."
    if quality.judging and quality.late > MANY * quality.judging:
        yield (
            f"{_of_hundred(quality.late, quality.judging)} of 100 related lists and links were observed more"
            f" than {LATE.days} days after their article: editors may have changed them since."
            " Read new articles within a few days."
        )


def _name(span: StaleSpan) -> str:
    title = f" “{span.title}”" if span.title else ""
    scope = f" for {span.scope}" if span.scope else ""
    kind = KIND_NAMES.get(span.kind, span.kind).lower()
    return f"The list{title} ({kind}{scope}) of {span.site}"


def _of_hundred(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}"
