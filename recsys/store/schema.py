"""The tables. Facts are what was seen; what follows from them is derived again when facts arrive.

articles ──< revisions ──< readings     what a page said about its article, and each time it did
   │  └────< headlines                  what was printed for it, on pages and on lists
   │              │
 owner_id     list_items >── lists      who printed what, where and when

batches                                 a random token for every batch that changed something
withdrawals                             addresses that a newsroom took back, until their page is seen again
views ──< view_clicks                   what our widget showed, until it is settled into a list

Derived: `articles.first_seen_at` and `articles.owner_id`. `changed_in` numbers the batches of this store,
so that what is made of it can be brought up to date; it is no content. Two copies of a store number their
later batches alike, so each batch also has a token of its own: it identifies the batch and all before it.
Facts only ever grow: a row is added, or a first time becomes earlier. So the content does not depend on the
order in which they arrive.
Withdrawals and views are no content either: the one is what the newsroom wants now, the other not over yet.
Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 5
"""The version of the tables below; an older store is migrated step by step."""

metadata = MetaData()


class Bytes(LargeBinary):
    """Bytes as the driver gives them: the base class fails on a value of another type."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """None: nothing is done to what the driver gives."""


meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# A page of its own, an address on a list, or a headline without address (`urn:recsys:headline:…`). The
# last belongs to `owner_id`, the article that was first printed with the same key and has more than it.
articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False, unique=True),
    Column("owner_id", ForeignKey("articles.id", deferrable=True, initially="DEFERRED"), index=True),
    Column("paged_at", BigInteger),  # first seen as a page of its own
    Column("listed_at", BigInteger),  # first seen on a list that was read when it was observed
    Column("linked_at", BigInteger),  # first seen as a related or inline link, whose time is less certain
    Column("first_seen_at", BigInteger),  # none while only a link without words names it
    Column("changed_in", BigInteger, nullable=False, server_default="0"),  # the last batch that touched it
    Index("articles_in_time", "first_seen_at", "id"),
    Index("articles_by_change", "changed_in"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("article_id", ForeignKey("articles.id"), nullable=False),
    Column("digest", Bytes, nullable=False),
    Column("site", Text, nullable=False),
    Column("headline", Text),
    Column("published_at", BigInteger),
    Column("published_offset", Integer),  # seconds east of Greenwich, as printed
    Column("section", Text),
    Column("tags", Text),  # a JSON array
    Column("language", Text),
    Column("body", Text),
    Column("image", Text),
    UniqueConstraint("article_id", "digest"),
)

readings = Table(
    "readings",
    metadata,
    Column("revision_id", ForeignKey("revisions.id"), primary_key=True),
    Column("seen_at", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

headlines = Table(
    "headlines",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("article_id", ForeignKey("articles.id"), nullable=False),
    Column("digest", Bytes, nullable=False),  # of site and text, which may be too long for an index
    Column("site", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("key", Bytes, nullable=False, index=True),
    Column("paged_at", BigInteger),
    Column("listed_at", BigInteger),
    Column("linked_at", BigInteger),
    UniqueConstraint("article_id", "digest"),
)

lists = Table(
    "lists",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", Bytes, nullable=False, unique=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text),
    Column("scope", Text),
    Column("observed_at", BigInteger, nullable=False),
    Column("page_url", Text),
    Column("item_count", Integer, nullable=False),
    Index("lists_in_time", "observed_at", "id"),
)

list_items = Table(
    "list_items",
    metadata,
    Column("list_id", ForeignKey("lists.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("headline_id", ForeignKey("headlines.id"), nullable=False),
    Column("with_url", Boolean(create_constraint=False), nullable=False),
    Column("clicks", Integer, nullable=False),
    sqlite_with_rowid=False,
)

batches = Table(
    "batches",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("token", Text, nullable=False),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("url", Text, primary_key=True),
    Column("withdrawn_at", BigInteger, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("id", Text, primary_key=True),  # of whoever showed it; kept for good, so that none counts twice
    Column("site", Text, nullable=False),
    Column("page_url", Text, nullable=False),
    Column("shown_at", BigInteger, nullable=False),
    Column("items", Text, nullable=False),  # a JSON array of [url, headline], empty once settled
    Column("settled_at", BigInteger),
    Index("views_to_settle", "settled_at", "shown_at"),
)

view_clicks = Table(
    "view_clicks",
    metadata,
    Column("view_id", ForeignKey("views.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("clicked_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
