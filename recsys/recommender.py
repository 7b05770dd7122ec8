"""Candidates -> features -> scores -> rules -> a list, with explanations."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from recsys.archive import Archive, open_archive
from recsys.archive.terms import Ints
from recsys.bundle import load_current
from recsys.domain import Article, Recommendation
from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.explaining import give_reasons
from recsys.features import Question, Reading
from recsys.ranking import Desk, Ranker, Scores, Stories, apply_rules, order
from recsys.request import LARGEST_K, Request
from recsys.store import Store

_LOG = logging.getLogger("recsys.recommender")

__all__ = ["LARGEST_K", "Recommender", "Request", "rows_in_scope"]


class Recommender:
    """Answers from one archive with one ranker."""

    def __init__(self, archive: Archive, ranker: Ranker) -> None:
        self.archive, self.ranker = archive, ranker
        self._stories = Stories(archive)

    @classmethod
    def load(cls, store: str | Path, models: str | Path = "models", *, as_of: datetime) -> Recommender:
        """What a store knew strictly before a moment, with the current model, or the pretrained weights.

        It answers about moments up to `as_of`; what is stored later is known to the next one that is loaded.
        The archive is kept beside the store, so that opening takes no longer for many articles than for few.
        StoreError where there is no store. Where the current model is damaged, the log says so and the
        pretrained weights are used.
        """
        opened, current = Store.open(store, create=False), load_current(Path(models))
        if current.problem is not None:
            _LOG.error("%s; the pretrained weights are used instead", current.problem)
        return cls(open_archive(opened, as_of), current.bundle.ranker)

    def recommend(
        self, article: Article | None, as_of: datetime, request: Request | None = None
    ) -> list[Recommendation]:
        """The best headlines to show beside an article, or beside none, as of a moment; best first.

        The article need not be stored. Fewer than k when the archive has no more; an empty archive gives [].
        """
        request = request or Request()
        reading = self._read(article, as_of, request.window)
        rows = self.ranker.candidates(reading)
        return self._choose(Question(reading, rows), request)

    def beside(self, row: int, as_of: datetime, request: Request | None = None) -> list[Recommendation]:
        """The same beside an article of the archive by its row; the store is read for explanations alone."""
        request = request or Request()
        archive = self.archive
        query = archive.query_for(archive.stored[row].article) if request.explain else archive.query_row(row)
        reading = Reading(archive.at(as_of), query, request.window)
        return self._choose(Question(reading, self.ranker.candidates(reading)), request)

    def popular(
        self, as_of: datetime, *, scope: str | None = None, request: Request | None = None
    ) -> list[Recommendation]:
        """What readers will want at a moment: appeal alone, on the whole site or in one scope."""
        request = request or Request()
        reading = self._read(None, as_of, request.window)
        rows = self.ranker.candidates(reading)
        if scope is not None:
            rows = rows[np.isin(rows, rows_in_scope(reading, scope))]
        return self._choose(Question(reading, rows), request)

    def explain(self, query: Article, candidate: Article, as_of: datetime) -> Recommendation:
        """Why a candidate has its score beside a query, and its rank among the candidates."""
        reading = self._read(query, as_of)
        row = self.archive.row_of.get(candidate.url, -1)
        if not 0 <= row < reading.view.size:
            raise UnknownArticleError(f"{candidate.url} was not known before {as_of.isoformat()}")
        question = Question(reading, np.union1d(self.ranker.candidates(reading), [row]))
        scores = self.ranker.score(question)
        places = order(scores.total, question.rows)
        at = int(np.flatnonzero(question.rows == row)[0])
        rank = int(np.flatnonzero(places == at)[0]) + 1
        return self._build(question, scores, [(rank, at)], Request(explain=True))[0]

    def _read(self, article: Article | None, as_of: datetime, window: timedelta | None = None) -> Reading:
        view = self.archive.at(as_of)
        return Reading(view, None if article is None else self.archive.query_for(article), window)

    def _choose(self, question: Question, request: Request) -> list[Recommendation]:
        scores = self.ranker.score(question, dial=request.dial)
        if request.rules is False:
            best = order(scores.total, question.rows)[: request.k]
            return self._build(question, scores, list(enumerate(best.tolist(), start=1)), request)
        query = question.reading.query
        article = None if query is None else query.article
        desk = Desk(question.view, article, request.rules, question.rows, scores, self._stories, request.dial)
        return self._build_rows(question, scores, list(islice(apply_rules(desk), request.k)), request)

    def _build_rows(
        self, question: Question, scores: Scores, rows: Sequence[int], request: Request
    ) -> list[Recommendation]:
        """Recommendations of rows; no candidates, as pins may be, get the score they would have.

        They are scored apart, because features compare candidates: a pin changes the score of no other story.
        """
        places = {row: at for at, row in enumerate(question.rows.tolist())}
        ranked = list(enumerate(rows, start=1))
        built = self._build(
            question, scores, [(rank, places[row]) for rank, row in ranked if row in places], request
        )
        apart = [(rank, row) for rank, row in ranked if row not in places]
        if apart:
            wider = Question(question.reading, np.union1d(question.rows, [row for _, row in apart]))
            at = [(rank, int(np.searchsorted(wider.rows, row))) for rank, row in apart]
            built += self._build(wider, self.ranker.score(wider, dial=request.dial), at, request)
        return sorted(built, key=lambda each: each.rank)

    def _build(
        self, question: Question, scores: Scores, chosen: Sequence[tuple[int, int]], request: Request
    ) -> list[Recommendation]:
        """Recommendations of what stands at places of the question's rows, with their ranks."""
        found = [
            Recommendation(
                rank,
                self.archive.shown(int(question.rows[at])),
                float(scores.total[at]),
                float(scores.relatedness[at]),
                float(scores.appeal[at]),
            )
            for rank, at in chosen
        ]
        if not request.explain or not found:
            return found
        places = [at for _, at in chosen]
        explained = self.ranker.contributions(question, dial=request.dial, places=places)
        return [
            replace(
                each, contributions=parts, reasons=give_reasons(question.reading, each.article.url, parts)
            )
            for each, parts in zip(found, explained, strict=True)
        ]


def rows_in_scope(reading: Reading, scope: str) -> Ints:
    """Rows of what lists of a scope showed before the moment, rising; InvalidValueError for no scope."""
    lists = reading.view.archive.lists
    sources = [
        s for s, source in enumerate(lists.sources) if (source.scope or "").casefold() == scope.casefold()
    ]
    if not sources:
        known = sorted({source.scope for source in lists.sources if source.scope})
        raise InvalidValueError(
            "scope", expected=f"one of {', '.join(known) or '(no list has a scope)'}", found=scope
        )
    shown = np.isin(lists.source_of[lists.list_of], sources) & (lists.list_of < reading.view.list_count)
    return np.unique(lists.articles[shown])
