"""Opening: new, older, newer and other people's databases; what cannot be opened is said in one line."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from recsys.errors import StoreError, StoreVersionError
from recsys.store import Click, ClickedImpression, Counts, Impression, Store, schema
from tests.store.examples import BRIDGE, FERRY, at, filled, invented, listed, paged

VERSION_1, VERSION_3, VERSION_4, VERSION_5 = (
    (Path(__file__).parent / f"version_{number}.sql").read_text() for number in (1, 3, 4, 5)
)
DIGEST_3 = (
    "d8b8c56777ff72471cac141cc2fea57c1efaf841c56aa9c2583480ffc74381b2"  # computed by the code of its time
)
DIGEST_4 = "0b83e5e634bf0359b9a2b512218d5af140df5cfae577f7c6163c105fcffc9574"
DIGEST_5 = "eca155e59cff1f77ab38b913006277a123346dba81a86b6d718a362db3be95ee"


def run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def ask(path: Path, query: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_store_is_made_with_its_folder_and_found_again_by_path_and_url(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "recsys.db"
    with Store.open(path) as store:
        store.add(paged())
        assert store.name == str(path)
    for place in (str(path), f"sqlite:///{path}"):
        with Store.open(place, create=False) as store:
            assert store.counts().articles == 1


def test_a_closed_store_refuses_every_use(tmp_path: Path) -> None:
    with Store.open(tmp_path / "recsys.db") as store:
        store.add(paged())
        assert repr(store) == f"<Store: {tmp_path / 'recsys.db'}>"
    uses = (
        store.counts,
        lambda: list(store.read_articles()),
        lambda: store.add(paged(1)),
        lambda: list(store.impressions.read()),
        store.integrity.problems,
    )
    for use in uses:
        with pytest.raises(StoreError, match=r"recsys\.db: the store is closed"):
            use()
    store.close()


def test_what_was_acknowledged_is_on_disk(tmp_path: Path) -> None:
    with Store.open(tmp_path / "recsys.db") as store, store._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_no_store_is_made_where_none_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(StoreError, match="no store there"):
        Store.open(path, create=False)
    assert not path.exists()
    path.touch()
    with pytest.raises(StoreError, match="no store there"):
        Store.open(path, create=False)


def test_an_older_store_is_migrated_and_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    run(path, VERSION_1)
    with Store.open(path) as store:
        known = store.article(BRIDGE)
        assert known is not None
        assert (known.article.body, known.page_seen_at) == ("It opened.", at(3))
        assert store.integrity.problems() == ()
        migrated = store.integrity.digest()
    assert ask(path, "SELECT value FROM meta WHERE name = 'schema_version'") == str(schema.VERSION)
    again = [listed(0, ("Bridge opens", BRIDGE)), paged(3, body="It opened.")]
    assert filled(tmp_path / "new.db", again) == migrated


def test_a_store_of_version_3_keeps_its_state_and_takes_images_impressions_and_unpublishing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.db"
    run(path, VERSION_3)
    with Store.open(path) as store:
        state = store.state()
        assert (state.identity, state.batch, state.newest) == ("5f0c2a9d81e64b37", 2, 1749826800000000)
        assert store.integrity.digest() == DIGEST_3
        same = paged(3, body="It opened.", tags=("harbour",), section="news", language="en")
        assert store.add(same) == Counts(articles_unchanged=1)  # digests without a picture are the old ones
        assert store.integrity.digest() == DIGEST_3
        store.add(paged(4, image="https://harbour.example/bridge.jpg"))
        known = store.article(BRIDGE)
        assert known is not None
        assert known.article.image == "https://harbour.example/bridge.jpg"
        assert store.unpublish(BRIDGE, at(5))
        shown = Impression("v1", "harbour.example", BRIDGE, at(5), ((FERRY, "Ferry sinks"),))
        assert store.impressions.record([shown]) == [True]
        assert store.integrity.problems() == ()


def test_a_store_of_version_4_gets_tokens_of_its_batches_from_now_on(tmp_path: Path) -> None:
    states = []
    for name in ("one.db", "other.db"):
        run(tmp_path / name, VERSION_4)
        with Store.open(tmp_path / name) as store:
            before = store.state()
            assert (before.identity, before.batch) == ("5f0c2a9d81e64b37", 3)
            assert store.integrity.digest() == DIGEST_4
            states.append(before)
            assert store.add(paged(9, body="It closed.")).articles_changed == 1
            with store.snapshot() as snapshot:
                assert snapshot.descends_from(before)
                assert snapshot.descends_from(store.state())
                assert not snapshot.descends_from(states[0]) or name == "one.db"
    assert states[0].token != states[1].token  # each was migrated by itself, and may go its own way


def test_a_store_of_version_5_keeps_impressions_clicks_and_unpublished_stories(tmp_path: Path) -> None:
    path, tide = tmp_path / "old.db", "https://harbour.example/tide"
    run(path, VERSION_5)
    with Store.open(path) as store:
        assert store.integrity.problems() == ()
        assert store.integrity.digest() == DIGEST_5
        assert store.state().token == "1998633dd0ed10b0"
        assert store.unpublished() == [FERRY]
        items = ((FERRY, "Ferry sinks"), (tide, "Tide turns"))
        shown = Impression("v2", "harbour.example", BRIDGE, at(7), items)
        assert list(store.impressions.read()) == [ClickedImpression(shown, (2,))]
        # v1 became a list of kind `served`, and must not be counted again
        assert [each.list.kind.value for each in store.read_lists()] == ["popular", "served"]
        again = Impression("v1", "harbour.example", BRIDGE, at(9), items)
        assert store.impressions.record([again, Click("v1", 1, at(9))]) == [False, False]
        assert (store.counts().impressions, store.counts().clicks) == (1, 1)


def test_a_batch_that_lost_its_token_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    path = tmp_path / "recsys.db"
    filled(path, invented(3))
    run(path, "DELETE FROM batches")
    with Store.open(path) as store, store.snapshot() as snapshot:
        assert store.state().token == ""
        assert not snapshot.descends_from(store.state())
        assert store.add(paged()).articles_new == 1


@pytest.mark.parametrize("script", [VERSION_1, VERSION_3, VERSION_4, VERSION_5])
def test_a_migrated_store_has_the_tables_of_a_new_one(tmp_path: Path, script: str) -> None:
    columns = """SELECT group_concat(line, '|') FROM (SELECT m.name || '.' || c.name || ' ' || c.type AS line
        FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY line)"""
    indexes = """SELECT group_concat(line, '|') FROM (SELECT m.name || ' ' || m.sql AS line
        FROM sqlite_master m WHERE m.type = 'index' AND m.sql IS NOT NULL ORDER BY line)"""
    run(tmp_path / "old.db", script)
    Store.open(tmp_path / "old.db").close()
    Store.open(tmp_path / "new.db").close()
    for query in (columns, indexes):
        assert ask(tmp_path / "old.db", query) == ask(tmp_path / "new.db", query)


def test_a_migration_that_fails_leaves_the_older_store_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    run(path, VERSION_1 + "CREATE VIEW dated AS SELECT seen_at FROM revisions;")
    with pytest.raises(StoreError, match="dated"):
        Store.open(path)
    assert ask(path, "SELECT value FROM meta WHERE name = 'schema_version'") == "1"
    assert ask(path, "SELECT count(*) FROM sqlite_master WHERE name = 'readings'") == 0


def test_a_store_of_a_newer_version_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "recsys.db"
    Store.open(path).close()
    run(path, "UPDATE meta SET value = '99'")
    with pytest.raises(
        StoreVersionError, match=r"recsys\.db: made by a newer recsys \(store version 99"
    ) as raised:
        Store.open(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE customers (id INTEGER)",
        "CREATE TABLE meta (name TEXT, value TEXT)",
        "CREATE TABLE meta (name TEXT, value TEXT); CREATE TABLE articles (id INTEGER)",
        "CREATE TABLE meta (name TEXT, value TEXT); CREATE TABLE articles (id INTEGER);"
        "INSERT INTO meta VALUES ('schema_version', 'two')",
        "CREATE TABLE meta (name TEXT); CREATE TABLE articles (id INTEGER)",
    ],
)
def test_somebody_elses_database_is_left_alone(tmp_path: Path, script: str) -> None:
    path = tmp_path / "other.db"
    run(path, script)
    with pytest.raises(StoreError):
        Store.open(path)
    assert ask(path, "SELECT count(*) FROM sqlite_master WHERE name = 'lists'") == 0


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Nothing to see here. " * 100)
    with pytest.raises(StoreError, match=r"notes\.txt: is not a database$"):
        Store.open(path)
    assert path.read_text().startswith("Nothing")


def test_a_damaged_store_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "recsys.db"
    filled(path, invented(200))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="damaged"), Store.open(path) as store:
        list(store.read_lists())


def test_a_list_that_lost_items_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recsys.db"
    filled(path, invented(3))
    run(path, "DELETE FROM list_items WHERE list_id = 2; UPDATE list_items SET clicks = 5 WHERE list_id = 1")
    said: list[str] = []
    with Store.open(path, warn=said.append) as store:
        assert [str(each) for each in store.integrity.problems()] == [
            "lists, id 2: items: expected 2 items, found 0"
        ]
        assert 2 not in [each.id for each in store.read_lists()]
    assert "lists, id 2: items: expected at least one item, found 'none'" in said[0]
    run(path, "DELETE FROM lists WHERE id = 2")
    with Store.open(path) as store:
        (problem,) = store.integrity.problems()
        assert str(problem) == "lists, id 1: digest: expected the digest of its content, found another one"


def test_a_store_that_another_process_writes_is_waited_for_and_then_given_up(tmp_path: Path) -> None:
    path = tmp_path / "recsys.db"
    with Store.open(path, wait=0.1) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.counts().articles == 0
        with pytest.raises(StoreError, match="is in use by another process"):
            store.add(paged())
        other.execute("ROLLBACK")
        assert store.add(paged()).articles_new == 1


@pytest.mark.parametrize("place", ["folder", "file/recsys.db"])
def test_a_place_that_cannot_hold_a_store_is_said_in_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be") as raised:
        Store.open(tmp_path / place)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    ["mysql://host/db", "nothing://x", "://", "sqlite://", "", "sqlite:////tmp/a\0b", "sqlite+none:///x"],
)
def test_another_database_or_nonsense_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Store.open(url)


def test_an_unreachable_server_is_said_in_one_line_without_the_password() -> None:
    with pytest.raises(StoreError) as raised:
        Store.open("postgresql://reader:secret@127.0.0.1:1/none")
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_interrupted_call_keeps_whole_batches_and_can_be_made_again(tmp_path: Path) -> None:
    def breaking(pages: list) -> object:  # type: ignore[type-arg]
        yield from pages[:25]
        raise KeyboardInterrupt

    with Store.open(tmp_path / "recsys.db") as store:
        with pytest.raises(KeyboardInterrupt):
            store.add_all(breaking(invented(60)), batch=10)  # type: ignore[arg-type]
        assert store.counts().with_page == 20
        assert store.integrity.problems() == ()
        store.add_all(invented(60))
        assert store.integrity.digest() == filled(tmp_path / "whole.db", invented(60))


def test_two_writers_take_turns(tmp_path: Path) -> None:
    path, pages = tmp_path / "recsys.db", invented(100)
    with Store.open(path) as one, Store.open(path) as two, ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(store.add_all, pages[k::2], batch=10) for k, store in enumerate((one, two))]
        assert sum((half.result() for half in halves), Counts()).lists_new == 200
        assert one.integrity.digest() == filled(tmp_path / "whole.db", pages)
