"""The command as a process: exit codes, streams, pipes, signals, settings from outside."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import SEED, SEEN, Recsys, article, command, write_records

pytestmark = pytest.mark.slow


def test_done_is_0_failed_is_1_and_wrong_usage_is_2(process: Recsys):
    assert process("--version").code == 0
    assert process("status").code == 1
    assert process("nonesuch").code == 2
    assert process("lists", "--nonesuch").code == 2


def test_it_names_its_version(process: Recsys):
    assert process("--version").out == "recsys 0.1.0\n"


def test_results_go_to_stdout_and_everything_else_to_stderr(process: Recsys):
    ran = process("read", SEED, "missing.txt", "--json", "--observed-at", SEEN)
    assert ran.code == 1
    assert json.loads(ran.out)["lists"]
    assert "missing.txt" in ran.err


def test_a_page_can_be_piped_in(process: Recsys):
    ran = process("ingest", "-", "--observed-at", SEEN, "--json", input=SEED.read_bytes())
    assert (ran.code, ran.record["articles_new"]) == (0, 1)


def test_a_reader_that_goes_away_ends_it_quietly(process: Recsys, workplace: Path):
    records = [article(n) for n in range(1, 3_000)]
    assert process("ingest", write_records(workplace / "a.jsonl", *records)).code == 0
    for args in (("export",), ("articles", "-n", "3000"), ("articles", "-n", "3000", "--json")):
        with subprocess.Popen(command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.readline()
            running.stdout.close()
            said = running.stderr.read().decode()
        assert "Traceback" not in said
        assert "Broken" not in said
        assert running.returncode == 1


def test_ctrl_c_ends_it_with_one_line_and_leaves_a_store_that_opens(process: Recsys, workplace: Path):
    with subprocess.Popen(
        command("ingest", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        for number in range(1, 1_200):
            running.stdin.write(json.dumps(article(number)).encode() + b"\n")
        running.stdin.flush()
        # the store is made with the first page; from then on it waits for more from this pipe
        while not (workplace / "data" / "recsys.db").exists():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        said = running.stderr.read().decode()
    assert running.returncode == 130
    assert said == "interrupted; what was acknowledged is on disk\n"
    assert process("status").code == 0


def test_on_a_terminal_there_is_colour_but_never_in_a_pipe(workplace: Path, process: Recsys):
    assert process("ingest", SEED, "--observed-at", SEEN).code == 0
    assert "\x1b" not in process("articles").out
    shown = on_a_terminal("articles")
    assert b"\x1b[" in shown
    assert b"JN ACCESS" not in shown


def on_a_terminal(*args: str) -> bytes:
    """What a command shows on a pseudo-terminal."""
    master, slave = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "CI"}} | {
        "TERM": "xterm"
    }
    with subprocess.Popen(command(*args), stdout=slave, stderr=slave, env=env):
        os.close(slave)
        shown = b""
        while True:
            try:
                portion = os.read(master, 65_536)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
            if not portion:
                break
            shown += portion
    os.close(master)
    return shown


def test_the_store_is_that_of_the_option_else_the_variable_else_recsys_toml(recsys: Recsys, workplace: Path):
    (workplace / "recsys.toml").write_text('store = "file.db"\n')
    ingest = ("ingest", SEED, "--observed-at", SEEN, "--json")
    variable = {"RECSYS_STORE": "variable.db"}
    assert recsys(*ingest, "--store", "option.db", env=variable).record["store"] == "option.db"
    assert recsys(*ingest, env=variable).record["store"] == "variable.db"
    assert recsys(*ingest).record["store"] == "file.db"
    (workplace / "recsys.toml").unlink()
    assert recsys(*ingest).record["store"] == "data/recsys.db"


def test_a_wrong_setting_is_said_in_one_line(recsys: Recsys, workplace: Path):
    (workplace / "recsys.toml").write_text("store = 5\n")
    ran = recsys("status")
    assert ran.code == 1
    assert ran.err == "error: recsys.toml: store: expected a path or a database URL, found 5\n"
