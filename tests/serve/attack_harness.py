"""Attacks on a running service, and a reader who must not notice them.

An attack is a function of a `Target` that goes on until `target.is_over`; `ATTACKS` has them by name, and a
test for another one adds a function with `@attack`. They run as threads of a process of their own, so that
they do not slow down the reader. Each comes from an address of its own (127.0.0.2, 127.0.0.3, ...),
because limits are counted by address:

    with reading(served.port, urls) as reader:
        run_attacks(served.port, urls, list(ATTACKS), seconds=8)
    assert reader.worst() < 1
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import httpx

READER = "127.0.0.1"
INTERVAL = 0.1
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Target:
    """What is attacked, from which address, until when (of time.monotonic)."""

    port: int
    urls: Sequence[str]
    source: str
    end: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.end

    def client(self) -> httpx.Client:
        return client_from(self.port, self.source)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5, source_address=(self.source, 0))

    def send(self, client: httpx.Client, method: str, path: str, **more: object) -> None:
        """Send a request; that it is refused or cut off is what is hoped for."""
        with suppress(httpx.HTTPError):
            client.request(method, path, **more)  # type: ignore[arg-type]


def client_from(port: int, source: str) -> httpx.Client:
    """A client with an address of its own."""
    transport = httpx.HTTPTransport(local_address=source)
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=10, trust_env=False)


Attack = Callable[[Target], None]
ATTACKS: dict[str, Attack] = {}


def attack(function: Attack) -> Attack:
    """Take a function up among the attacks."""
    ATTACKS[function.__name__] = function
    return function


@dataclass
class Reader:
    """What a reader saw: for each request its route, seconds, and status (0 when there was no answer)."""

    seen: list[tuple[str, float, int]] = field(default_factory=list)

    def worst(self) -> float:
        """The longest that a request took."""
        return max(seconds for _, seconds, _ in self.seen)

    def failures(self) -> list[tuple[str, float, int]]:
        """Requests that were not answered as on a quiet day."""
        return [each for each in self.seen if each[2] != 200]


@contextmanager
def reading(port: int, urls: Sequence[str]) -> Iterator[Reader]:
    """Ask every tenth of a second for headlines that no cache has, and whether the service is alive."""
    reader, over = Reader(), threading.Event()

    def ask(route: str) -> None:
        number = 0
        with client_from(port, READER) as client:
            while not over.wait(INTERVAL):
                number += 1
                params = {"url": urls[number % len(urls)], "k": 5, "exclude": f"https://x.example/{number}"}
                began, status = time.monotonic(), 0
                with suppress(httpx.HTTPError):
                    status = client.get(route, params=params if "related" in route else None).status_code
                reader.seen.append((route, time.monotonic() - began, status))

    threads = [threading.Thread(target=ask, args=(route,)) for route in ("/v1/related", "/healthz")]
    for thread in threads:
        thread.start()
    try:
        yield reader
    finally:
        over.set()
        for thread in threads:
            thread.join()


def run_attacks(port: int, urls: Sequence[str], names: Sequence[str], *, seconds: float) -> None:
    """Run attacks at once, in a process of their own, and return when all are over."""
    process = multiprocessing.get_context("spawn").Process(
        target=_attack_all, args=(port, list(urls), list(names), seconds)
    )
    process.start()
    process.join(seconds + 60)
    assert process.exitcode == 0, f"the attackers ended with {process.exitcode}"


def _attack_all(port: int, urls: list[str], names: list[str], seconds: float) -> None:
    end = time.monotonic() + seconds
    places = {name: f"127.0.0.{place}" for place, name in enumerate(ATTACKS, start=2)}
    threads = [
        threading.Thread(target=ATTACKS[name], args=(Target(port, urls, places[name], end),), daemon=True)
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 30)


def _in_parallel(target: Target, count: int, loop: Callable[[httpx.Client, int], None]) -> None:
    """Run a loop over many connections until the attack is over."""

    def run(number: int) -> None:
        with target.client() as client:
            while not target.is_over:
                loop(client, number)
                number += count

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _trickle(target: Target, count: int, begin: bytes, piece: bytes) -> None:
    """Open connections, begin a request on each, and send a little more of it now and then."""
    with ExitStack() as stack:
        wires = []
        for _ in range(count):
            with suppress(OSError):
                wires.append(stack.enter_context(target.connect()))
        for wire in wires:
            with suppress(OSError):
                wire.sendall(begin)
        while not target.is_over:
            time.sleep(0.5)
            for wire in wires:
                with suppress(OSError):
                    wire.sendall(piece)


@attack
def idle_connections(target: Target) -> None:
    """200 connections that say nothing."""
    _trickle(target, 200, b"", b"")


@attack
def half_heads(target: Target) -> None:
    """200 requests whose heads never end."""
    _trickle(target, 200, b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X-More: 1\r\n")


@attack
def blank_lines(target: Target) -> None:
    """Blank lines before a request, which the parser skips."""
    _trickle(target, 20, b"\r\n", b"\r\n" * 100)


@attack
def slow_bodies(target: Target) -> None:
    """60 bodies that come a byte at a time."""
    head = b"POST /v1/related HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n"
    _trickle(target, 60, head + b"{", b" ")


@attack
def large_heads(target: Target) -> None:
    """Heads of 10 MB, as one header, as many, as an address, and behind a body."""
    chunked = b"POST /v1/related HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    starts = [
        (b"GET / HTTP/1.1\r\nX: ", b"y" * 100_000),
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 16_000),
        (b"GET /", b"y" * 100_000),
        (chunked, b"X: y\r\n" * 16_000),
    ]
    number = 0
    while not target.is_over:
        begin, piece = starts[number % len(starts)]
        number += 1
        with suppress(OSError), target.connect() as wire:
            wire.sendall(begin)
            for _ in range(100):
                wire.sendall(piece)
        time.sleep(0.05)


@attack
def unread_answers(target: Target) -> None:
    """Large answers that are asked for again and again and never read."""
    urls = "&".join(f"url={url}" for url in target.urls[:20])
    asked = f"GET /v1/related/batch?k=100&{urls} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    _trickle(target, 10, asked * 20, asked)


@attack
def explanations(target: Target) -> None:
    """Explained questions over four connections."""

    def ask(client: httpx.Client, number: int) -> None:
        params = {"url": target.urls[number % len(target.urls)], "k": 5, "explain": "true", "window": "all"}
        target.send(client, "GET", "/v1/related", params=params | {"dial": number % 1000 / 1000})

    _in_parallel(target, 4, ask)


@attack
def batches(target: Target) -> None:
    """Batches of 50 stories over 40 connections."""

    def ask(client: httpx.Client, number: int) -> None:
        params = {"url": target.urls[:50], "k": 100, "dial": number % 1000 / 1000}
        target.send(client, "GET", "/v1/related/batch", params=params)

    _in_parallel(target, 40, ask)


@attack
def page_for_people(target: Target) -> None:
    """Stories tried on the page for people."""

    def ask(client: httpx.Client, number: int) -> None:
        params = {"url": target.urls[number % len(target.urls)], "dial": number % 1000 / 1000}
        target.send(client, "GET", "/", params=params)

    _in_parallel(target, 4, ask)


@attack
def writes_without_key(target: Target) -> None:
    """17.6 MB of unknown fields, without a key and with a wrong one."""
    body = unknown_fields(17_600_000)

    def put(client: httpx.Client, number: int) -> None:
        key = {"authorization": f"Bearer rk_{number}"} if number % 2 else {}
        target.send(client, "PUT", "/v1/articles", content=body, headers=JSON | key)
        time.sleep(0.2)

    _in_parallel(target, 2, put)


@attack
def hostile_json(target: Target) -> None:
    """The largest bodies that public routes take, of everything that is dear to parse."""
    bodies = [
        unknown_fields(60_000),
        b"[" * 60_000,
        b'{"article":' * 5_000,
        b"9" * 60_000,
        b'{"events":[' + b"1," * 30_000 + b"1]}",
        b'{"article":{},' * 4_000,
        b'{"article":{"url":"https://x.example/1","headline":"' + b"\\u0301" * 9_000 + b'"}}',
    ]

    def post(client: httpx.Client, number: int) -> None:
        path = ("/v1/related", "/v1/events")[number % 2]
        target.send(client, "POST", path, content=bodies[number // 2 % len(bodies)], headers=JSON)

    _in_parallel(target, 4, post)


@attack
def long_drafts(target: Target) -> None:
    """Drafts of 290 kB, a hundred headlines beside each."""
    words = " ".join(f"word{number}" for number in range(29_000))[:290_000]

    def post(client: httpx.Client, number: int) -> None:
        article = {"url": f"https://x.example/{number}", "headline": "A draft", "body": words}
        target.send(client, "POST", "/v1/related", json={"article": article, "k": 100, "window": "all"})

    _in_parallel(target, 4, post)


@attack
def pipelined_requests(target: Target) -> None:
    """Thousands of requests on a connection, without waiting for an answer."""
    asked = b"GET /v1/popular?k=%d HTTP/1.1\r\nHost: x\r\n\r\nGET /nonesuch HTTP/1.1\r\nHost: x\r\n\r\n"
    _trickle(target, 4, b"".join(asked % (number % 100 + 1) for number in range(2_000)), b"")


@attack
def new_connections(target: Target) -> None:
    """A new connection for each request, many of them not HTTP."""
    while not target.is_over:
        with suppress(OSError), target.connect() as wire:
            wire.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
        time.sleep(0.002)


def unknown_fields(size: int) -> bytes:
    """A story with so many bytes of fields that nobody knows."""
    fields = b",".join(b'"k%07d":1' % number for number in range(size // 13))
    return b'{"url":"https://x.example/1","headline":"h",' + fields + b"}"
