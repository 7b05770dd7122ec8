"""Servers as they run in a newsroom: processes of their own, ended by their pid."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.latency.ours import ROOT
from benchmarks.service.bare import BYTES
from recsys.serve.api_keys import KeyFile, Right

READY = 120.0  # seconds, for a million articles on a slow disk


@dataclass(frozen=True)
class Server:
    """One that is ready."""

    url: str
    pid: int
    ready_s: float


@contextmanager
def serve_bare(body: int, workers: int) -> Iterator[Server]:
    """The bare route with a body of so many bytes."""
    command = ["uvicorn", "benchmarks.service.bare:app", "--no-access-log", "--log-level", "warning"]
    with _running([*command, "--workers", str(workers)], "/bare", {BYTES: str(body)}) as server:
        yield server


@contextmanager
def serve_recsys(store: Path, workers: int) -> Iterator[Server]:
    """`recsys serve` on a store, with no limit to what one client may ask."""
    command = ["recsys", "serve", "--workers", str(workers), "--rate", "1000000"]
    places = ["--store", str(store), "--models", str(store.parent / "models")]
    with _running([*command, *places], "/readyz", {}) as server:
        yield server


def key_of(store: Path) -> str:
    """A new key that may write."""
    return KeyFile(store.parent / "recsys-keys.json").add(f"bench-{time.time_ns()}", [Right.WRITE])


@contextmanager
def _running(command: Sequence[str], path: str, environ: dict[str, str]) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--port", str(port)],
        cwd=ROOT,
        env=os.environ | environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}{path}", began)
        yield Server(f"http://127.0.0.1:{port}", process.pid, round(time.monotonic() - began, 2))
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, began: float) -> None:
    while time.monotonic() - began < READY:
        if process.poll() is not None:
            raise SystemExit(f"a server ended before it was ready: {process.args}")
        try:
            if httpx.get(url, trust_env=False, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"a server was not ready after {READY:.0f} s: {process.args}")
