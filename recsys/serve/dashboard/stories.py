"""Stories by their headline: search, and the headlines of addresses."""

from __future__ import annotations

from dataclasses import dataclass

from recsys.corpus import Corpus
from recsys.domain import Article
from recsys.errors import UnknownArticleError
from recsys.serve.convert import find_row
from recsys.serve.dashboard.forms import FormError, parse_url
from recsys.text import normalise

MAX_MATCHES = 20
MAX_SCANNED = 100_000
"""Stories that a search looks at, the newest first: 0.6 s of a core."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The stories found for a query, newest first."""

    query: str
    stories: tuple[Article, ...] = ()
    address: str | None = None
    """The query as an address of which no story is known."""
    has_more: bool = False


def search_stories(corpus: Corpus, query: str) -> Matches:
    """Return the newest stories whose headlines contain every word of a query, or the story with an address.

    A word matches anywhere, also within another: languages without spaces need no analyzer, and half a word
    finds its forms.
    """
    address = _as_address(query)
    if address is not None:
        story = find_story(corpus, address)
        return Matches(query, (story,)) if story is not None else Matches(query, address=address)
    words = normalise(query).split()
    found: list[Article] = []
    for row in range(corpus.size - 1, max(corpus.size - 1 - MAX_SCANNED, -1), -1) if words else ():
        summary = corpus.articles.summary(row)
        headline = normalise(summary.headline or summary.opening or "")
        if all(word in headline for word in words) and not corpus.is_unpublished(row):
            if len(found) == MAX_MATCHES:
                return Matches(query, tuple(found), has_more=True)
            found.append(corpus.shown(row))
    return Matches(query, tuple(found))


def find_story(corpus: Corpus, url: str) -> Article | None:
    """Return the story with an address; None if it is unknown."""
    try:
        return corpus.shown(find_row(corpus, url=url, key=None))
    except UnknownArticleError:
        return None


def label_of(corpus: Corpus, url: str) -> str:
    """Return the headline of an address, or the address itself."""
    row = corpus.row_of.get(url, -1)
    return url if row < 0 else corpus.shown(row).label


def _as_address(query: str) -> str | None:
    """Return the canonical address if a query is one."""
    if not query.startswith(("http://", "https://", "urn:recsys:")):
        return None
    try:
        return parse_url(query)
    except FormError:
        return None
