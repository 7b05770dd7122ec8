"""Every benchmark runs on a small invented newsroom, and says what it promises."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import ablation, lambdamart, refit, transfer
from benchmarks.fitting import APPEAL_BESIDE, Fit, Teaching
from benchmarks.measuring import (
    DEVELOPMENT,
    IN_TRAINING,
    News,
    Trial,
    build_lessons,
    find_trials,
    load_news,
    measure,
    pool,
    score_with,
    taught_before,
)
from benchmarks.reporting import Line, Report
from recsys.documents import article_record, format_record, list_record
from recsys.domain import format_time, to_microseconds
from recsys.ranking import RankerWeights
from recsys.ranking.features import APPEAL, RELATEDNESS, columns
from recsys.simulation import Plan, simulate
from recsys.simulation.plan import START
from recsys.training import train

PLAN = Plan(days=10, articles_per_day=12, views_per_day=0)


def after(days: float) -> datetime:
    return START + timedelta(days=days)


SINCE, UNTIL, BLOCKS, MONTH = after(8), after(9.9), after(5), after(6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made, room = tmp_path_factory.mktemp("newsroom"), simulate(PLAN)
    for name, records in (
        ("articles", [article_record(each) for each in room.stories.articles]),
        ("lists", [list_record(each) for each in room.all_lists()]),
    ):
        with gzip.open(made / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(format_record(record) + "\n" for record in records)
    return made


@pytest.fixture(scope="module")
def news(folder: Path) -> News:
    return load_news(folder, UNTIL)


@pytest.fixture(scope="module")
def teaching(news: News) -> Teaching:
    return Teaching(build_lessons(news.corpus, SINCE))


@pytest.fixture(scope="module")
def trials(news: News) -> list[Trial]:
    return find_trials(news, SINCE, UNTIL, blocks_since=BLOCKS)


@pytest.fixture
def run(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs the main function of a benchmark; gives its table and its figures."""

    def run(main: Callable[[list[str]], None], *more: str) -> tuple[str, list[dict[str, Any]]]:
        to = tmp_path / "figures.json"
        times = [
            *("--since", format_time(SINCE), "--until", format_time(UNTIL)),
            *("--blocks-since", format_time(BLOCKS)),
        ]
        main([str(folder), *times, "--json", str(to), *more])
        return capsys.readouterr().out, json.loads(to.read_text())["figures"]

    return run


def test_a_fit_is_that_of_training(news, teaching):
    ours = teaching.fit(Fit())
    theirs = train(news.corpus, until=SINCE, prior=RankerWeights.blank()).ranker.weights_
    np.testing.assert_allclose(ours.appeal.weights, theirs.appeal.weights, atol=1e-4)
    np.testing.assert_allclose(ours.relatedness.weights, theirs.relatedness.weights, atol=1e-4)
    assert ours.appeal_scale == pytest.approx(theirs.appeal_scale, abs=1e-4)


def test_a_fit_without_columns_gives_them_no_weight(teaching):
    left_out = frozenset({"time_gap_log", "age", APPEAL_BESIDE})
    assert left_out <= {column.name for column in columns(RELATEDNESS + APPEAL)} | {APPEAL_BESIDE}
    found = teaching.fit(Fit(without=left_out))
    for curves in (found.relatedness, found.appeal):
        for name, weights in zip(curves.names, curves.weights, strict=True):
            assert (name not in left_out) or not weights.any()
    assert found.appeal_scale == 0
    assert found.relatedness.weights.any()


def test_where_a_search_begins_does_not_change_what_it_finds(news, trials, teaching):
    asked = trials[0].asked
    whole = teaching.fit(Fit())
    far, near = (teaching.fit(Fit(without=frozenset({"time_gap_log"}), near=each)) for each in (None, whole))
    found = [measure(asked, score_with(each)) for each in (far, near)]
    for key, values in found[0].items():
        assert values.mean() == pytest.approx(found[1][key].mean(), abs=0.01), key


def test_a_fit_on_some_lessons_is_that_of_training_on_them(news):
    lessons = build_lessons(news.corpus, SINCE)
    half = {id(each) for each in lessons[::3]}
    some = Teaching([each for each in lessons if id(each) in half]).fit(Fit())
    weighed = Teaching(lessons).fit(Fit(lambda each: each.context.weight * (id(each) in half)))
    np.testing.assert_allclose(weighed.relatedness.weights, some.relatedness.weights, atol=1e-6)
    np.testing.assert_allclose(weighed.appeal.weights, some.appeal.weights, atol=1e-6)


def test_nothing_of_a_block_teaches_those_who_rank_it(news, trials):
    lessons = build_lessons(news.corpus, UNTIL)
    for trial in trials:
        moments = [each.query.moment for each in trial.asked]
        teachers = [each for each in lessons if trial.may_teach(each)]
        assert teachers
        assert all(each.seen < to_microseconds(SINCE) for each in teachers)
        assert not any(min(moments) <= each.moment <= max(moments) for each in teachers)
        asked = {each.query.row for each in trial.asked} - {None}
        assert asked.isdisjoint({each.page for each in teachers})


def test_a_moment_is_taught_only_when_its_labels_were_seen(news):
    before = taught_before(to_microseconds(SINCE))
    last = max(each.seen for each in build_lessons(news.corpus, UNTIL) if each.page < 0 and before(each))
    assert to_microseconds(SINCE) - last > 6 * 3_600_000_000


def test_the_blocks_together_are_what_is_asked_of_their_days(trials):
    assert [trial.period for trial in trials] == [DEVELOPMENT, *[IN_TRAINING] * 3]
    asked = [each.query.id for trial in trials for each in trial.asked]
    assert len(asked) == len(set(asked)) > 50


def test_a_perfect_score_measures_1(trials):
    for trial in trials:
        beside = [each for each in trial.asked if each.query.row is not None]
        found = measure(
            beside, lambda each: np.isin(each.rows, list(each.query.gains["related"])).astype(float)
        )
        assert found["related", "nDCG@10"] == pytest.approx(1)


def test_a_difference_is_paired_and_told_with_its_interval(capsys):
    report = Report("A title")
    base = {("related", "nDCG@10"): np.linspace(0.1, 0.8, 50)}
    report.add(Line(DEVELOPMENT, "base", base))
    report.add(Line(DEVELOPMENT, "other", {key: value - 0.05 for key, value in base.items()}, "base"))
    report.publish(None)
    assert "| other | .4000, **-.0500** [-.0500, -.0500] |" in capsys.readouterr().out


def test_pooled_values_stand_behind_each_other():
    parts = [{("related", "nDCG@10"): np.array([value])} for value in (0.5, 0.25)]
    assert pool(parts)["related", "nDCG@10"].tolist() == [0.5, 0.25]


def test_every_column_belongs_to_a_family():
    held = frozenset().union(*ablation.find_families().values())
    names = {column.name for column in columns(RELATEDNESS + APPEAL)} - {"on_most_read"}
    assert names - held == set()
    assert held - names == {APPEAL_BESIDE}


def test_every_column_group_is_a_family():
    families = set(ablation.find_families().values())
    of_groups = {frozenset(column.name for column in group.columns) for group in RELATEDNESS}
    assert of_groups <= families


def test_an_only_group_is_no_family():
    """Without it, nothing would be left to rank by."""
    names = frozenset(column.name for column in columns(APPEAL))
    assert (names in ablation.find_families().values()) is (len(APPEAL) > 1)


def test_topics_are_parted_into_halves_with_as_many_queries(news, trials):
    asked = [each for each in trials[0].asked if each.query.row is not None]
    half = transfer.split_topics(news.corpus, asked, topics=8)
    mine = half[[each.query.row for each in asked]]
    assert half.shape == (len(news.corpus.stored),)
    assert 0.25 <= mine.mean() <= 0.75


@pytest.mark.slow
@pytest.mark.parametrize(
    ("main", "more", "variants"),
    [
        (
            transfer.main,
            ("--month", format_time(MONTH)),
            {"TF-IDF", "topics: trained on the other half", f"months: from {MONTH:%d %B %Y} alone"},
        ),
        (refit.main, ("--every", "1"), {refit.FIXED, "retrained every 1 days"}),
    ],
    ids=["transfer", "refit"],
)
def test_a_benchmark_prints_its_table_and_writes_its_figures(run, main, more, variants):
    table, figures = run(main, *more)
    assert variants <= {each["variant"] for each in figures}
    assert all(f"| {variant} |" in table for variant in variants)
    assert all(0 <= each["low"] <= each["mean"] <= each["high"] <= 1 for each in figures)


def test_without_lightgbm_the_peer_says_so_and_measures_nothing(folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    lambdamart.main([str(folder)])
    assert capsys.readouterr() == ("", lambdamart.MISSING + "\n")
