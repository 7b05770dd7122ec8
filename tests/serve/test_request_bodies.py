"""The key comes before the body, and no body costs more than its size: whatever stands in it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from recsys.serve import schemas
from tests.newsroom import address
from tests.serve.attack_harness import unknown_fields
from tests.serve.conftest import Open
from tests.serve.hosting import read_answer

MOST_ERRORS = 200
STORY = b'{"url":"https://x.example/1","headline":"h"'
BODIES: dict[str, TypeAdapter[Any]] = {
    "articles": TypeAdapter(schemas.Articles),
    "lists": TypeAdapter(schemas.Lists),
    "events": TypeAdapter(schemas.EventsIn),
    "related": TypeAdapter(schemas.DraftQuery),
}


def repeated(item: bytes, count: int) -> bytes:
    return b",".join([item] * count)


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "unknown fields": lambda n: unknown_fields(13 * n),
    "unknown fields of each story": lambda n: (
        b'{"articles":[' + repeated(STORY + b',"a":1,"b":1,"c":1,"d":1}', n // 30) + b"]}"
    ),
    "unknown fields inside": lambda n: b'{"article":' + unknown_fields(13 * n) + b"}",
    "items that are none": lambda n: (
        b'{"lists":[' + repeated(b'{"items":[' + repeated(b"1", 500) + b"]}", n // 500) + b"]}"
    ),
    "events that are none": lambda n: b'{"events":[' + repeated(b"1", n) + b"]}",
    "tags that are none": lambda n: b'{"article":' + STORY + b',"tags":[' + repeated(b"1", n) + b"]}}",
    "the same field again": lambda n: b"{" + repeated(b'"url":"https://x.example/1"', n) + b"}",
    "deep": lambda n: b"[" * n,
    "deep objects": lambda n: b'{"article":' * n,
    "a long number": lambda n: b'{"article":' + b"9" * n + b"}",
    "a long fraction": lambda n: b'{"article":{"published_at":1.' + b"9" * n + b"}}",
    "escapes": lambda n: STORY + b',"body":"' + b"\\u0301" * n + b'"}',
    "white space": lambda n: b" " * n + b"{}",
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_wrong_with_a_body_is_told_in_few_errors(kind: str, hostile: str):
    try:
        BODIES[kind].validate_json(HOSTILE[hostile](20_000))
    except ValidationError as error:
        assert error.error_count() < MOST_ERRORS  # noqa: PT017


@pytest.mark.attack
@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_body_of_twice_the_size_takes_twice_the_time(kind: str, hostile: str):
    def seconds(size: int) -> float:
        body = HOSTILE[hostile](size)
        began = time.process_time()
        try:
            BODIES[kind].validate_json(body)
        except ValidationError as error:
            error.errors(include_url=False, include_context=False, include_input=False)
        return time.process_time() - began

    small = min(seconds(20_000) for _ in range(5))
    assert min(seconds(40_000) for _ in range(5)) < 2.4 * small + 0.02


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "articles"), ("POST", "lists"), ("POST", "pages?url=x")]
)
def test_without_a_key_no_byte_of_a_body_is_waited_for(newsdesk: Open, method: str, path: str):
    head = f"{method} /v1/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    began = time.monotonic()
    for more in ("\r\n", "Expect: 100-continue\r\n\r\n", "Authorization: Basic x\r\n\r\n"):
        answer = newsdesk.served.exchange((head + more).encode())
        assert answer.split()[1] == b"401", answer
    assert time.monotonic() - began < 5  # and not the ten seconds of a body


def test_a_body_that_is_declared_too_large_is_refused_before_it_comes(newsdesk: Open):
    key = newsdesk.keyed.headers["authorization"]
    for method, path, key_line in (
        ("PUT", "articles", f"Authorization: {key}\r\n"),
        ("POST", "related", ""),
        ("POST", "events", ""),
    ):
        head = f"{method} /v1/{path} HTTP/1.1\r\nHost: x\r\n{key_line}Content-Length: 999999999\r\n\r\n"
        answer = newsdesk.served.exchange(head.encode())
        assert answer.split()[1] == b"413", answer


def test_one_client_has_only_so_many_bodies_under_way(newsdesk: Open):
    head = b"POST /v1/related HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    draft = {"article": {"url": address("draft"), "headline": "A draft"}}
    with ExitStack() as stack:
        wires = [
            stack.enter_context(
                socket.create_connection(
                    ("127.0.0.1", newsdesk.served.port), timeout=20, source_address=("127.0.0.31", 0)
                )
            )
            for _ in range(17)
        ]
        for wire_ in wires[:-1]:
            wire_.sendall(head)
        time.sleep(0.5)
        wires[-1].sendall(head)
        assert read_answer(wires[-1]).split()[1] == b"429"
        assert newsdesk.plain.post("/v1/related", json=draft).status_code == 200


def test_more_than_five_explanations_take_a_key(newsdesk: Open):
    asked = {"url": address(20), "explain": "true"}
    assert newsdesk.plain.get("/v1/related", params=asked | {"k": 5}).status_code == 200
    assert len(newsdesk.plain.get("/v1/related", params=asked).json()["items"]) <= 5
    refused = newsdesk.plain.get("/v1/related", params=asked | {"k": 6})
    assert refused.status_code == 401
    assert "at most 5" in refused.json()["error"]["message"]
    assert newsdesk.keyed.get("/v1/related", params=asked | {"k": 6}).status_code == 200
    batch = {"url": [address(20), address(21)], "explain": "true", "k": 6}
    assert newsdesk.plain.get("/v1/related/batch", params=batch).status_code == 401
    assert newsdesk.plain.get("/v1/popular", params={"explain": "true", "k": 6}).status_code == 401
