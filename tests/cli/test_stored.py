"""`recsys lists`, `articles`, `status`, `export`: what the store holds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from recsys.store import Store
from tests.cli.conftest import SEED, SEEN, Recsys, article, popular_list, write_records


def test_lists_come_newest_first_and_can_be_narrowed_to_a_scope(seeded: Recsys):
    assert [each["title"] for each in seeded("lists", "--json").records] == [
        "JN ACCESS RANKING",
        '"News Services" POPULAR ARTICLE',
    ]
    scoped = seeded("lists", "--scope", "News Services", "--json").record
    assert scoped["items"][3]["headline"].endswith("(UPDATE 1)")


def test_lists_of_one_kind_alone(seeded: Recsys):
    ran = seeded("lists", "--kind", "related")
    assert (ran.code, ran.out, ran.err) == (0, "", "0 of 0 lists.\n")
    assert seeded("lists", "--kind", "nonesuch").code == 2


def test_the_number_of_lists_is_that_asked_for_and_the_total_is_said(seeded: Recsys):
    ran = seeded("lists", "-n", 1)
    assert "JN ACCESS RANKING" in ran.out
    assert "News Services" not in ran.out
    assert ran.err == "1 of 2 lists.\n"
    assert seeded("lists", "-n", 0).code == 2


def test_articles_are_found_by_all_of_the_words_in_headline_or_text(seeded: Recsys):
    found = seeded("articles", "--search", "nikkei BOJ", "--json").record
    assert found["headline"].startswith("Japan’s Nikkei Stock Average Licks Wounds")
    found = seeded("articles", "--search", "Medinsky", "--json").record
    assert found["headline"] is None


def test_articles_come_newest_first_as_many_as_asked_for(recsys: Recsys, workplace: Path):
    recsys("ingest", write_records(workplace / "a.jsonl", *(article(n) for n in range(1, 6))))
    ran = recsys("articles", "-n", 2, "--json")
    assert [each["url"] for each in ran.records] == ["https://example.org/5", "https://example.org/4"]
    assert recsys("articles", "-n", 2).err == "2 of 5 articles.\n"


def test_status_counts_what_the_store_holds(seeded: Recsys):
    found = seeded("status", "--json").record
    store = found["store"]
    assert (store["articles"], store["with_page"], store["headline_only"]) == (11, 1, 10)
    assert (store["lists"], store["lists_by_kind"], store["items"]) == (2, {"popular": 2}, 10)
    assert store["last_at"] == SEEN
    assert found["model"] is None
    assert "none in models yet" in seeded("status").out


def test_what_is_exported_and_ingested_again_is_the_same_store(seeded: Recsys, workplace: Path):
    seeded(
        "ingest", write_records(workplace / "a.jsonl", article(1), popular_list(), article(1, headline="New"))
    )
    assert seeded("export", "all.jsonl.gz").code == 0
    assert seeded("ingest", "all.jsonl.gz", "--store", "again.db").code == 0
    with Store.open("data/recsys.db") as first, Store.open("again.db") as second:
        assert first.integrity.digest() == second.integrity.digest()
        assert second.integrity.problems() == ()


def test_export_writes_to_stdout_a_file_or_a_gzip_the_same_lines(seeded: Recsys, workplace: Path):
    lines = seeded("export").out
    assert [json.loads(line)["type"] for line in lines.splitlines()] == ["article", "list", "list"]
    assert seeded("export", "all.jsonl").err == "Wrote 3 records to all.jsonl.\n"
    assert (workplace / "all.jsonl").read_text(encoding="utf-8") == lines
    assert seeded("export", "all.jsonl.gz", "--json").record == {"file": "all.jsonl.gz", "records": 3}
    assert gzip.decompress((workplace / "all.jsonl.gz").read_bytes()).decode() == lines
    assert sorted(path.name for path in workplace.iterdir()) == ["all.jsonl", "all.jsonl.gz", "data"]


def test_an_export_that_cannot_be_written_is_said_in_one_line(seeded: Recsys):
    ran = seeded("export", "no/such/folder/all.jsonl")
    assert ran.code == 1
    assert ran.err == "error: no/such/folder/all.jsonl: cannot be written: No such file or directory\n"


@pytest.mark.parametrize("before", [True, False])
def test_global_options_may_stand_before_the_command_or_after_it(recsys: Recsys, before: bool):
    options = ["--store", "mine.db", "--json"]
    ingest = ["ingest", SEED, "--observed-at", SEEN]
    ran = recsys(*options, *ingest) if before else recsys(*ingest, *options)
    assert ran.record["store"] == "mine.db"


def test_headlines_in_han_and_kana_keep_to_the_width_of_the_table(recsys: Recsys, workplace: Path):
    headline = "首都圏で大雪、鉄道各社が計画運休を発表し帰宅困難者が続出" * 2
    recsys("ingest", write_records(workplace / "a.jsonl", article(1, headline=headline)))
    out = recsys("articles").out
    assert "".join(headline) in "".join(
        line.strip().removeprefix("2025-03-02 08:00  ") for line in out.splitlines()
    )
