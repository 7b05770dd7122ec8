"""A new model takes the place of the one in use unless it is surely worse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.bundle import Manifest, load_bundle, load_prior, note_figures, save_bundle
from recsys.errors import EvaluationError
from recsys.evaluation.promotion import judge_successor
from recsys.ranking import Weighting
from recsys.store import Store
from tests.newsroom import END, at, newsroom


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    with Store.open(tmp_path_factory.mktemp("promotion") / "news.db") as opened:
        opened.add_all(newsroom())
        yield opened


def spoilt(weighting: Weighting) -> Weighting:
    """The opposite of what was learnt."""
    curves = (each.refit(-np.array(each.weights)) for each in (weighting.relatedness, weighting.appeal))
    return Weighting(*curves, weighting.appeal_scale)


def test_the_opposite_of_a_model_is_worse_and_the_model_itself_is_not(store: Store, tmp_path: Path):
    good = save_bundle(load_prior(), Manifest("good"), tmp_path)
    bad = save_bundle(spoilt(load_prior()), Manifest("bad"), tmp_path, use=False)
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


def test_what_it_learnt_from_judges_no_model(store: Store, tmp_path: Path):
    learnt = Manifest("new", until="2026-03-01T00:00:00Z", contexts={"related": 1})
    new = save_bundle(load_prior(), learnt, tmp_path)
    with pytest.raises(EvaluationError, match="has learnt from the period"):
        judge_successor(store, new, new, since=at(0), until=END)
