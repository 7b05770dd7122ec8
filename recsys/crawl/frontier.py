"""The crawl frontier, in a file of its own next to the store: what to fetch, when, and what is known of it.

One process at a time has it open. A fetch is recorded together with the records it gave (`pending`), so that
a process killed at any moment neither loses a page nor fetches it again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    and_,
    bindparam,
    case,
    delete,
    event,
    func,
    insert,
    select,
    update,
)

from recsys.crawl.frontier_patterns import (
    FrontierLimits,
    Pattern,
    admit,
    forget_unused,
    postpone,
    read_pattern,
    stopped_patterns,
    trim,
    write_pattern,
)
from recsys.crawl.frontier_schema import (
    VERSION,
    Address,
    FrontierEntry,
    Host,
    Priority,
    Role,
    address_of,
    addresses,
    hosts,
    metadata,
    new_row,
    pending,
    row_of,
    updated_columns,
)
from recsys.domain import from_microseconds, to_microseconds
from recsys.errors import StoreError
from recsys.store.database import connect, parse_url, reading_from, writing_to

_IN = 10_000  # values in one IN (...)


class Frontier:
    """Open it with `Frontier.open`; it is a context manager. Times are aware."""

    def __init__(self, engine: Engine, limits: FrontierLimits | None = None) -> None:
        self._engine, self._limits = engine, limits or FrontierLimits()

    @classmethod
    def open(cls, path: Path, limits: FrontierLimits | None = None) -> Frontier:
        """The frontier in a file, created if there is none; StoreError if another process has it open."""
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = connect(parse_url(path), wait=1.0)

        @event.listens_for(engine, "connect")
        def hold(connection: Any, _record: object) -> None:
            """Lock out other processes; what a power failure loses is only fetched again."""
            for pragma in ("locking_mode=EXCLUSIVE", "synchronous=NORMAL"):
                connection.execute(f"PRAGMA {pragma}").close()

        try:
            with writing_to(engine) as connection:
                version = connection.exec_driver_sql("PRAGMA user_version").scalar()
                if version not in (0, VERSION):
                    raise StoreError(f"{path}: was written by another version of recsys; delete it")
                metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version={VERSION}")
        except StoreError as error:
            engine.dispose()
            if "in use by another process" in str(error):
                raise StoreError(f"{path}: another process is crawling into this store") from None
            raise
        return cls(engine, limits)

    def __enter__(self) -> Frontier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def add(self, site: str, entries: Iterable[FrontierEntry], at: datetime) -> int:
        """Adds or updates addresses found at a moment; how many the limits of the site leave out.

        A new one is due at once, and so is a known article that is said to have changed since it was fetched.
        A new one of a stopped pattern waits for the next try of the pattern.
        """
        wanted = {each.url: each for each in entries}
        with writing_to(self._engine) as connection:
            known = {
                row.url: row
                for urls in _portions(list(wanted))
                for row in connection.execute(select(addresses).where(addresses.c.url.in_(urls)))
            }
            new = [each for url, each in wanted.items() if url not in known]
            left_out = 0
            if new:
                new, left_out = admit(connection, site, new, self._limits)
                stopped = stopped_patterns(connection, site, at)
                rows = [new_row(site, each, at, _due_at(each, at, stopped)) for each in new]
                if rows:
                    connection.execute(insert(addresses), rows)
            changes: dict[tuple[str, ...], list[dict[str, object]]] = {}
            for url, row in known.items():
                values = updated_columns(row, wanted[url], at)
                changes.setdefault(tuple(values), []).append(values | {"which": url})
            for rows in changes.values():
                connection.execute(update(addresses).where(addresses.c.url == bindparam("which")), rows)
        return left_out

    def origins_due(self, site: str, until: datetime, without: Collection[Priority] = ()) -> list[str]:
        """The origins of a site with something due by a moment, priorities in `without` not counted."""
        query = select(addresses.c.origin).where(_is_due(site, until, without)).distinct()
        with reading_from(self._engine) as connection:
            return list(connection.scalars(query))

    def next_of(
        self, site: str, origin: str, until: datetime, without: Collection[Priority] = ()
    ) -> Address | None:
        """The next address of an origin: by priority, articles newest first, other roles in turn."""
        newest = func.coalesce(addresses.c.published_at, addresses.c.named_at).desc()
        in_turn = case((addresses.c.role == int(Role.ARTICLE), 0), else_=addresses.c.next_at)
        query = (
            select(addresses)
            .where(_is_due(site, until, without), addresses.c.origin == origin)
            .order_by(addresses.c.priority, addresses.c.role, in_turn, newest, addresses.c.url)
            .limit(1)
        )
        with reading_from(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else address_of(row)

    def count_due(self, site: str, until: datetime) -> dict[Priority, int]:
        """The number of addresses of a site that are due by a moment, by priority."""
        query = select(addresses.c.priority, func.count()).where(_is_due(site, until))
        with reading_from(self._engine) as connection:
            rows = connection.execute(query.group_by(addresses.c.priority)).all()
        return {Priority(row[0]): row[1] for row in rows}

    def pattern(self, site: str, pattern: str) -> Pattern:
        """The counts of a pattern of addresses, all zero for a new one."""
        with reading_from(self._engine) as connection:
            return read_pattern(connection, site, pattern)

    def record_pattern(self, pattern: Pattern) -> int:
        """Writes the counts of a pattern; how many addresses wait because it is stopped."""
        with writing_to(self._engine) as connection:
            write_pattern(connection, pattern)
            return postpone(connection, pattern)

    def has_content(self, site: str, content: str, *, besides: str) -> bool:
        """Whether another address of the site has the same story."""
        same = and_(addresses.c.site == site, addresses.c.content == content, addresses.c.url != besides)
        with reading_from(self._engine) as connection:
            return connection.execute(select(addresses.c.url).where(same).limit(1)).first() is not None

    def find(self, url: str) -> Address | None:
        with reading_from(self._engine) as connection:
            row = connection.execute(select(addresses).where(addresses.c.url == url)).first()
        return None if row is None else address_of(row)

    def record(self, address: Address, records: Sequence[Mapping[str, object]] = ()) -> None:
        """Writes the state of an address, and with it the records that its response gave."""
        values = row_of(address)
        with writing_to(self._engine) as connection:
            connection.execute(update(addresses).where(addresses.c.url == address.url).values(**values))
            lines = [{"record": json.dumps(each, ensure_ascii=False)} for each in records]
            if lines:
                connection.execute(insert(pending), lines)

    def pending(self) -> list[tuple[int, str]]:
        """The records that may not be in the store yet: their numbers, and interchange records as JSON."""
        with reading_from(self._engine) as connection:
            return [(row[0], row[1]) for row in connection.execute(select(pending).order_by(pending.c.id))]

    def mark_stored(self, last: int) -> None:
        """Forgets pending records up to a number, once they are in the store."""
        with writing_to(self._engine) as connection:
            connection.execute(delete(pending).where(pending.c.id <= last))

    def host(self, origin: str) -> Host:
        """The state of an origin; a new one has been free since long ago."""
        with reading_from(self._engine) as connection:
            row = connection.execute(select(hosts).where(hosts.c.origin == origin)).first()
        if row is None:
            return Host(origin, None, None, from_microseconds(0))
        until, at = (
            None if each is None else from_microseconds(each) for each in (row.rules_until, row.rules_at)
        )
        free_at = from_microseconds(row.free_at)
        return Host(origin, row.rules, until, free_at, row.failures, row.delay, at, row.rules_failures)

    def record_host(self, host: Host) -> None:
        values = asdict(host) | {
            "rules_until": None if host.rules_until is None else to_microseconds(host.rules_until),
            "free_at": to_microseconds(host.free_at),
            "rules_at": None if host.rules_at is None else to_microseconds(host.rules_at),
        }
        with writing_to(self._engine) as connection:
            connection.execute(delete(hosts).where(hosts.c.origin == host.origin))
            connection.execute(insert(hosts).values(**values))

    def next_at(self, sites: Sequence[str]) -> datetime | None:
        """When the next address of the sites is due; None if there is none."""
        query = select(func.min(addresses.c.next_at)).where(addresses.c.site.in_(sites))
        with reading_from(self._engine) as connection:
            first = connection.scalar(query)
        return None if first is None else from_microseconds(first)

    def roles(self, site: str) -> dict[Role, int]:
        """The number of known addresses of a site, by role."""
        query = select(addresses.c.role, func.count()).where(addresses.c.site == site)
        with reading_from(self._engine) as connection:
            rows = connection.execute(query.group_by(addresses.c.role)).all()
        return {Role(row[0]): row[1] for row in rows}

    def keep_only(self, site: str, role: Role, urls: Sequence[str]) -> None:
        """Forgets the addresses of a role that recsys.toml no longer has."""
        others = and_(addresses.c.site == site, addresses.c.role == int(role), addresses.c.url.not_in(urls))
        with writing_to(self._engine) as connection:
            connection.execute(delete(addresses).where(others))

    def prune(self, site: str, keep: timedelta, now: datetime) -> int:
        """Forgets addresses not seen for `keep`, and those beyond the limits; how many."""
        before = to_microseconds(now - keep)
        old = and_(addresses.c.site == site, addresses.c.named_at < before, addresses.c.is_given == 0)
        with writing_to(self._engine) as connection:
            forgotten = connection.execute(delete(addresses).where(old)).rowcount
            forgotten += trim(connection, site, self._limits.articles)
            forget_unused(connection, site)
        return forgotten

    def prune_hosts(self, now: datetime, *, most: int = 200) -> None:
        """Forgets all but the newest hosts without an address, such as the targets of redirects."""
        used = select(addresses.c.origin).distinct()
        unused = hosts.c.origin.not_in(used)
        newest = select(hosts.c.origin).where(unused).order_by(hosts.c.free_at.desc()).limit(most)
        is_free = hosts.c.free_at <= to_microseconds(now)
        with writing_to(self._engine) as connection:
            connection.execute(delete(hosts).where(unused, is_free, hosts.c.origin.not_in(newest)))


def _is_due(site: str, until: datetime, without: Collection[Priority] = ()) -> ColumnElement[bool]:
    due = and_(addresses.c.site == site, addresses.c.next_at <= to_microseconds(until))
    return and_(due, addresses.c.priority.not_in([int(each) for each in without])) if without else due


def _due_at(entry: FrontierEntry, at: datetime, stopped: Mapping[str, Pattern]) -> datetime:
    waits = (stopped.get(key or "") for key in (entry.pattern, entry.variant))
    times = (each.stopped_until for each in waits if each is not None and entry.priority not in each.spared)
    return max((each for each in times if each is not None), default=at)


def _portions(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    return (urls[start : start + _IN] for start in range(0, len(urls), _IN))
