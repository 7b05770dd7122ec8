"""The tables of the crawl frontier, and the values of their rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Row, Table, Text

from recsys.domain import from_microseconds, is_stored_time, to_microseconds

VERSION = 2
_SOON = timedelta(minutes=30)
_SHARE = 10  # a tenth of an article's age


class Role(IntEnum):
    """The kind of document at an address; smaller numbers are fetched first."""

    PAGE = 0  # a front or section page, fetched for its lists
    FEED = 1
    SITEMAP = 2
    ARTICLE = 3


class Priority(IntEnum):
    """How an address was found, which decides when it is fetched: the smaller number first."""

    PAGE = 0  # front and section pages
    FEED = 1  # feeds and sitemaps
    LISTED = 2  # articles on front pages, section pages and in feeds
    LINKED = 3  # articles that only other articles link to
    BACKFILL = 4  # articles that only a sitemap names


metadata = MetaData()
addresses = Table(
    "addresses",
    metadata,
    Column("url", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("role", Integer, nullable=False),
    Column("next_at", BigInteger),  # microseconds, as all times; NULL: never again
    Column("fetched_at", BigInteger),
    Column("etag", Text),
    Column("modified", Text),
    Column("digest", Text),
    Column("published_at", BigInteger),
    Column("named_at", BigInteger, nullable=False),
    Column("is_given", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("problem", Text),
    Column("said", Text),
    Column("priority", Integer, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("variant", Text),
    Column("content", Text),
    Index("addresses_due", "site", "origin", "priority", "next_at"),
    Index("addresses_pattern", "site", "pattern"),
    Index("addresses_variant", "site", "variant"),
    Index("addresses_content", "site", "content"),
)
patterns = Table(
    "patterns",
    metadata,
    Column("site", Text, primary_key=True),
    Column("pattern", Text, primary_key=True),
    Column("fetched", Integer, nullable=False),
    Column("stories", Integer, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("stops", Integer, nullable=False),
    Column("stopped_until", BigInteger),
)
hosts = Table(
    "hosts",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("rules", Text),
    Column("rules_until", BigInteger),
    Column("free_at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("delay", Float, nullable=False),
    Column("rules_at", BigInteger),
    Column("rules_failures", Integer, nullable=False),
)
pending = Table("pending", metadata, Column("id", Integer, primary_key=True), Column("record", Text))


@dataclass(frozen=True, slots=True)
class Address:
    """An address and its state.

    `named_at` is when a feed, sitemap, page or setting last had it, `said` the lists on it at the last visit.
    `is_given` marks addresses in recsys.toml. `next_at` None: not fetched again. `depth` counts the links
    from a front page, feed or sitemap (0). `pattern` and `variant` are the groups of addresses it belongs
    to; `content` is the digest of the story on the page (None: it has none).
    """

    url: str
    site: str
    origin: str
    role: Role
    next_at: datetime | None
    named_at: datetime
    fetched_at: datetime | None = None
    etag: str | None = None
    modified: str | None = None
    digest: str | None = None
    published_at: datetime | None = None
    is_given: bool = False
    failures: int = 0
    problem: str | None = None
    said: str | None = None
    priority: Priority = Priority.LISTED
    depth: int = 0
    pattern: str = ""
    variant: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """An origin (scheme, host, port): its robots.txt, until when that is valid, and when the host is free.

    `rules` None: there is no robots.txt, everything is allowed; `rules_until` None: not known yet.
    `rules_at` is when `rules` were fetched, `rules_failures` how often in a row that has failed since.
    """

    origin: str
    rules: str | None
    rules_until: datetime | None
    free_at: datetime
    failures: int = 0
    delay: float = 0.0
    rules_at: datetime | None = None
    rules_failures: int = 0


@dataclass(frozen=True, slots=True)
class FrontierEntry:
    """An address in a feed, sitemap, page or setting, with its times there."""

    url: str
    origin: str
    role: Role
    published_at: datetime | None = None
    changed_at: datetime | None = None
    is_given: bool = False
    priority: Priority = Priority.LISTED
    depth: int = 0
    pattern: str = ""
    variant: str | None = None


def new_row(site: str, entry: FrontierEntry, at: datetime, due_at: datetime) -> dict[str, object]:
    """The row of a new address."""
    return row_of(
        Address(
            entry.url,
            site,
            entry.origin,
            entry.role,
            next_at=due_at,
            named_at=at,
            published_at=entry.published_at,
            is_given=entry.is_given,
            priority=entry.priority,
            depth=entry.depth,
            pattern=entry.pattern,
            variant=entry.variant,
        )
    )


def updated_columns(row: Row[Any], entry: FrontierEntry, at: datetime) -> dict[str, object]:
    """The columns that change when a known address is seen again.

    An article is due if it is said to have changed since it was fetched, though at most every half hour and
    every tenth of its age: some sitemaps say so of everything, always.
    """
    values: dict[str, object] = {
        "named_at": max(row.named_at, to_microseconds(at)),
        "depth": min(row.depth, entry.depth),
    }
    if row.role == entry.role:
        values["priority"] = min(row.priority, int(entry.priority))
    if entry.is_given:
        values |= {"is_given": 1, "role": int(entry.role), "priority": int(entry.priority)}
        values |= {"next_at": to_microseconds(at)} if row.next_at is None else {}
    if row.published_at is None and entry.published_at is not None:
        values["published_at"] = to_microseconds(entry.published_at)
    if row.role == Role.ARTICLE and row.fetched_at is not None and entry.changed_at is not None:
        fetched_at = from_microseconds(row.fetched_at)
        is_dated = row.published_at is not None and is_stored_time(row.published_at)
        age = at - from_microseconds(row.published_at if is_dated else row.fetched_at)
        is_changed = fetched_at < entry.changed_at and at - fetched_at >= max(_SOON, age / _SHARE)
        if is_changed and (row.next_at is None or row.next_at > to_microseconds(at)):
            values["next_at"] = to_microseconds(at)
    return values


def row_of(address: Address) -> dict[str, object]:
    """The columns of an address."""
    values = asdict(address)
    for name in _TIMES:
        moment = values[name]
        values[name] = None if moment is None else to_microseconds(moment)
    numbers = {"role": int(address.role), "priority": int(address.priority)}
    return values | numbers | {"is_given": int(address.is_given)}


def address_of(row: Row[Any]) -> Address:
    """The address of a row with all columns."""
    values: dict[str, Any] = dict(row._mapping)
    times: dict[str, Any] = {
        name: from_microseconds(values[name]) if is_stored_time(values[name]) else None for name in _TIMES
    }
    times["named_at"] = times["named_at"] or from_microseconds(0)
    enums: dict[str, Any] = {"role": Role(values["role"]), "priority": Priority(values["priority"])}
    return Address(**values | times | enums | {"is_given": bool(values["is_given"])})


_TIMES = ("next_at", "named_at", "fetched_at", "published_at")
