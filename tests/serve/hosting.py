"""Real servers for tests: `recsys serve` on a free port and a store of its own, ended by its pid."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from recsys.domain import Page
from recsys.serve.api_keys import KeyFile, Right
from recsys.store import Store

READY = 60.0
"""Seconds for which a start is waited for on a busy machine."""
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
"""What a reader's browser says; events of programs are not counted."""


@dataclass(frozen=True)
class Place:
    """A folder with a store, its keys and its models."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "news.db"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def keys(self) -> KeyFile:
        return KeyFile(self.folder / "recsys-keys.json")

    def allow_unrelated(self) -> Place:
        """Let lists contain unrelated stories too, where a test needs full ones."""
        (self.folder / "recsys.toml").write_text("rules.minimum_relatedness = -inf\n", encoding="utf-8")
        return self

    def add_key(self, name: str, *rights: Right) -> str:
        """A new key with these rights, all when none is named."""
        return self.keys.add(name, rights or tuple(Right))


@dataclass(frozen=True)
class Served:
    """A running server."""

    place: Place
    port: int
    process: subprocess.Popen[bytes]
    seconds: float
    """From its start until it was ready."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str | None = None, *, address: str = "127.0.0.1", **more: object) -> httpx.Client:
        """A client as a browser would be, with a key when one is given, at an address of this machine."""
        more = {"transport": httpx.HTTPTransport(local_address=address)} | more
        headers = BROWSER | ({"authorization": f"Bearer {key}"} if key else {})
        return httpx.Client(base_url=self.url, headers=headers, timeout=40, trust_env=False, **more)  # type: ignore[arg-type]

    def exchange(self, sent: bytes, *, timeout: float = 20) -> bytes:
        """What comes back for bytes that no client library would send."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as wire:
            wire.sendall(sent)
            return read_answer(wire)

    def said(self) -> str:
        """Everything that it logged."""
        return (self.place.folder / "server.log").read_text()


def read_answer(wire: socket.socket) -> bytes:
    """One answer: its head, and as much body as it declares."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := wire.recv(65_536)):
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    sizes = [
        line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    while sizes and len(body) < int(sizes[0]) and (more := wire.recv(65_536)):
        body += more
    return head + b"\r\n\r\n" + body


def fill(folder: Path, pages: Iterable[Page]) -> Place:
    """A place whose store holds these pages."""
    place = Place(folder)
    with Store.open(place.store) as store:
        store.add_all(pages)
    return place


@contextmanager
def serving(
    place: Place, *options: str, env: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[Served]:
    """A server that is ready; it is asked to stop at the end, and killed when it does not."""
    port = port or free_port()
    command = [sys.executable, "-m", "recsys", "serve", "--port", str(port), *options]
    command += ["--store", str(place.store), "--models", str(place.models)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RECSYS_")}
    began = time.monotonic()
    with (place.folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=place.folder,
            env=clean | dict(env or {}),
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, began)
        yield Served(place, port, process, time.monotonic() - began)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it by its pid, and wait until it is gone."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, began: float) -> None:
    while time.monotonic() - began < READY:
        assert process.poll() is None, "the server ended before it was ready: see server.log beside its store"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not ready after {READY} s")
