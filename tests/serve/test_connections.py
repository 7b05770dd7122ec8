"""Connections that are held, flooded or never read are closed; a proxy is believed only when it is named."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import typer

from recsys.cli.serve_commands import read_proxies
from recsys.serve.connections import HEAD_SECONDS, IDLE_SECONDS, MAX_PER_CLIENT, is_trusted
from tests.newsroom import address, newsroom
from tests.serve.conftest import Open
from tests.serve.hosting import fill, serving

HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
LATE = 20.0
"""Seconds beyond a limit, on a busy machine."""


@contextmanager
def connected(port: int, source: str, count: int = 1) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))
            )
            for _ in range(count)
        ]


def is_closed(wire: socket.socket) -> bool:
    """Whether the other side has closed it, by now or within a moment."""
    wire.settimeout(0.2)
    try:
        while wire.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def has_ended(wire: socket.socket) -> bool:
    """Whether the other side has closed it by now, or said that it does."""
    try:
        return wire.recv(65_536)[9:12] in {b"", b"503"}
    except BlockingIOError:
        return False
    except OSError:
        return True


def seconds_until_closed(wire: socket.socket, piece: bytes) -> float:
    """How long it stays open for who sends a little more every half second."""
    began = time.monotonic()
    while time.monotonic() - began < 60 and not is_closed(wire):
        try:
            wire.sendall(piece)
        except OSError:
            break
        time.sleep(0.3)
    return time.monotonic() - began


@pytest.mark.attack
@pytest.mark.parametrize(
    ("begin", "piece", "limit"),
    [
        (b"", b"", HEAD_SECONDS),
        (HEAD, b"", HEAD_SECONDS),
        (HEAD, b"X: y\r\n", HEAD_SECONDS),
        (b"\r\n", b"\r\n", HEAD_SECONDS),
        (HEAD + b"\r\n", b"", IDLE_SECONDS),
        (HEAD + b"\r\n", b"\r\n", IDLE_SECONDS),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x", IDLE_SECONDS),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", IDLE_SECONDS),
    ],
)
def test_who_holds_a_connection_loses_it(newsdesk: Open, begin: bytes, piece: bytes, limit: float):
    with connected(newsdesk.served.port, "127.0.0.41") as [wire]:
        wire.sendall(begin)
        assert seconds_until_closed(wire, piece) < limit + LATE


@pytest.mark.attack
def test_who_reads_no_answers_loses_the_connection(newsdesk: Open):
    urls = "&".join(f"url={address(n)}" for n in range(30))
    asked = f"GET /v1/related/batch?k=100&{urls} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with connected(newsdesk.served.port, "127.0.0.42") as [wire]:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        began = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011, PT012 - reset, or a broken pipe
            while time.monotonic() - began < 120:
                wire.sendall(asked)
                time.sleep(1)


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET /healthz HTTP/1.1\r\nX: ", b"y" * 50_000),
        (b"GET /healthz HTTP/1.1\r\n", b"X: y\r\n" * 10_000),
        (b"GET /", b"y" * 50_000),
        (b"", b"\r\n" * 30_000),
        (b"POST /v1/related HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 10_000),
    ],
)
def test_a_head_without_end_is_cut_off(newsdesk: Open, begin: bytes, piece: bytes):
    with connected(newsdesk.served.port, "127.0.0.43") as [wire]:
        with pytest.raises(OSError):  # noqa: PT011, PT012 - reset, or a broken pipe
            wire.sendall(begin)
            for _ in range(200):  # ten megabytes
                wire.sendall(piece)
        assert is_closed(wire)


def test_a_client_has_only_so_many_connections_and_others_have_theirs(newsdesk: Open):
    with connected(newsdesk.served.port, "127.0.0.44", MAX_PER_CLIENT + 20) as wires:
        for each in wires:
            each.setblocking(False)
        time.sleep(2)
        assert sum(has_ended(each) for each in wires) == 20
        assert newsdesk.plain.get("/healthz").status_code == 200
    deadline = time.monotonic() + LATE
    with connected(newsdesk.served.port, "127.0.0.44") as [wire]:
        assert time.monotonic() < deadline
        wire.sendall(HEAD + b"\r\n")
        assert wire.recv(12) == b"HTTP/1.1 200"


def test_who_sends_many_requests_before_an_answer_is_cut_off(newsdesk: Open):
    with connected(newsdesk.served.port, "127.0.0.45") as [wire]:
        wire.sendall((HEAD + b"\r\n") * 10)
        wire.settimeout(20)
        said = b""
        while said.count(b"HTTP/1.1 200") < 10:
            said += wire.recv(65_536)
    with connected(newsdesk.served.port, "127.0.0.45") as [wire]:
        wire.sendall((HEAD + b"\r\n") * 2_000)
        time.sleep(0.5)
        assert is_closed(wire)


def test_addresses_from_a_named_proxy_are_clients_of_their_own(tmp_path: Path):
    place = fill(tmp_path, newsroom(12))
    with serving(place, "--trusted-proxy", "127.0.0.8/31", env={"FORWARDED_ALLOW_IPS": "*"}) as served:
        with served.client(address="127.0.0.9") as proxy:
            for number in range(15):
                headers = {"authorization": "Bearer rk_x", "x-forwarded-for": f"192.0.2.{number}"}
                assert proxy.put("/v1/articles", json={}, headers=headers).status_code == 401
        with served.client(address="127.0.0.10") as stranger:
            statuses = []
            for number in range(15):
                headers = {"authorization": "Bearer rk_x", "x-forwarded-for": f"192.0.2.{number}"}
                statuses.append(stranger.put("/v1/articles", json={}, headers=headers).status_code)
        assert statuses[:10] == [401] * 10
        assert 429 in statuses


@pytest.mark.parametrize("text", ["*", "", "proxy.example", "127.0.0.1,::1", "10.0.0.0/33", "unix:"])
def test_a_proxy_is_an_address_or_a_network(text: str):
    with pytest.raises(typer.BadParameter, match="address or a network"):
        read_proxies([text])


def test_proxies_are_recognised_by_address_and_network():
    proxies = tuple(read_proxies(["127.0.0.1", "172.16.5.4/12", "2001:db8::/32"]))
    assert proxies == ("127.0.0.1", "172.16.0.0/12", "2001:db8::/32")
    trusted = ["127.0.0.1", "172.31.9.9", "2001:db8::5"]
    assert [is_trusted(each, proxies) for each in [*trusted, "127.0.0.2", "2001:db9::", "x", ""]] == [
        *[True] * 3,
        *[False] * 4,
    ]
