"""What is asked: beside an article, of many at once, and what is popular."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, TypeVar

import anyio
from fastapi import APIRouter, Body, Query, Request, Response

from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.request import Request as Asked
from recsys.serve import openapi_examples
from recsys.serve.answer_builder import (
    RequestOptions,
    build_answer,
    find_row,
    is_reported,
    life_of,
    sign_answer,
)
from recsys.serve.app import AppState
from recsys.serve.middleware import send_stored
from recsys.serve.question_costs import EXPLAINED_WITHOUT_KEY, question_cost
from recsys.serve.rejections import KeyRefusedError, OverloadError
from recsys.serve.request_bodies import BodyRoute, GoneError, client_of
from recsys.serve.response_cache import Stored, make_etag, zip_body
from recsys.serve.routes.content import article_of, has_write_key
from recsys.serve.schemas import (
    BatchAnswer,
    BatchParams,
    Params,
    PopularParams,
    Problem,
    Question,
    RecommendationsOut,
    RelatedParams,
)
from recsys.serve.service_clock import ServingSnapshot, clock

router = APIRouter(prefix="/v1", tags=["read"], route_class=BodyRoute)

Refusals = dict[int | str, dict[str, Any]]
MANY: Refusals = {
    401: {"model": Problem, "description": "Many explanations without a key"},
    422: {"model": Problem, "description": "A parameter that it cannot have"},
    429: {"model": Problem, "description": "Too many questions from one client"},
    503: {"model": Problem, "description": "Every place is taken, or the store cannot be read; come again"},
}
UNKNOWN: Refusals = {404: {"model": Problem, "description": "Nobody knows the article"}}
BODY: Refusals = {
    408: {"model": Problem, "description": "The body did not come in time"},
    413: {"model": Problem, "description": "A body of too many bytes"},
    415: {"model": Problem, "description": "A body that is compressed"},
}
QuestionBody = Annotated[Question, Body(openapi_examples=openapi_examples.QUESTION)]
POPULAR_LIFE = 60  # seconds
KEPT = 60
"""Seconds for which the cache may answer, at most."""
T = TypeVar("T")


class CachedResponse(Response):
    """An answer that is sent as it was kept: whole, zipped, or not at all because it is known."""

    def __init__(self, stored: Stored) -> None:
        super().__init__()
        self._stored = stored

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        """Send it."""
        is_head = scope["method"] == "HEAD"
        await send_stored(self._stored, dict(scope["headers"]), send, head=is_head)


@router.head("/related", include_in_schema=False)
@router.get("/related", response_model=RecommendationsOut, responses={**MANY, **UNKNOWN})
async def related(request: Request, params: Annotated[RelatedParams, Query()]) -> Response:
    """Headlines to show beside a stored article, the best first."""
    state = room_of(request)
    if (params.url is None) == (params.id is None):
        raise InvalidValueError(
            "url", expected="url or id, one of them", found="both" if params.url else "neither"
        )
    snapshot, as_of = state.live.snapshot, clock()
    asked = read_question(request, params, snapshot, dial=params.dial)
    try:
        row = find_row(snapshot.corpus, url=params.url, key=params.id)
    except UnknownArticleError:
        if params.fallback is None:
            raise
        state.meter.fallbacks.inc()
        fallback = await compute(
            request,
            lambda: encode(_popular(snapshot, asked, None, as_of, fallback=True), snapshot, POPULAR_LIFE),
            cost_of(asked),
        )
        return ready(request, fallback)
    page = snapshot.corpus.shown(row)
    gives_token = is_reported(
        request_options_of(params, dial=params.dial), snapshot.request
    ) or has_write_key(request)

    def answer() -> Stored:
        made = build_answer(snapshot, snapshot.recommender.recommend(page.url, as_of, asked), as_of)
        secret = state.keys.ring().secret
        if gives_token and secret is not None:
            made.token = sign_answer(made, page, as_of, secret)
        state.meter.empty_places.inc(max(asked.k - len(made.items), 0))
        return encode(made, snapshot, life_of(page, as_of))

    return ready(request, await compute(request, answer, cost_of(asked)))


@router.post("/related", response_model=RecommendationsOut, responses={**MANY, **BODY})
async def related_to_new(request: Request, question: QuestionBody) -> RecommendationsOut:
    """The same beside an article that need not be stored; it is not stored by this."""
    state = room_of(request)
    snapshot, as_of = state.live.snapshot, clock()
    asked = read_question(request, question, snapshot, dial=question.dial)

    def answer() -> RecommendationsOut:
        article = article_of(question.article, as_of)
        return build_answer(snapshot, snapshot.recommender.recommend(article, as_of, asked), as_of)

    characters = len(question.article.headline or "") + len(question.article.body or "")
    return await compute(request, answer, cost_of(asked, characters))


@router.head("/popular", include_in_schema=False)
@router.get("/popular", response_model=RecommendationsOut, responses=MANY)
async def popular(request: Request, params: Annotated[PopularParams, Query()]) -> Response:
    """What readers will want now, beside no article."""
    state = room_of(request)
    snapshot, as_of = state.live.snapshot, clock()
    asked = read_question(request, params, snapshot)
    stored = await compute(
        request,
        lambda: encode(_popular(snapshot, asked, params.scope, as_of), snapshot, POPULAR_LIFE),
        cost_of(asked),
    )
    return ready(request, stored)


@router.head("/related/batch", include_in_schema=False)
@router.get("/related/batch", response_model=BatchAnswer, responses=MANY)
async def related_batch(request: Request, params: Annotated[BatchParams, Query()]) -> Response:
    """Headlines beside several stored articles; null beside one that nobody knows."""
    state = room_of(request)
    snapshot, as_of = state.live.snapshot, clock()
    asked = read_question(request, params, snapshot, dial=params.dial)
    answers: dict[str, RecommendationsOut | None] = {}
    for url in dict.fromkeys(params.url):
        if answers and await request.is_disconnected():
            raise GoneError
        answers[url] = await compute(
            request,
            lambda url=url: _beside(snapshot, url, asked, as_of),  # type: ignore[misc]
            cost_of(asked),
            is_further=bool(answers),
        )
    batch = BatchAnswer(answers=answers)
    return ready(request, await anyio.to_thread.run_sync(encode, batch, snapshot, POPULAR_LIFE))


def _beside(snapshot: ServingSnapshot, url: str, asked: Asked, as_of: datetime) -> RecommendationsOut | None:
    try:
        row = find_row(snapshot.corpus, url=url, key=None)
    except UnknownArticleError:
        return None
    url = snapshot.corpus.shown(row).url
    return build_answer(snapshot, snapshot.recommender.recommend(url, as_of, asked), as_of)


def _popular(
    snapshot: ServingSnapshot, asked: Asked, scope: str | None, as_of: datetime, *, fallback: bool = False
) -> RecommendationsOut:
    found = snapshot.recommender.popular(as_of, scope=scope, request=asked)
    return build_answer(snapshot, found, as_of, fallback=fallback)


def read_question(
    request: Request, params: Params | Question, snapshot: ServingSnapshot, *, dial: float | None = None
) -> Asked:
    """The newsroom's request with what a question brings; many explanations are for those with a key."""
    asked = request_options_of(params, dial=dial).request(snapshot.request)
    if not asked.explain or asked.k <= EXPLAINED_WITHOUT_KEY or client_of(request).key is not None:
        return asked
    if params.k is None:
        return replace(asked, k=EXPLAINED_WITHOUT_KEY)
    raise KeyRefusedError(
        f"expected a key, or explain with k of at most {EXPLAINED_WITHOUT_KEY}", is_known=False
    )


def cost_of(asked: Asked, characters: int = 0) -> float:
    """What the question is going to cost."""
    return question_cost(asked.k, explain=asked.explain, characters=characters)


def request_options_of(params: Params | Question, *, dial: float | None = None) -> RequestOptions:
    """What a question brings with it."""
    return RequestOptions(
        params.k,
        dial,
        params.window,
        tuple(url for url in params.exclude if url.split() == [url]),
        tuple(name for name in params.section if name.strip()),
        params.explain,
    )


def room_of(request: Request) -> AppState:
    """What the routes work with."""
    state: AppState = request.app.state.state
    return state


async def compute(request: Request, work: Callable[[], T], cost: float, *, is_further: bool = False) -> T:
    """Do it when it is the client's turn; OverloadError when there is no room to wait in.

    The edge has charged 1 for the request already, unless this is a further question of it.
    """
    state, client = room_of(request), client_of(request).name
    state.admission.questions.charge(client, cost if is_further else cost - 1)
    try:
        return await state.queue.run(work, client=client, cost=cost)
    except OverloadError:
        state.meter.refused.inc()
        raise
    finally:
        state.meter.waiting.set(state.queue.taken)


def _same(answer: RecommendationsOut | BatchAnswer) -> str:
    """What stays while nothing changes. The day is in it: a token must not be confirmed for ever."""
    if isinstance(answer, RecommendationsOut):
        return f"{answer.as_of:%Y-%m-%d}" + answer.model_dump_json(exclude={"as_of", "token"})
    return "".join(
        f"{json.dumps(url)}: {'' if each is None else _same(each)}" for url, each in answer.answers.items()
    )


def encode(answer: RecommendationsOut | BatchAnswer, snapshot: ServingSnapshot, life: int) -> Stored:
    """The answer as it is sent, with the headers that say how long it holds; `life` in seconds."""
    plain = answer.model_dump_json().encode()
    etag = make_etag(_same(answer).encode())
    stale = min(10 * life, 86_400)
    headers = (
        (b"etag", etag.encode()),
        (b"cache-control", f"public, max-age={life}, stale-while-revalidate={stale}".encode()),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    )
    return Stored(etag, headers, plain, zip_body(plain), time.monotonic() + min(life, KEPT), snapshot.version)


def ready(request: Request, stored: Stored) -> CachedResponse:
    """The answer, kept for who asks the same."""
    state, scope = room_of(request), request.scope
    state.cache.keep(scope["raw_path"] + b"?" + scope["query_string"], stored)
    state.meter.answers.labels("no").inc()
    return CachedResponse(stored)
