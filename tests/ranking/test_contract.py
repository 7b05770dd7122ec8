"""Contract tests of every ranker, trained or baseline."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import Article
from recsys.errors import InvalidValueError
from recsys.ranking import BASELINES, TRAINED_DIAL, Baseline, LogisticRanker, Ranker, order
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_pretrained_weights
from recsys.training import train
from tests.newsroom import END, article, at, corpus_of, newsroom_corpus, story, text_of

DIALS = (0.0, 0.2, TRAINED_DIAL, 0.7, 1.0)


@cache
def ranker_called(name: str) -> Ranker:
    if name == "trained":
        return train(newsroom_corpus(), until=END).ranker
    return LogisticRanker(load_pretrained_weights()) if name == "pretrained" else BASELINES[name]


@pytest.fixture(params=["pretrained", "trained", "blank", *BASELINES])
def ranker(request: pytest.FixtureRequest) -> Ranker:
    return LogisticRanker() if request.param == "blank" else ranker_called(request.param)


STORED = newsroom_corpus().stored[40].article
QUERIES: dict[str, Article | None] = {
    "a stored article": STORED,
    "a new article": article("new", 200, "Anslow ferry", text_of("Anslow", 999)),
    "an article without words": article("wordless", 200, "…"),
    "nothing": None,
}
SMALL = {
    "an empty corpus": [],
    "one article": [story(1, 1)],
    "one article without words": [story(1, 1, "…")],
}


def ask(ranker: Ranker, corpus: Corpus, query: Article | None, hour: float = 150) -> CandidateSet:
    context = QueryContext(corpus.at(at(hour)), None if query is None else corpus.query(query))
    return CandidateSet(context, ranker.candidates(context))


@pytest.mark.parametrize("query_name", QUERIES)
def test_scores_are_numbers_whatever_the_dial(ranker, query_name):
    candidate_set = ask(ranker, newsroom_corpus(), QUERIES[query_name])
    for dial in DIALS:
        scores = ranker.score(candidate_set, dial=dial)
        assert (
            scores.relatedness.shape == scores.appeal.shape == scores.total.shape == candidate_set.rows.shape
        )
        assert np.isfinite(scores.total).all()
        np.testing.assert_allclose(scores.relatedness + scores.appeal, scores.total)


@pytest.mark.parametrize("what", SMALL)
@pytest.mark.parametrize("query_name", QUERIES)
def test_little_is_enough(ranker, what, query_name):
    candidate_set = ask(ranker, corpus_of(SMALL[what], at(2)), QUERIES[query_name], 2)
    assert len(candidate_set.rows) == len(SMALL[what])
    assert np.isfinite(ranker.score(candidate_set).total).all()
    assert len(ranker.contributions(candidate_set)) == len(SMALL[what])


@pytest.mark.parametrize("query_name", QUERIES)
def test_a_score_does_not_depend_on_the_order_of_candidates(ranker, query_name):
    candidate_set = ask(ranker, newsroom_corpus(), QUERIES[query_name])
    shuffled = np.random.default_rng(5).permutation(len(candidate_set.rows))
    again = ranker.score(CandidateSet(candidate_set.context, candidate_set.rows[shuffled]))
    np.testing.assert_allclose(again.total, ranker.score(candidate_set).total[shuffled], rtol=0, atol=1e-5)


@pytest.mark.parametrize("dial", DIALS)
@pytest.mark.parametrize("query_name", QUERIES)
def test_contributions_add_up_to_the_score_and_to_its_two_sums(ranker, query_name, dial):
    candidate_set = ask(ranker, newsroom_corpus(), QUERIES[query_name])
    scores = ranker.score(candidate_set, dial=dial)
    explained = ranker.contributions(candidate_set, dial=dial)
    assert len(explained) == len(candidate_set.rows)
    for at_row, parts in enumerate(explained):
        sums = {
            group: sum(p.amount for p in parts if p.group == group) for group in ("relatedness", "appeal")
        }
        assert {part.group for part in parts} <= set(sums)
        assert sum(sums.values()) == pytest.approx(scores.total[at_row], abs=1e-6)
        assert sums["relatedness"] == pytest.approx(scores.relatedness[at_row], abs=1e-6)
        assert sums["appeal"] == pytest.approx(scores.appeal[at_row], abs=1e-6)


@pytest.mark.parametrize("query_name", QUERIES)
def test_contributions_of_some_places_are_those_of_all(ranker, query_name):
    candidate_set = ask(ranker, newsroom_corpus(), QUERIES[query_name])
    places = [3, 0, len(candidate_set.rows) - 1]
    whole = ranker.contributions(candidate_set)
    assert ranker.contributions(candidate_set, places=places) == [whole[at] for at in places]
    assert ranker.contributions(candidate_set, places=[]) == []


def test_the_article_itself_is_never_a_candidate_and_those_rise_and_were_known(ranker):
    corpus = newsroom_corpus()
    candidate_set = ask(ranker, corpus, STORED)
    assert corpus.row_of[STORED.url] not in candidate_set.rows
    assert (np.diff(candidate_set.rows) > 0).all()
    assert candidate_set.rows.max() < corpus.at(at(150)).size


def test_candidates_keep_to_the_window(ranker):
    corpus = newsroom_corpus()
    view = corpus.at(at(150))
    for query in (None, corpus.query(STORED)):
        rows = ranker.candidates(QueryContext(view, query, timedelta(hours=24)))
        assert len(rows)
        assert corpus.stored[rows.min()].article.first_seen_at >= at(126)


def test_scores_are_reproducible(ranker):
    one, other = (ranker.score(ask(ranker, newsroom_corpus(), STORED)).total for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_ranker_has_a_name(ranker):
    assert ranker.name
    assert ranker.name.split() == [ranker.name]


def test_ties_go_to_the_newer_article():
    rows, times = np.array([7, 3, 9, 5]), np.array([5, 5, 5, 6])
    assert order(np.array([1.0, 2.0, 1.0, 1.0]), times, rows).tolist() == [1, 3, 2, 0]
    assert order(np.zeros(4), times, rows).tolist() == [3, 2, 0, 1]
    assert order(np.zeros(0), times[:0], rows[:0]).tolist() == []


def test_an_untrained_ranker_puts_the_newest_first():
    candidate_set = ask(LogisticRanker(), newsroom_corpus(), STORED)
    places = order(LogisticRanker().score(candidate_set).total, candidate_set.times, candidate_set.rows)
    assert (np.diff(candidate_set.rows[places]) < 0).all()


@pytest.fixture(params=["pretrained", "trained"])
def model(request: pytest.FixtureRequest) -> Ranker:
    return ranker_called(request.param)


def test_at_dial_0_relatedness_alone_ranks_and_at_1_appeal_alone(model):
    candidate_set = ask(model, newsroom_corpus(), STORED)
    learnt, related, popular = (model.score(candidate_set, dial=dial) for dial in (TRAINED_DIAL, 0, 1))
    assert not related.appeal.any()
    np.testing.assert_allclose(related.relatedness, learnt.relatedness)
    assert not popular.relatedness.any()
    alone = model.score(CandidateSet(QueryContext(candidate_set.view), candidate_set.rows))
    np.testing.assert_allclose(popular.appeal, alone.appeal)


def test_turning_the_dial_up_trades_relatedness_for_appeal_step_by_step(model):
    candidate_set = ask(model, newsroom_corpus(), STORED)
    related, appeal = (
        model.score(candidate_set, dial=0).relatedness,
        model.score(candidate_set, dial=1).appeal,
    )
    firsts = [
        order(model.score(candidate_set, dial=d).total, candidate_set.times, candidate_set.rows)[0]
        for d in np.linspace(0, 1, 41)
    ]
    assert (np.diff(related[firsts]) <= 1e-9).all()
    assert (np.diff(appeal[firsts]) >= -1e-9).all()
    assert appeal[firsts[-1]] > appeal[firsts[0]]


def test_without_an_article_the_dial_changes_nothing(model):
    candidate_set = ask(model, newsroom_corpus(), None)
    expected = model.score(candidate_set).total
    for dial in DIALS:
        np.testing.assert_array_equal(model.score(candidate_set, dial=dial).total, expected)


@pytest.mark.parametrize("dial", [-0.1, 1.1, float("nan")])
def test_a_dial_out_of_range_is_rejected_by_name(model, dial):
    with pytest.raises(InvalidValueError, match=r"^dial: expected a number from 0"):
        model.score(ask(model, newsroom_corpus(), STORED), dial=dial)


def test_the_baselines_order_by_what_they_are_called():
    corpus = newsroom_corpus()
    candidate_set = ask(BASELINES["newest"], corpus, STORED)
    newest = order(BASELINES["newest"].score(candidate_set).total, candidate_set.times, candidate_set.rows)
    assert (np.diff(candidate_set.rows[newest]) < 0).all()
    for name in ("tfidf", "bm25"):
        best = candidate_set.rows[
            order(BASELINES[name].score(candidate_set).total, candidate_set.times, candidate_set.rows)[:5]
        ]
        name_of_story = (STORED.headline or "").split(":")[0]
        shared = [name_of_story in (corpus.stored[row].article.body or "") for row in best]
        assert sum(shared) >= 4
    popular = candidate_set.rows[
        order(BASELINES["popularity"].score(candidate_set).total, candidate_set.times, candidate_set.rows)[0]
    ]
    shown = corpus.lists.items(corpus.at(at(150)).list_count - 1)[0]
    assert popular in shown[:3]


MEASURES = {  # what a user's own function may return by mistake, and what the error says of it
    "too few": (lambda _: np.ones(3), r"ranker mine: shape: expected \(50,\), one finite .* \(3,\)"),
    "a column": (lambda each: np.ones((len(each.rows), 1)), r"ranker mine: shape: .* found \(50, 1\)"),
    "one number": (lambda _: 1.0, r"ranker mine: shape: .* found \(\)"),
    "nothing": (lambda _: None, r"ranker mine: (shape: )?expected"),
    "text": (lambda each: ["new"] * len(each.rows), "ranker mine: expected one finite number per candidate"),
    "ragged": (lambda _: [[1], [1, 2]], "ranker mine: expected one finite number per candidate"),
    "no number": (
        lambda each: np.where(np.arange(len(each.rows)) == 7, np.nan, 1),
        "ranker mine, candidate 7 of 50: expected one finite number per candidate, found nan",
    ),
    "infinite": (lambda each: np.full(len(each.rows), -np.inf), "ranker mine, candidate 0 of 50: .* -inf"),
}


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_that_is_not_a_number_per_candidate_is_named(name):
    measure, message = MEASURES[name]
    mine = Baseline("mine", "appeal", measure)
    candidate_set = ask(mine, newsroom_corpus(), None)
    with pytest.raises(InvalidValueError, match=message):
        mine.score(candidate_set)


def test_a_measure_may_be_a_list_of_whole_numbers():
    mine = Baseline("mine", "relatedness", lambda each: list(range(len(each.rows))))
    candidate_set = ask(mine, newsroom_corpus(), None)
    assert mine.score(candidate_set).total.tolist() == list(range(len(candidate_set.rows)))


def test_a_baseline_belongs_to_one_of_the_two_groups():
    with pytest.raises(
        InvalidValueError, match="baseline mine: group: expected relatedness or appeal, found"
    ):
        Baseline("mine", "relatednes", np.zeros)  # type: ignore[arg-type]


def test_every_baseline_has_a_description():
    assert all(each.description for each in BASELINES.values())
