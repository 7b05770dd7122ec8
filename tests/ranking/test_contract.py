"""What every ranker keeps to, the learnt one and the baselines alike."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import Article
from recsys.errors import InvalidValueError
from recsys.ranking import BASELINES, TRAINED_DIAL, LogisticRanker, Ranker, order
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_pretrained_weights
from recsys.training import train
from tests.newsroom import END, article, at, corpus_of, newsroom_corpus, story, told

DIALS = (0.0, 0.2, TRAINED_DIAL, 0.7, 1.0)


@cache
def ranker_called(name: str) -> Ranker:
    if name == "trained":
        return train(newsroom_corpus(), until=END).ranker
    return LogisticRanker(load_pretrained_weights()) if name == "prior" else BASELINES[name]


@pytest.fixture(params=["prior", "trained", "blank", *BASELINES])
def ranker(request: pytest.FixtureRequest) -> Ranker:
    return LogisticRanker() if request.param == "blank" else ranker_called(request.param)


STORED = newsroom_corpus().stored[40].article
QUERIES: dict[str, Article | None] = {
    "a stored article": STORED,
    "a new article": article("new", 200, "Anslow ferry", told("Anslow", 999)),
    "an article without words": article("wordless", 200, "…"),
    "nothing": None,
}
SMALL = {
    "an empty archive": [],
    "one article": [story(1, 1)],
    "one article without words": [story(1, 1, "…")],
}


def ask(ranker: Ranker, corpus: Corpus, query: Article | None, hour: float = 150) -> CandidateSet:
    reading = QueryContext(corpus.at(at(hour)), None if query is None else corpus.query(query))
    return CandidateSet(reading, ranker.candidates(reading))


@pytest.mark.parametrize("beside", QUERIES)
def test_scores_are_numbers_whatever_the_dial(ranker, beside):
    question = ask(ranker, newsroom_corpus(), QUERIES[beside])
    for dial in DIALS:
        scores = ranker.score(question, dial=dial)
        assert scores.relatedness.shape == scores.appeal.shape == scores.total.shape == question.rows.shape
        assert np.isfinite(scores.total).all()
        np.testing.assert_allclose(scores.relatedness + scores.appeal, scores.total)


@pytest.mark.parametrize("what", SMALL)
@pytest.mark.parametrize("beside", QUERIES)
def test_little_is_enough(ranker, what, beside):
    question = ask(ranker, corpus_of(SMALL[what], at(2)), QUERIES[beside], 2)
    assert len(question.rows) == len(SMALL[what])
    assert np.isfinite(ranker.score(question).total).all()
    assert len(ranker.contributions(question)) == len(SMALL[what])


@pytest.mark.parametrize("beside", QUERIES)
def test_a_score_does_not_depend_on_the_order_of_candidates(ranker, beside):
    question = ask(ranker, newsroom_corpus(), QUERIES[beside])
    shuffled = np.random.default_rng(5).permutation(len(question.rows))
    again = ranker.score(CandidateSet(question.context, question.rows[shuffled]))
    np.testing.assert_allclose(again.total, ranker.score(question).total[shuffled], rtol=0, atol=1e-5)


@pytest.mark.parametrize("dial", DIALS)
@pytest.mark.parametrize("beside", QUERIES)
def test_contributions_add_up_to_the_score_and_to_its_two_sums(ranker, beside, dial):
    question = ask(ranker, newsroom_corpus(), QUERIES[beside])
    scores = ranker.score(question, dial=dial)
    explained = ranker.contributions(question, dial=dial)
    assert len(explained) == len(question.rows)
    for at_row, parts in enumerate(explained):
        sums = {
            group: sum(p.amount for p in parts if p.group == group) for group in ("relatedness", "appeal")
        }
        assert {part.group for part in parts} <= set(sums)
        assert sum(sums.values()) == pytest.approx(scores.total[at_row], abs=1e-6)
        assert sums["relatedness"] == pytest.approx(scores.relatedness[at_row], abs=1e-6)
        assert sums["appeal"] == pytest.approx(scores.appeal[at_row], abs=1e-6)


@pytest.mark.parametrize("beside", QUERIES)
def test_contributions_of_some_places_are_those_of_all(ranker, beside):
    question = ask(ranker, newsroom_corpus(), QUERIES[beside])
    places = [3, 0, len(question.rows) - 1]
    whole = ranker.contributions(question)
    assert ranker.contributions(question, places=places) == [whole[at] for at in places]
    assert ranker.contributions(question, places=[]) == []


def test_the_article_itself_is_never_a_candidate_and_those_rise_and_were_known(ranker):
    corpus = newsroom_corpus()
    question = ask(ranker, corpus, STORED)
    assert corpus.row_of[STORED.url] not in question.rows
    assert (np.diff(question.rows) > 0).all()
    assert question.rows.max() < corpus.at(at(150)).size


def test_candidates_keep_to_the_window(ranker):
    corpus = newsroom_corpus()
    view = corpus.at(at(150))
    for query in (None, corpus.query(STORED)):
        rows = ranker.candidates(QueryContext(view, query, timedelta(hours=24)))
        assert len(rows)
        assert corpus.stored[rows.min()].article.first_seen_at >= at(126)


def test_asking_twice_gives_the_same(ranker):
    one, other = (ranker.score(ask(ranker, newsroom_corpus(), STORED)).total for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_ranker_has_a_name(ranker):
    assert ranker.name
    assert ranker.name.split() == [ranker.name]


def test_ties_go_to_the_newer_article():
    rows = np.array([7, 3, 9, 5])
    assert order(np.array([1.0, 2.0, 1.0, 1.0]), rows).tolist() == [1, 2, 0, 3]
    assert order(np.zeros(4), rows).tolist() == [2, 0, 3, 1]
    assert order(np.zeros(0), rows[:0]).tolist() == []


def test_what_knows_nothing_puts_the_newest_first():
    question = ask(LogisticRanker(), newsroom_corpus(), STORED)
    places = order(LogisticRanker().score(question).total, question.rows)
    assert (np.diff(question.rows[places]) < 0).all()


@pytest.fixture(params=["prior", "trained"])
def model(request: pytest.FixtureRequest) -> Ranker:
    return ranker_called(request.param)


def test_at_dial_0_relatedness_alone_ranks_and_at_1_appeal_alone(model):
    question = ask(model, newsroom_corpus(), STORED)
    learnt, related, popular = (model.score(question, dial=dial) for dial in (TRAINED_DIAL, 0, 1))
    assert not related.appeal.any()
    np.testing.assert_allclose(related.relatedness, learnt.relatedness)
    assert not popular.relatedness.any()
    alone = model.score(CandidateSet(QueryContext(question.view), question.rows))
    np.testing.assert_allclose(popular.appeal, alone.appeal)


def test_turning_the_dial_up_trades_relatedness_for_appeal_step_by_step(model):
    question = ask(model, newsroom_corpus(), STORED)
    related, appeal = model.score(question, dial=0).relatedness, model.score(question, dial=1).appeal
    firsts = [order(model.score(question, dial=d).total, question.rows)[0] for d in np.linspace(0, 1, 41)]
    assert (np.diff(related[firsts]) <= 1e-9).all()
    assert (np.diff(appeal[firsts]) >= -1e-9).all()
    assert appeal[firsts[-1]] > appeal[firsts[0]]


def test_beside_nothing_the_dial_changes_nothing(model):
    question = ask(model, newsroom_corpus(), None)
    expected = model.score(question).total
    for dial in DIALS:
        np.testing.assert_array_equal(model.score(question, dial=dial).total, expected)


@pytest.mark.parametrize("dial", [-0.1, 1.1, float("nan")])
def test_a_dial_beyond_its_ends_is_refused_by_name(model, dial):
    with pytest.raises(InvalidValueError, match=r"^dial: expected a number from 0"):
        model.score(ask(model, newsroom_corpus(), STORED), dial=dial)


def test_the_baselines_order_by_what_they_are_called():
    corpus = newsroom_corpus()
    question = ask(BASELINES["newest"], corpus, STORED)
    newest = order(BASELINES["newest"].score(question).total, question.rows)
    assert (np.diff(question.rows[newest]) < 0).all()
    for name in ("tfidf", "bm25"):
        best = question.rows[order(BASELINES[name].score(question).total, question.rows)[:5]]
        name_of_story = (STORED.headline or "").split(":")[0]
        shared = [name_of_story in (corpus.stored[row].article.body or "") for row in best]
        assert sum(shared) >= 4
    popular = question.rows[order(BASELINES["popularity"].score(question).total, question.rows)[0]]
    shown = corpus.lists.items(corpus.at(at(150)).list_count - 1)[0]
    assert popular in shown[:3]
