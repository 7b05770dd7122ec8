"""The connection to a database: dialects, pragmas, transactions, and one-line error messages."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from recsys.errors import StoreError, shorten

Transaction = Callable[[], AbstractContextManager[Connection]]
"""Begins a transaction."""

NO_STORE = "no store there; make one with `recsys ingest PATH`, or name another with --store"
_PRAGMAS = (
    "foreign_keys=ON",
    "cache_size=-32768",  # kibibytes
)
_WRITE_PRAGMAS = (
    "journal_mode=WAL",
    # What was acknowledged survives a power failure: with NORMAL the last commits may be lost.
    "synchronous=FULL",
)
_WRITING = "recsys_writing"  # execution option of a connection that will write
_WRITER_LOCK = 0x72656373  # the advisory lock that serialises writers on PostgreSQL
_PLAIN_MESSAGES = {
    "file is not a database": "is not a database",
    "database disk image is malformed": "is damaged",
    "database is locked": "is in use by another process",
    "unable to open database file": "cannot be opened",
    "attempt to write a readonly database": "cannot be written: it is read-only",
    "database or disk is full": "cannot be written: the disk is full",
    "disk I/O error": "cannot be read or written: the disk reports an error",
}


def parse_url(place: str | Path) -> URL:
    """The database at a path or SQLAlchemy URL; StoreError for anything else, and for one in memory."""
    try:
        url = make_url(str(place)) if "://" in str(place) else URL.create("sqlite", database=str(place))
    except SQLAlchemyError:
        raise StoreError(f"expected a path or a database URL, found {shorten(str(place))}") from None
    if not url.database or url.database == ":memory:" or "\0" in url.database:
        raise StoreError(f"expected a path or a database URL, found {shorten(str(place))}")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def store_may_exist(place: str | Path) -> bool:
    """Whether there is a file at the place of a store; for a database server True."""
    url = parse_url(place)
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


def name_of(url: URL) -> str:
    """The name of a database in messages: the file, or the URL without its password."""
    is_file = url.get_backend_name() == "sqlite"
    return str(url.database) if is_file else url.render_as_string(hide_password=True)


def connect(url: URL, *, wait: float) -> Engine:
    """An engine for SQLite or PostgreSQL; writers wait up to `wait` seconds for each other."""
    backend = url.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise StoreError(f"{name_of(url)}: expected sqlite or postgresql, found {shorten(backend)}")
    path = Path(str(url.database))
    is_writable = backend != "sqlite" or _is_writable(path)
    try:
        engine = create_engine(url) if is_writable else create_engine(url, creator=_opener(path))
    except ModuleNotFoundError:
        raise StoreError(f"{name_of(url)}: needs recsys-headlines[postgresql] installed") from None
    except SQLAlchemyError as error:
        raise StoreError(f"{name_of(url)}: {_reason(error)}") from None
    if backend == "sqlite":
        _prepare_sqlite(engine, wait, is_writable=is_writable)
    return engine


def _is_writable(path: Path) -> bool:
    """Whether this user can write a database and the files that SQLite needs next to it."""
    places = (path, path.parent) if path.exists() else (path.parent,)
    return all(
        os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids) for place in places
    )


def _opener(path: Path) -> Callable[[], sqlite3.Connection]:
    """A function that opens a database for reading alone.

    Without a write-ahead log nobody is writing, so SQLite needs no locks, for which it would create files.
    """

    def open_database() -> sqlite3.Connection:
        immutable = "" if Path(f"{path}-wal").exists() else "&immutable=1"
        return sqlite3.connect(f"file:{quote(str(path))}?mode=ro{immutable}", uri=True)

    return open_database


@contextmanager
def reading_from(engine: Engine) -> Iterator[Connection]:
    """A read transaction on one state of the store, whatever is written meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with _one_line_errors(engine.url), engine.begin() as connection:
        yield connection


@contextmanager
def writing_to(engine: Engine) -> Iterator[Connection]:
    """An exclusive write transaction: all of it is on disk when the block ends, or nothing."""
    engine = engine.execution_options(**{_WRITING: True})
    with _one_line_errors(engine.url), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
        yield connection


def _prepare_sqlite(engine: Engine, wait: float, *, is_writable: bool) -> None:
    """Begin transactions explicitly instead of letting sqlite3 do it, so that they include DDL."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:  # a sqlite3 connection, untyped in SQLAlchemy
        connection.isolation_level = None
        connection.text_factory = _decode
        for pragma in (
            f"busy_timeout={round(wait * 1000)}",
            *(_WRITE_PRAGMAS if is_writable else ()),
            *_PRAGMAS,
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    path = Path(str(engine.url.database))
    opened: list[tuple[int, int]] = []  # the file that the first connection opened

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        _refuse_another_file(path, opened)
        how = "IMMEDIATE" if connection.get_execution_options().get(_WRITING) else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {how}")


def _decode(text: bytes) -> str:
    """Decode a text of the database; invalid UTF-8 becomes surrogates, so that messages can name the row."""
    return text.decode("utf-8", "surrogateescape")


def _refuse_another_file(path: Path, opened: list[tuple[int, int]]) -> None:
    """StoreError if the file that was opened is no longer at its path.

    Open connections would go on with the old file: what they write is lost, and together with new
    connections, which find the write-ahead log of one file next to the other, they would damage both.
    """
    try:
        status = path.stat()
        file = (status.st_dev, status.st_ino)
    except OSError:
        file = None
    if not opened and file is not None:
        opened.append(file)
    if opened and file != opened[0]:
        event = "was removed" if file is None else "was replaced by another file"
        raise StoreError(f"{path}: {event} while this process had it open; restart the process")


@contextmanager
def _one_line_errors(url: URL) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(f"{name_of(url)}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    message = (str(cause).strip() or type(cause).__name__).splitlines()[0]
    return _PLAIN_MESSAGES.get(message, message)
