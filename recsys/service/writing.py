"""What is told to the service: articles, lists, pages, and what widgets report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, TypeVar

import anyio
from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime

from recsys.domain import Article, Kind, ListItem, Page, RankedList, to_microseconds
from recsys.errors import InvalidValueError, StoreError, UnknownArticleError
from recsys.pages import canonical_url, read, site_of
from recsys.pages.urls import has_mixed_host
from recsys.service import examples
from recsys.service.app import Room
from recsys.service.asgi import client_of
from recsys.service.guarding import KeyRefusedError, RateError
from recsys.service.keys import Key, Right
from recsys.service.live import clock
from recsys.service.tokens import read_token
from recsys.service.wire import (
    ArticleIn,
    Articles,
    ArticlesIn,
    Counted,
    Event,
    EventsIn,
    ListIn,
    Lists,
    ListsIn,
    Problem,
    Withdrawn,
    Written,
)
from recsys.store import Counts
from recsys.store.views import View

router = APIRouter(prefix="/v1")
T = TypeVar("T")
_ONE_WRITER = anyio.Lock()
TURN_SECONDS = 2.5
"""For which a write waits for those before it in the same process."""

BOTS = (
    "bot",
    "crawl",
    "spider",
    "slurp",
    "headless",
    "lighthouse",
    "preview",
    "monitor",
    "curl",
    "wget",
    "python",
)
"""Words in the name of a client whose views and clicks are no readers'."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or none of ours"},
    403: {"model": Problem, "description": "A key without this right, or a token that is not ours"},
    408: {"model": Problem, "description": "The body did not come in time"},
    413: {"model": Problem, "description": "A body of too many bytes"},
    415: {"model": Problem, "description": "A body that is compressed"},
    422: {"model": Problem, "description": "A field that it cannot have"},
    429: {"model": Problem, "description": "Too many requests with one key, or from one client"},
    503: {"model": Problem, "description": "Nothing was written: the disk is full or the store is locked"},
}
_bearer = HTTPBearer(auto_error=False, description="a key made by `recsys keys add`")


def needs(right: Right) -> Callable[..., Awaitable[Key]]:
    """A dependency: the key of the request, when it has this right."""

    async def key_of(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Key:
        room: Room = request.app.state.room
        return check_key(room, None if given is None else given.credentials, right, client_of(request.scope))

    return key_of


def check_key(room: Room, given: str | None, right: Right, client: str) -> Key:
    """The key that was given; KeyRefusedError for none, RateError for who tries too many."""
    key = None if given is None else room.keys.ring().find(given)
    if key is None:
        wait = room.wrong_keys.take(client) if given is not None else 0
        if wait:
            raise RateError(wait)
        raise KeyRefusedError("expected a key: Authorization: Bearer rk_...", is_known=False)
    if right not in key.rights:
        raise KeyRefusedError(f"the key {key.name!r} may not {right}", is_known=True)
    return key


ArticlesBody = Annotated[Articles, Body(openapi_examples=examples.ARTICLES)]
ListsBody = Annotated[Lists, Body(openapi_examples=examples.LISTS)]
EventsBody = Annotated[EventsIn, Body(openapi_examples=examples.EVENTS)]
Writer = Annotated[Key, Depends(needs(Right.WRITE))]


@router.put("/articles", response_model=Written, responses=REFUSALS, tags=["write"])
async def put_articles(request: Request, told: ArticlesBody, _: Writer) -> Written:
    """Store stories, new or changed; each is found and can be asked beside when this answers."""
    now = clock()
    articles = told.articles if isinstance(told, ArticlesIn) else [told]
    return await _write(request, [Page(article=article_of(each, now)) for each in articles], "articles")


@router.delete(
    "/articles",
    response_model=Withdrawn,
    responses={**REFUSALS, 404: {"model": Problem, "description": "Nobody knows the article"}},
    tags=["write"],
)
async def delete_article(
    request: Request, url: Annotated[str, Query(min_length=1, max_length=2_000)], _: Writer
) -> Withdrawn:
    """Take a story out of every list at once; storing it again brings it back."""
    room: Room = request.app.state.room
    address = _address(url)
    if not await _in_turn(lambda: room.live.store.withdraw(address, clock())):
        raise UnknownArticleError(f"no article {url} is known here")
    await room.shared.catch_up()
    return Withdrawn(url=address)


@router.post("/lists", response_model=Written, responses=REFUSALS, tags=["write"])
async def post_lists(request: Request, told: ListsBody, _: Writer) -> Written:
    """Store lists as they stood at a moment: what readers read, what editors put together."""
    now = clock()
    lists = told.lists if isinstance(told, ListsIn) else [told]
    return await _write(request, [Page(lists=(list_of(each, now),)) for each in lists], "lists")


@router.post(
    "/pages",
    response_model=Written,
    responses=REFUSALS,
    tags=["write"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/html": {"schema": {"type": "string"}, "example": examples.PAGE},
                "text/plain": {"schema": {"type": "string"}, "example": examples.PAGE},
            },
        }
    },
)
async def post_page(
    request: Request,
    url: Annotated[str, Query(min_length=1, max_length=2_000, description="where the page stands")],
    _: Writer,
    observed_at: Annotated[
        AwareDatetime | None, Query(description="when it was saved; now if not given")
    ] = None,
) -> Written:
    """Store what a saved page says: its article, and its lists. Nothing is fetched."""
    room: Room = request.app.state.room
    data, seen, address = await request.body(), observed_at or clock(), _address(url)
    page = await anyio.to_thread.run_sync(
        lambda: read(data, name=address, observed_at=seen, site=site_of(address), profiles=room.profiles)
    )
    return await _write(request, [place_page(page, address)], "pages")


@router.post(
    "/events",
    response_model=Counted,
    responses=REFUSALS,
    tags=["events"],
    openapi_extra={
        "requestBody": {
            "content": {"text/plain": {"schema": {"type": "string"}, "example": examples.REPORT}},
        }
    },
)
async def post_events(request: Request, told: EventsBody) -> Counted:
    """What a widget reports: a list was shown, a story was clicked. Nothing is kept of the reader."""
    room: Room = request.app.state.room
    wait = room.reports.take(client_of(request.scope))
    if wait:
        raise RateError(wait)
    now = clock()
    secret, at = room.keys.ring().secret, to_microseconds(now)
    read_events = [(each, read_token(each.token, secret, at)) for each in told.events]
    agent = request.headers.get("user-agent", "").casefold()
    if not agent or any(word in agent for word in BOTS):
        return Counted(counted=0, ignored=len(told.events))

    def note() -> int:
        counted = 0
        for event, shown in read_events:
            view = View(event.view, shown.site, shown.page_url, now, shown.items)
            counted += _note_event(room, event, view, now)
        return counted

    counted = await _in_turn(note)
    room.meter.written.labels("events").inc(counted)
    return Counted(counted=counted, ignored=len(told.events) - counted)


def _note_event(room: Room, event: Event, view: View, now: datetime) -> bool:
    """Whether it said something new; who clicks has seen."""
    is_new = room.live.store.add_view(view)
    if event.kind == "shown":
        return is_new
    return room.live.store.add_click(view.id, event.position or 0, now)


async def _write(request: Request, pages: list[Page], kind: str) -> Written:
    """Store pages, and answer when they are on disk and everybody who asks here finds them."""
    room: Room = request.app.state.room
    counts: Counts = await _in_turn(lambda: room.live.store.add_all(pages))
    await room.shared.catch_up()
    room.meter.written.labels(kind).inc(len(pages))
    return Written(
        new=counts.articles_new,
        changed=counts.articles_changed,
        unchanged=counts.articles_unchanged,
        lists_new=counts.lists_new,
        lists_known=counts.lists_known,
    )


async def _in_turn(work: Callable[[], T]) -> T:
    """One writer at a time: the store has one anyway."""
    try:
        with anyio.fail_after(TURN_SECONDS):
            await _ONE_WRITER.acquire()
    except TimeoutError:
        raise StoreError("others are writing, come again in a moment") from None
    try:
        return await anyio.to_thread.run_sync(work)
    finally:
        _ONE_WRITER.release()


def article_of(told: ArticleIn, now: datetime) -> Article:
    """The article that a CMS tells of."""
    address = _address(told.url)
    return Article(
        site=told.site or site_of(address),
        url=address,
        first_seen_at=told.first_seen_at or now,
        headline=told.headline,
        body=told.body,
        published_at=told.published_at,
        section=told.section,
        tags=tuple(told.tags),
        language=told.language,
        image=told.image,
    )


def list_of(told: ListIn, now: datetime) -> RankedList:
    """The list that a CMS tells of; positions that are not given go on by one."""
    items, last = [], 0
    for item in told.items:
        last = item.position if item.position is not None else last + 1
        url = None if item.url is None else _address(item.url, "items")
        items.append(ListItem(last, item.headline, url))
    return RankedList(
        site=told.site,
        kind=Kind(told.kind),
        observed_at=told.observed_at or now,
        items=tuple(items),
        title=told.title,
        scope=told.scope,
        page_url=None if told.page_url is None else _address(told.page_url, "page_url"),
    )


def place_page(page: Page, address: str) -> Page:
    """The page at its address, where its text names none: else nobody could ask beside it."""
    if page.article is None or page.article.url.startswith(("http://", "https://")):
        return page
    named = page.article.url
    lists = tuple(replace(each, page_url=address) if each.page_url == named else each for each in page.lists)
    return replace(page, article=replace(page.article, url=address), lists=lists)


def _address(url: str, name: str = "url") -> str:
    """The canonical address; InvalidValueError for what is none that a reader could be sent to."""
    found = canonical_url(url)
    if found is None and has_mixed_host(url):
        raise InvalidValueError(name, expected="a host that is written in one alphabet", found=url)
    if found is None or not found.startswith(("http://", "https://")):
        raise InvalidValueError(name, expected="an address that begins with http:// or https://", found=url)
    return found
