"""Invented articles and lists for the tests of the store, and strategies that draw them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from hypothesis import strategies as st

from recsys.domain import Article, Kind, ListItem, Page, RankedList
from recsys.store import Store

SITE = "harbour.example"
NOON = datetime(2025, 6, 13, 12, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
BRIDGE = "https://harbour.example/bridge"
FERRY = "https://harbour.example/ferry"


def at(hour: int) -> datetime:
    """That many hours after the first noon."""
    return NOON + timedelta(hours=hour)


def article(
    hour: int = 0, headline: str | None = "Bridge opens", url: str = BRIDGE, **more: object
) -> Article:
    return Article(site=SITE, url=url, first_seen_at=at(hour), headline=headline, **more)  # type: ignore[arg-type]


def paged(hour: int = 0, headline: str | None = "Bridge opens", url: str = BRIDGE, **more: object) -> Page:
    return Page(article=article(hour, headline, url, **more))


def ranked(
    hour: int, *items: str | tuple[str, str], kind: Kind = Kind.POPULAR, page_url: str | None = None
) -> RankedList:
    """A list of headlines, or of pairs of headline and url, in positions 1, 2, …"""
    pairs = [item if isinstance(item, tuple) else (item, None) for item in items]
    return RankedList(
        SITE,
        kind,
        at(hour),
        tuple(ListItem(place, text, url) for place, (text, url) in enumerate(pairs, start=1)),
        page_url=page_url,
    )


def listed(hour: int, *items: str | tuple[str, str], kind: Kind = Kind.POPULAR) -> Page:
    return Page(lists=(ranked(hour, *items, kind=kind),))


def filled(path: Path, pages: Iterable[Page], *, batch: int = 500) -> str:
    """The digest of a new store with these pages."""
    with Store.open(path) as store:
        store.add_all(pages, batch=batch)
        assert store.integrity.problems() == ()
        return store.integrity.digest()


def invented(count: int) -> list[Page]:
    """As many articles, each with a list that names some of them, one of them known only by headline."""
    pages = []
    for number in range(count):
        url = f"https://harbour.example/{number}"
        items = [
            (f"Story {(number * 7 + k) % count}", f"https://harbour.example/{(number * 7 + k) % count}")
            for k in range(6)
        ]
        body = f"The text of story {number}. " * 40
        lists = (ranked(number, *items), ranked(number, f"Story {number // 2}", f"Only printed {number}"))
        pages.append(Page(article(number, f"Story {number}", url, body=body), lists))
    return pages


_HOURS = st.integers(0, 5)
_TEXTS = st.sampled_from(
    ["Bridge opens", "BRIDGE  opens", "“Bridge” opens", "Ferry sinks", "Ferry sinks (UPDATE 1)"]
)
_URLS = st.sampled_from([BRIDGE, FERRY, "https://elsewhere.example/x", "urn:recsys:text:0123"])
_SITES = st.sampled_from([SITE, "elsewhere.example"])
_TITLES = st.sampled_from([None, "MOST READ"])
_SHORT = st.sampled_from([None, "sports", "経済"])

articles = st.builds(
    Article,
    site=_SITES,
    url=_URLS,
    first_seen_at=_HOURS.map(at),
    headline=_TEXTS | st.none(),
    body=st.sampled_from(["A text.", "Another text."]),
    published_at=st.sampled_from([None, NOON, NOON.astimezone(TOKYO)]),
    section=_SHORT,
    tags=st.sampled_from([(), ("harbour", "sea, deep")]),
    language=st.sampled_from([None, "en"]),
)
_ITEMS = st.one_of(st.tuples(_TEXTS, st.none()), st.tuples(_TEXTS, _URLS), st.tuples(st.just(""), _URLS))


@st.composite
def ranked_lists(
    draw: st.DrawFn, kinds: Iterable[Kind] = tuple(Kind), items: st.SearchStrategy = _ITEMS
) -> RankedList:  # type: ignore[type-arg]
    found = draw(st.lists(items, min_size=1, max_size=4))
    places = sorted(draw(st.sets(st.integers(1, 30), min_size=len(found), max_size=len(found))))
    return RankedList(
        site=draw(_SITES),
        kind=draw(st.sampled_from(list(kinds))),
        observed_at=at(draw(_HOURS)),
        items=tuple(
            ListItem(place, text, url, draw(st.integers(0, 2)))
            for place, (text, url) in zip(places, found, strict=True)
        ),
        title=draw(_TITLES),
        scope=draw(_SHORT),
        page_url=draw(_URLS | st.none()),
    )


pages = st.builds(Page, article=articles | st.none(), lists=st.lists(ranked_lists(), max_size=2).map(tuple))
sure_pages = st.builds(
    Page,
    article=articles | st.none(),
    lists=st.lists(
        ranked_lists(kinds=(Kind.POPULAR, Kind.FRONT_PAGE), items=st.tuples(_TEXTS, _URLS)), max_size=2
    ).map(tuple),
)
"""Pages whose lists name every article by its address and none through a link in a text."""
