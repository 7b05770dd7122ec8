"""The article that a question names: one in the store by its address, or the one on a saved page."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from recsys.documents import canonical_url, read_file
from recsys.documents.source import AsShown
from recsys.domain import Article
from recsys.errors import ReadError, UnknownArticleError
from recsys.store import Store

_ADDRESSES = ("http://", "https://", "urn:")
_INSTANT = timedelta(microseconds=1)


def find_query(store: Store, named: str, as_of: datetime) -> Article:
    """The article with an address, or on the page in a file, as it is known just after `as_of`.

    UnknownArticleError for an address that the store does not know, ReadError for a file without article.
    """
    if not named.lower().startswith(_ADDRESSES):
        return _read_query(named, as_of)
    return find_stored(store, named, as_of)


def find_stored(store: Store, url: str, as_of: datetime) -> Article:
    """The article as it was first known at `as_of`, or else as it became known later: it is being read."""
    address = url if url.startswith("urn:") else canonical_url(url) or url
    found = store.article(address, before=as_of + _INSTANT) or store.article(address)
    if found is None:
        raise UnknownArticleError(f"{address}: no such article in {store.name}")
    return found.article


def _read_query(file: str, as_of: datetime) -> Article:
    for page in read_file(Path(file), observed_at=as_of):
        if isinstance(page, ReadError):
            raise page
        if page.article is not None:
            return page.article
    raise ReadError(file, expected="a page with an article", found=AsShown("none"))
