"""Services that are not well: each listens where a service should, and says something else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.serve.hosting import free_port

EVIL = '</span></a></li></ol><script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">'


def _answer(
    *headlines: str, url: str = "https://elsewhere.example/story", token: str | None = "YQ.YQ"
) -> bytes:
    items = [
        {"rank": n, "id": "5e0d1b24aa83c7f1", "url": url, "headline": text, "image": None, "section": None,
         "published_at": None, "first_seen_at": "2026-01-01T00:00:00Z", "score": 1.0, "reasons": []}
        for n, text in enumerate(headlines, 1)
    ]  # fmt: skip
    return json.dumps(
        {
            "items": items,
            "model": "pretrained",
            "as_of": "2026-01-01T00:00:00Z",
            "fallback": None,
            "token": token,
        }
    ).encode()


SAID = {
    "garbage": b"\x00\xff<html><script>window.hacked = 3</script>" + bytes(range(256)) * 8,
    "half an answer": _answer("A story")[:-9],
    "500 kB": _answer(*["A story " + "x" * 1_000] * 60) + b" " * 440_000,
    "an address of script": _answer("A story", url="javascript:window.hacked=4"),
    "an address that breaks out": _answer(
        "A story", url='https://elsewhere.example/"onmouseover="window.hacked=5'
    ),
    "another token": _answer("A story", token='"><script>window.hacked = 6</script>'),
    "script in headlines": _answer(EVIL, "A story"),
}


@dataclass
class Unwell:
    """Where it listens, and how often somebody came."""

    port: int
    calls: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def unwell(how: str) -> Iterator[Unwell]:
    """`dead`: nobody listens; `hanging`: accepts and never answers; else what SAID has."""
    if how == "dead":
        yield Unwell(free_port())
        return
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Unwell(server.getsockname()[1])
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    wire, _ = server.accept()
                except OSError:
                    return
                held.append(wire)
                if how == "hanging":
                    found.calls.append("")
                else:
                    _say(wire, SAID[how], found.calls)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for wire in held:
                wire.close()


def _say(wire: socket.socket, body: bytes, calls: list[str]) -> None:
    wire.settimeout(2)
    try:
        calls.append(wire.recv(65_536).split(b"\r\n")[0].decode("latin-1"))
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        wire.sendall(head.encode() + body)
        wire.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # who asked did not wait
