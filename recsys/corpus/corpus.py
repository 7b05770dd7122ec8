"""Everything known strictly before a moment, ordered by time; and views of earlier moments."""

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
from recsys.corpus.field_indexes import PARTS, index_fields
from recsys.corpus.inverted_index import Floats, Ints, InvertedIndex
from recsys.corpus.link_history import LinkHistory
from recsys.corpus.list_history import ListHistory, list_columns
from recsys.corpus.popularity_model import DAY, Outcomes, PopularityPredictions, outcomes_of, predict_all
from recsys.corpus.stored_fields import NEVER, ArticleSummary, digest_article
from recsys.corpus.term_weights import TermVector, WeightedTerms, weigh_terms
from recsys.corpus.unpublished_rows import never_at, rows_at
from recsys.domain import LATEST_STORED, Article, Kind, format_time, from_microseconds, to_microseconds
from recsys.errors import LookAheadError, UnknownArticleError
from recsys.store import Store, StoredArticle, StoredList


@dataclass(frozen=True, slots=True)
class Query:
    """The article being read, ready to be compared: its terms in every field, its row if it is stored."""

    article: Article
    row: int
    vectors: dict[str, TermVector]

    @property
    def words(self) -> NDArray[np.int32]:
        """The terms of its text and of the parts that are compared with it; columns, rising, each once.

        A part may have terms that the text has not: the lead ends in the middle of a word that is longer than
        it, and a headline of function words alone keeps them.
        """
        return np.unique(np.concatenate([self.vectors[name].columns for name in ("text", *PARTS)]))


class Corpus:
    """Articles in order of `first_seen_at`, with their terms, lists and links, known before `as_of`."""

    def __init__(
        self,
        articles: ArticleTable,
        terms: dict[str, InvertedIndex],
        lists: ListHistory,
        as_of: datetime | None,
        *,
        earlier: Corpus | None = None,
        known_predictions: tuple[PopularityPredictions | None, int] = (None, 0),
        withdrawn: Collection[str] = (),
    ) -> None:
        """Without `as_of` it holds all there is, and can be asked as of any moment.

        `earlier` is one that begins with the same articles: with the same lists, its links are taken over.

        `known_predictions` is what was foretold before, and the row up to which it holds. The stories at `withdrawn`
        teach what they taught, and are no candidates.
        """
        self._promised, self._foretold = known_predictions, list[PopularityPredictions]()
        self.as_of, self.articles, self.terms, self.lists = as_of, articles, terms, lists
        self.size, self.stored, self.row_of = articles.size, articles.stored, articles.row_of
        self.first_seen, self.page_seen = articles.first_seen, articles.page_seen
        self.forms, self.body_lengths = articles.forms, articles.body_lengths
        self.sections, self.section_codes = articles.sections, articles.section_codes
        same = earlier if earlier is not None and earlier.lists is lists else None
        self.links: LinkHistory = same.links if same else LinkHistory(lists, self.size)
        self.boxes: LinkHistory = same.boxes if same else LinkHistory(lists, self.size, {Kind.RELATED})
        self._withdrawn = rows_at(articles, withdrawn)
        self._printed_at = (
            np.minimum(self.page_seen, lists.named_at(self.size)) if same is None else same.printed_at(self)
        )
        self.named_at = never_at(self._printed_at, self._withdrawn)

    @classmethod
    def of(
        cls,
        articles: Iterable[StoredArticle],
        lists: Iterable[StoredList],
        as_of: datetime,
        *,
        counted: Corpus | None = None,
        withdrawn: Collection[str] = (),
    ) -> Corpus:
        """Made of what is in memory; `counted` is one that has counted some of the articles' terms.

        `withdrawn` are addresses of stories that are never candidates.
        """
        table = ArticleTable.of(articles)
        known = [each.article for each in table.stored]
        counts = count_fields(known) if counted is None else counted.recount(known)
        terms = index_fields(counts)
        return cls(table, terms, _history(lists, table), as_of, withdrawn=withdrawn)

    @classmethod
    def load(
        cls, store: Store, as_of: datetime, *, first_texts: bool = False, counted: Corpus | None = None
    ) -> Corpus:
        """Read from a store what was known strictly before the moment.

        For questions about earlier moments take `first_texts`: stories say what they first said, because
        what they said later was not known then. Nor were they withdrawn.
        """
        articles = store.read_articles(before=as_of, first_texts=first_texts)
        lists = store.read_lists(before=as_of)
        withdrawn = () if first_texts else store.withdrawn(before=as_of)
        return cls.of(articles, lists, as_of, counted=counted, withdrawn=withdrawn)

    def recount(self, articles: Sequence[Article]) -> dict[str, sparse.csr_matrix]:
        """Term counts of articles, those taken over that this archive holds with just the same text."""
        rows = [self.row_of.get(article.url, -1) for article in articles]
        same = np.array(
            [row >= 0 and self.holds(row, article) for row, article in zip(rows, articles, strict=True)],
            dtype=bool,
        )
        fresh = count_fields([articles[at] for at in np.flatnonzero(~same).tolist()])
        order = np.argsort(np.concatenate([np.flatnonzero(same), np.flatnonzero(~same)]))
        held = np.array(rows, dtype=np.int64)[same]
        return {
            name: sparse.vstack([self.terms[name].counts_of(held), fresh[name]], format="csr")[order]
            for name in FIELDS
        }

    @cached_property
    def last_page_seen(self) -> int:
        """When the last of the pages was first seen."""
        return int(self.page_seen.max(where=self.page_seen != NEVER, initial=0))

    @property
    def predicted_popularity(self) -> dict[str, Floats]:
        """What is foretold of each article at its arrival (`OUTCOMES`), by its headline and by its text.

        Learnt from what had a headline, or a page, within a day: what comes later was not known by then.
        """
        return self.popularity_predictions.values

    @property
    def popularity_predictions(self) -> PopularityPredictions:
        """The same with what is needed to go on from it; made once for the archive and its copies."""
        if not self._foretold:
            self._foretold.append(self._predict_popularity())
        return self._foretold[0]

    def _predict_popularity(self) -> PopularityPredictions:
        base, until = self._promised
        first = 0 if base is None else base.taught(until)
        outcomes, end = outcomes_of(self.lists, self.first_seen, first), self.first_seen[first:] + DAY
        became = {
            "headline": Outcomes(self.first_seen, outcomes, self._printed_at[first:] < end, first),
            "text": Outcomes(self.first_seen, outcomes, self.page_seen[first:] < end, first),
        }
        return predict_all(self.terms, became, base, until)

    def printed_at(self, later: Corpus) -> Ints:
        """When each article of a later archive with the same lists was first seen under a headline."""
        return np.concatenate([self._printed_at, later.page_seen[self.size :]])

    @property
    def known_predictions(self) -> tuple[PopularityPredictions | None, int]:
        """What was foretold so far, without doing it now, and the row up to which it holds."""
        return (self.popularity_predictions, self.size) if self._foretold else self._promised

    def at(self, moment: datetime) -> CorpusView:
        """The archive as it was at a moment, not later than its own `as_of`."""
        if self.as_of is not None and moment > self.as_of:
            raise LookAheadError(
                f"{format_time(moment)} is later than {format_time(self.as_of)}, before which all was seen"
            )
        return CorpusView(self, to_microseconds(moment))

    def whole(self) -> CorpusView:
        """All of it, as a view."""
        return CorpusView(self, LATEST_STORED + 1 if self.as_of is None else to_microseconds(self.as_of))

    def at_microseconds(self, moment: int) -> CorpusView:
        """The same for a moment in microseconds since 1970."""
        return self.at(from_microseconds(moment))

    def until(self, as_of: datetime | None) -> Corpus:
        """The same archive for questions before another moment (None: any); no more was seen up to it."""
        other = copy.copy(self)
        other.as_of = as_of
        return other

    def holds(self, row: int, article: Article) -> bool:
        """Whether the article of a row says just the same as this one."""
        return self.articles.digest(row) == digest_article(article)

    def with_all(self) -> Corpus:
        """The same archive as if nothing had been withdrawn."""
        other = copy.copy(self)
        other._withdrawn, other.named_at = self._withdrawn[:0], self._printed_at
        return other

    def is_withdrawn(self, row: int) -> bool:
        """Whether the newsroom took the story back: it is known, and shown beside none."""
        return row in self._withdrawn

    def shown(self, row: int) -> Article:
        """An article as a list shows it: without its body, whose opening stands for a headline."""
        return self.articles.shown(row)

    def summary(self, row: int) -> ArticleSummary:
        """The same as it lies in the file, for those who look at many."""
        return self.articles.summary(row)

    def query(self, article: Article) -> Query:
        """Make an article ready to be compared; it need not be stored."""
        row = self.row_of.get(article.url, -1)
        counts = count_fields([article])
        return Query(article, row, {name: InvertedIndex.vector(counts[name]) for name in FIELDS})

    def query_for(self, article: Article) -> Query:
        """An article as a query: from its row when the archive holds just that text, else made ready anew."""
        row = self.row_of.get(article.url, -1)
        if row < 0 or not self.holds(row, article):
            return self.query(article)
        return Query(article, row, self._vectors(row))

    def query_row(self, row: int) -> Query:
        """A stored article as a query; `Query.article` is what is shown of it, the terms are those of all."""
        return Query(self.shown(row), row, self._vectors(row))

    def article(self, url: str) -> Article:
        """The article with that canonical address."""
        if url not in self.row_of:
            when = "is known" if self.as_of is None else f"was known before {format_time(self.as_of)}"
            raise UnknownArticleError(f"no article {url} {when}")
        return self.stored[self.row_of[url]].article

    def _vectors(self, row: int) -> dict[str, TermVector]:
        return {name: self.terms[name].row_vector(row) for name in FIELDS}


def _history(lists: Iterable[StoredList], table: ArticleTable) -> ListHistory:
    row_of_id = {a.id: row for row, a in enumerate(table.stored)}
    ordered = sorted(lists, key=lambda x: (x.list.observed_at, x.id))
    return ListHistory(
        list_columns(
            [x.list for x in ordered],
            [[row_of_id.get(i, -1) for i in x.article_ids] for x in ordered],
            [-1 if x.page_article_id is None else row_of_id.get(x.page_article_id, -1) for x in ordered],
        )
    )


class CorpusView:
    """What an archive knew strictly before a moment: a prefix of its articles and of its lists."""

    def __init__(self, corpus: Corpus, moment: int) -> None:
        self.corpus, self.moment = corpus, moment
        self.size = int(np.searchsorted(corpus.first_seen, moment, side="left"))
        self.list_count = corpus.lists.before(moment)

    @property
    def as_of(self) -> datetime:
        """The moment of the view."""
        return from_microseconds(self.moment)

    @cached_property
    def page_came_later(self) -> NDArray[np.bool_]:
        """Which of the view's articles have a page that was seen at the moment or after; shape (size,)."""
        seen = self.corpus.page_seen[: self.size]
        later: NDArray[np.bool_] = (seen >= self.moment) & (seen != NEVER)
        return later

    @property
    def any_page_came_later(self) -> bool:
        """Whether there is any such article."""
        return self.moment <= self.corpus.last_page_seen and bool(self.page_came_later.any())

    def came_later(self, rows: Ints) -> NDArray[np.bool_]:
        """Which of some articles have a page that was seen at the moment or after; shape (rows,)."""
        if self.moment > self.corpus.last_page_seen:
            return np.zeros(len(rows), dtype=np.bool_)
        seen = self.corpus.page_seen[rows]
        later: NDArray[np.bool_] = (seen >= self.moment) & (seen != NEVER)
        return later

    def since(self, window: timedelta | None) -> int:
        """The first row that a window of time before the moment holds."""
        if window is None:
            return 0
        edge = self.moment - window // timedelta(microseconds=1)
        return int(np.searchsorted(self.corpus.first_seen, edge, side="left"))

    def current_lists(self, moment: int) -> Ints:
        """The last list of every source before a moment (not after the view's), an article's own left out."""
        if moment > self.moment:
            raise LookAheadError("the lists of a later moment than the view's")
        lists = self.corpus.lists
        found = [lists.latest(s, moment) for s in range(len(lists.sources)) if lists.follows[s]]
        return np.array([number for number in found if number >= 0], dtype=np.int64)

    def weigh(self, query: Query) -> dict[str, WeightedTerms]:
        """The query's terms with the frequencies of this moment."""
        terms, vectors, size = self.corpus.terms, query.vectors, self.size
        columns = query.words
        holding = terms["text"].document_frequencies(columns, size)
        return {
            name: weigh_terms(
                vector,
                holding[np.searchsorted(columns, vector.columns)]
                if name == "text" or name in PARTS
                else terms[name].document_frequencies(vector.columns, size),
                size,
            )
            for name, vector in vectors.items()
        }

    def hours_since(self, times: Ints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Hours from each time to the moment."""
        result: np.ndarray[tuple[int], np.dtype[np.float64]] = (self.moment - times) / 3.6e9
        return result
