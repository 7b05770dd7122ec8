"""Files and texts from strangers: nothing hangs, nothing leads out of a folder or steers the terminal."""

from __future__ import annotations

import os
import re
import socket
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recsys.cli.console import Output, _Printable, printable
from recsys.domain import Article, Kind, ListItem, Page, RankedList
from recsys.store import Store
from tests.cli.conftest import SEED, SEEN, Recsys, article, write_records

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x00\r\u202e\u2066"
HOSTILE = f"Harbour{ESCAPES} closes"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def no_control_in(*printed: str) -> None:
    for text in printed:
        assert CONTROLS.search(text) is None, ascii(text)


@pytest.fixture
def special_files(tmp_path: Path) -> list[Path]:
    """A pipe that nobody writes to, a device without an end, and a socket."""
    os.mkfifo(tmp_path / "pipe.html")
    (tmp_path / "zero.html").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket.html"))
    return [tmp_path / name for name in ("pipe.html", "zero.html", "socket.html")]


@pytest.mark.parametrize("verb", ["read", "ingest"])
def test_what_is_no_regular_file_is_named_and_refused_at_once(
    process: Recsys, special_files: list[Path], verb: str
):
    ran = process(verb, *special_files, SEED, "--observed-at", SEEN)
    assert ran.code == 1
    for path, kind in zip(special_files, ("a named pipe", "a device", "a socket"), strict=True):
        assert f"error: {path}: expected a file that can be read, found {kind}" in ran.err
    assert "1 page" in ran.out + ran.err  # the good one


@pytest.mark.parametrize("verb", ["read", "ingest", "recommend"])
def test_a_pipe_that_is_all_there_is_does_not_hang(process: Recsys, special_files: list[Path], verb: str):
    if verb == "recommend":
        assert process("ingest", SEED, "--observed-at", SEEN).code == 0
    ran = process(verb, special_files[0])
    assert ran.code == 1
    assert "a named pipe" in ran.err


def test_a_folder_is_read_without_its_pipes_and_without_links_that_lead_out_of_it(
    recsys: Recsys, tmp_path: Path, special_files: list[Path]
):
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for place in (outside, folder):
        place.mkdir()
    secret = write_records(outside / "secret.jsonl", article(1, headline="A secret"))
    write_records(folder / "own.jsonl", article(2))
    (folder / "inside.jsonl").symlink_to("own.jsonl")
    (folder / "out.jsonl").symlink_to(secret)
    (folder / "up.jsonl").symlink_to("../outside/secret.jsonl")
    (folder / "elsewhere").symlink_to(outside)
    (folder / "here").symlink_to(".")
    os.mkfifo(folder / "pipe.html")
    ran = recsys("read", folder)
    assert ran.code == 1
    assert "A secret" not in ran.out
    assert ran.out.count("Storm number 2") == 2
    for name in ("out.jsonl", "up.jsonl", "elsewhere"):
        assert re.search(
            rf"error: \S+/{name}: expected a file inside .*, found a link out of the folder", ran.err
        )
    assert f"{folder}/pipe.html: expected a file that can be read, found a named pipe" in ran.err
    assert ran.err.count("error: ") == 4


def test_a_link_that_is_named_is_followed_to_a_regular_file(recsys: Recsys, tmp_path: Path):
    target = write_records(tmp_path / "target.jsonl", article(1))
    (tmp_path / "link.jsonl").symlink_to(target)
    assert recsys("read", tmp_path / "link.jsonl").code == 0


def test_a_folder_that_is_named_by_a_link_is_read(recsys: Recsys, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    write_records(tmp_path / "folder" / "a.jsonl", article(1))
    (tmp_path / "link").symlink_to("folder")
    assert recsys("read", tmp_path / "link").code == 0


SEEN_AT = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture
def hostile_store(tmp_path: Path) -> Path:
    """A store whose texts are as no reader leaves them, as a store may be that others wrote."""
    place = tmp_path / "hostile.db"
    url = "https://example.org/{}\x1b[31m\u202e"
    with Store.open(place) as store:
        store.add_all(
            Page(Article("example.org", url.format(n), SEEN_AT, f"{HOSTILE} {n}", section=HOSTILE))
            for n in range(3)
        )
        items = (ListItem(1, HOSTILE, url.format(1)), ListItem(2, HOSTILE, url.format(2)))
        ranked = RankedList("example.org", Kind.POPULAR, SEEN_AT, items, title=HOSTILE, scope=HOSTILE)
        store.add(Page(lists=(ranked,)))
    return place


@pytest.mark.parametrize(
    "asked",
    [
        ["articles"],
        ["lists"],
        ["status"],
        ["popular", "--as-of", "2025-03-02T00:00:00Z"],
        ["recommend", "https://example.org/0\x1b[31m\u202e", "--as-of", "2025-03-02T00:00:00Z", "--explain"],
        ["recommend", "https://example.org/none\x1b[31m\u202e"],
        ["articles", "--json"],
        ["lists", "--json"],
    ],
    ids=" ".join,
)
def test_no_control_character_of_a_stored_text_is_printed(
    recsys: Recsys, hostile_store: Path, asked: list[str]
):
    ran = recsys(*asked, "--store", hostile_store)
    assert ran.out or ran.err
    no_control_in(ran.out, ran.err)
    assert "Harbour" in ran.out or asked[0] in ("status", "recommend")


def test_json_keeps_the_characters_that_it_does_not_print(recsys: Recsys, hostile_store: Path):
    records = recsys("articles", "--json", "--store", hostile_store).records
    assert HOSTILE.replace("\x00", "") in str(records[0]["headline"]).replace("\x00", "")


@pytest.mark.parametrize("verb", ["read", "ingest"])
@pytest.mark.parametrize("is_json", [False, True])
def test_no_control_character_of_a_files_name_is_printed(
    recsys: Recsys, tmp_path: Path, verb: str, is_json: bool
):
    folder = tmp_path / "folder"
    folder.mkdir()
    name = f"a{ESCAPES}\nerror: forged".replace("\x00", "")
    write_records(folder / f"{name}.jsonl", article(1, headline=HOSTILE, section=HOSTILE), "{no record")
    (folder / os.fsdecode(b"caf\xe9.html")).write_bytes(SEED.read_bytes())
    (folder / f"{name}.html").symlink_to("/etc/passwd")
    ran = recsys(verb, folder, *(["--json"] if is_json else []))
    assert ran.code == 1
    no_control_in(ran.out, ran.err)
    assert not re.search("^error: forged", ran.err, re.MULTILINE)
    if verb == "read":
        assert ("caf\\\\xe9.html" if is_json else "caf\\xe9.html") in "".join(ran.out.split())


def test_colours_of_our_own_reach_a_terminal_and_others_do_not():
    table = Table(title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(Text(HOSTILE, style="red"))
    written = StringIO()
    console = Console(file=written, force_terminal=True, color_system="standard", width=80)
    console.print(_Printable(table), _Printable(HOSTILE))
    own = re.sub(r"\x1b\[[0-9;]*m", "", written.getvalue())
    assert own != written.getvalue()
    no_control_in(own)


def test_what_a_terminal_would_obey_is_taken_out_and_the_rest_stays():
    assert printable(HOSTILE) == "Harbour closes"
    assert (
        printable("漢字\u3000かな, é, עברית\u200f, one\ttab\nline")
        == "漢字\u3000かな, é, עברית\u200f, one tab\nline"
    )
    assert printable("\x1b]0;never ended") == "0;never ended"


def test_a_character_that_stdout_cannot_write_is_spelt_out(capfd, monkeypatch):
    class Narrow(StringIO):
        encoding = "cp1252"

    written = Narrow()
    monkeypatch.setattr("sys.stdout", written)
    Output().say("潮 é")
    Output().record({"a": "潮 é"})
    assert written.getvalue() == '\\u6f6e é\n{"a": "\\u6f6e \\u00e9"}\n'


def test_two_million_combining_marks_are_ingested_in_seconds(recsys: Recsys, tmp_path: Path):
    page = tmp_path / "marks.html"
    marks = "\u0301\u0316\u0345\u0308\u05b0\u3099" * 333_333
    page.write_text(f"<h1>Harbour closes for good</h1><article><p>a{marks}</p></article>")
    start = time.process_time()
    ran = recsys("ingest", page, "--observed-at", SEEN)
    assert ran.code == 0, ran.err
    assert time.process_time() - start < 30  # it was an hour
