"""Candidates -> features -> scores -> rules -> a list, with explanations."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np

from recsys.corpus import Corpus, Query, open_corpus
from recsys.corpus.inverted_index import Ints
from recsys.domain import Article, Fill, Ranking, Recommendation
from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.explain import give_reasons
from recsys.ranking import BASELINES, Ranker, Scores, order
from recsys.ranking.candidates import find_newest
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_current
from recsys.ranking.relatedness_classifier import are_related
from recsys.request import LARGEST_K, NO_MINIMUM, Request, Rules
from recsys.rules import RuleContext, SeenStories, Stories, apply_rules
from recsys.store import Store

_LOG = logging.getLogger("recsys.recommender")

__all__ = ["LARGEST_K", "Recommender", "Request", "rows_in_scope"]


class Recommender:
    """Recommends headlines from a corpus with a ranker.

    A recommender from `load` owns its store: use it as a context manager, or close it.
    """

    def __init__(self, corpus: Corpus, ranker: Ranker, *, store: Store | None = None) -> None:
        """`store` is closed together with the recommender."""
        self.corpus, self.ranker = corpus, ranker
        self._store, self._stories = store, Stories(corpus)

    @classmethod
    def load(cls, store: str | Path, models: str | Path = "models", *, as_of: datetime) -> Recommender:
        """Open what a store knew strictly before a moment, with the current model or the pretrained weights.

        It recommends as of moments up to `as_of`; what is stored later is known to the next one that is
        loaded. The corpus is loaded from the index next to the store, which takes little longer for a
        large corpus than for a small one. StoreError if there is no store. If the current model is damaged,
        an error is logged and the pretrained weights are used.
        """
        opened = Store.open(store, create=False)
        try:
            current = load_current(Path(models))
            if current.problem is not None:
                _LOG.error("%s; the pretrained weights are used instead", current.problem)
            return cls(open_corpus(opened, as_of), current.bundle.ranker, store=opened)
        except BaseException:
            opened.close()
            raise

    def close(self) -> None:
        """Close the store that `load` opened."""
        if self._store is not None:
            self._store.close()

    def __enter__(self) -> Recommender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Recommender: {type(self.ranker).__name__} on {self.corpus!r}>"

    def recommend(
        self, article: str | Article | None, as_of: datetime, request: Request | None = None
    ) -> Ranking:
        """The best headlines for an article, or for a page without an article, as of a moment; best first.

        The article is the address of a stored one (UnknownArticleError if it is unknown), or an Article,
        which need not be stored. Fewer than `request.k`, or none, if no other
        candidate is related or allowed by the rules.
        """
        request = request or Request()
        context = self._context(article, as_of, request)
        return self._recommend(CandidateSet(context, self.ranker.candidates(context)), request)

    def popular(
        self, as_of: datetime, *, scope: str | None = None, request: Request | None = None
    ) -> Ranking:
        """The headlines with the highest appeal at a moment, in one scope or all; best first."""
        request = request or Request()
        context = self._context(None, as_of, request)
        rows = self.ranker.candidates(context)
        if scope is not None:
            rows = rows[np.isin(rows, rows_in_scope(context, scope))]
        return self._recommend(CandidateSet(context, rows), request)

    def explain(self, query: str | Article, candidate: str | Article, as_of: datetime) -> Recommendation:
        """Explain a candidate's score for a query, with its rank among the candidates."""
        request = Request(explain=True)
        context = self._context(query, as_of, request)
        url = candidate if isinstance(candidate, str) else candidate.url
        row = self.corpus.row_of.get(url, -1)
        if not 0 <= row < context.view.size:
            raise UnknownArticleError(f"{url} was not known before {as_of.isoformat()}")
        candidate_set = CandidateSet(context, np.union1d(self.ranker.candidates(context), [row]))
        scores = self.ranker.score(candidate_set)
        ranking = order(scores.total, candidate_set.times, candidate_set.rows)
        at = int(np.flatnonzero(candidate_set.rows == row)[0])
        rank = int(np.flatnonzero(ranking == at)[0]) + 1
        return self._build(candidate_set, scores, [(rank, at)], request)[0]

    def _context(self, article: str | Article | None, as_of: datetime, request: Request) -> QueryContext:
        query = None if article is None else self._query(article, has_body=request.explain)
        return QueryContext(self.corpus.at(as_of), query, request.window)

    def _query(self, article: str | Article, *, has_body: bool) -> Query:
        """The query; a stored article's body, which only explanations need, is read from the store."""
        if isinstance(article, str):
            row = self.corpus.row_of.get(article, -1)
            if row >= 0 and not has_body:
                return self.corpus.query_row(row)
            article = self.corpus.article(article)
        return self.corpus.query(article)

    def _recommend(self, candidate_set: CandidateSet, request: Request) -> Ranking:
        scores = self.ranker.score(candidate_set, dial=request.dial)
        if request.rules is False:
            best = order(scores.total, candidate_set.times, candidate_set.rows)[: request.k]
            places = list(enumerate(best.tolist(), start=1))
            return Ranking(self._build(candidate_set, scores, places, request))
        rows = list(islice(apply_rules(self._rule_context(candidate_set, scores, request)), request.k))
        ranking = Ranking(self._build_rows(candidate_set, scores, rows, request))
        if len(rows) < request.k and request.rules.fill != "none" and candidate_set.context.query is not None:
            ranking += self._fill(candidate_set.context, request, request.rules, rows)
        return ranking

    def _rule_context(self, candidate_set: CandidateSet, scores: Scores, request: Request) -> RuleContext:
        query, rules = candidate_set.context.query, request.rules or Rules()
        weight = scores.relatedness_weight
        return RuleContext(
            candidate_set.view,
            None if query is None else query.article,
            rules,
            candidate_set.rows,
            scores,
            self._stories,
            None if weight <= 0 else partial(are_related, candidate_set, scores.relatedness / weight),
            round(request.k * max(0.0, 2 * request.dial - 1)),
        )

    def _fill(
        self, context: QueryContext, request: Request, rules: Rules, shown: Sequence[int]
    ) -> list[Recommendation]:
        """Popular or latest stories for the places that are left, under the same rules."""
        without_article = replace(context, query=None)
        if rules.fill == "popular":
            ranker, rows = self.ranker, self.ranker.candidates(without_article)
        else:
            ranker, rows = BASELINES["newest"], find_newest(without_article, LARGEST_K)
        candidate_set = CandidateSet(without_article, rows)
        scores = ranker.score(candidate_set)
        open_rules = replace(rules, minimum_relatedness=NO_MINIMUM, pinned=(), fill="none")
        rule_context = self._rule_context(
            replace(candidate_set, context=context), scores, replace(request, rules=open_rules)
        )
        seen = SeenStories(self._stories.of(row) for row in shown)
        left = (row for row in apply_rules(rule_context) if self._stories.of(row) not in seen)
        filled = list(islice(left, request.k - len(shown)))
        places = {row: at for at, row in enumerate(rows.tolist())}
        ranked = [(rank, places[row]) for rank, row in enumerate(filled, start=len(shown) + 1)]
        fill: Fill = "popular" if rules.fill == "popular" else "latest"
        return [replace(each, fill=fill) for each in self._build(candidate_set, scores, ranked, request)]

    def _build_rows(
        self, candidate_set: CandidateSet, scores: Scores, rows: Sequence[int], request: Request
    ) -> list[Recommendation]:
        """Recommendations of rows in order; other rows than candidates, such as pins, are scored too.

        They are scored separately, because features compare candidates: a pin must not change other scores.
        """
        places = {row: at for at, row in enumerate(candidate_set.rows.tolist())}
        ranked = list(enumerate(rows, start=1))
        built = self._build(
            candidate_set, scores, [(rank, places[row]) for rank, row in ranked if row in places], request
        )
        others = [(rank, row) for rank, row in ranked if row not in places]
        if others:
            wider = CandidateSet(
                candidate_set.context, np.union1d(candidate_set.rows, [row for _, row in others])
            )
            at = [(rank, int(np.searchsorted(wider.rows, row))) for rank, row in others]
            built += self._build(wider, self.ranker.score(wider, dial=request.dial), at, request)
        return sorted(built, key=lambda each: each.rank)

    def _build(
        self, candidate_set: CandidateSet, scores: Scores, chosen: Sequence[tuple[int, int]], request: Request
    ) -> list[Recommendation]:
        """Recommendations of the chosen (rank, index of the candidate) pairs."""
        recommendations = [
            Recommendation(
                rank,
                self.corpus.shown(int(candidate_set.rows[at])),
                float(scores.total[at]),
                float(scores.relatedness[at]),
                float(scores.appeal[at]),
            )
            for rank, at in chosen
        ]
        if not request.explain or not recommendations:
            return recommendations
        places = [at for _, at in chosen]
        explained = self.ranker.contributions(candidate_set, dial=request.dial, places=places)
        return [
            replace(
                each,
                contributions=parts,
                reasons=give_reasons(candidate_set.context, each.article.url, parts),
            )
            for each, parts in zip(recommendations, explained, strict=True)
        ]


def rows_in_scope(context: QueryContext, scope: str) -> Ints:
    """The sorted rows of stories listed in a scope before the moment; InvalidValueError if unknown."""
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
