"""Routes that write: articles, lists, pages, and the events that widgets report."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import anyio
from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import AwareDatetime

from recsys.documents import read, site_of
from recsys.documents.html.charset import charset_of
from recsys.documents.source import ImportHints
from recsys.domain import Page, to_microseconds
from recsys.errors import ServiceError, UnknownArticleError
from recsys.serve import openapi_examples
from recsys.serve.api_keys import Key, Right
from recsys.serve.auth import RequireRight, client_of, has_write_key
from recsys.serve.convert import article_from_wire, canonical_address, list_from_wire, with_address
from recsys.serve.error_responses import UNKNOWN_ERROR, WRITE_ERRORS
from recsys.serve.impression_tokens import ShownList, read_token
from recsys.serve.refresh import WRITE_PATIENCE
from recsys.serve.request_bodies import BodyRoute
from recsys.serve.schemas import (
    Articles,
    ArticlesIn,
    Counted,
    Event,
    EventsIn,
    Lists,
    ListsIn,
    Withdrawn,
    Written,
)
from recsys.serve.state import clock, state_of
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
"""Words in the user agent of a client that is not a reader."""

ArticlesBody = Annotated[Articles, Body(openapi_examples=openapi_examples.ARTICLES)]
ListsBody = Annotated[Lists, Body(openapi_examples=openapi_examples.LISTS)]
EventsBody = Annotated[EventsIn, Body(openapi_examples=openapi_examples.EVENTS)]
Writer = Annotated[Key, Depends(RequireRight(Right.WRITE))]


@router.put("/articles", response_model=Written, responses=WRITE_ERRORS, tags=["write"])
async def put_articles(request: Request, body: ArticlesBody, _: Writer) -> Written:
    """Store new or changed articles. They can be recommended and queried once this returns."""
    now = clock()
    articles = body.articles if isinstance(body, ArticlesIn) else [body]
    pages = await anyio.to_thread.run_sync(
        lambda: [Page(article=article_from_wire(each, now)) for each in articles]
    )
    return await _write(request, pages, "articles")


@router.delete(
    "/articles", response_model=Withdrawn, responses={**WRITE_ERRORS, **UNKNOWN_ERROR}, tags=["write"]
)
async def delete_article(
    request: Request, url: Annotated[str, Query(min_length=1, max_length=2_000)], _: Writer
) -> Withdrawn:
    """Withdraw an article from all recommendations at once. Storing it again brings it back."""
    state = state_of(request)
    address = canonical_address(url)
    now = clock()
    if not await state.write_lock.run(lambda: state.live.store.unpublish(address, now, now=now)):
        raise UnknownArticleError(f"unknown article: {url}")
    await state.coalescer.catch_up()
    return Withdrawn(url=address)


@router.post("/lists", response_model=Written, responses=WRITE_ERRORS, tags=["write"])
async def post_lists(request: Request, body: ListsBody, _: Writer) -> Written:
    """Store observed lists: most-read lists, related stories chosen by editors, front pages."""
    now = clock()
    lists = body.lists if isinstance(body, ListsIn) else [body]
    pages = await anyio.to_thread.run_sync(
        lambda: [Page(lists=(list_from_wire(each, now),)) for each in lists]
    )
    return await _write(request, pages, "lists")


@router.post(
    "/pages",
    response_model=Written,
    responses=WRITE_ERRORS,
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
    url: Annotated[str, Query(min_length=1, max_length=2_000, description="the address of the page")],
    _: Writer,
    observed_at: Annotated[
        AwareDatetime | None, Query(description="when the page was saved; defaults to now")
    ] = None,
) -> Written:
    """Store the article and the lists of a saved page. Nothing is fetched."""
    hints = ImportHints(is_time_guessed=observed_at is None, profiles=state_of(request).profiles)
    data, observed, address = await request.body(), observed_at or clock(), canonical_address(url)
    charset = charset_of(request.headers.get("content-type", ""))
    page = await anyio.to_thread.run_sync(
        lambda: read(
            data,
            name=address,
            observed_at=observed,
            site=site_of(address),
            hints=hints,
            charset=charset,
        )
    )
    return await _write(request, [with_address(page, address)], "pages")


@router.post(
    "/events",
    response_model=Counted,
    responses=WRITE_ERRORS,
    tags=["events"],
    openapi_extra={
        "requestBody": {
            "content": {"text/plain": {"schema": {"type": "string"}, "example": openapi_examples.BEACON}},
        }
    },
)
async def post_events(request: Request, body: EventsBody) -> Counted:
    """Record that a list was shown or a story clicked. Nothing about the reader is stored."""
    state = state_of(request)
    client = client_of(request)
    now, agent = clock(), request.headers.get("user-agent", "").casefold()
    secret, at = state.keys.ring().secret, to_microseconds(now)
    if secret is None:
        raise ServiceError("list tokens cannot be verified: the key file is damaged; see the service log")
    reported = [(each, read_token(each.token, secret, at)) for each in body.events]
    if not agent or any(word in agent for word in BOTS):
        state.metrics.events_ignored.labels("program").inc(len(reported))
        return Counted(counted=0, ignored=len(reported))
    address, limits = None if has_write_key(request) else client.address, state.event_limits
    allowed = [
        _build_event(event, shown, now)
        for event, shown in reported
        if limits.take(shown, event.token, client=address, click=event.kind == "clicked")
    ]
    counted = sum(await state.events.write(allowed)) if allowed else 0
    state.metrics.written.labels("events").inc(counted)
    state.metrics.events_ignored.labels("limit").inc(len(reported) - len(allowed))
    state.metrics.events_ignored.labels("known").inc(len(allowed) - counted)
    return Counted(counted=counted, ignored=len(reported) - counted)


def _build_event(event: Event, shown: ShownList, now: datetime) -> StoreEvent:
    if event.kind == "clicked":
        return Click(event.view, event.position or 0, now)
    return Impression(event.view, shown.site, shown.page_url, now, shown.items)


async def _write(request: Request, pages: list[Page], kind: str) -> Written:
    """Store pages, and return once they are on disk and, usually, recommendable.

    Sorting in an article with an old `first_seen_at` takes longer than a CMS should wait.
    """
    state = state_of(request)
    counts: Counts = await state.write_lock.run(lambda: state.live.store.add_all(pages, now=clock()))
    await state.coalescer.catch_up_within(WRITE_PATIENCE)
    state.metrics.written.labels(kind).inc(len(pages))
    return Written(
        new=counts.articles_new,
        changed=counts.articles_changed,
        unchanged=counts.articles_unchanged,
        lists_new=counts.lists_new,
        lists_known=counts.lists_known,
    )
