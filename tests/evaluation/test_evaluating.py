"""A period of a small newsroom, evaluated: what is asked, who takes part, what is found."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from recsys.domain import Page, format_time
from recsys.errors import EvaluationError, ReadError
from recsys.evaluation import (
    Evaluation,
    Evaluator,
    Plan,
    csv_lines,
    describe_results,
    encode_evaluation,
    find_falls,
    load_baseline,
    load_model,
    load_pretrained,
)
from recsys.evaluation.peers import PeerRequest
from recsys.evaluation.query_table import COLUMNS
from recsys.evaluation.results import MODEL
from recsys.evaluation.shown_examples import pick
from recsys.ranking import BASELINES, LogisticRanker
from recsys.ranking.features import CandidateSet
from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle
from recsys.simulation import Plan as Newsroom
from recsys.simulation import simulate
from recsys.store import Store
from tests.evaluation.last_column_learner import Learner
from tests.newsroom import address, at, newsroom, shown, story

pytestmark = pytest.mark.slow

SINCE, UNTIL = at(120), at(200)
KEY = ("task", "query", "ranker", "metric")


def stored(folder: Path, pages: list[Page]) -> Store:
    store = Store.open(folder / "news.db")
    store.add_all(pages)
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with stored(tmp_path_factory.mktemp("news"), newsroom()) as opened:
        yield opened


@pytest.fixture(scope="module")
def evaluation(store: Store) -> Evaluation:
    return Evaluator(store).evaluate(Plan(SINCE, UNTIL, load_pretrained()))


def test_every_ranker_answers_every_query_of_a_task(evaluation):
    assert set(evaluation.tasks) == {
        "related",
        *(f"appeal +{hours}h{new}" for hours in (1, 6, 24) for new in ("", " new")),
    } - {"appeal +1h new"}  # an hour later nothing stands on the list that was known and is new
    for task in evaluation.tasks.values():
        assert list(task.rankers) == [MODEL, *BASELINES]
        assert task.best_baseline in BASELINES
        for ranked in task.rankers.values():
            assert {figure.n for figure in ranked.figures.values()} == {task.n} == {len(task.queries)}
        assert all(set(asked.values) == set(task.rankers) for asked in task.queries)


def test_queries_are_articles_of_the_period_and_moments_three_hours_apart(evaluation):
    related = evaluation.tasks["related"]
    assert [each.as_of for each in related.queries] == [at(hour) for hour in range(120, 200, 3)]
    assert {each.relevant for each in related.queries} == {2}
    moments = [each.as_of for each in evaluation.tasks["appeal +1h"].queries]
    assert moments == [at(hour) + timedelta(microseconds=1) for hour in range(120, 200, 3)]


def test_persistence_is_the_list_that_stands(evaluation):
    """The newsroom's list changes every third hour: an hour later it mostly is the one that stood."""
    task = evaluation.tasks["appeal +1h"]
    assert task.best_baseline == "persistence"
    assert task.rankers["persistence"].figures["ndcg@10"].mean > 0.9
    assert task.rankers["persistence"].beyond["churn"].mean < 0.6


def test_the_same_plan_finds_the_same(store, evaluation):
    assert Evaluator(store).evaluate(Plan(SINCE, UNTIL, load_pretrained())) == evaluation


def test_the_dial_at_its_middle_is_what_the_model_says(store, evaluation):
    point = evaluation.dial[4]
    assert point.dial == 0.5
    assert point.relatedness.n == evaluation.tasks["related"].n
    assert point.relatedness.mean == pytest.approx(
        evaluation.tasks["related"].rankers[MODEL].figures["ndcg@10"].mean
    )
    assert evaluation.dial[-1].appeal.mean > evaluation.dial[0].appeal.mean


def test_bins_of_reliability_hold_all_pairs_and_lie_between_their_edges(evaluation):
    assert evaluation.reliability
    for each in evaluation.reliability:
        assert each.low <= each.predicted <= each.high
        assert 0 <= each.observed.mean <= 1


def test_examples_are_the_biggest_wins_and_losses(evaluation):
    task = evaluation.tasks["related"]
    assert [(each.why, each.url) for each in evaluation.examples] == [(w, q.url) for w, q in pick(task)]
    assert evaluation.examples
    for each in evaluation.examples:
        ours, theirs = (each.values[name] for name in (MODEL, task.best_baseline))
        assert (ours > theirs) is (each.why == "win")
        assert ours != theirs
    for each in evaluation.examples:
        assert list(each.lists) == [MODEL, task.best_baseline]
        assert each.chosen
        for chosen in each.chosen:
            for name, rank in chosen.ranks.items():
                at_rank = [s.url for s in each.lists[name] if s.rank == rank]
                assert at_rank == ([] if rank is None else [chosen.url])
        assert each.lists[MODEL]
        assert all(s.reasons for s in each.lists[MODEL])


def test_json_has_figures_where_the_documents_say(evaluation):
    result = json.loads(json.dumps(encode_evaluation(evaluation), allow_nan=False))
    figure = result["tasks"]["related"]["rankers"]["model"]["ndcg@10"]
    assert set(figure) == {"mean", "low", "high", "n", "by_day"}
    assert figure["low"] <= figure["mean"] <= figure["high"]
    assert result["data"]["store"]["articles"] == evaluation.provenance.articles
    assert result["provenance"]["digest"] == evaluation.provenance.digest
    assert len(result["tasks"]["related"]["queries"]) == figure["n"]


def test_the_table_has_a_row_for_every_query_ranker_and_metric(evaluation):
    rows = list(csv.DictReader(csv_lines(evaluation)))
    assert list(rows[0]) == list(COLUMNS)
    expected = sum(task.n * len(task.rankers) * 6 for task in evaluation.tasks.values())
    assert len(rows) == len({tuple(row[n] for n in KEY) for row in rows}) == expected
    task = evaluation.tasks["related"]
    mine = [
        float(row["value"])
        for row in rows
        if (row["task"], row["ranker"], row["metric"]) == ("related", "bm25", "map")
    ]
    assert sum(mine) / task.n == pytest.approx(task.rankers["bm25"].figures["map"].mean)
    assert rows[0]["as_of"] == format_time(task.queries[0].as_of)


def test_a_cell_that_a_spreadsheet_would_run_is_text(evaluation):
    task = evaluation.tasks["related"]
    section = '=HYPERLINK("https://evil.example")\n, x'
    changed = replace(task, queries=(replace(task.queries[0], section=section),))
    row = next(csv.DictReader(csv_lines(replace(evaluation, tasks={"related": changed}))))
    assert row["section"] == '\'=HYPERLINK("https://evil.example") , x'


def written(evaluation: Evaluation, path: Path) -> Path:
    path.write_text(json.dumps(encode_evaluation(evaluation)), encoding="utf-8")
    return path


def test_the_gate_is_open_for_the_same_figures_and_closed_for_planted_falls(store, evaluation, tmp_path):
    baseline = load_baseline(written(evaluation, tmp_path / "baseline.json"))
    assert find_falls(evaluation, baseline) == ()
    worse = Model_with_less(load_pretrained())
    fallen = find_falls(Evaluator(store).evaluate(Plan(SINCE, UNTIL, worse)), baseline)
    assert ("related", "ndcg@10") in {(fall.task, fall.metric) for fall in fallen}
    assert all(fall.difference is not None and fall.difference.mean < 0 for fall in fallen)


def Model_with_less(model):  # noqa: N802
    """The model with its curves of relatedness turned round."""
    learnt = model.bundle.ranker.weights_
    weighting = replace(learnt, relatedness=learnt.relatedness.refit(-learnt.relatedness.weights))
    return replace(model, bundle=replace(model.bundle, ranker=LogisticRanker(weighting)))


def test_without_the_same_queries_the_gate_goes_by_the_interval(evaluation, tmp_path):
    def recorded(low: float) -> Path:
        figure = {"mean": 0.99, "low": low, "high": 1.0, "n": 9}
        result = {"tasks": {"related": {"rankers": {"model": {"ndcg@10": figure}}}}}
        path = tmp_path / "b.json"
        path.write_text(json.dumps(result), encoding="utf-8")
        return path

    mean = evaluation.tasks["related"].rankers[MODEL].figures["ndcg@10"].mean
    assert find_falls(evaluation, load_baseline(recorded(mean - 0.01))) == ()
    (fall,) = find_falls(evaluation, load_baseline(recorded(mean + 0.01)))
    assert (fall.task, fall.metric, fall.difference) == ("related", "ndcg@10", None)


def test_a_figure_that_is_no_longer_measured_has_fallen(evaluation, tmp_path):
    baseline = load_baseline(written(evaluation, tmp_path / "baseline.json"))
    less = replace(evaluation, tasks={k: v for k, v in evaluation.tasks.items() if k != "related"})
    assert {(fall.task, fall.now) for fall in find_falls(less, baseline)} == {("related", None)}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tasks": {"related": {}}}', '{"tasks": {}}', "\ud800"])
def test_what_is_no_baseline_is_named(tmp_path, text):
    path = tmp_path / "b.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ReadError, match=r"b\.json: expected JSON that"):
        load_baseline(path)


def test_verdicts_say_how_much_how_sure_and_of_how_many(evaluation):
    lists, listed, related, appeal, *worse = describe_results(evaluation)
    assert lists.endswith(
        " of 100 lists contain a story your editors chose (27 articles); simple text matching: also 100."
    )
    assert " of 100 stories on the most-read list one hour later were predicted (" in listed
    assert related.startswith("On related stories chosen by editors the model is")
    assert "27 queries" in related and "nDCG@10" in related  # noqa: PT018
    assert appeal.startswith("On the most-read list one hour later the model is")
    assert all(each.startswith(("Worse than ", "Below ")) for each in worse)


def trained(folder: Path, until: str) -> Path:
    manifest = Manifest("mine", "2025-06-01T00:00:00Z", until, {"related": 9}, {})
    return save_bundle(load_pretrained_weights(), manifest, folder)


def test_a_model_that_has_seen_the_period_is_refused_unless_that_is_wanted(store, tmp_path):
    seen = load_model(trained(tmp_path, format_time(at(130))))
    with pytest.raises(
        EvaluationError, match=r"^the test period starts at .*the model mine used observations"
    ):
        Evaluator(store).evaluate(Plan(SINCE, UNTIL, seen))
    result = Evaluator(store).evaluate(Plan(SINCE, UNTIL, seen, allow_overlap=True))
    assert describe_results(result)[0].startswith("Unreliable: the model mine used observations")
    earlier = load_model(trained(tmp_path / "b", format_time(SINCE)))
    assert Evaluator(store).evaluate(Plan(SINCE, UNTIL, earlier)).overlap == ()


def test_the_shipped_weights_know_their_own_site(tmp_path):
    pages = [Page(replace(p.article, site="bbc.co.uk")) for p in newsroom() if p.article is not None]
    with (
        stored(tmp_path, pages) as store,
        pytest.raises(EvaluationError, match="the pretrained weights"),
    ):
        Evaluator(store).evaluate(Plan(SINCE, UNTIL, load_pretrained()))


def test_a_period_without_a_judged_query_has_no_figure_but_examples(tmp_path):
    with stored(tmp_path, [story(n, n, f"Story {n}", "Some text. " * 30) for n in range(12)]) as store:
        result = Evaluator(store).evaluate(Plan(at(0), at(20), load_pretrained()))
    assert result.tasks == {}
    assert describe_results(result) == ("Not enough data: no query of this period can be evaluated.",)
    assert {each.why for each in result.examples} == {"unjudged"}
    assert len(result.examples) == 10
    assert all(each.lists[MODEL] for each in result.examples)


def test_a_model_that_is_trained_anew_never_sees_what_comes(store):
    result = Evaluator(store).evaluate(Plan(SINCE, UNTIL, load_pretrained(), refit=timedelta(hours=40)))
    assert [each.starts for each in result.provenance.trainings] == [SINCE, SINCE + timedelta(hours=40)]
    assert [each.until for each in result.provenance.trainings] == [
        format_time(SINCE),
        format_time(SINCE + timedelta(hours=40)),
    ]
    assert result.leaks.leaks == ()
    assert result.tasks["related"].rankers[MODEL].figures["ndcg@10"].mean > 0.5


def test_lists_of_several_scopes_are_tasks_of_their_own(tmp_path):
    pages = newsroom()
    pages += [shown(h, 0, 6, 12, 18, 24, title="Most read", scope="Harbour") for h in range(100, 190)]
    with stored(tmp_path, pages) as store:
        result = Evaluator(store).evaluate(Plan(SINCE, at(150), load_pretrained()))
    assert {"appeal +1h", "appeal +1h (Harbour)"} <= set(result.tasks)
    task = result.tasks["appeal +1h (Harbour)"]
    assert (task.scope, task.rankers["persistence"].figures["ndcg@10"].mean) == ("Harbour", pytest.approx(1))
    assert len({q.id for t in result.tasks.values() for q in t.queries if t.kind == "appeal"}) == 20


def run_file(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_a_run_stands_beside_the_rankers_and_what_it_leaves_out_scores_0(store, evaluation, tmp_path):
    task = evaluation.tasks["related"]
    answered = task.queries[10]
    right = [chosen for chosen in range(66) if chosen < 30]
    path = run_file(
        tmp_path / "mine.run",
        *(f"{answered.url} Q0 {address(n)} {n + 1} {-n} x" for n in right),
        f"{answered.url} Q0 https://elsewhere.example/1 99 -99 x",
        f"nobody-asked Q0 {address(1)} 1 1 x",
    )
    problems: list[str] = []
    peer = PeerRequest("lambdamart", None, Learner())
    result = Evaluator(store, problem=problems.append).evaluate(
        Plan(SINCE, UNTIL, load_pretrained(), runs=(path, path), peers=(peer,))
    )
    assert problems[:2] == [
        f"{path}: 1 query not in this period, left out: nobody-asked",
        f"{path}: 1 candidate not in the store, left out: https://elsewhere.example/1",
    ]
    task = result.tasks["related"]
    assert list(task.rankers)[-3:] == ["lambdamart", "mine", "mine-2"]
    assert task.rankers["lambdamart"].figures["ndcg@10"].mean < task.rankers[MODEL].figures["ndcg@10"].mean
    assert result.tasks["appeal +1h"].rankers["lambdamart"].needs_article
    assert result.leaks.leaks == ()
    values = {q.id: q.values["mine"]["recall@10"] for q in task.queries}
    assert [name for name, value in values.items() if value] in ([], [answered.id])
    assert "mine" not in result.tasks["appeal +1h"].rankers


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"nobody Q0 {address(1)} 1 1 x", "none of its queries belongs"),
        (f"{address(50)} Q0 {address(51)} 1 1 x", "was not known before"),
        (f"{address(50)} Q0 {address(50)} 1 1 x", "was not known before"),
        ("three words only", "expected query_id Q0"),
        (f"{address(50)} Q0 {address(1)} first 1 x", "expected query_id Q0"),
    ],
)
def test_a_run_that_cannot_be_judged_is_refused_in_a_line(store, tmp_path, line, says):
    path = run_file(tmp_path / "mine.run", line)
    with pytest.raises((EvaluationError, ReadError), match=says):
        Evaluator(store).evaluate(Plan(SINCE, UNTIL, load_pretrained(), runs=(path,)))


def test_a_candidate_that_stands_twice_is_named(store, tmp_path):
    line = f"{address(50)} Q0 {address(1)} 1 1 x"
    path = run_file(tmp_path / "mine.run", line, line)
    with pytest.raises(ReadError, match=r"mine\.run:2: expected every candidate of a query once"):
        Evaluator(store).evaluate(Plan(SINCE, UNTIL, load_pretrained(), runs=(path,)))


def test_clicks_are_judged_where_lists_were_served(tmp_path):
    newsroom = simulate(Newsroom(days=8, articles_per_day=12, views_per_day=60))
    with stored(tmp_path, list(newsroom.pages())) as store:
        end = newsroom.plan.end
        result = Evaluator(store).evaluate(Plan(end - timedelta(days=3), end, load_pretrained()))
    task = result.tasks["clicks"]
    assert list(task.rankers)[:2] == [MODEL, "served"]
    assert task.positions is not None
    assert task.positions.chances[0] == 1
    clicks = sum(q.relevant for q in task.queries)
    assert 1 <= (task.rankers[MODEL].effective or 0) <= clicks
    for ranked in task.rankers.values():
        assert 0 < ranked.figures["snips dcg"].mean <= 1
        assert ranked.figures["ips dcg"].n > ranked.figures["snips dcg"].n == task.n
        mean = sum(q.values[ranked.name]["snips dcg"] for q in task.queries) / task.n
        assert mean == pytest.approx(ranked.figures["snips dcg"].mean)


def test_the_dial_is_turned_as_the_ranker_turns_it(store):
    """The trade-off is computed from the two sums; asking the ranker gives the same order."""
    from recsys.corpus import Corpus
    from recsys.evaluation.judgments import judge
    from recsys.evaluation.replay import Replay
    from recsys.evaluation.results import SystemInfo
    from recsys.evaluation.systems import Scorer
    from recsys.ranking import order

    corpus = Corpus.load(store, UNTIL, first_texts=True)
    judgments = judge(corpus, list(store.read_lists()), since=SINCE, until=UNTIL)
    ranker = LogisticRanker(load_pretrained_weights())
    replay = Replay(corpus, judgments, [Scorer(SystemInfo(MODEL, "model", ""), (ranker,))])
    query = next(q for q in judgments.queries if q.row is not None and q.wanted)
    context = replay.read(corpus, query)
    question = CandidateSet(context, ranker.candidates(context))
    for dial, rows in replay.answer(query).dials.items():
        scores = ranker.score(question, dial=dial).total
        assert rows.tolist() == question.rows[order(scores, question.times, question.rows)[:10]].tolist()
