"""The tables. Facts are what was observed; derived values are computed again when facts arrive.

articles ──< revisions ──< readings     what a page said about its article, and each time it did
   │  └────< headlines                  the headlines printed for it, on pages and on lists
   │              │
 owner_id     list_items >── lists      who printed what, where and when

impressions ──< impression_clicks       views of our widget, and the clicks on them
unpublished                             addresses that a newsroom unpublished, until their page is seen again
batches                                 a random token for every batch that changed something

Derived: `articles.first_seen_at` and `articles.owner_id`. `changed_in` numbers the batches of this store, so
that an index can be brought up to date. Copies of a store give their later batches the same numbers, so each
batch also has a token of its own, which identifies the batch and all before it.
Facts are only added, or a first time becomes earlier. So the content does not depend on their order of
arrival. Times are microseconds since 1970 in UTC.
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

VERSION = 6
"""The version of the tables below; older stores are migrated step by step."""

metadata = MetaData()


class Bytes(LargeBinary):
    """Bytes as the driver returns them: the base class fails on values of other types."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """None: values are returned unprocessed."""


meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# A page, an address on a list, or a headline without an address (`urn:recsys:headline:…`). The last belongs
# to `owner_id`, the article with an address that was first printed with the same headline key.
articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False, unique=True),
    Column("owner_id", ForeignKey("articles.id", deferrable=True, initially="DEFERRED"), index=True),
    Column("paged_at", BigInteger),  # first seen as a page
    Column("listed_at", BigInteger),  # first seen on a list
    Column("linked_at", BigInteger),  # first seen as a related or inline link, whose time is less certain
    Column("first_seen_at", BigInteger),  # null while only a link without words names it
    Column("changed_in", BigInteger, nullable=False, server_default="0"),  # the last batch that changed it
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

unpublished = Table(
    "unpublished",
    metadata,
    Column("url", Text, primary_key=True),
    Column("unpublished_at", BigInteger, nullable=False),
)

CONVERTED = "[]"
"""The items of an impression that an earlier version converted into a list of kind `served`."""

impressions = Table(
    "impressions",
    metadata,
    Column("id", Text, primary_key=True),  # from the widget, so that no impression counts twice
    Column("site", Text, nullable=False),
    Column("page_url", Text, nullable=False),
    Column("shown_at", BigInteger, nullable=False),
    Column("items", Text, nullable=False),  # a JSON array of [url, headline], or CONVERTED
    Index("impressions_in_time", "shown_at", "id"),
)

impression_clicks = Table(
    "impression_clicks",
    metadata,
    Column("impression_id", ForeignKey("impressions.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("clicked_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
