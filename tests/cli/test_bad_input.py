"""Bad input on the command line: named, skipped and counted; the good records around it are kept."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest

from recsys.store import Store
from tests.cli.conftest import SEED, SEEN, Recsys, article, popular_list, write_records

BAD_RECORDS = {
    "a line that is no JSON": ("{oops", "a JSON object"),
    "a kind nobody knows": (popular_list(kind="trending"), "kind: expected one of popular, related"),
    "position 0": (
        popular_list(items=[{"position": 0, "headline": "x", "url": None}]),
        "items[0].position: expected a whole number from 1, found 0",
    ),
    "a time without zone": (
        article(9, first_seen_at="2025-03-01T08:00:00"),
        "first_seen_at: expected a time with a zone",
    ),
    "a headline of 10 MB": (
        article(9, headline="x" * 10_000_000),
        "headline: expected at most 2,000 characters",
    ),
    "neither headline nor text": (
        article(9, headline=None, body=None),
        "headline: expected a headline or a body",
    ),
}


@pytest.mark.parametrize("what", BAD_RECORDS)
def test_a_bad_record_is_named_and_skipped_and_its_neighbours_are_kept(
    recsys: Recsys, workplace: Path, what: str
):
    record, expected = BAD_RECORDS[what]
    file = write_records(workplace / "a.jsonl", article(1), record, article(2))
    ran = recsys("ingest", file, "--json")
    assert ran.code == 1
    assert f"error: {file}:2: " in ran.err
    assert expected in ran.err
    assert max(map(len, ran.err.splitlines())) < 400
    assert (ran.record["articles_new"], ran.record["skipped"]) == (2, 1)


def truncated_gzip() -> bytes:
    return gzip.compress(b"one line\n" * 5_000)[:-20]


BAD_FILES = {
    "empty": (b"", "expected a document, found an empty file"),
    "nothing but spaces": (b" \n \n", "expected a document"),
    "a truncated gzip": (truncated_gzip(), "whole gzip data"),
    "bytes that are no text": (b"\x00\x01\x02\xff" * 50, "expected text"),
    "text that is no page": (b"Hello.\n", "expected a page"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_is_named_and_the_others_are_kept(recsys: Recsys, workplace: Path, what: str):
    data, expected = BAD_FILES[what]
    bad = workplace / "bad.txt"
    bad.write_bytes(data)
    ran = recsys("ingest", bad, SEED, "--observed-at", SEEN, "--json")
    assert ran.code == 1
    assert f"error: {bad}: " in ran.err
    assert expected in ran.err
    assert (ran.record["articles_new"], ran.record["skipped"]) == (1, 1)


def test_what_stood_before_the_break_of_a_gzip_is_kept(recsys: Recsys, workplace: Path):
    whole = write_records(workplace / "a.jsonl", *(article(n) for n in range(1, 2_000))).read_bytes()
    packed = gzip.compress(whole)
    (workplace / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    ran = recsys("ingest", "a.jsonl.gz", "--json")
    assert ran.code == 1
    assert "whole gzip data" in ran.err
    assert 100 < ran.record["articles_new"] < 2_000


def test_a_declared_encoding_is_honoured(recsys: Recsys, workplace: Path):
    page = workplace / "page.html"
    head = "<html><head><meta charset=shift_jis><title>首都で大雪</title></head><body><h1>首都で大雪</h1>"
    page.write_bytes(f"{head}<p>{'雪が降った。' * 40}</p></body></html>".encode("cp932"))
    ran = recsys("read", page, "--json", "--observed-at", SEEN)
    assert ran.code == 0
    assert ran.record["article"]["headline"] == "首都で大雪"


def test_html_nested_100_000_deep_ends_in_a_page_or_in_one_line(recsys: Recsys, workplace: Path):
    page = workplace / "deep.html"
    page.write_text("<html><body>" + "<div>" * 100_000 + "Deep down")
    ran = recsys("ingest", page, "--observed-at", SEEN)
    assert ran.code in {0, 1}
    assert "Traceback" not in ran.err
    assert f"{page}: " in ran.err


def test_a_store_of_a_newer_version_is_said_in_one_line(seeded: Recsys):
    with sqlite3.connect("data/recsys.db") as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE name = 'schema_version'")
    connection.close()
    ran = seeded("status")
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith("error: data/recsys.db: made by a newer recsys")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["lists", "articles", "status", "export", "recommend", "popular", "train"])
def test_where_there_is_no_store_that_is_said_and_none_is_made(recsys: Recsys, workplace: Path, name: str):
    ran = recsys(name)
    assert ran.code == 1
    assert ran.err == (
        "error: data/recsys.db: no store there; "
        "make one with `recsys ingest PATH`, or name another with --store\n"
    )
    assert list(workplace.iterdir()) == []


def test_a_file_that_is_no_store_is_said_in_one_line(recsys: Recsys, workplace: Path):
    (workplace / "notes.txt").write_text("These are notes, not a database.\n" * 50)
    ran = recsys("status", "--store", "notes.txt")
    assert ran.code == 1
    assert ran.err == "error: notes.txt: is not a database\n"


def test_an_unknown_model_is_said_in_one_line(seeded: Recsys):
    ran = seeded("recommend", SEED, "--ranker", "nonesuch")
    assert ran.code == 1
    assert ran.err == (
        "error: models/nonesuch: no such model. Baselines: newest, popularity, persistence, tfidf, bm25;"
        " trained models in models: none yet; or pretrained\n"
    )


def test_training_on_nothing_says_so_and_keeps_the_shipped_weights(seeded: Recsys):
    ran = seeded("train", "--until", "2025-11-22")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("No training examples before 2025-11-22T00:00:00Z")
    assert "pretrained" in seeded("status").out


@pytest.mark.parametrize("name", ["recommend", "popular", "train"])
def test_an_empty_store_is_no_failure(recsys: Recsys, name: str):
    with Store.open("data/recsys.db"):
        pass
    assert recsys(name).code == 0


@pytest.mark.parametrize("name", ["nothere.html", "empty.jsonl"])
def test_files_without_a_page_create_no_store(recsys: Recsys, workplace: Path, name: str):
    (workplace / "empty.jsonl").touch()
    ran = recsys("ingest", name)
    assert ran.out.startswith("Read 0 pages from 1 file into data/recsys.db:")
    assert "so no store was created." in ran.err
    assert not (workplace / "data").exists()
    found = recsys("ingest", name, "--json").record
    assert (found["pages"], found["articles_new"]) == (0, 0)
    assert not (workplace / "data").exists()
