"""Editorial rules on the command line: from recsys.toml, from options, and the note on empty places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import ANY, LATER, SEED, Recsys, write_records
from tests.cli.conftest import article as record

STORIES = [
    ("Ferry sinks off Anslow", "Sport", []),
    ("Bridge opens in Eskvale", "World", ["storm"]),
    ("Council votes on rates", None, ["sponsored"]),
    ("Quiet day in Brackwater", "World", []),
]
ASK = ("recommend", "--as-of", "2025-03-20", "--ranker", "newest")


@pytest.fixture
def news(recsys: Recsys, workplace: Path) -> Recsys:
    stories = [
        record(n, headline=headline, section=section, tags=tags)
        for n, (headline, section, tags) in enumerate(STORIES, 1)
    ]
    assert recsys("ingest", write_records(workplace / "news.jsonl", *stories)).code == 0
    return recsys


def found(ran: object) -> list[int]:
    return [int(each["url"].rsplit("/", 1)[1]) for each in ran.record["recommendations"]]  # type: ignore[attr-defined]


def test_the_rules_of_the_file_hold_for_every_question(news: Recsys, workplace: Path):
    assert found(news(*ASK, "--json")) == [4, 2, 1]
    (workplace / "recsys.toml").write_text(
        '[rules]\nk = 2\nnever_sections = ["world"]\nnever_tags = []\nblocked = ["https://Example.org/9#top"]\n'
    )
    assert found(news(*ASK, "--json")) == [3, 1]
    assert found(news("popular", *ASK[1:], "--json")) == [3, 1]
    assert found(news(*ASK, "-k", 1, "--json")) == [3]


def test_a_rule_of_the_question_comes_before_that_of_the_file(news: Recsys, workplace: Path):
    (workplace / "recsys.toml").write_text('rules.k = 1\nrules.blocked = ["https://example.org/4"]\n')
    assert found(news(*ASK, "--rule", "k=3", "--json")) == [2, 1]
    assert found(news(*ASK, "--rule", "k=3", "--rule", "blocked=https://example.org/2", "--json")) == [1]
    pinned = ("--rule", "pinned=https://example.org/1", "--rule", "pinned=https://example.org/4")
    assert found(news(*ASK, "--rule", "k=3", *pinned, "--json")) == [1, 2]


def test_without_rules_everything_is_shown(news: Recsys):
    assert found(news(*ASK, "--no-rules", "--json")) == [4, 3, 2, 1]


def test_empty_places_are_counted_and_said(seeded: Recsys):
    ask = ("recommend", SEED, "--as-of", LATER, "-k", 5, "--rule", "minimum_relatedness=1000")
    assert seeded(*ask, "--json").record["empty_places"] == 5
    ran = seeded(*ask)
    assert ran.code == 0
    assert ran.err.endswith("\n5 of 5 places left empty: the rules exclude every other story.\n")
    some = seeded("recommend", SEED, "--as-of", LATER, "-k", 5, *ANY, "--json").record
    assert (len(some["recommendations"]), some["empty_places"]) == (5, 0)
    alone = seeded("recommend", "--as-of", LATER, "-k", 50, "--no-rules")
    assert alone.err.endswith(" of 50 places left empty: there are no other stories.\n")


def test_nothing_is_related_on_one_page_and_the_command_says_so(seeded: Recsys):
    ask = ("recommend", SEED, "--as-of", LATER, "-k", 3)
    ran = seeded(*ask)
    assert "No other story is related to this one." in ran.out
    assert ran.err.endswith("3 of 3 places left empty: no other story is related, or the rules exclude it.\n")
    filled = seeded(*ask, "--rule", "fill=popular")
    title = filled.out.split("No other story is related to this one.\n")[1].strip().splitlines()[0]
    assert title == "Popular now"
    assert "places left empty" not in filled.err
    records = seeded(*ask, "--rule", "fill=latest", "--json").record["recommendations"]
    assert [each["fill"] for each in records] == ["latest"] * 3


def test_reasons_stand_below_every_headline_that_is_explained(seeded: Recsys):
    ask = ("recommend", SEED, "--as-of", LATER, "-k", 5, *ANY, "--explain")
    reasons = [each["reasons"] for each in seeded(*ask, "--json").record["recommendations"]]
    assert len(reasons) == 5
    assert all(reasons)
    out = seeded(*ask).out
    assert all(each[0].split()[0] in out for each in reasons)
    assert "24 hours old" in out
    assert "hours old" not in seeded(*ask[:-1]).out
    beside = ("explain", SEED, "urn:recsys:headline:local:993f3bc1e26c8a47", "--as-of", LATER)
    said = seeded(*beside, "--json").record["reasons"]
    assert " · ".join(said) in seeded(*beside).out


def test_a_wrong_rule_is_wrong_usage_on_the_command_line_and_an_error_in_the_file(
    news: Recsys, workplace: Path
):
    ran = news(*ASK, "--rule", "k=0")
    assert ran.code == 2
    assert "--rule.k: expected a number from 1 to 1000, found 0" in ran.err
    (workplace / "recsys.toml").write_text("[rules]\nk = 0\n")
    ran = news(*ASK)
    assert (ran.code, ran.err) == (
        1,
        "error: recsys.toml: rules.k: expected a number from 1 to 1000, found 0\n",
    )


def test_a_run_takes_number_dial_and_window_of_the_question_but_rules_only_where_asked(
    news: Recsys, workplace: Path
):
    query = {"query_id": "q", "url": None, "as_of": "2025-03-20T00:00:00Z"}
    file = write_records(workplace / "queries.jsonl", query)
    (workplace / "recsys.toml").write_text("rules.k = 1\n")
    ask = ("recommend", "--queries", file, "--run", "-", "--ranker", "newest")
    assert len(news(*ask).out.splitlines()) == 4
    assert len(news(*ask, "--rules").out.splitlines()) == 3
    assert len(news(*ask, "--rule", "k=2").out.splitlines()) == 2
