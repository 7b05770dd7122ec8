"""One worked example for every metric, statistic and judgment, small enough to check in the head."""

from __future__ import annotations

from math import isnan, log, log2, nan

import numpy as np
import pytest

from recsys.domain import Kind, to_microseconds
from recsys.evaluation import beyond_accuracy as beyond
from recsys.evaluation.calibration import reliability, turn_dial
from recsys.evaluation.counterfactual import ServedList, discounted_clicks, effective_clicks
from recsys.evaluation.judgments import JudgedQuery, judge
from recsys.evaluation.metrics import METRICS, average_precision, dcg, hit, ndcg, recall, reciprocal_rank
from recsys.evaluation.replay import DIALS, Answer
from recsys.evaluation.statistics import Bootstrap, compare, figure, sign_flip_test
from recsys.store import Store
from tests.newsroom import address, at, corpus_of, shown, story, text_of

SECOND = 1 / log2(3)
"""What the second rank counts in DCG; the third counts 1/2."""

METRIC_VALUES = {
    "dcg: the gains by rank": (dcg([3, 0, 2]), 3 + 2 / 2),
    "ndcg: one of one, third": (ndcg([0, 0, 1], [1], 10), 1 / 2),
    "ndcg: beyond the cut": (ndcg([0, 0, 1], [1], 2), 0),
    "ndcg: gains are linear": (ndcg([1, 3], [1, 3], 10), (1 + 3 * SECOND) / (3 + SECOND)),
    "ndcg: the best list is cut too": (ndcg([1], [1, 1, 1], 1), 1),
    "ndcg: one of two, first": (ndcg([1, 0], [1, 1], 10), 1 / (1 + SECOND)),
    "mrr: third": (reciprocal_rank([0, 0, 1, 1], [1, 1]), 1 / 3),
    "mrr: at the hundredth rank": (reciprocal_rank([0] * 99 + [1], [1]), 1 / 100),
    "mrr: beyond it": (reciprocal_rank([0] * 100 + [1], [1]), 0),
    "recall: two of four": (recall([1, 0, 5, 1], [1, 5, 1, 1], 3), 2 / 4),
    "recall: more are relevant than the cut holds": (recall([1, 1], [1, 1, 1, 1], 2), 2 / 4),
    "hit: within the cut": (hit([0, 2, 0], [2], 2), 1),
    "hit: beyond the cut": (hit([0, 0, 2], [2], 2), 0),
    "map: first and third of three": (average_precision([1, 0, 1], [1, 1, 1]), (1 + 2 / 3) / 3),
    "map: gains above 0 are equal": (average_precision([9, 0, 1], [9, 1]), (1 + 2 / 3) / 2),
    "ndcg@5 cuts after the fifth": (METRICS["ndcg@5"]([0] * 5 + [1], [1]), 0),
    "ndcg@10 counts the sixth": (METRICS["ndcg@10"]([0] * 5 + [1], [1]), 1 / log2(7)),
    "recall@10 cuts after the tenth": (METRICS["recall@10"]([0] * 10 + [1], [1]), 0),
    "hit@10 counts the tenth": (METRICS["hit@10"]([0] * 9 + [1], [1]), 1),
    "mrr has no cut at ten": (METRICS["mrr"]([0] * 10 + [1], [1]), 1 / 11),
    "map has no cut at ten": (METRICS["map"]([0] * 10 + [1], [1]), 1 / 11),
    "coverage: two of four": (beyond.coverage([1, 1, 2], 4), 2 / 4),
    "gini: one of two stories has all places": (beyond.gini([1, 1], 2), 1 / 2),
    "gini: three places and one": (beyond.gini([1, 1, 1, 2], 2), 1 / 4),
    "gini: equal shares": (beyond.gini([1, 2, 1, 2], 2), 0),
    "age: the middle one": (beyond.median_age([100, 1, 5]), 5),
    "age: between the middle two": (beyond.median_age([1, 4, 6, 100]), 5),
    "empty places: three of ten": (beyond.empty_places(7), 3 / 10),
    "empty places: a longer list": (beyond.empty_places(12), 0),
    "lift: twice as often": (beyond.popularity_lift(0.6, 0.3), 2),
    "churn: two of four are new": (beyond.churn([1, 2, 3, 4], [4, 3, 5, 6]), 2 / 4),
    "churn: one of two is new": (beyond.churn([1, 2, 3], [1, 9]), 1 / 2),
}


@pytest.mark.parametrize("name", METRIC_VALUES)
def test_value_of_each_metric(name):
    found, expected = METRIC_VALUES[name]
    assert found == pytest.approx(expected)


def test_duplicates_and_diversity_of_three_stories():
    """The third is the first again; the cosines of the three pairs are 0, 1/4 and 1/2."""
    same = np.zeros((3, 3), dtype=bool)
    same[0, 2] = same[2, 0] = True
    assert beyond.duplicates(same) == pytest.approx(1 / 3)
    cosines = np.array([[1, 0, 0.5], [0, 1, 0.25], [0.5, 0.25, 1]], dtype=np.float32)
    assert beyond.diversity(cosines) == pytest.approx(1 - (0 + 0.25 + 0.5) / 3)


UNDEFINED = {
    "diversity of one story": beyond.diversity(np.ones((1, 1), dtype=np.float32)),
    "age of no story": beyond.median_age([]),
    "lift where nothing was popular": beyond.popularity_lift(nan, 0),
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_what_has_no_value_is_nan(name):
    assert isnan(UNDEFINED[name])


def test_an_interval_holds_the_middle_95_percent_of_the_draws():
    found = figure(7.0, np.arange(1001.0), 5)
    assert (found.mean, found.low, found.high, found.n) == (7, 25, 975, 5)


def test_mean_ratio_and_median_of_few_values():
    bootstrap = Bootstrap(3)
    assert bootstrap.mean(np.array([1.0, 2, 6])).mean == 3
    assert bootstrap.ratio(np.array([1.0, 2, 3]), np.array([2.0, 2, 4])).mean == 6 / 8
    assert bootstrap.ratio(np.ones(3), np.ones(3), n=9).n == 9
    assert bootstrap.median(np.array([1.0, 2, 6])).mean == 2


def test_the_interval_of_two_values_is_that_of_the_four_draws():
    """Of two queries a draw has the first twice in a quarter of all cases, and the second in another."""
    found = Bootstrap(2).mean(np.array([0.0, 1.0]))
    assert (found.low, found.mean, found.high) == (0, 0.5, 1)


SIGN_FLIPS = {  # differences: the share of all signs whose sum is as far from 0
    (1.0,): 1,
    (1.0, 1.0): 2 / 4,
    (1.0, 1.0, 1.0): 2 / 8,
    (1.0, 1.0, 1.0, 1.0, 0.0): 2 / 16,
    (3.0, -1.0, 1.0): 6 / 8,  # all but those whose sum is 1 or -1
    (0.0, 0.0): 1,
}


@pytest.mark.parametrize("differences", SIGN_FLIPS)
def test_p_value_of_few_differences(differences):
    assert sign_flip_test(np.array(differences)) == pytest.approx(SIGN_FLIPS[differences], abs=0.02)


def test_a_comparison_subtracts_theirs_from_ours():
    ours, theirs = np.array([1.0, 0.5, 0.0, 1.0]), np.array([0.5, 0.5, 0.5, 0.0])
    found = compare(ours, theirs, Bootstrap(4), than="tfidf", metric="ndcg@10")
    assert (found.than, found.metric, found.figure.mean) == ("tfidf", "ndcg@10", 1 / 4)
    assert (found.better, found.worse, found.equal) == (2, 1, 1)


def answer(margins: list[float], **more: object) -> Answer:
    return Answer(JudgedQuery("q", 0, 0, {}), {}, {}, margins=np.array(margins), **more)  # type: ignore[arg-type]


def test_reliability_counts_how_often_the_higher_score_was_right():
    """Odds of 3 are a probability of 3/4; three of four such pairs were right. A tie counts half."""
    found = reliability([answer([log(3), log(3)]), answer([log(3), -log(3), 0.0]), answer([])])
    assert [(each.low, each.high) for each in found] == [(0.5, 0.6), (0.7, 0.8)]
    assert [each.predicted for each in found] == pytest.approx([1 / 2, 3 / 4])
    assert [each.observed.mean for each in found] == pytest.approx([1 / 2, 3 / 4])
    assert [each.observed.n for each in found] == [1, 4]


def test_the_dial_is_judged_by_what_was_chosen_and_by_what_was_popular():
    """Up to .5 the chosen story comes first, beyond it the popular one."""
    chosen, popular = 7, 8
    dials = {dial: np.array([chosen, popular] if dial <= 0.5 else [popular, chosen]) for dial in DIALS}
    query = JudgedQuery("q", 0, 0, {"related": {chosen: 1.0}}, wanted={popular: 10.0})
    points = turn_dial([Answer(query, {}, {}, dials)], "related")
    assert [point.dial for point in points] == list(DIALS)
    assert [point.relatedness.mean for point in points] == pytest.approx([1] * 5 + [SECOND] * 4)
    assert [point.appeal.mean for point in points] == pytest.approx([SECOND] * 5 + [1] * 4)
    assert [point.changed for point in points] == [0] * len(DIALS)
    assert turn_dial([Answer(query, {}, {}, dials)], "links") == ()


def test_a_step_of_the_dial_changes_the_share_of_stories_that_are_new():
    dials = {dial: np.array([7, 8] if dial <= 0.5 else [8, 9]) for dial in DIALS}
    query = JudgedQuery("q", 0, 0, {"related": {7: 1.0}}, wanted={8: 10.0})
    points = turn_dial([Answer(query, {}, {}, dials)], "related")
    assert [point.changed for point in points] == [0, 0, 0, 0, 0, 1 / 2, 0, 0, 0]


def served(clicks: list[int], weights: list[float]) -> ServedList:
    rows = np.arange(len(clicks))
    return ServedList(JudgedQuery("q", 0, 0, {}), rows, np.array(clicks, float), np.array(weights))


def test_clicks_are_discounted_by_the_rank_of_their_story():
    """A click of weight 2 on the third story, one of weight 1 on the first."""
    weighted = np.array([1.0, 0.0, 2.0])
    assert discounted_clicks(np.array([0, 1, 2]), weighted) == pytest.approx((1 + 2 / 2, 1 + 2 / 3))
    assert discounted_clicks(np.array([2, 1, 0]), weighted) == pytest.approx((2 + 1 / 2, 2 + 1 / 3))


def test_clicks_of_unequal_weight_count_as_fewer():
    assert effective_clicks([served([1, 1], [2, 2]), served([1], [2])]) == pytest.approx(3)
    assert effective_clicks([served([1, 0], [1, 9]), served([1], [3])]) == pytest.approx(4**2 / (1 + 9))
    assert effective_clicks([served([2], [5])]) == pytest.approx(2)


# Most read at hour 10: 1, 2. An hour later: 2, 3; six hours later: 4. Story 5 has a related box of 1 and 3.
JUDGED = (
    *(story(slug, 0) for slug in (1, 2, 3, 4)),
    shown(10, 1, 2, title="Most read"),
    shown(11, 2, 3, title="Most read"),
    shown(16, 4, title="Most read"),
    story(5, 15, "Ferry", text_of("Anslow", 1)),
    shown(15.2, 1, 3, kind=Kind.RELATED, beside=5),
    story(6, 15.5, "Short", "Too short."),
    shown(15.7, 1, kind=Kind.RELATED, beside=6),
)


def test_judgments_of_a_small_newsroom(tmp_path):
    corpus = corpus_of(JUDGED, at(18))
    row = {slug: corpus.row_of[address(slug)] for slug in (1, 2, 3, 4, 5)}
    with Store.open(tmp_path / "news.db") as store:
        store.add_all(JUDGED)
        judgments = judge(corpus, list(store.read_lists()), since=at(9), until=at(18))
    moment, beside = judgments.queries
    assert moment.moment == to_microseconds(at(10)) + 1
    assert moment.gains == {
        "appeal +1h": {row[2]: 10, row[3]: 9},
        "appeal +1h new": {row[3]: 9},
        "appeal +6h": {row[4]: 10},
        "appeal +6h new": {row[4]: 10},
    }
    assert (beside.moment, beside.row) == (to_microseconds(at(15)), row[5])
    assert beside.gains == {"related": {row[1]: 1, row[3]: 1}}
    assert beside.wanted == {row[4]: 10}
