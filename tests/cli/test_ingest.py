"""`recsys ingest`: files, folders, globs and standard input; what is stored stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.cli.console import SHOWN_PROBLEMS
from recsys.store import Store
from tests.cli.conftest import SEED, SEEN, Recsys, article, popular_list, write_records


def test_it_says_in_numbers_what_became_known(recsys: Recsys):
    ran = recsys("ingest", SEED, "--observed-at", SEEN)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "Read 1 page from 1 file into data/recsys.db:",
        "  1 article (1 new, 0 changed)",
        "  10 new stories known only by headline",
        "  2 lists (2 new, with 10 items)",
    ]


def test_the_numbers_come_as_json_too(recsys: Recsys):
    found = recsys("ingest", SEED, "--observed-at", SEEN, "--json").record
    assert (found["files"], found["pages"], found["skipped"]) == (1, 1, 0)
    assert (found["articles_new"], found["headlines_new"], found["lists_new"], found["items"]) == (
        1,
        10,
        2,
        10,
    )


def test_the_same_file_twice_changes_nothing(seeded: Recsys):
    with Store.open("data/recsys.db") as store:
        before = store.integrity.digest()
    found = seeded("ingest", SEED, "--observed-at", SEEN, "--json").record
    assert (found["articles_unchanged"], found["lists_known"], found["lists_new"]) == (1, 2, 0)
    with Store.open("data/recsys.db") as store:
        assert store.integrity.digest() == before


def test_a_folder_is_read_with_its_folders_but_without_hidden_or_foreign_files(
    recsys: Recsys, workplace: Path
):
    (workplace / "in" / "deep").mkdir(parents=True)
    write_records(workplace / "in" / "a.jsonl", article(1))
    write_records(workplace / "in" / "deep" / "b.ndjson", article(2))
    (workplace / "in" / "labels.json").write_text("{}")
    (workplace / "in" / ".hidden.txt").write_text("nothing")
    found = recsys("ingest", "in", "--json").record
    assert (found["files"], found["articles_new"]) == (2, 2)


def test_a_glob_that_no_shell_resolved_is_resolved(recsys: Recsys, workplace: Path):
    for number in (1, 2):
        write_records(workplace / f"{number}.jsonl", article(number))
    assert recsys("ingest", "*.jsonl", "--json").record["articles_new"] == 2


def test_standard_input_is_read_as_a_stream(recsys: Recsys, workplace: Path):
    data = write_records(workplace / "a.jsonl", article(1), article(2), popular_list()).read_bytes()
    found = recsys("ingest", "-", "--json", input=data).record
    assert (found["articles_new"], found["lists_new"]) == (2, 1)


@pytest.mark.parametrize("path", ["missing.txt", "*.nothing", "empty"])
def test_a_path_that_names_no_page_is_skipped_and_said_and_the_rest_is_kept(
    recsys: Recsys, workplace: Path, path: str
):
    (workplace / "empty").mkdir()
    good = write_records(workplace / "good.jsonl", article(1))
    ran = recsys("ingest", path, good)
    assert ran.code == 1
    assert f"error: {path}: expected a f" in ran.err
    assert "1 article (1 new, 0 changed)" in ran.out


def test_of_many_errors_the_first_are_shown_and_the_rest_is_counted(recsys: Recsys, workplace: Path):
    file = write_records(workplace / "a.jsonl", article(1), *["{}"] * (SHOWN_PROBLEMS + 7))
    ran = recsys("ingest", file)
    assert ran.code == 1
    assert ran.err.count("error: ") == SHOWN_PROBLEMS
    assert "… and 7 more errors, not shown" in ran.err
    assert f"{SHOWN_PROBLEMS + 7} records or files skipped" in ran.err


@pytest.mark.parametrize("time", ["2025-11-21T00:00:00", "yesterday", "2025-13-01T00:00:00Z"])
def test_a_time_without_zone_is_wrong_usage_and_the_form_is_named(recsys: Recsys, time: str):
    ran = recsys("ingest", SEED, "--observed-at", time)
    assert ran.code == 2
    assert "an ISO 8601 time with a zone, such as 2025-12-01T09:30:00Z" in ran.err
    assert time in ran.err


def test_a_date_is_its_start_in_utc(recsys: Recsys):
    assert (
        recsys("read", SEED, "--json", "--observed-at", "2025-11-21").record["lists"][0]["observed_at"]
        == SEEN
    )


def test_warnings_of_one_kind_are_summed_up_in_a_line(recsys: Recsys, workplace: Path):
    for number in range(9):
        (workplace / f"page-{number}.html").write_text(f"<h1>Story number {number}</h1><p>Its text.</p>")
    ran = recsys("ingest", *[f"page-{number}.html" for number in range(9)])
    assert ran.code == 0
    said = [line for line in ran.err.splitlines() if "assuming it was saved" in line]
    assert [line.split(":")[1] for line in said[:3]] == [" page-0.html", " page-1.html", " page-2.html"]
    assert said[3].startswith("… and 6 more warnings like: assuming it was saved at the modification time")
    assert len(said) == 4
