"""Patterns of addresses in the crawl frontier, and how many addresses a site may put into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from recsys.crawl.frontier_schema import FrontierEntry, Priority, Role, addresses, patterns
from recsys.domain import from_microseconds, to_microseconds

_PROVEN = 3  # stories, after which addresses on lists are fetched even while the pattern is stopped


@dataclass(frozen=True, slots=True)
class Pattern:
    """The counts of a group of addresses: pages fetched, and stories among them.

    `misses` is the balance of pages without a story, `stops` how often in a row the pattern was stopped.
    """

    site: str
    pattern: str
    fetched: int = 0
    stories: int = 0
    misses: int = 0
    stops: int = 0
    stopped_until: datetime | None = None

    @property
    def spared(self) -> tuple[Priority, ...]:
        """The priorities that go on while the pattern is stopped: lists, if it has had stories."""
        return (Priority.LISTED,) if self.stories >= _PROVEN else ()


@dataclass(frozen=True, slots=True)
class FrontierLimits:
    """How many addresses a site may add to the crawl frontier; those in recsys.toml do not count."""

    hosts: int = 20
    roles: dict[Role, int] = field(default_factory=lambda: {Role.FEED: 20, Role.SITEMAP: 50})
    articles: int = 50_000


def read_pattern(connection: Connection, site: str, pattern: str) -> Pattern:
    where = and_(patterns.c.site == site, patterns.c.pattern == pattern)
    row = connection.execute(select(patterns).where(where)).first()
    if row is None:
        return Pattern(site, pattern)
    until = None if row.stopped_until is None else from_microseconds(row.stopped_until)
    return Pattern(site, pattern, row.fetched, row.stories, row.misses, row.stops, until)


def write_pattern(connection: Connection, pattern: Pattern) -> None:
    where = and_(patterns.c.site == pattern.site, patterns.c.pattern == pattern.pattern)
    until = None if pattern.stopped_until is None else to_microseconds(pattern.stopped_until)
    connection.execute(delete(patterns).where(where))
    connection.execute(insert(patterns).values(**asdict(pattern) | {"stopped_until": until}))


def postpone(connection: Connection, pattern: Pattern) -> int:
    """Postpone the unfetched addresses of a stopped pattern to its next try; how many there are."""
    if pattern.stopped_until is None:
        return 0
    until = to_microseconds(pattern.stopped_until)
    group = or_(addresses.c.pattern == pattern.pattern, addresses.c.variant == pattern.pattern)
    where = and_(
        addresses.c.site == pattern.site,
        group,
        addresses.c.fetched_at.is_(None),
        addresses.c.next_at <= until,
        addresses.c.priority.not_in([int(each) for each in pattern.spared]),
    )
    return connection.execute(update(addresses).where(where).values(next_at=until)).rowcount


def admit(
    connection: Connection, site: str, new: Sequence[FrontierEntry], limits: FrontierLimits
) -> tuple[list[FrontierEntry], int]:
    """The entries within the limits of a site, and how many exceed them."""
    query = select(addresses.c.role, func.count()).where(addresses.c.site == site, addresses.c.is_given == 0)
    rows = connection.execute(query.group_by(addresses.c.role)).all()
    known = Counter({Role(row[0]): row[1] for row in rows})
    origins = set(connection.scalars(select(addresses.c.origin).where(addresses.c.site == site).distinct()))
    admitted: list[FrontierEntry] = []
    for each in new:
        has_host = each.origin in origins or len(origins) < limits.hosts
        if not each.is_given and not (has_host and known[each.role] < limits.roles.get(each.role, 10**9)):
            continue
        origins.add(each.origin)
        known[each.role] += not each.is_given
        admitted.append(each)
    return admitted, len(new) - len(admitted)


def trim(connection: Connection, site: str, most: int) -> int:
    """Forget the articles of a site beyond `most`: those seen longest ago, unfetched ones first."""
    own = and_(addresses.c.site == site, addresses.c.role == int(Role.ARTICLE))
    count = connection.scalar(select(func.count()).select_from(addresses).where(own)) or 0
    if count <= most:
        return 0
    oldest = (
        select(addresses.c.url)
        .where(own)
        .order_by(addresses.c.named_at, addresses.c.fetched_at.is_not(None), addresses.c.priority.desc())
        .limit(count - most)
    )
    return connection.execute(delete(addresses).where(addresses.c.url.in_(oldest))).rowcount


def stopped_patterns(connection: Connection, site: str, at: datetime) -> dict[str, Pattern]:
    """The patterns of a site that are stopped at a moment."""
    where = and_(patterns.c.site == site, patterns.c.stopped_until > to_microseconds(at))
    names = connection.scalars(select(patterns.c.pattern).where(where)).all()
    return {name: read_pattern(connection, site, name) for name in names}


def forget_unused(connection: Connection, site: str) -> None:
    """Forget the patterns of a site that no address belongs to any more."""
    used = select(addresses.c.pattern).where(addresses.c.site == site)
    variants = select(addresses.c.variant).where(addresses.c.site == site, addresses.c.variant.is_not(None))
    names = patterns.c.pattern
    connection.execute(
        delete(patterns).where(patterns.c.site == site, names.not_in(used), names.not_in(variants))
    )
