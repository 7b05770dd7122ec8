"""A service that a site asks: its answers are remembered, and what ails it costs a page next to nothing."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from recsys.errors import ServiceError
from recsys.integrations.answers import EMPTY
from recsys.integrations.client import FRESH, MAX_ANSWER_BYTES, PATIENCE, PAUSE, STALE, ServiceClient

QUESTION = {"url": "https://harbour.example/1", "k": 3}
STORY = {"url": "https://harbour.example/2", "headline": "Two"}
BUSY = 0.3
"""Seconds that a busy machine adds."""


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def items(*stories: object, **more: object) -> bytes:
    return answer(json.dumps({"items": stories, **more}).encode())


@dataclass
class Server:
    """A socket that sends everybody the same bytes, or behaves as given."""

    socket: socket.socket
    says: bytes = b""
    does: Callable[[socket.socket], None] | None = None
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            self.asked.append(connection.recv(65_536))
            if self.does is not None:
                self.does(connection)
            connection.sendall(self.says)


@dataclass
class Clock:
    """Time that goes by when the test says so."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        served = Server(listening)
        threading.Thread(target=served.run, daemon=True).start()
        yield served
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(server: Server, clock: Clock) -> ServiceClient:
    return ServiceClient(server.url, "rk_key", clock)


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def refreshed(client: ServiceClient) -> object:
    """The answer once no request is in progress."""
    until(lambda: not any(each.name.endswith("(_fetch)") for each in threading.enumerate()))
    return client.related(**QUESTION)


def test_an_answer_is_asked_for_once_and_anew_behind_the_page_when_it_is_old(server, client, clock):
    server.says = items(STORY, token="t.s")
    first = client.related(**QUESTION)
    first = first if first.headlines else refreshed(client)
    assert [each.url for each in first.headlines] == [STORY["url"]]
    assert first.token == "t.s"
    assert client.related(**QUESTION) is first
    assert len(server.asked) == 1
    assert b"url=https%3A%2F%2Fharbour.example%2F1&k=3" in server.asked[0]
    assert b"Authorization: Bearer rk_key" in server.asked[0]

    server.says = items(STORY | {"headline": "Newer"})
    clock.now += FRESH
    assert client.related(**QUESTION) is first
    until(lambda: client.related(**QUESTION).headlines[0].label == "Newer")
    assert len(server.asked) == 2


ILL = {
    "closing": b"",
    "no HTTP": b"\xff\x00garbage\r\n\r\n",
    "an error": answer(b"{}", b"500 Broken"),
    "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "no JSON": answer(b"<html>"),
    "deep JSON": answer(b"[" * 100_000),
    "another object": answer(b'{"items": {}}'),
    "too much": answer(b" " * (MAX_ANSWER_BYTES + 1)),
}


@pytest.mark.parametrize("illness", ILL)
def test_an_ill_service_is_left_alone_for_a_minute_and_its_last_answer_stays(server, client, clock, illness):
    server.says = items(STORY)
    client.related(**QUESTION)
    good = refreshed(client)
    assert good.headlines
    clock.now += FRESH
    server.says = ILL[illness]
    assert client.related(**QUESTION) is good
    until(lambda: client.is_paused)
    for _ in range(3):
        assert client.related(**QUESTION) is good
        assert client.related(url="https://harbour.example/unknown") is EMPTY
    assert len(server.asked) == 2
    with pytest.raises(ServiceError, match="not contacted for now"):
        client.write("PUT", "/v1/articles", {})

    clock.now += PAUSE
    server.says = items(STORY | {"headline": "It is well again"})
    client.related(**QUESTION)
    assert refreshed(client).headlines[0].label == "It is well again"
    clock.now += STALE
    server.says = ILL[illness]
    client.related(**QUESTION)
    assert refreshed(client) is EMPTY  # older than a day is not shown


def test_a_hanging_service_costs_one_page_its_patience_and_the_next_nothing(server, client):
    go = threading.Event()
    server.does, server.says = lambda _: go.wait(30), items(STORY)
    took = []
    for _ in range(4):
        began = time.perf_counter()
        assert client.related(**QUESTION) is EMPTY
        took.append(time.perf_counter() - began)
    assert PATIENCE * 0.9 < took[0] < PATIENCE + BUSY
    assert sum(took[1:]) < PATIENCE
    assert client.is_paused
    go.set()  # it was only slow: its answer is taken when it comes, and it is asked again
    until(lambda: not client.is_paused)
    assert client.related(**QUESTION).headlines


def test_an_article_that_the_service_does_not_know_is_no_failure(server, client):
    server.says = answer(b'{"error": {}}', b"404 Not Found")
    client.related(**QUESTION)
    assert refreshed(client) is EMPTY
    assert not client.is_paused
    assert len(server.asked) == 1


def test_nothing_that_a_service_says_is_more_than_text_and_web_addresses(server, client):
    server.says = items(
        {"url": "javascript:alert(1)", "headline": "a"},
        {"url": "//evil.example", "headline": "a"},
        {"url": "https://a.example/1", "headline": ""},
        {"url": "https://a.example/2", "headline": ["a"]},
        {
            "url": "https://a.example/3",
            "headline": "<b>",
            "image": "data:x",
            "published_at": "soon",
            "section": 3,
        },
        None,
        token=["t"],
    )
    client.related(**QUESTION)
    (only,) = refreshed(client).headlines
    assert (only.url, only.label, only.position) == ("https://a.example/3", "<b>", 5)
    assert (only.image, only.published_at, only.section) == (None, None, None)
    assert refreshed(client).token is None


def test_a_write_is_accepted_or_the_reason_is_raised(server, client):
    server.says = answer(b"{}")
    assert client.write("PUT", "/v1/articles", {"articles": []}) == 200
    assert server.asked[-1].startswith(b"PUT /v1/articles HTTP/1.1")
    server.says = answer(b'{"error": "no key"}', b"401 Unauthorized")
    with pytest.raises(ServiceError, match=r"answered 401.*no key"):
        client.write("PUT", "/v1/articles", {})
    assert not client.is_paused
    server.says = answer(b"full", b"503 Unavailable")
    with pytest.raises(ServiceError, match="answered 503"):
        client.write("PUT", "/v1/articles", {})
    assert client.is_paused
