"""A corpus: everything known strictly before a moment, ordered by time; and views of earlier moments."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.corpus.analysis import FIELDS, count_fields
from recsys.corpus.article_table import ArticleTable
from recsys.corpus.inverted_index import TEXT_FIELDS, Ints, InvertedIndex, index_fields
from recsys.corpus.list_history import LinkHistory, ListHistory, list_columns
from recsys.corpus.popularity_model import DAY, Outcomes, PopularityPredictions, outcomes_of, predict_all
from recsys.corpus.stored_fields import NEVER, digest_article, hash_address
from recsys.corpus.term_segments import TermVector, WeightedTerms, weigh_terms
from recsys.domain import LATEST_STORED, Article, Kind, format_time, from_microseconds, to_microseconds
from recsys.errors import LookAheadError, UnknownArticleError
from recsys.store import Store, StoredArticle, StoredList


@dataclass(frozen=True, slots=True)
class Query:
    """The article being read: its terms in every field, and its row, -1 if it is not stored."""

    article: Article
    row: int
    vectors: dict[str, TermVector]

    @property
    def words(self) -> NDArray[np.int32]:
        """The distinct terms of its text and of the fields compared with the text, as sorted columns.

        Such a field may have terms that the text lacks: the lead is cut inside a very long word, and a
        headline of function words alone keeps them.
        """
        return np.unique(np.concatenate([self.vectors[name].columns for name in ("text", *TEXT_FIELDS)]))


class Corpus:
    """Articles in order of `first_seen_at`, with their terms, lists and links, as known before `as_of`."""

    def __init__(
        self,
        articles: ArticleTable,
        terms: dict[str, InvertedIndex],
        lists: ListHistory,
        as_of: datetime | None,
        *,
        earlier: Corpus | None = None,
        known_predictions: tuple[PopularityPredictions | None, int] = (None, 0),
        unpublished: Collection[str] = (),
    ) -> None:
        """Without `as_of` it contains everything, and can be viewed as of any moment.

        `earlier` is a corpus that begins with the same articles; if it has the same lists, its links are
        reused. `known_predictions` are earlier predictions, and the row up to which they are valid. Stories
        at the `unpublished` addresses remain training examples but are no candidates.
        """
        self.as_of, self.articles, self.terms, self.lists = as_of, articles, terms, lists
        self.size, self.stored, self.row_of = articles.size, articles.stored, articles.row_of
        self.first_seen, self.page_seen = articles.first_seen, articles.page_seen
        self.published = articles.published
        self.formats, self.body_lengths = articles.formats, articles.body_lengths
        self.sections, self.section_codes = articles.sections, articles.section_codes
        same = earlier if earlier is not None and earlier.lists is lists else None
        self.links: LinkHistory = same.links if same else LinkHistory(lists, self.size)
        self.boxes: LinkHistory = same.boxes if same else LinkHistory(lists, self.size, {Kind.RELATED})
        self._unpublished = _known_rows(articles, unpublished)
        self._headline_seen: Ints = (
            np.minimum(self.page_seen, lists.named_at(self.size))
            if same is None
            else np.concatenate([same._headline_seen, self.page_seen[same.size :]])
        )
        self.named_at = _never_at(self._headline_seen, self._unpublished)
        """When each article was first seen with a headline or as a page, NEVER if it is no candidate."""
        self._known_predictions = known_predictions
        self._predictions: list[PopularityPredictions] = []  # one at most, shared with copies of the corpus

    @classmethod
    def of(
        cls,
        articles: Iterable[StoredArticle],
        lists: Iterable[StoredList],
        as_of: datetime,
        *,
        analysed: Corpus | None = None,
        unpublished: Collection[str] = (),
    ) -> Corpus:
        """Build a corpus in memory; term counts of unchanged articles are taken from `analysed`."""
        table = ArticleTable.of(articles)
        known = [each.article for each in table.stored]
        counts = count_fields(known) if analysed is None else _count_changed(known, analysed)
        terms = index_fields(counts)
        return cls(table, terms, _list_history(lists, table), as_of, unpublished=unpublished)

    @classmethod
    def load(
        cls, store: Store, as_of: datetime, *, first_texts: bool = False, analysed: Corpus | None = None
    ) -> Corpus:
        """Build the corpus of what a store knew strictly before the moment.

        To view earlier moments use `first_texts`: articles have their first text, because later texts were
        not known then, and none is unpublished.
        """
        articles = store.read_articles(before=as_of, first_texts=first_texts)
        unpublished = () if first_texts else store.unpublished(before=as_of)
        return cls.of(
            articles, store.read_lists(before=as_of), as_of, analysed=analysed, unpublished=unpublished
        )

    def __repr__(self) -> str:
        as_of = "" if self.as_of is None else f", as of {format_time(self.as_of)}"
        return f"<Corpus: {self.size:,} articles, {len(self.lists.times):,} lists{as_of}>"

    @cached_property
    def last_story_times(self) -> Ints:
        """The latest time of publication or first sighting of the articles up to each row."""
        published = np.where(self.published == NEVER, self.first_seen, self.published)
        return np.maximum.accumulate(np.maximum(self.first_seen, published))

    @cached_property
    def last_page_seen(self) -> int:
        """When the last of the pages was first seen."""
        return int(self.page_seen.max(where=self.page_seen != NEVER, initial=0))

    def predict_popularity(self) -> PopularityPredictions:
        """The predicted popularity (`OUTCOMES`) of each article at its arrival, by headline and by text.

        Learnt from articles with a headline, or a page, within a day: later ones were not known by then. Not
        from those published more than a day before they were first seen, whose first day was not observed.
        Computed once for the corpus and its copies.
        """
        if not self._predictions:
            base, until = self._known_predictions
            first = 0 if base is None else base.learnt(until)
            outcomes, seen = outcomes_of(self.lists, self.first_seen, first), self.first_seen
            end = seen[first:] + DAY
            known = {"headline": self._headline_seen[first:] < end, "text": self.page_seen[first:] < end}
            is_new = ~(known["text"] & (self.published[first:] < seen[first:] - DAY))
            by_field = {
                name: Outcomes(seen, outcomes, is_known & is_new, first) for name, is_known in known.items()
            }
            self._predictions.append(predict_all(self.terms, by_field, base, until))
        return self._predictions[0]

    @property
    def known_predictions(self) -> tuple[PopularityPredictions | None, int]:
        """The predictions computed so far, and the row up to which they are valid."""
        return (self._predictions[0], self.size) if self._predictions else self._known_predictions

    def at(self, moment: datetime) -> CorpusView:
        """The corpus as it was at a moment, not later than its own `as_of`."""
        if self.as_of is not None and moment > self.as_of:
            raise LookAheadError(
                f"{format_time(moment)} is later than the corpus, which ends before {format_time(self.as_of)}"
            )
        return CorpusView(self, to_microseconds(moment))

    def at_microseconds(self, moment: int) -> CorpusView:
        """The corpus as it was at a moment in microseconds since 1970."""
        return self.at(from_microseconds(moment))

    def whole(self) -> CorpusView:
        """A view of the whole corpus."""
        return CorpusView(self, LATEST_STORED + 1 if self.as_of is None else to_microseconds(self.as_of))

    def until(self, as_of: datetime | None) -> Corpus:
        """A copy for moments up to another `as_of` (None: any), between which nothing was seen."""
        other = copy.copy(self)
        other.as_of = as_of
        return other

    def with_unpublished(self) -> Corpus:
        """A copy in which no article is unpublished."""
        other = copy.copy(self)
        other._unpublished, other.named_at = self._unpublished[:0], self._headline_seen
        return other

    def is_unpublished(self, row: int) -> bool:
        """Whether the newsroom unpublished the article, which is then never recommended."""
        return row in self._unpublished

    def shown(self, row: int) -> Article:
        """An article as a list shows it: without its body, whose opening replaces a missing headline."""
        return self.articles.shown(row)

    def query(self, article: Article) -> Query:
        """An article as a query; it need not be stored."""
        row = self.row_of.get(article.url, -1)
        if row < 0 or not _has_text(self, row, article):
            return Query(article, row, term_vectors(article))
        return Query(article, row, self._vectors(row))

    def query_row(self, row: int) -> Query:
        """A stored article as a query, without reading its body: its terms come from the index."""
        return Query(self.shown(row), row, self._vectors(row))

    def article(self, url: str) -> Article:
        """The article with that canonical address."""
        if url not in self.row_of:
            when = "" if self.as_of is None else f" before {format_time(self.as_of)}"
            raise UnknownArticleError(f"unknown article {url}: it was not seen{when}")
        return self.stored[self.row_of[url]].article

    def _vectors(self, row: int) -> dict[str, TermVector]:
        return {name: self.terms[name].row_vector(row) for name in FIELDS}


def term_vectors(article: Article) -> dict[str, TermVector]:
    """The terms of an article in every field."""
    counts = count_fields([article])
    return {name: InvertedIndex.vector(counts[name]) for name in FIELDS}


def _count_changed(articles: Sequence[Article], analysed: Corpus) -> dict[str, sparse.csr_matrix]:
    """Term counts of articles, taken from a corpus for those that it contains with the same text."""
    rows = [analysed.row_of.get(article.url, -1) for article in articles]
    same = np.array(
        [row >= 0 and _has_text(analysed, row, article) for row, article in zip(rows, articles, strict=True)],
        dtype=bool,
    )
    changed = count_fields([articles[at] for at in np.flatnonzero(~same).tolist()])
    order = np.argsort(np.concatenate([np.flatnonzero(same), np.flatnonzero(~same)]))
    unchanged = np.array(rows, dtype=np.int64)[same]
    return {
        name: sparse.vstack([analysed.terms[name].counts_of(unchanged), changed[name]], format="csr")[order]
        for name in FIELDS
    }


def _has_text(corpus: Corpus, row: int, article: Article) -> bool:
    """Whether the article of a row says exactly the same as this one."""
    return corpus.articles.digest(row) == digest_article(article)


def _list_history(lists: Iterable[StoredList], table: ArticleTable) -> ListHistory:
    row_of_id = {a.id: row for row, a in enumerate(table.stored)}
    ordered = sorted(lists, key=lambda x: (x.list.observed_at, x.id))
    return ListHistory(
        list_columns(
            [x.list for x in ordered],
            [[row_of_id.get(i, -1) for i in x.article_ids] for x in ordered],
            [-1 if x.page_article_id is None else row_of_id.get(x.page_article_id, -1) for x in ordered],
        )
    )


def _known_rows(table: ArticleTable, urls: Iterable[str]) -> Ints:
    """The rows of those addresses that are articles of the table."""
    rows = table.rows_of_addresses(np.array([hash_address(url) for url in urls], dtype=np.uint64))
    known: Ints = rows[rows >= 0]
    return known


def _never_at(times: Ints, rows: Ints) -> Ints:
    """A copy of the times with NEVER at some rows."""
    if not len(rows):
        return times
    changed = times.copy()
    changed[rows] = NEVER
    return changed


class CorpusView:
    """What a corpus knew strictly before a moment: a prefix of its articles and of its lists."""

    def __init__(self, corpus: Corpus, moment: int) -> None:
        self.corpus, self.moment = corpus, moment
        self.size = int(np.searchsorted(corpus.first_seen, moment, side="left"))
        self.list_count = corpus.lists.before(moment)

    def __repr__(self) -> str:
        return f"<CorpusView: {self.size:,} articles, as of {format_time(self.as_of)}>"

    @property
    def as_of(self) -> datetime:
        """The moment of the view."""
        return from_microseconds(self.moment)

    @cached_property
    def page_came_later(self) -> NDArray[np.bool_]:
        """Which articles of the view have a page first seen at the moment or later; shape (size,)."""
        seen = self.corpus.page_seen[: self.size]
        later: NDArray[np.bool_] = (seen >= self.moment) & (seen != NEVER)
        return later

    @property
    def any_page_came_later(self) -> bool:
        """Whether there is any such article."""
        return self.moment <= self.corpus.last_page_seen and bool(self.page_came_later.any())

    def came_later(self, rows: Ints) -> NDArray[np.bool_]:
        """Which of some articles have a page first seen at the moment or later; shape (rows,)."""
        if self.moment > self.corpus.last_page_seen:
            return np.zeros(len(rows), dtype=np.bool_)
        seen = self.corpus.page_seen[rows]
        later: NDArray[np.bool_] = (seen >= self.moment) & (seen != NEVER)
        return later

    def story_times(self, rows: Ints | slice) -> Ints:
        """When each article was published, as far as was known; else when it was first seen; shape (rows,).

        The time of publication is known once the page was seen, and counts unless it is in the future.
        """
        corpus = self.corpus
        published = corpus.published[rows]
        is_known = (published < self.moment) & (corpus.page_seen[rows] < self.moment)
        return np.where(is_known, published, corpus.first_seen[rows])

    def since(self, window: timedelta | None) -> int:
        """A row before which no story is within a window of time before the moment."""
        if window is None:
            return 0
        return int(np.searchsorted(self.corpus.last_story_times, self.edge_of(window), side="left"))

    def edge_of(self, window: timedelta) -> int:
        """The beginning of a window of time before the moment, in microseconds."""
        return self.moment - window // timedelta(microseconds=1)

    def current_lists(self, moment: int) -> Ints:
        """The last list of every source before a moment, without lists of single articles."""
        if moment > self.moment:
            raise LookAheadError("the moment of the lists is later than the view's")
        lists = self.corpus.lists
        latest = [lists.latest(s, moment) for s in range(len(lists.sources)) if lists.follows[s]]
        return np.array([number for number in latest if number >= 0], dtype=np.int64)

    def weigh(self, query: Query) -> dict[str, WeightedTerms]:
        """The terms of a query, weighted with the document frequencies of the moment."""
        terms, vectors, size = self.corpus.terms, query.vectors, self.size
        columns = query.words
        frequencies = terms["text"].document_frequencies(columns, size)
        return {
            name: weigh_terms(
                vector,
                frequencies[np.searchsorted(columns, vector.columns)]
                if name == "text" or name in TEXT_FIELDS
                else terms[name].document_frequencies(vector.columns, size),
                size,
            )
            for name, vector in vectors.items()
        }

    def hours_since(self, times: Ints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Hours from each time to the moment."""
        result: np.ndarray[tuple[int], np.dtype[np.float64]] = (self.moment - times) / 3.6e9
        return result
