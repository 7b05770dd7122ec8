"""The prose check finds retired words where they are words, and the project has none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.project import prose


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("what the page told us", "told"),
        ("the Readers' ranking", "Readers' ranking"),
        ("figures judged by clicks", "judged by"),
        ("run `recsys collect` again", "recsys collect"),
        ("the shipped weights", "shipped weights"),
    ],
)
def test_a_retired_word_is_found_with_its_line(line, word):
    assert [(number, each) for number, each, _ in prose.find_retired(f"first\n{line}\n")] == [(2, word)]


@pytest.mark.parametrize(
    "line", ["untold", "toldness", "chats", "most-read list", "recsys collection", "recsys user"]
)
def test_other_words_pass(line):
    assert list(prose.find_retired(line)) == []


def test_the_repository_passes():
    done = subprocess.run([sys.executable, prose.__file__], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
