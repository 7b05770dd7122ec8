"""The store: articles and lists on disk, added page by page, read in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL, Engine

from recsys.domain import Page, check_observed, check_time, to_microseconds
from recsys.errors import StoreError
from recsys.store import impressions, integrity, queries, repairs, unpublished
from recsys.store.changes import State, read_state
from recsys.store.database import connect, name_of, parse_url, reading_from, writing_to
from recsys.store.digests import key_hash
from recsys.store.impressions import Impression, ViewClick, ViewEvent
from recsys.store.ingest import write_batch
from recsys.store.list_queries import read_lists
from recsys.store.migrations import bring_up_to_date
from recsys.store.prepared import build_batch
from recsys.store.records import Counts, StoreCounts, StoredArticle, StoredList
from recsys.store.repairs import Repair
from recsys.store.revisions import build_article, build_first
from recsys.store.snapshot import Snapshot
from recsys.store.stats import count_store
from recsys.store.unreadable_rows import Fault, FaultLog, Warn, log_warning

WRITER_WAIT = 30.0  # seconds; a batch of 500 pages takes well under one


class Store:
    """A database of articles and lists. Open it with `Store.open`; it is a context manager."""

    def __init__(self, engine: Engine, warn: Warn) -> None:
        self._engine, self._report = engine, FaultLog(name_of(engine.url), warn)

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        create: bool = True,
        wait: float = WRITER_WAIT,
        warn: Warn = log_warning,
    ) -> Store:
        """The store at a path or SQLAlchemy URL, made where there is none, migrated where it is older.

        Writers wait `wait` seconds for one another. Rows that cannot be read are left out; `warn` hears of
        each once, in a line of text (else the logger `recsys.store`). StoreVersionError for a store of a
        newer version; StoreError for everything else that is no store, or cannot be read or written.
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

    @property
    def name(self) -> str:
        """Where it lies, as messages show it."""
        return name_of(self._engine.url)

    @property
    def beside(self) -> Path | None:
        """The folder for what is made of it and can be made again; None for a store that is no file."""
        url = self._engine.url
        is_file = url.get_backend_name() == "sqlite"
        return Path(f"{url.database}.index") if is_file else None

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, page: Page, *, now: datetime | None = None) -> Counts:
        """Stores what one page says: all of it, or nothing; `now` as in `add_all`."""
        return self.add_all([page], now=now)

    def add_all(
        self,
        pages: Iterable[Page],
        *,
        batch: int = 500,
        progress: Callable[[int], None] | None = None,
        now: datetime | None = None,
    ) -> Counts:
        """Stores pages, `batch` of them in a transaction; `progress` hears after each how many are on disk.

        What is known already changes nothing, so an interrupted call can be made again. No page is
        ever split. InvalidValueError, and nothing of its batch is written, where a page was observed after
        `now`, give or take what clocks differ by; without `now` (simulations, replays) any time is taken.
        """
        counts, done, waiting = Counts(), 0, iter(pages)
        while portion := list(islice(waiting, batch)):
            ready = build_batch(portion, now)
            with writing_to(self._engine) as connection:
                counts += write_batch(connection, ready)
            done += len(portion)
            if progress is not None:
                progress(done)
        return counts

    def withdraw(self, url: str, at: datetime, *, now: datetime | None = None) -> bool:
        """Takes a story back until its page is seen again later than `at`; False for an unknown address.

        It stays known, but is no candidate in an archive of a later moment. Once more changes nothing.
        `now` as in `add_all`.
        """
        _check_at("at", at, now)
        with writing_to(self._engine) as connection:
            return unpublished.withdraw(connection, url, at)

    def withdrawn(self, *, before: datetime | None = None) -> list[str]:
        """The addresses of the stories that were taken back strictly before a moment, in their order."""
        with reading_from(self._engine) as connection:
            return unpublished.read_withdrawn(connection, _bound(before), self._report)

    def record_impression(self, view: Impression, *, now: datetime | None = None) -> bool:
        """Notes that our widget was shown; whether that is new. It is on disk when the call returns."""
        return self.add_events([view], now=now) == [True]

    def record_impressions(self, shown: Sequence[Impression], *, now: datetime | None = None) -> int:
        """The same for many in one transaction: all of them or none; how many of them are new.

        `now` as in `add_all`.
        """
        return sum(self.add_events(shown, now=now))

    def record_click(self, view_id: str, position: int, at: datetime, *, now: datetime | None = None) -> bool:
        """Notes a click on what a view showed; it is on disk when the call returns. `now` as in `add_all`.

        False, and nothing changes, when the click is known, when its view has enough of them, and for a view
        that is unknown, was shown later, is settled already or has nothing at that position.
        """
        return self.add_events([ViewClick(view_id, position, at)], now=now) == [True]

    def add_events(self, events: Sequence[ViewEvent], *, now: datetime | None = None) -> list[bool]:
        """Add views and clicks in one transaction, all of them or none; which of them counted, in order.

        `now` as in `add_all`.
        """
        for event in events:
            if isinstance(event, Impression):
                _check_at("shown_at", event.shown_at, now)
            else:
                _check_at("clicked_at", event.clicked_at, now)
        with writing_to(self._engine) as connection:
            return impressions.add_events(connection, events)

    def close_impressions(self, before: datetime, *, most: int | None = None) -> int:
        """Makes `served` lists of the views shown before a moment, in one transaction; how many there were.

        No click reaches them any more. With `most` only the first shown of them: other writers wait
        meanwhile, for some tenths of a second a thousand views.
        """
        with reading_from(self._engine) as connection:
            if not impressions.any_to_close(connection, before, self._report):
                return 0
        with writing_to(self._engine) as connection:
            return impressions.close_impressions(connection, before, most, self._report)

    def counts(self) -> StoreCounts:
        """What it holds."""
        with reading_from(self._engine) as connection:
            return count_store(connection)

    def article(self, url: str, *, before: datetime | None = None) -> StoredArticle | None:
        """The article with this url, as known strictly before a moment; None when it was not known."""
        with reading_from(self._engine) as connection:
            found = queries.find_article(connection, url)
            ids = [] if found is None else [found]
            known = queries.load_articles(connection, ids, _bound(before), self._report)
        return next(iter(known), None)

    def find_by_headline(self, site: str | None, headline: str) -> tuple[StoredArticle, ...]:
        """The articles that were printed with this headline, in any spelling, the first seen first."""
        with reading_from(self._engine) as connection:
            found = queries.find_headline(connection, site, key_hash(headline))
            return tuple(queries.load_articles(connection, found, None, self._report))

    def read_articles(
        self, *, before: datetime | None = None, first_texts: bool = False
    ) -> Iterator[StoredArticle]:
        """Articles in order of (first_seen_at, id), each as it was known strictly before a moment.

        With `first_texts` each says what it first said, whatever became of it before that moment.
        """
        build = build_first if first_texts else build_article
        with reading_from(self._engine) as connection:
            yield from queries.read_articles(connection, _bound(before), self._report, build)

    def state(self) -> State:
        """Where it stands: what changes whenever anything is added that was not known."""
        with reading_from(self._engine) as connection:
            return read_state(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One state of the store, whatever is written meanwhile."""
        with reading_from(self._engine) as connection:
            yield Snapshot(connection, self._report)

    def read_some(
        self, ids: Sequence[int], *, before: datetime | None = None, first_texts: bool = False
    ) -> list[StoredArticle]:
        """Articles by their ids, in that order, as known strictly before a moment; as in `read_articles`."""
        build = build_first if first_texts else build_article
        with reading_from(self._engine) as connection:
            return queries.load_articles(connection, ids, _bound(before), self._report, build)

    def read_lists(self, *, before: datetime | None = None) -> Iterator[StoredList]:
        """Lists in order of (observed_at, id), those observed strictly before a moment."""
        with reading_from(self._engine) as connection:
            yield from read_lists(connection, _bound(before), self._report)

    def read_pages(self) -> Iterator[Page]:
        """Everything that was ever added, each thing once; added to an empty store it makes the same one."""
        with reading_from(self._engine) as connection:
            yield from queries.read_pages(connection, self._report)

    def digest(self) -> str:
        """Hexadecimal SHA-256 of the content, whatever its ids and the order in which it arrived.

        What is withdrawn now and what is not settled yet are no part of it.
        """
        with reading_from(self._engine) as connection:
            return integrity.digest(connection, self._report)

    def problems(self, *, now: datetime | None = None) -> tuple[Fault, ...]:
        """What is not whole, each a line as text: rows that cannot be read or belong to none, lists that
        lack items or say something else than when stored, and with `now` observations of the future.
        """
        with reading_from(self._engine) as connection:
            return tuple(integrity.problems(connection, now))

    def repair(self, *, now: datetime | None = None) -> Repair:
        """Removes what `problems` finds and derives again what depends on it, in one transaction.

        What was made of the store beside it is made anew.
        """
        with writing_to(self._engine) as connection:
            return repairs.repair(connection, lambda: integrity.problems(connection, now))


def _check_at(name: str, at: datetime, now: datetime | None) -> None:
    check_time(name, at)
    if now is not None:
        check_observed(name, at, now)


def _bound(before: datetime | None) -> int | None:
    return None if before is None else to_microseconds(before)


def _prepare_folder(url: URL, *, create: bool) -> None:
    """SQLite makes a file where there is none, but no folder."""
    if url.get_backend_name() != "sqlite":
        return
    path = Path(str(url.database))
    if not create:
        if not path.exists():
            raise StoreError(f"{path}: no store there")
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: the folder cannot be made: {error.strerror}") from error
