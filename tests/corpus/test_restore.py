"""A store restored from a backup, or replaced by a copy that went its own way, gets an index of its own."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recsys.corpus import CorpusFollower, open_corpus
from recsys.domain import Page
from recsys.errors import StoreError
from recsys.store import Store
from tests.corpus.test_follower import after_all, assert_same, index_of
from tests.newsroom import newsroom


def copy_database(source: Path, target: Path) -> None:
    """Through SQLite, which may be done while both are in use."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def ingest(path: Path, pages: list[Page], batch: int = 5) -> None:
    """As `recsys ingest` does it, in a process that ends."""
    with Store.open(path) as store:
        store.add_all(pages, batch=batch)
        CorpusFollower(store, store.index_folder).try_save()


def assert_index_is_right(path: Path) -> None:
    with Store.open(path) as store:
        expected = after_all(store)
        assert_same(open_corpus(store, expected.as_of), expected)


def three_parts() -> tuple[list[Page], list[Page], list[Page]]:
    pages = list(newsroom())
    random.Random(1).shuffle(pages)
    third = len(pages) // 3
    return pages[:third], pages[third : 2 * third], pages[2 * third :]


def remove_log(path: Path) -> None:
    """Remove what SQLite keeps beside a database, as docs/backup.md says."""
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


@pytest.mark.parametrize("how", ["copied over", "moved into its place", "through SQLite"])
@pytest.mark.parametrize("lag", [1, 3], ids=["further on than the index", "behind the index"])
def test_a_restored_store_gets_an_index_of_its_own(tmp_path: Path, how: str, lag: int) -> None:
    first, second, third = three_parts()
    path, saved = tmp_path / "news.db", tmp_path / "backup.db"
    ingest(path, first)
    copy_database(path, saved)
    ingest(path, second)
    remove_log(path)
    if how == "copied over":
        shutil.copyfile(saved, path)
    elif how == "moved into its place":
        saved.replace(path)
    else:
        copy_database(saved, path)
    ingest(path, third[:: lag * 2], batch=1 if lag == 1 else 500)
    assert_index_is_right(path)


def test_a_log_of_a_crash_is_left_behind_and_the_store_restored_through_sqlite(tmp_path: Path) -> None:
    first, second, third = three_parts()
    path, saved, crashed = (tmp_path / name for name in ("news.db", "backup.db", "crashed.db"))
    ingest(path, first)
    copy_database(path, saved)
    with Store.open(path) as store:
        store.add_all(second, batch=5)
        CorpusFollower(store, store.index_folder).try_save()
        for suffix in ("", "-wal", "-shm"):  # what a power failure leaves
            shutil.copyfile(f"{path}{suffix}", f"{crashed}{suffix}")
        shutil.copytree(index_of(store), f"{crashed}.index")
    assert Path(f"{crashed}-wal").stat().st_size > 0
    copy_database(saved, crashed)
    ingest(crashed, third, batch=2)
    assert_index_is_right(crashed)
    assert_index_is_right(path)


def test_copies_that_diverged_do_not_take_each_others_index(tmp_path: Path) -> None:
    first, second, third = three_parts()
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    ingest(one, first)
    copy_database(one, other)
    ingest(one, second)
    ingest(other, third[: len(second)])
    with Store.open(one) as a, Store.open(other) as b:
        assert a.state().batch == b.state().batch  # numbers do not tell them apart
    for name in ("one.db", "other.db"):
        Path(tmp_path / f"{name}.index").rename(tmp_path / f"{name}.swapped")
    (tmp_path / "one.db.swapped").rename(tmp_path / "other.db.index")
    (tmp_path / "other.db.swapped").rename(tmp_path / "one.db.index")
    assert_index_is_right(one)
    assert_index_is_right(other)


def test_a_process_that_follows_a_store_notices_that_it_was_restored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third = three_parts()
    path, saved = tmp_path / "news.db", tmp_path / "backup.db"
    with Store.open(path) as store:
        store.add_all(first, batch=5)
        copy_database(path, saved)
        store.add_all(second, batch=5)
        followers = [CorpusFollower(store, index_of(store)), CorpusFollower(store)]
        for follower in followers:
            follower.corpus()
        followers[0].try_save()
        copy_database(saved, path)
        ingest(path, third, batch=2)
        expected = after_all(store)
        for follower in followers:
            assert_same(follower.corpus(expected.as_of), expected)
        assert "was it restored" in caplog.text
        followers[0].try_save()
    assert_index_is_right(path)


def test_an_index_whose_files_were_removed_while_it_was_in_use_is_written_whole(tmp_path: Path) -> None:
    first, second, _ = three_parts()
    path = tmp_path / "news.db"
    with Store.open(path) as store:
        store.add_all(first)
        follower = CorpusFollower(store, index_of(store))
        follower.try_save()
        shutil.rmtree(index_of(store))
        store.add_all(second[:3])
        follower.try_save()
        opened = CorpusFollower(store, index_of(store))
        opened.corpus()
        assert opened.is_loaded


@pytest.mark.parametrize("what", ["replaced", "removed"])
def test_a_database_whose_file_is_another_one_is_not_used_any_more(tmp_path: Path, what: str) -> None:
    first, second, _ = three_parts()
    path, saved = tmp_path / "news.db", tmp_path / "backup.db"
    ingest(path, first)
    copy_database(path, saved)
    with Store.open(path) as store:
        store.add_all(second)
        if what == "replaced":
            saved.replace(path)
        else:
            path.unlink()
        for use in (store.state, store.counts, lambda: store.add_all(second[:1])):
            with pytest.raises(StoreError, match=rf"news\.db: was {what}.*restart the process"):
                use()
    if what == "replaced":
        remove_log(path)
        assert_index_is_right(path)
