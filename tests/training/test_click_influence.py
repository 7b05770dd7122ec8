"""How much clicks weigh: what one list, page or hour may, what all may, and what is hardly believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import Page
from recsys.ranking import QueryGroup, RankerWeights
from recsys.ranking.features import APPEAL, RELATEDNESS, columns
from recsys.ranking.model_files import load_pretrained_weights
from recsys.training.clicks import (
    build_impression_log,
    estimate_propensities,
    impressions_with_clicks,
    learn_from_clicks,
)
from recsys.training.clicks import influence as limits
from recsys.training.clicks.click_examples import IMPRESSIONS_PER_HOUR, sample_impressions
from recsys.training.clicks.influence import limit_influence, plausibility
from recsys.training.clicks.propensity import ShownItems
from tests.newsroom import at, corpus_of
from tests.training.test_click_examples import STORIES, served

BLANK = RankerWeights.blank()
EVEN = 1 / (1 + limits.CARELESS)
"""What a click is worth to a reference that finds all stories equally good."""
TOGETHER = limits.OF_HOUR / limits.CONFIRMED
"""What an hour may weigh, for each hour with clicks."""


def weights(pages: Sequence[Page], *, end: float = 2_000, other: float = 0.0) -> tuple[Corpus, np.ndarray]:
    """The weights of the contexts, of a reference that finds all plausible."""
    corpus = corpus_of([*STORIES, *pages], at(end))
    log = build_impression_log(corpus.at(at(end)))
    clicks = learn_from_clicks(corpus.at(at(end)), log, weight=1.0, most=10_000, propensities=[1.0])
    found = limit_influence(clicks, log, BLANK, other_weight=other)
    return corpus, np.array([context.weight for context in found])


def test_an_hour_weighs_so_much_however_many_clicks_it_has_and_little_while_there_are_few_hours():
    for count in (10, 40):
        pages = [served(20 + n / 1_000, 6 + n % 5, {1: 1, 2: 0, 3: n}) for n in range(count)]
        assert weights(pages)[1].sum() == pytest.approx(EVEN * TOGETHER)
    in_two_hours = [served(20 + n, 6 + m, {1: 1, 2: 0}) for n in range(2) for m in range(5)]
    assert weights(in_two_hours)[1].sum() == pytest.approx(EVEN * 2 * 2 * TOGETHER)


def test_a_page_fills_half_an_hour_at_the_most():
    alone = [served(20 + n / 1_000, 9, {1: 1, 2: 0, 3: n}) for n in range(30)]
    assert weights(alone)[1].sum() == pytest.approx(EVEN * TOGETHER / 2)


def test_clicks_at_many_hours_weigh_as_many_as_they_are_up_to_what_a_page_and_a_list_may():
    hours = range(20, 20 + 2 * limits.CONFIRMED)
    one_list = [served(hour, 9, {1: 1, 2: 0}) for hour in hours]
    assert weights(one_list)[1].sum() == pytest.approx(EVEN * limits.OF_LIST)
    one_page = [served(hour, 9, {1: 1, 2: 0, f"other-{hour}": 0}) for hour in hours]
    assert weights(one_page)[1].sum() <= EVEN * limits.OF_PAGE + 1e-9
    pages = [served(hour, 4 + hour % 8, {1 + hour % 3: 1, 0: 0}) for hour in hours]
    assert weights(pages)[1].sum() <= EVEN * 8 * limits.OF_PAGE


def test_all_clicks_weigh_no_more_than_the_other_lists_or_a_fixed_amount(monkeypatch: pytest.MonkeyPatch):
    pages = [served(20 + n, 6 + n % 5, {1: 1, 2: 0, f"x{n}": 0}) for n in range(limits.CONFIRMED)]
    free = weights(pages)[1].sum()
    assert free > EVEN * 20
    monkeypatch.setattr(limits, "ALONE", 10.0)
    assert weights(pages)[1].sum() == pytest.approx(EVEN * 10)
    assert weights(pages, other=15.0)[1].sum() == pytest.approx(EVEN * 15)
    assert weights(pages, other=1e6)[1].sum() == pytest.approx(free)


def test_an_hour_of_clicks_far_down_weighs_at_most_twice_as_much_as_another():
    pages = [
        served(20 + n, 6 + n % 5, {0: 0, 1: 0, 2: 0, 3: 1} if n % 4 == 0 else {0: 0, 3: 1, 1: 0, 2: 0})
        for n in range(40)
    ]
    corpus = corpus_of([*STORIES, *pages], at(200))
    view = corpus.at(at(200))
    log = build_impression_log(view)
    clicks = learn_from_clicks(view, log, weight=1.0, most=100, propensities=[1, 0.9, 0.5, 1e-6])
    found = [each.weight for each in limit_influence(clicks, log, BLANK)]
    raw = [each.weight for each in clicks.groups]
    assert max(raw) > 2.5
    assert max(found) <= EVEN * limits.HEAVIEST * 40 * TOGETHER + 1e-9


def a_click(best_is_clicked: bool) -> QueryGroup:
    """One story that has the first column, beside nineteen that have nothing."""
    related = np.zeros((20, len(columns(RELATEDNESS))), dtype=np.float32)
    related[0 if best_is_clicked else 7, 0] = 1.0
    appeal = np.zeros((20, len(columns(APPEAL))), dtype=np.float32)
    relevance = np.eye(1, 20, 0, dtype=np.float32)[0]
    return QueryGroup("served", 1.0, related, appeal, relevance)


def test_a_click_on_what_nobody_would_show_hardly_counts():
    sure = BLANK.relatedness.refit(
        np.where(np.arange(BLANK.relatedness.weights.size) < BLANK.relatedness.weights.shape[1], 3.0, 0.0)
    )
    reference = RankerWeights(sure, BLANK.appeal, BLANK.appeal_scale)
    good, bad = (plausibility(a_click(best), reference) for best in (True, False))
    assert good > 0.9
    assert bad < 0.1
    assert plausibility(a_click(True), BLANK) == pytest.approx(EVEN)


def test_a_burst_does_not_crowd_out_the_lists_of_other_hours_nor_one_page_those_of_others():
    burst = [served(30 + n / 1_000, 9, {1: 1, 2: 0, 3: n}) for n in range(3 * IMPRESSIONS_PER_HOUR)]
    honest = [served(30.5, 10, {1: 1, 2: 0}), *(served(31 + n, 8, {1: 1, 2: 0}) for n in range(20))]
    corpus = corpus_of([*STORIES, *burst, *honest], at(60))
    log = build_impression_log(corpus.at(at(60)))
    chosen = sample_impressions(log, impressions_with_clicks(log), 1_000)
    assert len(chosen) == IMPRESSIONS_PER_HOUR + 20
    assert (np.diff(chosen) > 0).all()
    pages = log.pages[chosen]
    row = {n: corpus.row_of[f"https://harbour.example/{n}"] for n in (8, 9, 10)}
    assert [int((pages == row[n]).sum()) for n in (8, 9, 10)] == [20, IMPRESSIONS_PER_HOUR - 1, 1]


def test_clicks_on_the_ends_of_lists_make_no_place_further_down_look_examined_more():
    stories = np.repeat(np.arange(300), 10)
    positions = np.tile(np.arange(1, 11), 300)
    clicks = (positions >= 8).astype(np.int64)  # by a program
    shown = ShownItems(np.arange(len(stories)), stories, positions, clicks)
    found = estimate_propensities(shown)
    assert found.origin == "estimated"
    assert (np.diff(found.values) <= 1e-12).all()


def test_training_gives_clicks_the_weights_of_here():
    from recsys.training import train

    pages = [served(20 + n / 1_000, 6 + n % 5, {1: 1, 2: 0, 3: n}) for n in range(40)]
    found = train(corpus_of([*STORIES, *pages], at(60)), until=at(60), prior=load_pretrained_weights())
    assert 0 < found.report.click_weight <= TOGETHER * limits.HEAVIEST
