"""The prose check finds retired words where they are words, and its list of unchecked files only shrinks."""

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


def test_every_unchecked_entry_is_a_file():
    assert [entry for entry in prose.read_unchecked() if not (prose.ROOT / entry).exists()] == []


def test_update_drops_clean_entries_and_then_the_list(tmp_path, monkeypatch):
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    monkeypatch.setattr(prose, "UNCHECKED", tmp_path / "unchecked.txt")
    (tmp_path / "clean.md").write_text("predicted\n", encoding="utf-8")
    (tmp_path / "old.md").write_text("foretold\n", encoding="utf-8")
    prose.update(["clean.md", "old.md"], ["clean.md", "old.md"])
    assert prose.read_unchecked() == ("old.md",)
    (tmp_path / "old.md").write_text("predicted\n", encoding="utf-8")
    prose.update(["old.md"], ["clean.md", "old.md"])
    assert not prose.UNCHECKED.exists()
