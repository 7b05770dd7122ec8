"""Stories by their headline: search, and the headlines of addresses."""

from __future__ import annotations

from dataclasses import dataclass

from anyio import to_thread
from fastapi import Request

from recsys.corpus import Corpus
from recsys.domain import Article
from recsys.errors import UnknownArticleError
from recsys.serve.auth import client_of
from recsys.serve.convert import find_row
from recsys.serve.dashboard.forms import FormError, parse_url
from recsys.serve.fair_queue import SEARCH_COST
from recsys.serve.headlines import HeadlineCache
from recsys.serve.state import state_of
from recsys.text import normalise

MAX_MATCHES = 20
MAX_SCANNED = 100_000
"""Stories that a search looks at, the newest."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The stories found for a query, newest first."""

    query: str
    stories: tuple[Article, ...] = ()
    address: str | None = None
    """The query as an address of which no story is known."""
    has_more: bool = False


async def search(request: Request, query: str) -> Matches | None:
    """Return what a search finds; None without a query.

    It has a thread of its own, so that readers do not wait for the first search of a process.
    """
    if not query:
        return None
    state = state_of(request)
    state.admission.queries.charge(client_of(request).name, SEARCH_COST)
    corpus = state.live.snapshot.corpus
    return await to_thread.run_sync(search_stories, corpus, query, state.headlines, limiter=state.searches)


def search_stories(corpus: Corpus, query: str, headlines: HeadlineCache) -> Matches:
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
    for row, headline in headlines.newest(corpus, MAX_SCANNED) if words else ():
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
