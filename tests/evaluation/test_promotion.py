"""A new model takes the place of the one in use unless it is surely worse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recsys.domain import Kind, ListItem, Page, RankedList, format_time
from recsys.errors import EvaluationError
from recsys.evaluation.promotion import judge_successor, validation_start
from recsys.ranking import RankerWeights
from recsys.ranking.model_files import (
    Manifest,
    load_bundle,
    load_pretrained_weights,
    note_figures,
    save_bundle,
)
from recsys.store import Store
from tests.newsroom import END, SITE, address, at, newsroom

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    with Store.open(tmp_path_factory.mktemp("promotion") / "news.db") as opened:
        opened.add_all(newsroom())
        yield opened


def spoilt(weighting: RankerWeights) -> RankerWeights:
    """The opposite of what was learnt."""
    curves = (each.refit(-np.array(each.weights)) for each in (weighting.relatedness, weighting.appeal))
    return RankerWeights(*curves, weighting.appeal_scale)


def test_the_opposite_of_a_model_is_worse_and_the_model_itself_is_not(store: Store, tmp_path: Path):
    good = save_bundle(load_pretrained_weights(), Manifest("good"), tmp_path)
    bad = save_bundle(spoilt(load_pretrained_weights()), Manifest("bad"), tmp_path, use=False)
    assert (tmp_path / "current").read_text(encoding="utf-8").strip() == "good"
    verdict = judge_successor(store, bad, good, since=at(0), until=END)
    assert verdict.worse
    assert any(name.startswith("related ") for name in verdict.figures)
    assert all(0 <= figure <= 1 for figure in verdict.figures.values())
    note_figures(bad, verdict.figures)
    assert load_bundle(tmp_path, "bad").manifest.figures == verdict.figures
    assert load_bundle(tmp_path).manifest.figures == {}
    assert not judge_successor(store, good, bad, since=at(0), until=END).worse
    assert not judge_successor(store, good, good, since=at(0), until=END).worse


@pytest.mark.parametrize("seen_by", ["new", "current"])
def test_what_either_was_trained_on_judges_neither(store: Store, tmp_path: Path, seen_by: str):
    learnt = Manifest("learnt", until="2026-03-01T00:00:00Z", contexts={"related": 1})
    folders = {
        "new": save_bundle(load_pretrained_weights(), Manifest("new"), tmp_path),
        "current": save_bundle(load_pretrained_weights(), Manifest("current-one"), tmp_path),
    }
    folders[seen_by] = save_bundle(load_pretrained_weights(), learnt, tmp_path)
    with pytest.raises(EvaluationError, match=f"the {seen_by} model was trained on the test period"):
        judge_successor(store, folders["new"], folders["current"], since=at(0), until=END)


@pytest.mark.parametrize(
    ("trained_until", "start"),
    [(None, END - timedelta(days=2)), (at(0), END - timedelta(days=2)), (END - timedelta(hours=9), None)],
)
def test_models_are_compared_on_the_last_two_days_as_far_as_both_are_new_to_them(
    tmp_path: Path, trained_until: datetime | None, start: datetime | None
):
    used = None
    if trained_until is not None:
        manifest = Manifest("used", until=format_time(trained_until), contexts={"related": 1})
        used = save_bundle(load_pretrained_weights(), manifest, tmp_path)
    assert validation_start(used, END) == (trained_until if start is None else start)


def test_nothing_is_compared_before_the_current_model_was_trained(tmp_path: Path):
    manifest = Manifest("used", until=format_time(END), contexts={"related": 1})
    used = save_bundle(load_pretrained_weights(), manifest, tmp_path)
    for until in (END, END - timedelta(days=3)):
        with pytest.raises(EvaluationError, match="used was trained on everything before"):
            validation_start(used, until)


@pytest.fixture
def popular_alone(tmp_path: Path) -> Iterator[Store]:
    """A newsroom without boxes, where somebody has clicked the less related story of every list."""
    pages = [page for page in newsroom() if not any(each.kind is Kind.RELATED for each in page.lists)]
    worst_clicked = [
        clicked_list(
            END - timedelta(hours=40 - n), beside, shown=(beside - 6, beside - 1), clicked=beside - 1
        )
        for n, beside in enumerate(range(40, 70))
    ]
    with Store.open(tmp_path / "popular.db") as opened:
        opened.add_all([*pages, *worst_clicked])
        yield opened


def clicked_list(moment: datetime, beside: int, *, shown: tuple[int, ...], clicked: int) -> Page:
    """A list that was served, and the only story of it that was clicked."""
    items = tuple(
        ListItem(place, f"Story {slug}", address(slug), int(slug == clicked))
        for place, slug in enumerate(shown, 1)
    )
    return Page(lists=(RankedList(SITE, Kind.SERVED, moment, items, page_url=address(beside)),))


def unrelated(weighting: RankerWeights) -> RankerWeights:
    """The opposite of what was learnt of relatedness, as clicks on the ends of lists would teach it."""
    opposite = weighting.relatedness.refit(-np.array(weighting.relatedness.weights))
    return RankerWeights(opposite, weighting.appeal, weighting.appeal_scale)


def test_where_nothing_but_clicks_speaks_for_a_model_it_must_stay_near_the_one_in_use(
    popular_alone: Store, tmp_path: Path
):
    since = END - timedelta(days=2)
    learnt = Manifest("poisoned", until=format_time(since), contexts={"popular": 99, "served": 9_999})
    used = save_bundle(load_pretrained_weights(), Manifest("used"), tmp_path)
    bad = save_bundle(unrelated(load_pretrained_weights()), learnt, tmp_path, use=False)
    verdict = judge_successor(popular_alone, bad, used, since=since, until=END)
    assert not any("clicks" in each.task for each in verdict.comparisons)
    assert not verdict.worse, "most-read lists say nothing of what belongs together"
    assert verdict.is_too_different
    first = judge_successor(popular_alone, bad, None, since=since, until=END)
    assert first.agreement == verdict.agreement, "the first model is compared with the pretrained weights"
    same = save_bundle(load_pretrained_weights(), replace(learnt, name="same"), tmp_path, use=False)
    verdict = judge_successor(popular_alone, same, used, since=since, until=END)
    assert verdict.agreement == 1
    assert not verdict.is_too_different


def test_where_editors_lists_judge_a_model_they_do_so_alone(store: Store, tmp_path: Path):
    learnt = Manifest("clicked", until=format_time(at(0)), contexts={"related": 9, "served": 9_999})
    used = save_bundle(load_pretrained_weights(), Manifest("used"), tmp_path)
    bad = save_bundle(unrelated(load_pretrained_weights()), learnt, tmp_path, use=False)
    verdict = judge_successor(store, bad, used, since=at(0), until=END)
    assert "related" in verdict.worse
    assert verdict.agreement is None
