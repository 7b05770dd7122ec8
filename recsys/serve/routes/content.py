"""What is told to the service: articles, lists, pages, and what widgets report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime

from recsys.documents import canonical_url, read, site_of
from recsys.documents.html.charset import charset_of
from recsys.documents.urls import has_mixed_host
from recsys.domain import ARTICLE_FIELDS, Article, Kind, ListItem, Page, RankedList, to_microseconds
from recsys.errors import InvalidValueError, ServiceError, UnknownArticleError
from recsys.serve import openapi_examples
from recsys.serve.api_keys import Key, Right
from recsys.serve.app import AppState
from recsys.serve.coalescing import PATIENCE
from recsys.serve.impression_tokens import ShownList, read_token
from recsys.serve.request_bodies import BodyRoute, client_of
from recsys.serve.schemas import (
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
from recsys.serve.service_clock import clock
from recsys.serve.write_lock import run_in_turn
from recsys.store import Click, Counts, Impression
from recsys.store import Event as StoreEvent

router = APIRouter(prefix="/v1", route_class=BodyRoute)

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


class KeyWith:
    """A dependency: the key of the request, when it has this right. BodyRoute asks for it before the body."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Key:
        """The key."""
        state: AppState = request.app.state.state
        return state.admission.check_key(
            None if given is None else given.credentials, self.right, client_of(request).address
        )


def has_write_key(request: Request) -> bool:
    """Whether a request carries a key that may write; one that is none is as if there was no key."""
    key = client_of(request).key
    return key is not None and Right.WRITE in key.rights


ArticlesBody = Annotated[Articles, Body(openapi_examples=openapi_examples.ARTICLES)]
ListsBody = Annotated[Lists, Body(openapi_examples=openapi_examples.LISTS)]
EventsBody = Annotated[EventsIn, Body(openapi_examples=openapi_examples.EVENTS)]
Writer = Annotated[Key, Depends(KeyWith(Right.WRITE))]


@router.put("/articles", response_model=Written, responses=REFUSALS, tags=["write"])
async def put_articles(request: Request, told: ArticlesBody, _: Writer) -> Written:
    """Store stories, new or changed; each is found and can be asked beside when this answers."""
    now = clock()
    articles = told.articles if isinstance(told, ArticlesIn) else [told]
    pages = await anyio.to_thread.run_sync(lambda: [Page(article=article_of(each, now)) for each in articles])
    return await _write(request, pages, "articles")


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
    state: AppState = request.app.state.state
    address = _address(url)
    now = clock()
    if not await run_in_turn(lambda: state.live.store.unpublish(address, now, now=now)):
        raise UnknownArticleError(f"no article {url} is known here")
    await state.shared.catch_up()
    return Withdrawn(url=address)


@router.post("/lists", response_model=Written, responses=REFUSALS, tags=["write"])
async def post_lists(request: Request, told: ListsBody, _: Writer) -> Written:
    """Store lists as they stood at a moment: what readers read, what editors put together."""
    now = clock()
    lists = told.lists if isinstance(told, ListsIn) else [told]
    pages = await anyio.to_thread.run_sync(lambda: [Page(lists=(list_of(each, now),)) for each in lists])
    return await _write(request, pages, "lists")


@router.post(
    "/pages",
    response_model=Written,
    responses=REFUSALS,
    tags=["write"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/html": {"schema": {"type": "string"}, "example": openapi_examples.PAGE},
                "text/plain": {"schema": {"type": "string"}, "example": openapi_examples.PAGE},
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
    state: AppState = request.app.state.state
    data, seen, address = await request.body(), observed_at or clock(), _address(url)
    charset = charset_of(request.headers.get("content-type", ""))
    page = await anyio.to_thread.run_sync(
        lambda: read(
            data,
            name=address,
            observed_at=seen,
            site=site_of(address),
            profiles=state.profiles,
            charset=charset,
        )
    )
    return await _write(request, [place_page(page, address)], "pages")


@router.post(
    "/events",
    response_model=Counted,
    responses=REFUSALS,
    tags=["events"],
    openapi_extra={
        "requestBody": {
            "content": {"text/plain": {"schema": {"type": "string"}, "example": openapi_examples.REPORT}},
        }
    },
)
async def post_events(request: Request, told: EventsBody) -> Counted:
    """What a widget reports: a list was shown, a story was clicked. Nothing is kept of the reader."""
    state: AppState = request.app.state.state
    client = client_of(request)
    now, agent = clock(), request.headers.get("user-agent", "").casefold()
    secret, at = state.keys.ring().secret, to_microseconds(now)
    if secret is None:
        raise ServiceError("no list token can be checked: the file of keys is damaged; the log says more")
    reported = [(each, read_token(each.token, secret, at)) for each in told.events]
    if not agent or any(word in agent for word in BOTS):
        state.meter.events_ignored.labels("program").inc(len(reported))
        return Counted(counted=0, ignored=len(reported))
    whose, limits = None if has_write_key(request) else client.address, state.event_limits
    within = [
        _build_event(event, shown, now)
        for event, shown in reported
        if limits.take(shown, event.token, client=whose, click=event.kind == "clicked")
    ]
    counted = sum(await state.events.write(within)) if within else 0
    state.meter.written.labels("events").inc(counted)
    state.meter.events_ignored.labels("limit").inc(len(reported) - len(within))
    state.meter.events_ignored.labels("known").inc(len(within) - counted)
    return Counted(counted=counted, ignored=len(reported) - counted)


def _build_event(event: Event, shown: ShownList, now: datetime) -> StoreEvent:
    if event.kind == "clicked":
        return Click(event.view, event.position or 0, now)
    return Impression(event.view, shown.site, shown.page_url, now, shown.items)


async def _write(request: Request, pages: list[Page], kind: str) -> Written:
    """Store pages, and answer when they are on disk and everybody who asks here finds them, or will soon.

    An article with an old `first_seen_at` takes longer to be sorted in than a CMS should wait.
    """
    state: AppState = request.app.state.state
    counts: Counts = await run_in_turn(lambda: state.live.store.add_all(pages, now=clock()))
    await state.shared.catch_up_within(PATIENCE)
    state.meter.written.labels(kind).inc(len(pages))
    return Written(
        new=counts.articles_new,
        changed=counts.articles_changed,
        unchanged=counts.articles_unchanged,
        lists_new=counts.lists_new,
        lists_known=counts.lists_known,
    )


def article_of(body: ArticleIn, now: datetime) -> Article:
    """The article in the body of a request."""
    address = _address(body.url)
    values = {name: getattr(body, name) for name in ARTICLE_FIELDS} | {
        "url": address,
        "site": body.site or site_of(address),
        "first_seen_at": body.first_seen_at or now,
        "tags": tuple(body.tags),
    }
    return Article(**values)


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
