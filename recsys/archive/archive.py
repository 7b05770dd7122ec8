"""Everything known strictly before a moment, in memory, ordered by time; and views of earlier moments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.archive.forms import describe_forms, measure_bodies
from recsys.archive.links import LinkHistory
from recsys.archive.lists import ListHistory
from recsys.archive.promise import DAY, foretell, outcomes_of
from recsys.archive.terms import Floats, Ints, TermIndex, TermVector, WeightedTerms, count_terms
from recsys.domain import Article, Kind, format_time, from_microseconds, to_microseconds
from recsys.errors import LookAheadError, UnknownArticleError
from recsys.store import Store, StoredArticle, StoredList
from recsys.text import content_terms, names, normalise

FIELDS = ("headline", "lead", "text", "names", "tags", "tag_words")
NEVER = np.iinfo(np.int64).max
LEAD_WORDS = 60
"""Words of the body that count as its lead: three or four sentences of news."""


def field_texts(article: Article) -> dict[str, str]:
    """The texts of an article's term fields."""
    headline, body = article.headline or "", article.body or ""
    whole = f"{headline}\n{body}"
    lead = f"{headline}\n{' '.join(body[: LEAD_WORDS * 40].split()[:LEAD_WORDS])}"
    tags = "\n".join(article.tags)
    return {
        "headline": headline, "lead": lead, "text": whole, "names": whole, "tags": tags, "tag_words": tags
    }  # fmt: skip


def count_fields(articles: Sequence[Article]) -> dict[str, sparse.csr_matrix]:
    """Term counts of every field, a row an article."""
    texts = [(field_texts(article), article.language) for article in articles]
    return {
        name: count_terms(
            [(found[name], language) for found, language in texts], _ANALYSERS.get(name, _terms)
        )
        for name in FIELDS
    }


def _terms(written: tuple[str, str | None]) -> list[str]:
    return content_terms(*written)


def _names(written: tuple[str, str | None]) -> list[str]:
    return names(written[0])


def _tags(written: tuple[str, str | None]) -> list[str]:
    return [normalise(tag) for tag in written[0].split("\n") if tag]


_ANALYSERS = {"names": _names, "tags": _tags}


@dataclass(frozen=True, slots=True)
class Query:
    """The article being read, ready to be compared: its terms in every field, its row if it is stored."""

    article: Article
    row: int
    vectors: dict[str, TermVector]


class Archive:
    """Articles in order of `first_seen_at`, with their terms, lists and links, known before `as_of`."""

    def __init__(
        self,
        articles: Iterable[StoredArticle],
        lists: Iterable[StoredList],
        as_of: datetime,
        *,
        counted: Archive | None = None,
    ) -> None:
        """`counted` is an archive that has counted the terms of some of the articles: most of the work."""
        self.as_of = as_of
        self.stored = sorted(articles, key=lambda a: (a.article.first_seen_at, a.id))
        self.first_seen = np.array(
            [to_microseconds(a.article.first_seen_at) for a in self.stored], dtype=np.int64
        )
        self.page_seen = np.array(
            [NEVER if a.page_seen_at is None else to_microseconds(a.page_seen_at) for a in self.stored],
            dtype=np.int64,
        )
        self.row_of = {a.article.url: row for row, a in enumerate(self.stored)}
        self._load_lists(list(lists))
        self.named_at = np.minimum(self.page_seen, self.lists.named_at(len(self.stored)))
        known = [a.article for a in self.stored]
        counts = count_fields(known) if counted is None else counted.recount(known)
        whole = TermIndex(counts["text"])
        self.terms = {name: TermIndex(counts[name], whole) for name in ("headline", "lead", "tag_words")}
        self.terms |= {"text": whole, **{name: TermIndex(counts[name]) for name in ("names", "tags")}}
        self.forms, self.body_lengths = describe_forms(known), measure_bodies(known)
        self.section_codes = {name: code for code, name in enumerate(dict.fromkeys(a.section for a in known))}
        self.sections = np.array([self.section_codes[a.section] for a in known], dtype=np.int64)

    def _load_lists(self, lists: Sequence[StoredList]) -> None:
        row_of_id = {a.id: row for row, a in enumerate(self.stored)}
        ordered = sorted(lists, key=lambda x: (x.list.observed_at, x.id))
        self.lists = ListHistory(
            [x.list for x in ordered],
            [[row_of_id.get(i, -1) for i in x.article_ids] for x in ordered],
            [-1 if x.page_article_id is None else row_of_id.get(x.page_article_id, -1) for x in ordered],
        )
        self.links = LinkHistory(self.lists, len(self.stored))
        self.boxes = LinkHistory(self.lists, len(self.stored), {Kind.RELATED})

    @classmethod
    def load(
        cls, store: Store, as_of: datetime, *, first_texts: bool = False, counted: Archive | None = None
    ) -> Archive:
        """Read from a store what was known strictly before the moment.

        For questions about earlier moments take `first_texts`: stories say what they first said, because
        what they said later was not known then.
        """
        articles = store.read_articles(before=as_of, first_texts=first_texts)
        return cls(articles, store.read_lists(before=as_of), as_of, counted=counted)

    def recount(self, articles: Sequence[Article]) -> dict[str, sparse.csr_matrix]:
        """Term counts of articles, those taken over that this archive holds with just the same text."""
        rows = [self.row_of.get(article.url, -1) for article in articles]
        same = np.array(
            [row >= 0 and self.stored[row].article == a for row, a in zip(rows, articles, strict=True)],
            dtype=bool,
        )
        fresh = count_fields([articles[at] for at in np.flatnonzero(~same).tolist()])
        order = np.argsort(np.concatenate([np.flatnonzero(same), np.flatnonzero(~same)]))
        held = np.array(rows, dtype=np.int64)[same]
        return {
            name: sparse.vstack([self.terms[name].counts[held], fresh[name]], format="csr")[order]
            for name in FIELDS
        }

    @cached_property
    def foretold(self) -> dict[str, Floats]:
        """What is foretold of each article at its arrival (`OUTCOMES`), by its headline and by its text.

        Learnt from what had a headline, or a page, within a day: what comes later was not known by then.
        """
        outcomes, end = outcomes_of(self.lists, self.first_seen), self.first_seen + DAY
        return {
            "headline": foretell(self.terms["headline"], self.first_seen, outcomes, self.named_at < end),
            "text": foretell(self.terms["text"], self.first_seen, outcomes, self.page_seen < end),
        }

    def at(self, moment: datetime) -> View:
        """The archive as it was at a moment, not later than its own `as_of`."""
        if moment > self.as_of:
            raise LookAheadError(
                f"{format_time(moment)} is later than {format_time(self.as_of)}, before which all was seen"
            )
        return View(self, to_microseconds(moment))

    def at_microseconds(self, moment: int) -> View:
        """The same for a moment in microseconds since 1970."""
        return self.at(from_microseconds(moment))

    def query(self, article: Article) -> Query:
        """Make an article ready to be compared; it need not be stored."""
        row = self.row_of.get(article.url, -1)
        counts = count_fields([article])
        return Query(article, row, {name: self.terms[name].vector(counts[name]) for name in FIELDS})

    def query_for(self, article: Article) -> Query:
        """An article as a query: from its row when the archive holds just that text, else made ready anew."""
        row = self.row_of.get(article.url, -1)
        same = row >= 0 and self.stored[row].article == article
        return self.query_row(row) if same else self.query(article)

    def query_row(self, row: int) -> Query:
        """A stored article as a query."""
        vectors = {name: self.terms[name].row_vector(row) for name in FIELDS}
        return Query(self.stored[row].article, row, vectors)

    def article(self, url: str) -> Article:
        """The article with that canonical address."""
        if url not in self.row_of:
            raise UnknownArticleError(f"no article {url} was known before {format_time(self.as_of)}")
        return self.stored[self.row_of[url]].article


class View:
    """What an archive knew strictly before a moment: a prefix of its articles and of its lists."""

    def __init__(self, archive: Archive, moment: int) -> None:
        self.archive, self.moment = archive, moment
        self.size = int(np.searchsorted(archive.first_seen, moment, side="left"))
        self.list_count = archive.lists.before(moment)

    @property
    def as_of(self) -> datetime:
        """The moment of the view."""
        return from_microseconds(self.moment)

    @cached_property
    def page_came_later(self) -> NDArray[np.bool_]:
        """Which of the view's articles have a page that was seen at the moment or after; shape (size,)."""
        seen = self.archive.page_seen[: self.size]
        later: NDArray[np.bool_] = (seen >= self.moment) & (seen != NEVER)
        return later

    def since(self, window: timedelta | None) -> int:
        """The first row that a window of time before the moment holds."""
        if window is None:
            return 0
        edge = self.moment - window // timedelta(microseconds=1)
        return int(np.searchsorted(self.archive.first_seen, edge, side="left"))

    def current_lists(self, moment: int) -> Ints:
        """The last list of every source before a moment (not after the view's), an article's own left out."""
        if moment > self.moment:
            raise LookAheadError("the lists of a later moment than the view's")
        lists = self.archive.lists
        found = [lists.latest(s, moment) for s in range(len(lists.sources)) if lists.follows[s]]
        return np.array([number for number in found if number >= 0], dtype=np.int64)

    def weigh(self, query: Query) -> dict[str, WeightedTerms]:
        """The query's terms with the frequencies of this moment."""
        return {
            name: self.archive.terms[name].weigh(query.vectors[name], self.size) for name in query.vectors
        }

    def hours_since(self, times: Ints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Hours from each time to the moment."""
        result: np.ndarray[tuple[int], np.dtype[np.float64]] = (self.moment - times) / 3.6e9
        return result
