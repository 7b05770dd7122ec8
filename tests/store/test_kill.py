"""An ingest killed at any moment leaves a store that opens, with whole lists, and can be completed."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from recsys.documents import article_record, format_record, list_record
from recsys.store import Store
from tests.store.examples import invented
from tests.store.ingesting import command

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LONGEST = 300.0  # seconds for one ingest on a busy machine


@dataclass(frozen=True)
class Whole:
    """An uninterrupted ingest: what it made, and how long it took once the store was there."""

    digest: str
    lists: int
    seconds: float


def start(store: Path, files: Sequence[Path]) -> subprocess.Popen[bytes]:
    """Returns when the child has made the store, so that moments are counted from the first write."""
    child = subprocess.Popen(command(store, files), cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + LONGEST
    while not store.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    return child


def finish(store: Path, files: Sequence[Path]) -> Whole:
    child = start(store, files)
    began = time.monotonic()
    assert child.wait(LONGEST) == 0
    seconds = time.monotonic() - began
    with Store.open(store, create=False) as opened:
        assert opened.integrity.problems() == ()
        return Whole(opened.integrity.digest(), opened.counts().lists, seconds)


def kill_after(seconds: float, store: Path, files: Sequence[Path]) -> None:
    with start(store, files) as child:
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        assert child.wait() in {-signal.SIGKILL, 0}  # 0: it was faster than we


def lists_that_survived(store: Path) -> int:
    with Store.open(store) as opened:
        assert opened.integrity.problems() == ()
        survived = opened.counts().lists
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return survived


def check_kills(folder: Path, files: Sequence[Path], *, kills: int, seed: int) -> None:
    whole = finish(folder / "whole.db", files)
    chance = random.Random(seed)
    survived = []
    for number in range(kills):
        store = folder / f"killed-{number}.db"
        within = whole.seconds * (0.2 if number % 2 else 1)  # the end is making the articles ready
        kill_after(chance.uniform(0, within), store, files)
        survived.append(lists_that_survived(store))
        again = finish(store, files)
        assert (again.digest, again.lists) == (whole.digest, whole.lists)
    assert any(0 < lists < whole.lists for lists in survived), survived  # some kill hit it at work


def test_an_ingest_killed_at_any_moment_is_completed_by_the_next(tmp_path: Path) -> None:
    file = tmp_path / "invented.jsonl"
    records = []
    for page in invented(2_500):
        records += [article_record(page.article)] if page.article else []
        records += [list_record(ranked) for ranked in page.lists]
    file.write_text("".join(format_record(record) + "\n" for record in records), encoding="utf-8")
    check_kills(tmp_path, [file], kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.data
def test_an_ingest_of_real_lists_killed_at_some_moments_is_completed(
    shared_data: Path, tmp_path: Path
) -> None:
    check_kills(tmp_path, [shared_data / "bbc" / "lists.jsonl.gz"], kills=2, seed=5)
