"""Candidates -> features -> scores -> rules -> a list, with explanations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import numpy as np

from recsys.archive import Archive
from recsys.archive.terms import Ints
from recsys.domain import Article, Recommendation
from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.features import Question, Reading
from recsys.ranking import LEARNT_DIAL, Ranker, Scores, check_dial, keep_allowed, order

LARGEST_K = 1_000


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    k: int = 10
    """How many headlines, at most."""
    dial: float = LEARNT_DIAL
    """From 0, related, to 1, popular; 0.5 is what was learnt."""
    explain: bool = False
    """Whether every recommendation carries its contributions."""
    rules: bool = True
    """Whether the editorial rules apply; without them only the article itself is left out."""
    window: timedelta | None = None
    """How far back a story may have been first seen; None is the whole archive."""

    def __post_init__(self) -> None:
        check_dial(self.dial)
        if not 1 <= self.k <= LARGEST_K:
            raise InvalidValueError("k", expected=f"a number from 1 to {LARGEST_K}", found=self.k)


class Recommender:
    """Answers from one archive with one ranker."""

    def __init__(self, archive: Archive, ranker: Ranker) -> None:
        self.archive, self.ranker = archive, ranker

    def recommend(
        self, article: Article | None, as_of: datetime, request: Request | None = None
    ) -> list[Recommendation]:
        """The best headlines to show beside an article, or beside none, as of a moment; best first.

        The article need not be stored. Fewer than k when the archive has no more; an empty archive gives [].
        """
        request = request or Request()
        reading = self._read(article, as_of)
        rows = self.ranker.candidates(reading, window=request.window)
        return self._choose(Question(reading, rows), request)

    def popular(
        self, as_of: datetime, *, scope: str | None = None, request: Request | None = None
    ) -> list[Recommendation]:
        """What readers will want at a moment: appeal alone, on the whole site or in one scope."""
        reading = self._read(None, as_of)
        rows = self.ranker.candidates(reading)
        if scope is not None:
            rows = rows[np.isin(rows, self._in_scope(reading, scope))]
        return self._choose(Question(reading, rows), request or Request())

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
        return self._build(question, scores, [(rank, at)], explained=True)[0]

    def _read(self, article: Article | None, as_of: datetime) -> Reading:
        view = self.archive.at(as_of)
        return Reading(view, None if article is None else self.archive.query_for(article))

    def _in_scope(self, reading: Reading, scope: str) -> Ints:
        lists = self.archive.lists
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

    def _choose(self, question: Question, request: Request) -> list[Recommendation]:
        scores = self.ranker.score(question, dial=request.dial)
        places = order(scores.total, question.rows)
        ranked: Iterable[int] = question.rows[places].tolist()
        if request.rules:
            query = question.reading.query
            ranked = keep_allowed(self.archive, ranked, None if query is None else query.article)
        at_row = {row: at for at, row in enumerate(question.rows.tolist())}
        chosen = [(rank, at_row[row]) for rank, row in enumerate(islice(ranked, request.k), start=1)]
        return self._build(question, scores, chosen, explained=request.explain, dial=request.dial)

    def _build(
        self,
        question: Question,
        scores: Scores,
        chosen: list[tuple[int, int]],
        *,
        explained: bool,
        dial: float = LEARNT_DIAL,
    ) -> list[Recommendation]:
        reasons = self.ranker.contributions(question, dial=dial) if explained else None
        return [
            Recommendation(
                rank,
                self.archive.stored[int(question.rows[at])].article,
                float(scores.total[at]),
                float(scores.relatedness[at]),
                float(scores.appeal[at]),
                () if reasons is None else reasons[at],
            )
            for rank, at in chosen
        ]
