"""Routes that recommend: for one article, for several at once, and what is popular."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import anyio
from fastapi import APIRouter, Body, Query, Request, Response

from recsys.documents import canonical_url
from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.live import ServingSnapshot
from recsys.request import Request as RecommendRequest
from recsys.serve import openapi_examples
from recsys.serve.auth import KeyRefusedError, client_of, has_write_key
from recsys.serve.convert import (
    RequestOptions,
    article_from_wire,
    build_answer,
    find_row,
    gets_token,
    lifetime_of,
    sign_answer,
)
from recsys.serve.error_responses import BODY_ERRORS, READ_ERRORS, UNKNOWN_ERROR
from recsys.serve.fair_queue import EXPLAINED_WITHOUT_KEY, query_cost
from recsys.serve.request_bodies import BodyRoute, GoneError
from recsys.serve.response_cache import CachedResponse, StoredResponse, compress, make_etag
from recsys.serve.schemas import (
    BatchAnswer,
    BatchParams,
    DialParams,
    DraftQuery,
    Params,
    PopularParams,
    RecommendationsOut,
    RelatedParams,
)
from recsys.serve.state import clock, compute, state_of

router = APIRouter(prefix="/v1", tags=["read"], route_class=BodyRoute)

DraftBody = Annotated[DraftQuery, Body(openapi_examples=openapi_examples.DRAFT_QUERY)]
POPULAR_LIFETIME = 60  # seconds
MAX_CACHED = 60
"""Seconds for which our own cache answers, at most."""


@router.head("/related", include_in_schema=False)
@router.get("/related", response_model=RecommendationsOut, responses={**READ_ERRORS, **UNKNOWN_ERROR})
async def related(request: Request, params: Annotated[RelatedParams, Query()]) -> Response:
    """Recommend headlines to show for a stored article, best first."""
    state = state_of(request)
    if (params.url is None) == (params.id is None):
        raise InvalidValueError("url", expected="either url or id", found="both" if params.url else "neither")
    snapshot, as_of = state.live.snapshot, clock()
    query = build_request(request, params, snapshot, dial=params.dial)
    try:
        row = find_row(snapshot.corpus, url=params.url, key=params.id)
    except UnknownArticleError:
        if params.fallback is None:
            raise
        state.metrics.fallbacks.inc()
        fallback = await compute(
            request,
            lambda: encode(_popular(snapshot, query, None, as_of, fallback=True), snapshot, POPULAR_LIFETIME),
            cost_of(query),
        )
        return cache_response(request, fallback)
    page = snapshot.corpus.shown(row)
    options = options_of(params, dial=params.dial)
    is_signed = gets_token(options, snapshot.request) or has_write_key(request)

    def answer() -> StoredResponse:
        body = build_answer(snapshot, snapshot.recommender.recommend(page.url, as_of, query), as_of)
        secret = state.keys.ring().secret
        only_fills = bool(body.items) and all(item.fill is not None for item in body.items)
        if is_signed and secret is not None and not only_fills:
            body.token = sign_answer(body, page, as_of, secret)
        state.metrics.empty_places.inc(max(query.k - len(body.items), 0))
        return encode(body, snapshot, lifetime_of(page, as_of))

    return cache_response(request, await compute(request, answer, cost_of(query)))


@router.post("/related", response_model=RecommendationsOut, responses={**READ_ERRORS, **BODY_ERRORS})
async def related_to_draft(request: Request, draft: DraftBody) -> RecommendationsOut:
    """Recommend headlines for an article in the request body, which is not stored."""
    state = state_of(request)
    snapshot, as_of = state.live.snapshot, clock()
    query = build_request(request, draft, snapshot, dial=draft.dial)

    def answer() -> RecommendationsOut:
        article = article_from_wire(draft.article, as_of)
        return build_answer(snapshot, snapshot.recommender.recommend(article, as_of, query), as_of)

    characters = len(draft.article.headline or "") + len(draft.article.body or "")
    return await compute(request, answer, cost_of(query, characters))


@router.head("/popular", include_in_schema=False)
@router.get("/popular", response_model=RecommendationsOut, responses=READ_ERRORS)
async def popular(request: Request, params: Annotated[PopularParams, Query()]) -> Response:
    """Recommend the stories that are likely to be read most now, independent of any article."""
    snapshot, as_of = state_of(request).live.snapshot, clock()
    query = build_request(request, params, snapshot)
    stored = await compute(
        request,
        lambda: encode(_popular(snapshot, query, params.scope, as_of), snapshot, POPULAR_LIFETIME),
        cost_of(query),
    )
    return cache_response(request, stored)


@router.head("/related/batch", include_in_schema=False)
@router.get("/related/batch", response_model=BatchAnswer, responses=READ_ERRORS)
async def related_batch(request: Request, params: Annotated[BatchParams, Query()]) -> Response:
    """Recommend headlines for several stored articles; null for an unknown one."""
    snapshot, as_of = state_of(request).live.snapshot, clock()
    query = build_request(request, params, snapshot, dial=params.dial)
    answers: dict[str, RecommendationsOut | None] = {}
    for url in dict.fromkeys(params.url):
        if answers and await request.is_disconnected():
            raise GoneError
        answers[url] = await compute(
            request,
            lambda url=url: _related_or_none(snapshot, url, query, as_of),  # type: ignore[misc]
            cost_of(query),
            is_further=bool(answers),
        )
    batch = BatchAnswer(answers=answers)
    return cache_response(request, await anyio.to_thread.run_sync(encode, batch, snapshot, POPULAR_LIFETIME))


def _related_or_none(
    snapshot: ServingSnapshot, url: str, query: RecommendRequest, as_of: datetime
) -> RecommendationsOut | None:
    try:
        row = find_row(snapshot.corpus, url=url, key=None)
    except UnknownArticleError:
        return None
    url = snapshot.corpus.shown(row).url
    return build_answer(snapshot, snapshot.recommender.recommend(url, as_of, query), as_of)


def _popular(
    snapshot: ServingSnapshot,
    query: RecommendRequest,
    scope: str | None,
    as_of: datetime,
    *,
    fallback: bool = False,
) -> RecommendationsOut:
    recommendations = snapshot.recommender.popular(as_of, scope=scope, request=query)
    return build_answer(snapshot, recommendations, as_of, fallback=fallback)


def build_request(
    request: Request, params: Params | DraftQuery, snapshot: ServingSnapshot, *, dial: float | None = None
) -> RecommendRequest:
    """Return the configured request with the query's options; many explanations require a key."""
    query = options_of(params, dial=dial).apply(snapshot.request)
    if not query.explain or query.k <= EXPLAINED_WITHOUT_KEY or client_of(request).key is not None:
        return query
    if params.k is None:
        return replace(query, k=EXPLAINED_WITHOUT_KEY)
    raise KeyRefusedError(
        f"expected a key, or explain with k of at most {EXPLAINED_WITHOUT_KEY}", is_known=False
    )


def cost_of(query: RecommendRequest, characters: int = 0) -> float:
    """Estimate the cost of a query."""
    return query_cost(query.k, explain=query.explain, characters=characters)


def options_of(params: Params | DraftQuery, *, dial: float | None = None) -> RequestOptions:
    """Return the options of a query, without excluded URLs and sections that cannot match anything.

    Excluded URLs are made canonical: a page links stories with tracking parameters and fragments.
    """
    return RequestOptions(
        params.k,
        dial,
        params.window,
        tuple(canonical_url(url) or url for url in params.exclude if url.split() == [url]),
        tuple(name for name in params.section if name.strip()),
        params.explain,
        params.fill if isinstance(params, DialParams) else None,
    )


def encode(
    answer: RecommendationsOut | BatchAnswer, snapshot: ServingSnapshot, lifetime: int
) -> StoredResponse:
    """Return the response with its caching headers; `lifetime` in seconds."""
    plain = answer.model_dump_json().encode()
    etag = make_etag(_stable_content(answer).encode())
    stale = min(10 * lifetime, 86_400)
    headers = (
        (b"etag", etag.encode()),
        (b"cache-control", f"public, max-age={lifetime}, stale-while-revalidate={stale}".encode()),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    )
    until = time.monotonic() + min(lifetime, MAX_CACHED)
    return StoredResponse(etag, headers, plain, compress(plain), until, snapshot.version)


def _stable_content(answer: RecommendationsOut | BatchAnswer) -> str:
    """Return what the ETag covers. It includes the date: a token must not be revalidated for ever."""
    if isinstance(answer, RecommendationsOut):
        return f"{answer.as_of:%Y-%m-%d}" + answer.model_dump_json(exclude={"as_of", "token"})
    return "".join(
        f"{json.dumps(url)}: {'' if each is None else _stable_content(each)}"
        for url, each in answer.answers.items()
    )


def cache_response(request: Request, stored: StoredResponse) -> CachedResponse:
    """Keep the response for equal requests, and return it."""
    state, scope = state_of(request), request.scope
    state.cache.add(scope["raw_path"] + b"?" + scope["query_string"], stored)
    state.metrics.answers.labels("no").inc()
    return CachedResponse(stored)
