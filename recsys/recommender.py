"""Candidates -> features -> scores -> rules -> a list, with explanations."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from recsys.corpus import Corpus, open_corpus
from recsys.corpus.inverted_index import Ints
from recsys.domain import Article, Ranking, Recommendation
from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.explain import give_reasons
from recsys.ranking import Ranker, Scores, order
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_current
from recsys.request import LARGEST_K, Request
from recsys.rules import RuleContext, Stories, apply_rules
from recsys.store import Store

_LOG = logging.getLogger("recsys.recommender")

__all__ = ["LARGEST_K", "Recommender", "Request", "rows_in_scope"]


class Recommender:
    """Answers from one archive with one ranker."""

    def __init__(self, corpus: Corpus, ranker: Ranker) -> None:
        self.corpus, self.ranker = corpus, ranker
        self._stories = Stories(corpus)

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
        return cls(open_corpus(opened, as_of), current.bundle.ranker)

    def recommend(self, article: Article | None, as_of: datetime, request: Request | None = None) -> Ranking:
        """The best headlines to show beside an article, or beside none, as of a moment; best first.

        The article need not be stored. Fewer than k when the archive has no more; an empty archive gives [].
        """
        request = request or Request()
        context = self._read(article, as_of, request.window)
        rows = self.ranker.candidates(context)
        return self._choose(CandidateSet(context, rows), request)

    def beside(self, row: int, as_of: datetime, request: Request | None = None) -> Ranking:
        """The same beside an article of the archive by its row; the store is read for explanations alone."""
        request = request or Request()
        corpus = self.corpus
        query = corpus.query_for(corpus.stored[row].article) if request.explain else corpus.query_row(row)
        context = QueryContext(corpus.at(as_of), query, request.window)
        return self._choose(CandidateSet(context, self.ranker.candidates(context)), request)

    def popular(
        self, as_of: datetime, *, scope: str | None = None, request: Request | None = None
    ) -> Ranking:
        """What readers will want at a moment: appeal alone, on the whole site or in one scope."""
        request = request or Request()
        context = self._read(None, as_of, request.window)
        rows = self.ranker.candidates(context)
        if scope is not None:
            rows = rows[np.isin(rows, rows_in_scope(context, scope))]
        return self._choose(CandidateSet(context, rows), request)

    def explain(self, query: Article, candidate: Article, as_of: datetime) -> Recommendation:
        """Why a candidate has its score beside a query, and its rank among the candidates."""
        context = self._read(query, as_of)
        row = self.corpus.row_of.get(candidate.url, -1)
        if not 0 <= row < context.view.size:
            raise UnknownArticleError(f"{candidate.url} was not known before {as_of.isoformat()}")
        candidate_set = CandidateSet(context, np.union1d(self.ranker.candidates(context), [row]))
        scores = self.ranker.score(candidate_set)
        places = order(scores.total, candidate_set.rows)
        at = int(np.flatnonzero(candidate_set.rows == row)[0])
        rank = int(np.flatnonzero(places == at)[0]) + 1
        return self._build(candidate_set, scores, [(rank, at)], Request(explain=True))[0]

    def _read(
        self, article: Article | None, as_of: datetime, window: timedelta | None = None
    ) -> QueryContext:
        view = self.corpus.at(as_of)
        return QueryContext(view, None if article is None else self.corpus.query_for(article), window)

    def _choose(self, candidate_set: CandidateSet, request: Request) -> Ranking:
        scores = self.ranker.score(candidate_set, dial=request.dial)
        if request.rules is False:
            best = order(scores.total, candidate_set.rows)[: request.k]
            places = list(enumerate(best.tolist(), start=1))
            return Ranking(self._build(candidate_set, scores, places, request))
        query = candidate_set.context.query
        article = None if query is None else query.article
        desk = RuleContext(
            candidate_set.view,
            article,
            request.rules,
            candidate_set.rows,
            scores,
            self._stories,
            request.dial,
        )
        rows = list(islice(apply_rules(desk), request.k))
        return Ranking(self._build_rows(candidate_set, scores, rows, request))

    def _build_rows(
        self, candidate_set: CandidateSet, scores: Scores, rows: Sequence[int], request: Request
    ) -> list[Recommendation]:
        """Recommendations of rows; no candidates, as pins may be, get the score they would have.

        They are scored apart, because features compare candidates: a pin changes the score of no other story.
        """
        places = {row: at for at, row in enumerate(candidate_set.rows.tolist())}
        ranked = list(enumerate(rows, start=1))
        built = self._build(
            candidate_set, scores, [(rank, places[row]) for rank, row in ranked if row in places], request
        )
        apart = [(rank, row) for rank, row in ranked if row not in places]
        if apart:
            wider = CandidateSet(
                candidate_set.context, np.union1d(candidate_set.rows, [row for _, row in apart])
            )
            at = [(rank, int(np.searchsorted(wider.rows, row))) for rank, row in apart]
            built += self._build(wider, self.ranker.score(wider, dial=request.dial), at, request)
        return sorted(built, key=lambda each: each.rank)

    def _build(
        self, candidate_set: CandidateSet, scores: Scores, chosen: Sequence[tuple[int, int]], request: Request
    ) -> list[Recommendation]:
        """Recommendations of what stands at places of the question's rows, with their ranks."""
        found = [
            Recommendation(
                rank,
                self.corpus.shown(int(candidate_set.rows[at])),
                float(scores.total[at]),
                float(scores.relatedness[at]),
                float(scores.appeal[at]),
            )
            for rank, at in chosen
        ]
        if not request.explain or not found:
            return found
        places = [at for _, at in chosen]
        explained = self.ranker.contributions(candidate_set, dial=request.dial, places=places)
        return [
            replace(
                each,
                contributions=parts,
                reasons=give_reasons(candidate_set.context, each.article.url, parts),
            )
            for each, parts in zip(found, explained, strict=True)
        ]


def rows_in_scope(context: QueryContext, scope: str) -> Ints:
    """Rows of what lists of a scope showed before the moment, rising; InvalidValueError for no scope."""
    lists = context.view.corpus.lists
    sources = [
        s for s, source in enumerate(lists.sources) if (source.scope or "").casefold() == scope.casefold()
    ]
    if not sources:
        known = sorted({source.scope for source in lists.sources if source.scope})
        raise InvalidValueError(
            "scope", expected=f"one of {', '.join(known) or '(no list has a scope)'}", found=scope
        )
    shown = np.isin(lists.source_of[lists.list_of], sources) & (lists.list_of < context.view.list_count)
    return np.unique(lists.articles[shown])
