"""The results in words: what an editor reads first, what is worse, and which examples are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from recsys.evaluation.plain_sentences import describe_plainly
from recsys.evaluation.report.report_sections import describe_examples
from recsys.evaluation.results import (
    FEWEST,
    MODEL,
    Difference,
    Figure,
    QueryResult,
    Ranked,
    SystemInfo,
    Task,
    TaskKind,
)
from recsys.evaluation.shortfalls import find_shortfalls
from recsys.evaluation.shown_examples import pick
from recsys.evaluation.statistics import Bootstrap, compare
from recsys.evaluation.verdict import (
    BETTER,
    WORSE,
    change,
    describe_shortfalls,
    group_shortfalls,
    how_sure,
    summarize_task,
)
from tests.newsroom import at

METRIC = "ndcg@10"


@dataclass(frozen=True)
class Values:
    """The main metric of every query by ranker, the other metrics as means, and which queries are cold."""

    main: Mapping[str, Sequence[float]]
    others: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    cold: frozenset[int] = frozenset()


def query(number: int, values: Values) -> QueryResult:
    by_ranker = {who: {METRIC: main[number]} for who, main in values.main.items()}
    history = 0.0 if number in values.cold else 9.0
    moment = at(7 * number)
    return QueryResult(
        f"q{number:03}", moment, None, None, None, None, None, None, True, history, 1, by_ranker
    )


def task(
    values: Values, name: str = "related", kind: TaskKind = "related", *, best: str | None = "bm25"
) -> Task:
    """A task of these values; the main metric of clicks is another, which nothing here reads."""
    main = {who: np.array(found) for who, found in values.main.items()}
    bootstrap = Bootstrap(len(main[MODEL]))
    rankers = {
        who: Ranked(
            who,
            {
                METRIC: bootstrap.mean(found),
                **{m: Figure(v, None, None, 1) for m, v in values.others.get(who, {}).items()},
            },
            difference=None
            if best is None or who == best
            else compare(found, main[best], bootstrap, than=best, metric=METRIC),
        )
        for who, found in main.items()
    }
    queries = tuple(query(number, values) for number in range(len(main[MODEL])))
    return Task(name, kind, "", None, None, METRIC, rankers, best, queries)


def evaluation(*tasks: Task, examples: Sequence[object] = ()) -> SimpleNamespace:
    systems = [SystemInfo(MODEL, "model", ""), SystemInfo("bm25", "baseline", "")]
    return SimpleNamespace(
        tasks={each.name: each for each in tasks},
        examples=tuple(examples),
        provenance=SimpleNamespace(systems=systems),
    )


def flat(ours: float, theirs: float, n: int = FEWEST) -> Mapping[str, Sequence[float]]:
    return {MODEL: [ours] * n, "bm25": [theirs] * n}


def test_the_plain_sentence_counts_lists_out_of_a_hundred():
    values = Values(flat(0.7, 0.6), {MODEL: {"hit@10": 0.938}, "bm25": {"hit@10": 0.821}})
    said = describe_plainly([task(values)])
    assert said == (
        "94 of 100 lists contain a story your editors chose (20 articles); simple text matching: 82.",
    )


PLAIN = {
    "links": (
        ("links", "links", "hit@10", 0.5, 0.25),
        "50 of 100 lists contain a story the article links to (20 articles); simple text matching: 25.",
    ),
    "equal after rounding": (
        ("related", "related", "hit@10", 0.5, 0.501),
        "50 of 100 lists contain a story your editors chose (20 articles); simple text matching: also 50.",
    ),
    "a most-read list": (
        ("appeal +1h", "appeal", "recall@10", 0.81, 0.7),
        "81 of 100 stories on the most-read list one hour later were predicted (20 moments); simple text"
        " matching: 70.",
    ),
    "that of a section": (
        ("appeal +1h (Sports)", "appeal", "recall@10", 0.81, 0.7),
        "81 of 100 stories on the most-read list of Sports one hour later were predicted (20 moments); simple"
        " text matching: 70.",
    ),
    "clicks": (
        ("clicks", "clicks", "snips mrr", 0.5, 0.4),
        "The stories that readers clicked would be, on average, at about place 2.0 from the top"
        " (20 lists with clicks); simple text matching: 2.5.",
    ),
}


@pytest.mark.parametrize("case", PLAIN)
def test_every_kind_of_task_has_its_own_sentence(case):
    (name, kind, metric, ours, theirs), expected = PLAIN[case]
    values = Values(flat(0.7, 0.6), {MODEL: {metric: ours}, "bm25": {metric: theirs}})
    assert describe_plainly([task(values, name, kind)]) == (expected,)


def test_few_queries_have_no_plain_sentence_and_one_without_a_baseline_compares_nothing():
    values = Values({MODEL: [0.5] * FEWEST}, {MODEL: {"hit@10": 0.5}})
    assert describe_plainly([task(values, best=None)]) == (
        "50 of 100 lists contain a story your editors chose (20 articles).",
    )
    few = Values(flat(0.7, 0.6, FEWEST - 1), {MODEL: {"hit@10": 1}, "bm25": {"hit@10": 1}})
    assert describe_plainly([task(few)]) == ()


def test_what_is_worse_is_named_with_both_figures():
    later = task(Values(flat(0.5, 0.75)), "appeal +24h", "appeal")
    (said,) = describe_shortfalls(evaluation(task(Values(flat(0.7, 0.6))), later))
    assert said == (
        "Worse than bm25 on the most-read list 24 hours later: nDCG@10 0.500 against 0.750,"
        f" -0.250 [-0.250, -0.250] by query, [-0.250, -0.250] by day, {FEWEST} queries."
    )


def test_cold_stories_are_worse_though_the_task_is_better():
    ours, theirs = [0.9] * 40, [0.5] * 40
    ours[:20], theirs[:20] = [0.63] * 20, [0.74] * 20
    values = Values({MODEL: ours, "bm25": theirs}, cold=frozenset(range(20)))
    (found,) = find_shortfalls(evaluation(task(values)))
    assert (found.task, found.subset, found.n) == ("related", "history: none", 20)
    assert (found.ours, found.theirs) == (pytest.approx(0.63), pytest.approx(0.74))
    (said,) = describe_shortfalls(evaluation(task(values)))
    assert "on related stories chosen by editors where the relevant stories are cold" in said
    assert "0.630 against 0.740" in said


def test_a_shortfall_that_may_be_chance_says_so_and_few_queries_say_nothing():
    ours = [0.5, 0.8] * 15
    theirs = [0.8, 0.51] * 15
    (said,) = describe_shortfalls(evaluation(task(Values({MODEL: ours, "bm25": theirs}))))
    assert said.startswith("Below bm25, perhaps by chance, on related stories chosen by editors: nDCG@10")
    few = task(Values(flat(0.5, 0.9, FEWEST - 1)))
    assert describe_shortfalls(evaluation(few)) == ()


def test_what_is_clearly_worse_and_what_may_be_chance_have_headings_of_their_own():
    chance = task(Values({MODEL: [0.5, 0.8] * 15, "bm25": [0.8, 0.51] * 15}))
    worse = task(Values(flat(0.5, 0.75)), "links", "links")
    (first, below), (second, lower) = group_shortfalls(evaluation(chance, worse))
    assert (first, second) == ("Where the model is worse", "Too close to call, but lower")
    assert [each.partition(" on ")[0] for each in (*below, *lower)] == [
        "Worse than bm25",
        "Below bm25, perhaps by chance,",
    ]


SUMMARIES = {
    "better": (0.7, FEWEST, "clearly better than simple text matching"),
    "worse": (0.3, FEWEST, "clearly worse than simple text matching"),
    "equal": (0.5, FEWEST, "no clear difference from simple text matching"),
    "few": (0.7, FEWEST - 1, "not enough data"),
}


@pytest.mark.parametrize("case", SUMMARIES)
def test_the_report_sums_up_a_task_before_its_figures(case):
    ours, n, expected = SUMMARIES[case]
    said = summarize_task(task(Values(flat(ours, 0.5, n))))
    assert said == f"On related stories chosen by editors: {expected}."


def test_where_nothing_is_worse_that_is_said():
    assert describe_shortfalls(evaluation(task(Values(flat(0.7, 0.7))))) == (
        "No baseline is better than the model in any task or on cold stories.",
    )


@pytest.mark.parametrize(
    ("by_query", "by_day", "sure"),
    [
        ((0.1, 0.2), (0.05, 0.3), BETTER),
        ((0.1, 0.2), (-0.05, 0.3), "not measurably better or worse than"),
        ((0.1, 0.2), None, BETTER),
        ((-0.2, -0.1), (-0.3, -0.01), WORSE),
        ((-0.2, -0.1), (-0.3, 0.01), "not measurably better or worse than"),
        ((None, None), None, "not measurably better or worse than"),
    ],
)
def test_better_and_worse_need_both_intervals(by_query, by_day, sure):
    figure = Figure(0.15, *by_query, 30, by_day)
    assert how_sure(Difference("bm25", METRIC, figure, 0.01, 1, 1, 1)) == sure
    assert ("by day" in change(figure)) is (by_day is not None)


def test_examples_are_the_biggest_differences_and_never_ties():
    ours = [0.5] * 14
    theirs = [0.5, 0.5 + 1e-12, *(0.5 + step / 20 for step in range(1, 7)), *([0.3] * 2), *([0.1] * 4)]
    chosen = pick(task(Values({MODEL: ours, "bm25": theirs})))
    assert [why for why, _ in chosen] == ["win"] * 5 + ["loss"] * 5
    assert [each.id for _, each in chosen] == [
        *("q010", "q011", "q012", "q013", "q008"),
        *("q007", "q006", "q005", "q004", "q003"),
    ]


def test_the_report_says_how_often_it_wins_and_where_there_is_nothing_to_show():
    ties = task(Values(flat(0.5, 0.5)))
    assert pick(ties) == []
    assert describe_examples(evaluation(ties)).startswith("The model and bm25 are equal on all 20 queries")
    wins = task(Values({MODEL: [0.5] * 20, "bm25": [0.4] * 15 + [0.5] * 5}))
    said = describe_examples(evaluation(wins, examples=[SimpleNamespace(why="win")]))
    assert "better than bm25 on 15, worse on 0 and equal on 5 of 20 queries" in said
    assert "the biggest wins and no losses" in said


def test_days_that_differ_widen_the_interval_by_day():
    """Ten days, on each of which every query has the same value: the days are what varies."""
    days = [day for day in range(10) for _ in range(12)]
    values = np.array([float(day % 2) for day in days])
    found = Bootstrap(len(days), days=days).mean(values)
    assert found.by_day is not None
    assert found.by_day[0] < found.low - 0.1
    assert found.by_day[1] > found.high + 0.1


def test_days_that_are_alike_have_no_width_and_too_few_days_no_interval():
    alike = Bootstrap(20, days=[n // 2 for n in range(20)])
    values = np.array([0.0, 1.0] * 10)
    assert alike.mean(values).by_day == (0.5, 0.5)
    assert alike.ratio(values, np.full(20, 2.0)).by_day == (0.25, 0.25)
    assert Bootstrap(20, days=[n // 5 for n in range(20)]).mean(values).by_day is None
    assert Bootstrap(20).mean(values).by_day is None


def test_an_interval_by_day_weighs_days_by_their_queries():
    """Four days without and one with ten times as many queries: the mean of means would be 1/5."""
    days = [0, 1, 2, 3, *[4] * 16]
    found = Bootstrap(20, days=days).mean(np.array([0.0] * 4 + [1.0] * 16))
    assert found.mean == pytest.approx(0.8)
    assert found.by_day is not None
    assert found.by_day[1] > 0.95
