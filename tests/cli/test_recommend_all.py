"""`recsys recommend-all`: recommendations for every article, as lines or as a file per article."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.cli.static_files import INDEX, Folder, file_of
from recsys.documents import canonical_url
from tests.cli.conftest import Recsys, article, command, popular_list, write_records

pytestmark = pytest.mark.slow

AS_OF = "2025-04-01T00:00:00Z"
COUNT = 40
ALL = ("recommend-all", "--as-of", AS_OF, "-k", 3)


@pytest.fixture
def news(recsys: Recsys, workplace: Path) -> Recsys:
    """The command in a directory whose store holds 40 stories and nine hourly lists."""
    bodies = ["The storm flooded the harbour.", "The bank raised its rates.", "A vote was held."]
    stories = [
        article(
            n, body=f"{bodies[n % 3]} " * 8, first_seen_at=f"2025-03-{n // 2 + 1:02}T{8 + n % 2:02}:00:00Z"
        )
        for n in range(1, COUNT + 1)
    ]
    lists = [popular_list(observed_at=f"2025-03-22T{hour:02}:00:00Z") for hour in range(9, 18)]
    assert recsys("ingest", write_records(workplace / "news.jsonl", *stories, *lists)).code == 0
    return recsys


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_every_line_equals_what_recommend_prints_for_that_article_oldest_first(news: Recsys):
    ran = news(*ALL, "--explain")
    assert [each["url"] for each in ran.records] == [f"https://example.org/{n}" for n in range(1, COUNT + 1)]
    for each in ran.records[::9]:
        alone = news("recommend", each["url"], "--as-of", AS_OF, "-k", 3, "--explain", "--json").record
        assert each["items"] == alone["recommendations"]
        assert (each["as_of"], each["model"]) == (alone["as_of"], alone["ranker"])
        assert {name: each[name] for name in alone["query"]} == alone["query"]


@pytest.mark.slow
def test_lines_are_identical_for_any_number_of_jobs_and_any_output(
    news: Recsys, process: Recsys, workplace: Path
):
    one = process(*ALL, "--jobs", 1)
    two = process(*ALL, "--jobs", 2, "--output", "two.ndjson")
    assert (one.code, two.code) == (0, 0)
    assert one.out.encode() == (workplace / "two.ndjson").read_bytes()
    assert two.out == ""
    note = f"Wrote recommendations for 40 articles to two.ndjson, as of {AS_OF}, ranked by pretrained.\n"
    assert two.err.endswith(note)


def test_request_options_apply_to_every_article(news: Recsys):
    ran = news(*ALL, "--ranker", "newest", "--rule", "window=2d", "--since", "2025-03-20")
    assert [each["url"] for each in ran.records] == [f"https://example.org/{n}" for n in (38, 39, 40)]
    assert {each["model"] for each in ran.records} == {"newest"}
    assert all(each["items"] == [] for each in ran.records)


def test_json_prints_a_summary(news: Recsys):
    expected = {"lines": 40, "output": "a.ndjson.gz", "as_of": AS_OF, "ranker": "pretrained"}
    assert news(*ALL, "--output", "a.ndjson.gz", "--json").record == expected


def test_a_folder_has_a_file_for_each_article_and_an_index_of_them(news: Recsys, workplace: Path):
    ran = news(*ALL, "--format", "json-per-page", "--output", "site/related")
    assert ran.err.splitlines()[-1].startswith(
        "Wrote recommendations for 40 articles (40 new or changed, 0 unchanged) to site/related, as of"
    )
    folder = workplace / "site" / "related"
    index = json.loads((folder / INDEX).read_text())
    assert index == {f"https://example.org/{n}": f"example.org/{n}.json" for n in range(1, COUNT + 1)}
    assert files_in(folder) == sorted([INDEX, *index.values()])
    for line in news(*ALL).records:
        assert json.loads((folder / index[line["url"]]).read_text()) == line


def test_a_file_without_a_visible_change_is_not_rewritten(news: Recsys, workplace: Path):
    ask = ("recommend-all", "-k", 3, "--format", "json-per-page", "--output", "out")
    assert news(*ask, "--as-of", AS_OF).code == 0
    folder = workplace / "out"
    for file in files_in(folder):
        os.utime(folder / file, (1, 1))
    (folder / "example.org" / "7.json").write_text('{"items": [', encoding="utf-8")
    ran = news(*ask, "--as-of", "2025-04-01T00:10:00Z", "--json")
    assert (ran.record["written"], ran.record["unchanged"]) == (1, 39)
    changed = [file for file in files_in(folder) if (folder / file).stat().st_mtime != 1]
    assert changed == ["example.org/7.json"]
    ran = news(*ask, "--as-of", AS_OF, "--ranker", "newest", "--json")
    assert ran.record["written"] == 40


def test_a_part_of_the_articles_extends_the_index_and_all_of_them_replace_it(news: Recsys, workplace: Path):
    folder = workplace / "out"
    folder.mkdir()
    (folder / INDEX).write_text('{"https://example.org/gone": "example.org/gone.json"}')
    ask = (*ALL, "--format", "json-per-page", "--output", "out")
    assert news(*ask, "--since", "2025-03-21").code == 0
    assert list(json.loads((folder / INDEX).read_text())) == [
        f"https://example.org/{slug}" for slug in ("gone", 40)
    ]
    assert news(*ask).code == 0
    assert len(json.loads((folder / INDEX).read_text())) == COUNT


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("goes_away", "code"), [(True, 1), (False, 130)])
def test_a_closed_pipe_or_ctrl_c_ends_it_quietly(news: Recsys, jobs: int, goes_away: bool, code: int):
    lengthy = ("--explain", "-k", COUNT, "--jobs", jobs)  # several megabytes: more than a pipe holds
    with subprocess.Popen(
        command(*ALL, *lengthy), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        if not goes_away:
            os.killpg(running.pid, signal.SIGINT)
        running.stdout.close()
        try:
            running.wait(60)
        finally:
            running.kill()
        errors = running.stderr.read().decode()
    assert running.returncode == code
    assert errors.splitlines()[1:] == ([] if goes_away else ["interrupted; what was acknowledged is on disk"])


def answer(number: int) -> dict[str, object]:
    return {"url": f"https://example.org/{number}", "as_of": AS_OF, "items": [{"headline": str(number)}]}


def test_an_interrupted_run_leaves_complete_files_and_the_old_index(workplace: Path):
    folder = Folder.open(workplace / "out")
    folder.write(["https://example.org/1"], [answer(1)], complete=True)
    before = (workplace / "out" / INDEX).read_bytes()

    def interrupted() -> Iterator[Mapping[str, object]]:
        yield answer(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write(["https://example.org/2", "https://example.org/3"], interrupted(), complete=True)
    assert files_in(workplace / "out") == ["example.org/1.json", "example.org/2.json", INDEX]
    assert json.loads((workplace / "out" / "example.org" / "2.json").read_text()) == answer(2)
    assert (workplace / "out" / INDEX).read_bytes() == before


def test_a_reader_of_a_file_being_replaced_gets_the_old_version(workplace: Path):
    folder = Folder.open(workplace / "out")
    folder.write(["https://example.org/1"], [answer(1)], complete=True)
    with (workplace / "out" / "example.org" / "1.json").open() as held:
        folder.write(["https://example.org/1"], [answer(1) | {"items": []}], complete=True)
        assert json.load(held) == answer(1)


FILES = {
    "https://example.org/news/storm-12": "example.org/news/storm-12.json",
    "https://example.org/2025/03/storm.html": "example.org/2025/03/storm.html.json",
    "https://example.org/news/storm/": "example.org/news/storm/index.json",
    "https://example.org/": "example.org/index.json",
    "urn:recsys:headline:local:993f3bc1e26c8a47": "urn/recsys/headline/local/993f3bc1e26c8a47.json",
    "https://example.org/news/index": "example.org/index-5d8bb33fc107de77.json",
    "http://example.org/news/storm-12": "example.org/storm-12-",
    "https://example.org/News/Storm": "example.org/storm-",
    "https://example.org/a.json/b": "example.org/b-",
    "https://example.org/story?id=5": "example.org/story-id-5-",
    "https://example.org/%E5%B5%90": "example.org/e5-b5-90-",
    "https://example.org:8080/../../etc/passwd": "other/passwd-",
}


@pytest.mark.parametrize("url", FILES)
def test_the_file_of_an_address(url: str):
    assert file_of(url).startswith(FILES[url])


ADDRESSES = st.builds(
    "{}://{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["example.org", "urn", "a.json", "example.org:8080"]),
    st.text(alphabet="aA-_./?=%~ é", max_size=12) | st.text(max_size=300),
)


@given(st.lists(ADDRESSES, min_size=2, max_size=2, unique=True))
def test_no_two_addresses_share_a_file_and_none_leaves_the_folder(urls: list[str]):
    known = {found for url in urls if (found := canonical_url(url)) is not None}
    files = [file_of(url) for url in known]
    assert len(set(files)) == len(known)
    for file in files:
        assert file.isascii()
        assert file == file.lower()
        *folders, name = file.split("/")
        assert folders
        assert all(part and part[0] not in ".-" and not part.endswith((".json", ".")) for part in folders)
        assert name.endswith(".json")
        assert len(name) < 200


WRONG = {
    ("--format", "json-per-page"): "json-per-page needs a folder",
    ("--format", "json-per-page", "--output", "-"): "json-per-page needs a folder",
    ("--format", "csv"): "'csv' is not one of 'ndjson', 'json-per-page'",
    ("--jobs", "0"): "'--jobs': Input should be greater than or equal to 1",
}


@pytest.mark.parametrize("options", WRONG)
def test_incompatible_options_are_wrong_usage(news: Recsys, options: tuple[str, ...]):
    ran = news("recommend-all", *options)
    assert ran.code == 2
    assert WRONG[options] in ran.err


def test_an_output_that_cannot_be_written_is_reported_before_any_work(news: Recsys, workplace: Path):
    (workplace / "folder").mkdir()
    (workplace / "file").write_text("mine")
    for options, reason in (
        (("--output", "folder"), "folder: cannot be written: it is a folder"),
        (("--format", "json-per-page", "--output", "file"), "file: cannot be written: it is not a folder"),
    ):
        ran = news(*ALL, *options)
        assert (ran.code, ran.err.splitlines()[-1]) == (1, f"error: {reason}")
    assert (workplace / "file").read_text() == "mine"
