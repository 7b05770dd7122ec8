"""Small invented newsrooms, kept in real stores: stories about people and places that do not exist."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from recsys.corpus import Corpus
from recsys.domain import Article, Kind, ListItem, Page, RankedList
from recsys.store import Store

SITE = "harbour.example"
START = datetime(2025, 6, 1, tzinfo=UTC)
NAMES = ("Anslow", "Brackwater", "Corvin Delmoor", "Eskvale", "Farrow Point", "潮見台")
_COMMON = (
    "the harbour council said that work on a new bridge would begin in spring while residents asked who pays "
    "for repairs after winter storms closed roads and schools near several villages along northern coast"
).split()
LISTED = 5  # stories on a most-read list of the newsroom


def at(hours: float) -> datetime:
    """That many hours after the start."""
    return START + timedelta(hours=hours)


def address(slug: object) -> str:
    return f"https://{SITE}/{slug}"


def article(
    slug: object, hour: float = 0, headline: str | None = None, body: str | None = None, **more: object
) -> Article:
    """An article; without a headline and a body it is called by its slug."""
    said = f"Story {slug}" if headline is None and body is None else headline
    return Article(SITE, address(slug), at(hour), said, body, **more)  # type: ignore[arg-type]


def story(
    slug: object, hour: float = 0, headline: str | None = None, body: str | None = None, **more: object
) -> Page:
    return Page(article(slug, hour, headline, body, **more))


def shown(
    hour: float,
    *slugs: object,
    kind: Kind = Kind.POPULAR,
    beside: object = None,
    places: Sequence[int] | None = None,
    headlines: Sequence[str] | None = None,
    **more: object,
) -> Page:
    """A list of stories, from the top or at the given places; `beside` is the story whose page shows it."""
    items = tuple(
        ListItem(place, text, address(slug))
        for place, slug, text in zip(
            places or range(1, len(slugs) + 1),
            slugs,
            headlines or [f"Story {slug}" for slug in slugs],
            strict=True,
        )
    )
    page_url = None if beside is None else address(beside)
    return Page(lists=(RankedList(SITE, kind, at(hour), items, page_url=page_url, **more),))  # type: ignore[arg-type]


def corpus_of(pages: Iterable[Page], as_of: datetime) -> Corpus:
    """What a store with these pages knew before a moment."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "news.db") as store:
        store.add_all(pages)
        return Corpus.load(store, as_of)


def text_of(name: str, number: int, words: int = 60) -> str:
    """An invented text about somebody or some place, the same for the same name and number."""
    chance = random.Random(f"{name} {number}")
    text = chance.choices(_COMMON, k=words)
    for place in range(4, words, 12):
        text[place] = name
    return " ".join(text)


def newsroom(stories: int = 72) -> list[Page]:
    """A story every three hours about the next name. Editors link the last two of the same name beside each.

    Readers read what was news nine hours before, and most of all what is about the first name.
    """
    pages = []
    for n in range(stories):
        name, hour = NAMES[n % len(NAMES)], 3 * n
        pages.append(story(n, hour, f"{name}: report {text_of(name, n, 4)}", text_of(name, n)))
        earlier = list(range(n - len(NAMES), -1, -len(NAMES)))[:2]
        if earlier:
            pages.append(shown(hour + 1, *earlier, kind=Kind.RELATED, beside=n))
    for hour in range(30, 3 * stories):
        fresh = range((hour - 9) // 3, max((hour - 9) // 3 - 9, -1), -1)
        liked = sorted(fresh, key=lambda n: (n % len(NAMES), -n))[:LISTED]
        pages.append(shown(hour, *liked, title="Most read"))
    return pages


END = at(3 * 72)
"""After the last story and list of the newsroom."""


@cache
def newsroom_corpus() -> Corpus:
    """The newsroom at its end. Shared by tests: they only read it."""
    return corpus_of(newsroom(), END)
