"""What is asked: beside an article, of many at once, and what is popular."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import anyio
from fastapi import APIRouter, Body, Query, Request, Response

from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.request import Request as Asked
from recsys.service import examples
from recsys.service.answers import Wishes, build_answer, find_row, is_reported, life_of, sign_answer
from recsys.service.app import Room
from recsys.service.asgi import send_stored
from recsys.service.caching import Stored, make_etag, zip_body
from recsys.service.guarding import OverloadError
from recsys.service.live import Edition, clock
from recsys.service.wire import (
    Answer,
    BatchAnswer,
    BatchParams,
    Params,
    PopularParams,
    Problem,
    Question,
    RelatedParams,
)
from recsys.service.writing import article_of, has_write_key

router = APIRouter(prefix="/v1", tags=["read"])

Refusals = dict[int | str, dict[str, Any]]
MANY: Refusals = {
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
QuestionBody = Annotated[Question, Body(openapi_examples=examples.QUESTION)]
POPULAR_LIFE = 60  # seconds
T = TypeVar("T")


class Ready(Response):
    """An answer that is sent as it was kept: whole, zipped, or not at all because it is known."""

    def __init__(self, stored: Stored) -> None:
        super().__init__()
        self._stored = stored

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        """Send it."""
        is_head = scope["method"] == "HEAD"
        await send_stored(self._stored, dict(scope["headers"]), send, head=is_head)


@router.head("/related", include_in_schema=False)
@router.get("/related", response_model=Answer, responses={**MANY, **UNKNOWN})
async def related(request: Request, params: Annotated[RelatedParams, Query()]) -> Response:
    """Headlines to show beside a stored article, the best first."""
    room = room_of(request)
    if (params.url is None) == (params.id is None):
        raise InvalidValueError(
            "url", expected="url or id, one of them", found="both" if params.url else "neither"
        )
    edition, as_of = room.live.edition, clock()
    wishes = wishes_of(params, dial=params.dial)
    asked = wishes.request(edition.request)
    try:
        row = find_row(edition.archive, url=params.url, key=params.id)
    except UnknownArticleError:
        if params.fallback is None:
            raise
        room.meter.fallbacks.inc()
        made = await compute(room, lambda: _popular(edition, asked, None, as_of, fallback=True))
        return ready(request, made, edition, POPULAR_LIFE)
    page = edition.archive.shown(row)
    gives_token = is_reported(wishes, edition.request) or await has_write_key(request)

    def answer() -> Answer:
        made = build_answer(edition, edition.recommender.beside(row, as_of, asked), as_of)
        secret = room.keys.ring().secret
        if gives_token and secret is not None:
            made.token = sign_answer(made, page, as_of, secret)
        return made

    made = await compute(room, answer)
    room.meter.empty_places.inc(max(asked.k - len(made.items), 0))
    return ready(request, made, edition, life_of(page, as_of))


@router.post("/related", response_model=Answer, responses={**MANY, **BODY})
async def related_to_new(request: Request, question: QuestionBody) -> Answer:
    """The same beside an article that need not be stored; it is not stored by this."""
    room = room_of(request)
    edition, as_of = room.live.edition, clock()
    article = article_of(question.article, as_of)
    asked = wishes_of(question, dial=question.dial).request(edition.request)
    found = await compute(room, lambda: edition.recommender.recommend(article, as_of, asked))
    return build_answer(edition, found, as_of)


@router.head("/popular", include_in_schema=False)
@router.get("/popular", response_model=Answer, responses=MANY)
async def popular(request: Request, params: Annotated[PopularParams, Query()]) -> Response:
    """What readers will want now, beside no article."""
    room = room_of(request)
    edition, as_of = room.live.edition, clock()
    asked = wishes_of(params).request(edition.request)
    made = await compute(room, lambda: _popular(edition, asked, params.scope, as_of))
    return ready(request, made, edition, POPULAR_LIFE)


@router.head("/related/batch", include_in_schema=False)
@router.get("/related/batch", response_model=BatchAnswer, responses=MANY)
async def related_batch(request: Request, params: Annotated[BatchParams, Query()]) -> Response:
    """Headlines beside several stored articles; null beside one that nobody knows."""
    room = room_of(request)
    edition, as_of = room.live.edition, clock()
    asked = wishes_of(params, dial=params.dial).request(edition.request)
    answers: dict[str, Answer | None] = {}
    for url in dict.fromkeys(params.url):
        answers[url] = await compute(room, lambda url=url: _beside(edition, url, asked, as_of))  # type: ignore[misc]
    return ready(request, BatchAnswer(answers=answers), edition, POPULAR_LIFE)


def _beside(edition: Edition, url: str, asked: Asked, as_of: datetime) -> Answer | None:
    try:
        row = find_row(edition.archive, url=url, key=None)
    except UnknownArticleError:
        return None
    return build_answer(edition, edition.recommender.beside(row, as_of, asked), as_of)


def _popular(
    edition: Edition, asked: Asked, scope: str | None, as_of: datetime, *, fallback: bool = False
) -> Answer:
    found = edition.recommender.popular(as_of, scope=scope, request=asked)
    return build_answer(edition, found, as_of, fallback=fallback)


def wishes_of(params: Params | Question, *, dial: float | None = None) -> Wishes:
    """What a question brings with it."""
    return Wishes(
        params.k,
        dial,
        params.window,
        tuple(url for url in params.exclude if url.split() == [url]),
        tuple(name for name in params.section if name.strip()),
        params.explain,
    )


def room_of(request: Request) -> Room:
    """What the routes work with."""
    room: Room = request.app.state.room
    return room


async def compute(room: Room, work: Callable[[], T]) -> T:
    """Do it in the thread that computes, when there is a place to wait in; else OverloadError at once."""
    if not room.places.enter():
        room.meter.refused.inc()
        raise OverloadError
    room.meter.waiting.set(room.places.taken)
    try:
        return await anyio.to_thread.run_sync(work, limiter=room.threads)
    finally:
        room.places.leave()
        room.meter.waiting.set(room.places.taken)


def _same(answer: Answer | BatchAnswer) -> str:
    """What stays while nothing changes. The day is in it: a token must not be confirmed for ever."""
    if isinstance(answer, Answer):
        return f"{answer.as_of:%Y-%m-%d}" + answer.model_dump_json(exclude={"as_of", "token"})
    return "".join(
        f"{json.dumps(url)}: {'' if each is None else _same(each)}" for url, each in answer.answers.items()
    )


def ready(request: Request, answer: Answer | BatchAnswer, edition: Edition, life: int) -> Ready:
    """The answer kept and ready to be sent; `life` in seconds."""
    room, scope = room_of(request), request.scope
    plain = answer.model_dump_json().encode()
    etag = make_etag(_same(answer).encode())
    headers = (
        (b"etag", etag.encode()),
        (
            b"cache-control",
            f"public, max-age={life}, stale-while-revalidate={min(10 * life, 86_400)}".encode(),
        ),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    )
    until = room.cache.until(min(life, 60))
    stored = Stored(etag, headers, plain, zip_body(plain), until, edition.version)
    room.cache.keep(scope["raw_path"] + b"?" + scope["query_string"], stored)
    room.meter.answers.labels("no").inc()
    return Ready(stored)
