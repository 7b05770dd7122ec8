"""The store: articles, lists and impressions on disk, added page by page and read in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL, Connection, Engine

from recsys.domain import Page, check_observed, check_time, to_microseconds
from recsys.errors import StoreError
from recsys.store import queries
from recsys.store import unpublished as unpublishing
from recsys.store.changes import State, read_state
from recsys.store.database import NO_STORE, connect, name_of, parse_url, reading_from, writing_to
from recsys.store.digests import build_batch, key_hash
from recsys.store.impressions import Impressions
from recsys.store.ingest import write_batch
from recsys.store.integrity import Integrity
from recsys.store.list_queries import read_lists
from recsys.store.migrations import bring_up_to_date
from recsys.store.records import Counts, StoreCounts, StoredArticle, StoredList
from recsys.store.revisions import build_article, build_first
from recsys.store.snapshot import Snapshot
from recsys.store.unreadable_rows import FaultLog, Warn, log_warning

WRITER_WAIT = 30.0  # seconds; a batch of 500 pages takes well under one


class Store:
    """A database of articles, lists and impressions. Open it with `Store.open`; it is a context manager.

    `impressions` are the views of our widget with their clicks; `integrity` checks and repairs the database.
    """

    def __init__(self, engine: Engine, warn: Warn) -> None:
        self._engine, self._report = engine, FaultLog(name_of(engine.url), warn)
        self._is_closed = False
        self.impressions = Impressions(self._reading, self._writing, self._report)
        self.integrity = Integrity(self._reading, self._writing, self._report)

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        create: bool = True,
        wait: float = WRITER_WAIT,
        warn: Warn = log_warning,
    ) -> Store:
        """The store at a path or SQLAlchemy URL, created if there is none, migrated if it is older.

        Writers wait up to `wait` seconds for each other. Rows that cannot be read are left out; `warn` is
        called with a line of text about each (by default the logger `recsys.store`). StoreVersionError for a
        store of a newer version; StoreError for anything else that is no store, or cannot be read or written.
        """
        place = parse_url(url)
        _prepare_folder(place, create=create)
        engine = connect(place, wait=wait)
        try:
            bring_up_to_date(engine, create=create)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, warn)

    def __repr__(self) -> str:
        return f"<Store: {self.name}>"

    @property
    def name(self) -> str:
        """The path or URL, as messages show it."""
        return name_of(self._engine.url)

    @property
    def index_folder(self) -> Path | None:
        """The folder for data derived from the store; None if the store is not a file."""
        url = self._engine.url
        is_file = url.get_backend_name() == "sqlite"
        return Path(f"{url.database}.index") if is_file else None

    def close(self) -> None:
        """Close all connections; a closed store cannot be used any more."""
        self._is_closed = True
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, page: Page, *, now: datetime | None = None) -> Counts:
        """Store one page, all of it or nothing; `now` as in `add_all`."""
        return self.add_all([page], now=now)

    def add_all(
        self,
        pages: Iterable[Page],
        *,
        batch: int = 500,
        progress: Callable[[int], None] | None = None,
        now: datetime | None = None,
    ) -> Counts:
        """Store pages, `batch` of them in a transaction; `progress` is called with the number on disk.

        Known facts change nothing, so an interrupted call can be repeated. No page is stored in part.
        InvalidValueError, and nothing of its batch is written, if a page was observed after `now`, give or
        take the difference between clocks; without `now` (simulations, replays) any time is accepted.
        """
        counts, done, waiting = Counts(), 0, iter(pages)
        while portion := list(islice(waiting, batch)):
            prepared = build_batch(portion, now)
            with self._writing() as connection:
                counts += write_batch(connection, prepared)
            done += len(portion)
            if progress is not None:
                progress(done)
        return counts

    def unpublish(self, url: str, at: datetime, *, now: datetime | None = None) -> bool:
        """Unpublish a story until its page is seen again later than `at`; False for an unknown address.

        It stays known, but is no candidate in a corpus of a later moment. Repeating it changes nothing.
        `now` as in `add_all`.
        """
        check_time("at", at)
        if now is not None:
            check_observed("at", at, now)
        with self._writing() as connection:
            return unpublishing.unpublish(connection, url, at)

    def unpublished(self, *, before: datetime | None = None) -> list[str]:
        """The addresses that were unpublished strictly before a moment, sorted."""
        with self._reading() as connection:
            return unpublishing.read_unpublished(connection, _bound(before), self._report)

    def counts(self) -> StoreCounts:
        """The content in numbers."""
        with self._reading() as connection:
            return queries.count_store(connection)

    def article(self, url: str, *, before: datetime | None = None) -> StoredArticle | None:
        """The article with this url, as known strictly before a moment; None if it was not known."""
        with self._reading() as connection:
            article_id = queries.find_article(connection, url)
            ids = [] if article_id is None else [article_id]
            known = queries.load_articles(connection, ids, _bound(before), self._report)
        return next(iter(known), None)

    def find_by_headline(self, site: str | None, headline: str) -> tuple[StoredArticle, ...]:
        """The articles that were printed with this headline, in any spelling, in order of first_seen_at."""
        with self._reading() as connection:
            ids = queries.find_headline(connection, site, key_hash(headline))
            return tuple(queries.load_articles(connection, ids, None, self._report))

    def read_articles(
        self, *, before: datetime | None = None, first_texts: bool = False
    ) -> Iterator[StoredArticle]:
        """Articles as known strictly before a moment, in order of (first_seen_at, id).

        With `first_texts` each has its first text, whatever it said later.
        """
        build = build_first if first_texts else build_article
        with self._reading() as connection:
            yield from queries.read_articles(connection, _bound(before), self._report, build)

    def read_some(
        self, ids: Sequence[int], *, before: datetime | None = None, first_texts: bool = False
    ) -> list[StoredArticle]:
        """Articles by id, in that order, as known strictly before a moment; as in `read_articles`."""
        build = build_first if first_texts else build_article
        with self._reading() as connection:
            return queries.load_articles(connection, ids, _bound(before), self._report, build)

    def read_lists(self, *, before: datetime | None = None) -> Iterator[StoredList]:
        """Lists observed strictly before a moment, in order of (observed_at, id)."""
        with self._reading() as connection:
            yield from read_lists(connection, _bound(before), self._report)

    def read_pages(self) -> Iterator[Page]:
        """Every page and list that was added, once; added to an empty store they restore this one."""
        with self._reading() as connection:
            yield from queries.read_pages(connection, self._report)

    def state(self) -> State:
        """The state of the store, which changes whenever a new page or list is added."""
        with self._reading() as connection:
            return read_state(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One state of the store, whatever is written meanwhile."""
        with self._reading() as connection:
            yield Snapshot(connection, self._report)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading_from(self._open_engine()) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with writing_to(self._open_engine()) as connection:
            yield connection

    def _open_engine(self) -> Engine:
        if self._is_closed:
            raise StoreError(f"{self.name}: the store is closed")
        return self._engine


def _bound(before: datetime | None) -> int | None:
    return None if before is None else to_microseconds(before)


def _prepare_folder(url: URL, *, create: bool) -> None:
    """Create the folder of an SQLite file, which SQLite does not."""
    if url.get_backend_name() != "sqlite":
        return
    path = Path(str(url.database))
    if not create:
        if not path.exists():
            raise StoreError(f"{path}: {NO_STORE}")
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: the folder cannot be created: {error.strerror}") from error
