"""`recsys recommend`, `popular`, `explain`, `train`: rankings on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recsys.ranking import BASELINES
from recsys.store import Click, Impression, Store
from tests.cli.conftest import ANY, LATER, SEED, SEEN, Recsys, article, popular_list, write_records

UPDATED = "Japan’s Nikkei Stock Average Licks Wounds after Selloff Sparked by BOJ Hike Bets (UPDATE 1)"


@pytest.fixture
def news(recsys: Recsys, workplace: Path) -> Recsys:
    """The command in a directory whose store holds 27 stories and nine hourly lists."""
    bodies = [
        "The storm flooded the harbour of Anslow.",
        "The bank of Anslow raised its rates.",
        "A vote was held.",
    ]
    stories = [
        article(n, body=f"{bodies[n % 3]} " * 8, first_seen_at=f"2025-03-{n:02}T08:00:00Z")
        for n in range(1, 28)
    ]
    lists = [popular_list(observed_at=f"2025-03-22T{hour:02}:00:00Z") for hour in range(9, 18)]
    assert recsys("ingest", write_records(workplace / "news.jsonl", *stories, *lists)).code == 0
    return recsys


def urls(ran: object) -> list[str]:
    return [each["url"] for each in ran.record["recommendations"]]  # type: ignore[attr-defined]


def test_beside_the_seed_stand_five_headlines_each_with_contributions_that_add_up(seeded: Recsys):
    ran = seeded("recommend", SEED, "-k", 5, "--as-of", LATER, *ANY, "--explain", "--json")
    assert ran.code == 0
    found = ran.record["recommendations"]
    assert [each["rank"] for each in found] == [1, 2, 3, 4, 5]
    for each in found:
        assert each["contributions"]
        assert sum(part["amount"] for part in each["contributions"]) == pytest.approx(each["score"], abs=1e-9)
        assert each["relatedness"] + each["appeal"] == pytest.approx(each["score"], abs=1e-9)


def test_the_amounts_of_an_explanation_add_up_to_its_score_as_printed(seeded: Recsys):
    out = seeded("recommend", SEED, "-k", 1, "--as-of", LATER, *ANY, "--explain").out
    amounts = [
        float(line.split()[-1]) for line in out.splitlines() if line.strip() and line.split()[-1][0] in "+-"
    ]
    *parts, score = amounts
    assert parts
    assert sum(parts) == pytest.approx(score, abs=1e-9)


def test_without_a_model_the_shipped_weights_rank_and_that_is_said(seeded: Recsys):
    ran = seeded("recommend", SEED, "--as-of", LATER, "--json")
    assert ran.record["ranker"] == "pretrained"
    assert ran.err == "No model in models yet: ranking with the pretrained weights.\n"


def test_training_makes_a_model_that_ranks_from_then_on_and_stands_in_status(news: Recsys):
    ran = news("train", "--until", "2025-03-23", "--name", "first")
    assert ran.code == 0
    assert ran.out.endswith("Saved as models/first, now the current model.\n")
    assert news("recommend", "--as-of", "2025-03-23", "--json").record["ranker"] == "first"
    assert news("status", "--json").record["model"]["name"] == "first"
    assert "models/first" in news("status").out


def test_training_learns_from_impressions_and_their_clicks_before_the_moment(news: Recsys):
    news("status")
    items = tuple((f"https://example.org/{n}", f"Story {n}") for n in (1, 2))
    shown = datetime(2025, 3, 22, 12, tzinfo=UTC)
    with Store.open("data/recsys.db", create=False) as store:
        page = store.read_articles(before=shown)
        known = [each.article.url for each in page][:3]
        items = tuple((url, f"Story {url}") for url in known[:2])
        events = [Impression("a", "example.org", known[2], shown, items), Click("a", 1, shown)]
        assert store.impressions.record(events) == [True, True]
    assert news("status", "--json").record["store"]["impressions"] == 1
    assert news("train", "--until", "2025-03-22T12:00:00Z", "--json").record["contexts"].get("served") is None
    assert news("train", "--until", "2025-03-23", "--json").record["contexts"]["served"] == 1


def test_training_says_as_json_what_it_learnt_from(news: Recsys):
    found = news("train", "--until", "2025-03-23", "--json").record
    assert found["until"] == "2025-03-23T00:00:00Z"
    assert set(found["contexts"]) == {"popular"}
    assert found["model"] == "20250323T000000Z"


def test_training_again_in_no_memory_learns_the_same(news: Recsys):
    first = news("train", "--until", "2025-03-23", "--json").record
    again = news("train", "--until", "2025-03-23", "--memory", "0B", "--json").record
    assert again["contexts"] == first["contexts"]
    heights = [{each["feature"]: each["after"] for each in found["moved"]} for found in (first, again)]
    assert heights[1] == pytest.approx(heights[0], abs=1e-3)


def test_a_memory_that_is_no_size_is_refused(news: Recsys):
    ran = news("train", "--memory", "plenty")
    assert ran.code == 1
    assert ran.err == "error: --memory: expected a size such as 500MB or 2GB, found 'plenty'\n"


@pytest.mark.parametrize("name", ["../outside", "a b", ""])
def test_a_model_has_a_name_that_is_a_folder(news: Recsys, workplace: Path, name: str):
    ran = news("train", "--until", "2025-03-23", "--name", name)
    assert ran.code == 1
    assert "not a valid model name" in ran.err


@pytest.mark.parametrize("ranker", BASELINES)
def test_every_baseline_ranks_beside_an_article_and_beside_none(news: Recsys, ranker: str):
    beside = news("recommend", "https://example.org/9", "--as-of", "2025-03-25", "--ranker", ranker, "--json")
    assert beside.record["ranker"] == ranker
    assert "https://example.org/9" not in urls(beside)
    alone = news("recommend", "--as-of", "2025-03-25", "--ranker", ranker, "--json")
    assert alone.record["query"] is None
    assert urls(alone)


def test_nothing_is_shown_that_was_not_known_before_as_of(news: Recsys):
    ran = news(
        "recommend",
        "https://example.org/9",
        "--as-of",
        "2025-03-12",
        "-k",
        100,
        "--ranker",
        "newest",
        "--json",
    )
    assert urls(ran)[0] == "https://example.org/11"
    assert len(urls(ran)) == 10


def test_an_article_is_found_by_its_address_in_any_spelling(news: Recsys):
    ran = news("recommend", "HTTPS://Example.org/9?utm_source=x#top", "--as-of", "2025-03-25", "--json")
    assert ran.record["query"]["url"] == "https://example.org/9"


def test_an_unknown_article_is_said_in_one_line(news: Recsys):
    ran = news("recommend", "https://example.org/99", "--as-of", "2025-03-25")
    assert ran.code == 1
    assert ran.err.splitlines()[-1] == "error: https://example.org/99: no such article in data/recsys.db"


def test_a_file_without_article_is_said_in_one_line(news: Recsys, workplace: Path):
    lists = write_records(workplace / "lists.jsonl", popular_list())
    for file, expected in ((lists, "expected a page with an article"), ("missing.txt", "No such file")):
        ran = news("recommend", file, "--as-of", "2025-03-25", "--ranker", "bm25")
        assert ran.code == 1
        assert expected in ran.err
        assert len(ran.err.splitlines()) == 1


def test_popular_in_a_scope_shows_only_what_stood_on_its_lists(seeded: Recsys):
    ran = seeded("popular", "--scope", "News Services", "--as-of", LATER, "--json")
    headlines = [each["headline"] for each in ran.record["recommendations"]]
    assert len(headlines) == 5
    assert UPDATED in headlines
    ran = seeded("popular", "--scope", "Sport", "--as-of", LATER)
    assert ran.code == 1
    assert "expected one of News Services, found 'Sport'" in ran.err


def test_popular_explains_as_well(seeded: Recsys):
    assert "score" in seeded("popular", "-k", 1, "--as-of", LATER, "--explain").out


def test_explain_shows_what_one_score_is_made_of(news: Recsys):
    ran = news("explain", "https://example.org/9", "https://example.org/6", "--as-of", "2025-03-25", "--json")
    found = ran.record
    assert (found["query"]["url"], found["url"]) == ("https://example.org/9", "https://example.org/6")
    assert sum(part["amount"] for part in found["contributions"]) == pytest.approx(found["score"])
    shown = news("explain", "https://example.org/9", "https://example.org/6", "--as-of", "2025-03-25").out
    assert f"{found['score']:+.3f}" in shown


@pytest.mark.parametrize("option", [("--dial", "1.5"), ("-k", "0"), ("--as-of", "2025-03-25T00:00:00")])
def test_a_value_out_of_range_is_wrong_usage(news: Recsys, option: tuple[str, str]):
    assert news("recommend", *option).code == 2


def test_as_of_is_now_unless_told_otherwise(seeded: Recsys):
    ran = seeded("recommend", "--ranker", "newest", "--json")
    assert ran.record["as_of"] > SEEN
    assert len(ran.record["recommendations"]) == 10


QUERIES = (
    {"query_id": "q1", "url": "https://example.org/9", "as_of": "2025-03-09T08:00:00Z"},
    {"query_id": "q2", "url": None, "as_of": "2025-03-22T09:00:00.000001Z"},
)


def test_a_run_answers_every_query_as_of_its_own_moment_in_trec_form(news: Recsys, workplace: Path):
    file = write_records(workplace / "queries.jsonl", *QUERIES)
    ran = news("recommend", "--queries", file, "--run", "my.run", "--k", 5, "--ranker", "bm25")
    assert ran.code == 0
    assert ran.err == "Answered 2 queries with 10 lines in my.run, ranked by bm25.\n"
    lines = [line.split() for line in (workplace / "my.run").read_text().splitlines()]
    assert {len(line) for line in lines} == {6}
    assert [(line[0], line[1], line[3], line[5]) for line in lines] == [
        (query, "Q0", str(rank), "bm25") for query in ("q1", "q2") for rank in range(1, 6)
    ]
    earlier = {f"https://example.org/{n}" for n in range(1, 9)}
    assert {line[2] for line in lines if line[0] == "q1"} <= earlier


def test_a_run_keeps_the_editorial_rules_only_where_they_are_asked_for(recsys: Recsys, workplace: Path):
    twice = [
        article(n, headline=headline, first_seen_at=f"2025-03-0{n}T08:00:00Z")
        for n, headline in enumerate(
            ["Flood in Anslow", "Flood in Anslow (UPDATE 1)", "Vote in Anslow"], start=1
        )
    ]
    recsys("ingest", write_records(workplace / "a.jsonl", *twice))
    file = write_records(
        workplace / "queries.jsonl", {"query_id": "q", "url": None, "as_of": "2025-03-09T08:00:00Z"}
    )
    ask = ("recommend", "--queries", file, "--run", "-", "--ranker", "newest")
    assert len(recsys(*ask).out.splitlines()) == 3
    assert [line.split()[2] for line in recsys(*ask, "--rules").out.splitlines()] == [
        "https://example.org/3",
        "https://example.org/2",
    ]


BAD_QUERIES = {
    "{oops": ":1: expected a JSON object with query_id, url and as_of",
    "[]": ":1: expected a JSON object with query_id, url and as_of",
    json.dumps({"query_id": "a b", "url": None, "as_of": SEEN}): ":1: query_id: expected text without spaces",
    json.dumps(
        {"query_id": "a", "url": None, "as_of": "2025-11-21"}
    ): ":1: as_of: expected a time with a zone",
    json.dumps({"query_id": "a", "url": 5, "as_of": SEEN}): ":1: url: expected text without spaces",
    "": ": expected at least one query, found none",
}


@pytest.mark.parametrize("line", BAD_QUERIES)
def test_a_bad_query_is_named_by_file_line_and_field(news: Recsys, workplace: Path, line: str):
    file = write_records(workplace / "queries.jsonl", line)
    ran = news("recommend", "--queries", file, "--run", "my.run", "--ranker", "bm25")
    assert ran.code == 1
    assert f"error: {file}{BAD_QUERIES[line]}" in ran.err
    assert not (workplace / "my.run").exists()


def test_a_query_that_cannot_be_answered_is_skipped_and_the_others_are_answered(
    news: Recsys, workplace: Path
):
    unknown = {"query_id": "q0", "url": "https://example.org/99", "as_of": "2025-03-22T00:00:00Z"}
    file = write_records(workplace / "queries.jsonl", "{oops", unknown, *QUERIES)
    ran = news("recommend", "--queries", file, "--run", "my.run", "-k", 5, "--ranker", "bm25")
    assert ran.code == 1
    assert f"error: {file}:1: expected a JSON object" in ran.err
    assert "error: q0: https://example.org/99: no such article in data/recsys.db" in ran.err
    assert ran.err.endswith("2 queries skipped, see above.\n")
    assert len((workplace / "my.run").read_text().splitlines()) == 10


@pytest.mark.parametrize("args", [("--queries", "q"), ("--run", "r"), ("x", "--queries", "q", "--run", "r")])
def test_queries_and_run_go_together_and_alone(news: Recsys, args: tuple[str, ...]):
    ran = news("recommend", *args)
    assert ran.code == 2
    assert "--queries and --run go together" in ran.err
