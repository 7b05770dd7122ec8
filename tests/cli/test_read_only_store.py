"""Commands that only read need no right to write: the store and its folder may be read-only."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import LATER, SEED, SEEN, Ran, Recsys

NOBODY = 65_534
READING = (
    ("status",),
    ("articles",),
    ("lists",),
    ("popular", "--as-of", LATER),
    ("recommend", "seed.txt", "--as-of", LATER),
    ("export",),
    ("check",),
)


@pytest.fixture
def folder(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with the seed page that every user can read, unlike pytest's own."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    shutil.copy(SEED, made / "seed.txt")
    (made / "seed.txt").chmod(0o644)
    monkeypatch.chdir(made)
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


@pytest.fixture
def store(folder: Path, recsys: Recsys) -> Path:
    path = folder / "news.db"
    assert recsys("ingest", "seed.txt", "--observed-at", SEEN, "--store", path).code == 0
    return path


def as_another_user(work: Callable[[], Ran]) -> Ran:
    """What a call returns for a user without rights; root may write everywhere."""
    if os.geteuid() != 0:
        return work()
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setresuid(NOBODY, NOBODY, NOBODY)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data)


@pytest.mark.parametrize("command", READING, ids=[args[0] for args in READING])
@pytest.mark.parametrize("has_index", [True, False])
def test_what_reads_alone_reads_a_store_that_cannot_be_written(
    recsys: Recsys, store: Path, command: tuple[str, ...], has_index: bool
):
    if not has_index:
        shutil.rmtree(f"{store}.index", ignore_errors=True)
    expected = recsys(*command, "--store", store)  # imports everything, before the rights are given up
    if not has_index:
        shutil.rmtree(f"{store}.index", ignore_errors=True)
    store.chmod(0o444)
    store.parent.chmod(0o555)
    before = sorted(path.name for path in store.parent.rglob("*"))
    ran = as_another_user(lambda: recsys(*command, "--store", store))
    assert (ran.code, ran.out) == (0, expected.out), ran.err
    assert sorted(path.name for path in store.parent.rglob("*")) == before


def test_a_write_ahead_log_that_somebody_left_is_read_as_well(recsys: Recsys, store: Path):
    with closing(sqlite3.connect(store)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("UPDATE headlines SET site = 'late.example'")
        writer.commit()
        assert Path(f"{store}-wal").stat().st_size > 0
        recsys("articles", "--store", store)
        store.parent.chmod(0o555)
        ran = as_another_user(lambda: recsys("articles", "--store", store))
        assert ran.code == 0, ran.err


def test_writing_says_why_it_cannot(recsys: Recsys, store: Path):
    recsys("ingest", "seed.txt", "--observed-at", SEEN, "--store", store)
    store.chmod(0o444)
    store.parent.chmod(0o555)
    ran = as_another_user(lambda: recsys("ingest", "seed.txt", "--observed-at", LATER, "--store", store))
    assert ran.code == 1
    assert ran.err.endswith("news.db: cannot be written: it is read-only\n")
