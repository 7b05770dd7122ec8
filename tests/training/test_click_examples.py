"""What clicks teach: choices with documented weights, nothing without a choice, nothing from later."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from benchmarks.clicks import measure_seed
from recsys.corpus import Corpus
from recsys.domain import Kind, ListItem, Page, RankedList
from recsys.errors import InvalidValueError
from recsys.ranking import RankerWeights
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, QueryContext, compute, find_candidates
from recsys.ranking.model_files import load_pretrained_weights
from recsys.simulation import Plan, Policy
from recsys.training import train
from recsys.training.clicks import SMALLEST_PROPENSITY, build_impression_log, learn_from_clicks
from tests.newsroom import SITE, address, at, corpus_of, story, text_of

END = at(60)
STORIES = [story(n, n, f"Story {n}", text_of("Anslow" if n % 2 else "Eskvale", n)) for n in range(12)]


def served(hour: float, beside: object, clicks: Mapping[object, int]) -> Page:
    """What the widget showed from the first position on, with clicks."""
    items = tuple(
        ListItem(position, f"Story {slug}", address(slug), count)
        for position, (slug, count) in enumerate(clicks.items(), start=1)
    )
    return Page(lists=(RankedList(SITE, Kind.SERVED, at(hour), items, page_url=address(beside)),))


def learnt(*pages: Page, propensities: list[float] | None = None, most: int = 100, weight: float = 1.0):
    view = corpus_of([*STORIES, *pages], END).at(END)
    log = build_impression_log(view)
    return learn_from_clicks(view, log, weight=weight, most=most, propensities=propensities)


def test_a_click_low_on_the_list_counts_by_how_seldom_its_position_is_examined():
    found = learnt(
        served(20, 9, {1: 1, 2: 0, 3: 0}),
        served(30, 9, {4: 0, 5: 0, 6: 1}),
        propensities=[1.0, 0.5, 0.25],
    )
    # a quarter look at the third position: its click counts four times that of the first, on average 1
    assert [context.weight for context in found.groups] == pytest.approx([0.4, 1.6])
    for context in found.groups:
        assert context.source == "served"
        assert context.relevance.tolist() == [1, 0, 0]
        assert context.relatedness.shape[0] == context.appeal.shape[0] == 3


def test_two_clicks_of_one_list_are_two_contexts_and_not_a_pair():
    found = learnt(served(20, 9, {1: 1, 2: 1, 3: 0}), propensities=[1.0, 0.5, 0.25])
    assert [context.relevance.tolist() for context in found.groups] == [[1, 0], [1, 0]]
    assert [context.weight for context in found.groups] == pytest.approx([2 / 3, 4 / 3])


def test_a_story_that_stood_at_several_positions_counts_by_their_mean():
    found = learnt(
        served(20, 9, {1: 1, 2: 0}),
        served(20.5, 9, {2: 0, 1: 0}),
        served(21, 10, {3: 1, 4: 0}),
        propensities=[1.0, 0.5],
    )
    # 1 / 0.75 and 1 / 1, on average 1
    assert [context.weight for context in found.groups] == pytest.approx([8 / 7, 6 / 7])


def test_no_click_counts_more_than_the_clip_allows():
    found = learnt(served(20, 9, {1: 1, 2: 0}), served(30, 9, {4: 0, 5: 1}), propensities=[1.0, 1e-6])
    first, second = (context.weight for context in found.groups)
    assert second / first == pytest.approx(1 / SMALLEST_PROPENSITY)


def test_several_clicks_on_an_item_count_as_several():
    found = learnt(served(20, 9, {1: 3, 2: 0}), served(30, 9, {4: 1, 5: 0}), propensities=[1.0, 0.5])
    assert [context.weight for context in found.groups] == pytest.approx([3, 1])


@pytest.mark.parametrize(
    "page",
    [
        served(20, 9, {1: 0, 2: 0, 3: 0}),
        served(20, 9, {1: 1, 2: 1, 3: 1}),
        served(20, "unheard of", {1: 1, 2: 0}),
        served(5, 9, {1: 1, 2: 0}),
        served(20, 9, {1: 1}),
    ],
    ids=["no click", "all clicked", "an unknown page", "a page that appears later", "one item"],
)
def test_a_list_without_a_choice_beside_a_known_article_teaches_nothing(page: Page):
    found = learnt(page)
    assert found.groups == ()
    assert found.propensities is None
    assert learnt(page, served(20.25, 9, {1: 1, 2: 0})).propensities is not None


def test_of_many_lists_evenly_many_over_the_period_are_taken():
    found = learnt(*(served(20 + n, 9, {1: 1, 2: 0}) for n in range(9)), most=3)
    assert len(found.groups) == len(found.impressions) == 3
    assert np.diff(found.impressions).tolist() == [3, 3]


def asked(corpus: Corpus, hour: float) -> tuple[np.ndarray, ...]:
    reading = QueryContext(corpus.at(at(hour)), corpus.query_row(corpus.row_of[address(9)]))
    question = CandidateSet(reading, find_candidates(reading))
    return question.rows, compute(RELATEDNESS, question), compute(APPEAL, question)


def test_what_a_widget_showed_is_a_label_and_never_a_feature():
    clicks = [served(13 + n, 9, {1: 1, 2: 0, 3: 0}) for n in range(9)]
    ours, theirs = asked(corpus_of([*STORIES, *clicks], END), 40), asked(corpus_of(STORIES, END), 40)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def same(one: RankerWeights, other: RankerWeights) -> bool:
    return np.array_equal(one.relatedness.weights, other.relatedness.weights)


def test_training_learns_from_clicks_and_says_what_it_assumed():
    corpus = corpus_of([*STORIES, *(served(20 + n, 9, {1: 0, 2: 0, 3: 1}) for n in range(20))], END)
    found = train(corpus, until=END)
    assert found.report.contexts == {"served": 20}
    assert found.report.propensities is not None
    assert (found.report.propensities.origin, found.report.propensities.clicks) == ("default", 0)
    assert not same(found.ranker.weights_, load_pretrained_weights())
    assert train(corpus_of(STORIES, END), until=END).report.propensities is None
    told_so = train(corpus, until=END, propensities=[1.0, 0.9, 0.8])
    assert told_so.report.propensities is not None
    assert told_so.report.propensities.origin == "given"


def test_clicks_alone_are_evidence_and_their_first_list_is_the_first():
    report = train(corpus_of([*STORIES, served(20, 9, {1: 1, 2: 0})], END), until=END).report
    assert report.contexts == {"served": 1}
    assert report.first == at(20)


def test_clicks_at_or_after_the_end_of_training_teach_nothing():
    before = [*STORIES, served(20, 9, {1: 1, 2: 0, 3: 0})]
    later = [served(30 + n, 9, {1: 0, 2: 0, 3: 1}) for n in range(9)]
    found = train(corpus_of([*before, *later], END), until=at(30))
    alone = train(corpus_of(before, at(30)), until=at(30))
    assert found.report.contexts == alone.report.contexts == {"served": 1}
    assert same(found.ranker.weights_, alone.ranker.weights_)
    assert not same(found.ranker.weights_, load_pretrained_weights())


def test_given_propensities_are_checked_even_without_clicks():
    with pytest.raises(InvalidValueError, match="propensities"):
        learnt(propensities=[2.0])


@pytest.mark.slow
def test_on_biased_logs_the_correction_finds_the_true_order_and_on_random_ones_it_costs_little():
    def plan(seed: int, policy: Policy) -> Plan:
        return Plan(seed=seed, days=10, articles_per_day=20, views_per_day=250, policy=policy)

    figures, _ = measure_seed(7, plan, days=2, tested=100)
    (naive, estimated, true, limited), (naive_random, estimated_random, *_) = figures[:, :, 0]
    assert estimated > naive + 0.01
    assert abs(estimated - true) < 0.02
    assert limited > naive, "limits leave enough of honest clicks to learn from"
    assert estimated_random > naive_random - 0.04  # one small log; benchmarks.clicks has the interval
