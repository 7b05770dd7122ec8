"""A working directory of its own for every test, without settings from outside, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from recsys.cli import app

ROOT = Path(__file__).parents[2]
SEED = ROOT / "seeds" / "000_3525abcd086fa521.txt"
SEEN = "2025-11-21T00:00:00Z"
LATER = "2025-11-22T00:00:00Z"
ANY = ("--rule", "minimum_relatedness=-inf")
"""Unrelated stories too: on the page in seeds/ nothing is related."""


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def record(self) -> dict[str, Any]:
        (only,) = self.records
        return only


Recsys = Callable[..., Ran]


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("RECSYS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def recsys() -> Recsys:
    """Runs the command in this process; an exception that it lets through fails the test."""

    def run(*args: object, input: bytes | str | None = None, env: dict[str, str] | None = None) -> Ran:
        shown = [str(arg) for arg in args]
        result = CliRunner().invoke(app, shown, input=input, env=env, catch_exceptions=False)
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


def command(*args: object) -> list[str]:
    """The command line of a process of its own, with warnings as errors."""
    return [sys.executable, "-W", "error", "-m", "recsys", *map(str, args)]


@pytest.fixture
def process() -> Recsys:
    """Runs the command in a process of its own."""

    def run(*args: object, input: bytes | None = None) -> Ran:
        done = subprocess.run(command(*args), input=input, capture_output=True, timeout=120, check=False)
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def seeded(recsys: Recsys) -> Recsys:
    """The command in a directory whose default store holds the seed page."""
    assert recsys("ingest", SEED, "--observed-at", SEEN).code == 0
    return recsys


def article(number: int, **changes: object) -> dict[str, object]:
    """An interchange article."""
    return {
        "type": "article",
        "site": "example.org",
        "url": f"https://example.org/{number}",
        "headline": f"Storm number {number} reaches the northern coast",
        "body": None,
        "published_at": None,
        "first_seen_at": f"2025-03-{number % 28 + 1:02}T08:00:00Z",
        "section": None,
        "tags": [],
        "language": "en",
    } | changes


def popular_list(**changes: object) -> dict[str, object]:
    """An interchange list of two stories."""
    return {
        "type": "list",
        "site": "example.org",
        "kind": "popular",
        "title": "Most read",
        "scope": None,
        "observed_at": "2025-03-20T08:00:00Z",
        "page_url": None,
        "items": [
            {"position": 1, "headline": "Storm number 1", "url": "https://example.org/1"},
            {"position": 2, "headline": "Storm number 2", "url": "https://example.org/2"},
        ],
    } | changes


def write_records(path: Path, *records: object) -> Path:
    """A JSON Lines file; text is written as it is."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
