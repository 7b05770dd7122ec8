"""The service as a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PATIENCE = 60.0  # seconds until it is ready, on a busy machine


@dataclass(frozen=True)
class Served:
    """A running service: where it is, and the folder with its store, keys and log."""

    url: str
    folder: Path

    def command(self, *args: str) -> str:
        """What a command prints that works on the same store and models."""
        return run(self.folder, *args)


def run(folder: Path, *args: str) -> str:
    """Run a command of ours in a folder; its stdout."""
    command = [sys.executable, "-m", "recsys", *args]
    done = subprocess.run(command, cwd=folder, env=_env(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def serve(folder: Path, *options: str) -> Iterator[Served]:
    """Serve the store `news.db` of a folder until the block ends."""
    port = _free_port()
    places = ["--store", str(folder / "news.db"), "--models", str(folder / "models")]
    command = [sys.executable, "-m", "recsys", *places, "serve", "--port", str(port), *options]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=_env(), stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder / "serve.log")
        yield Served(url, folder)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the service is not ready: {log.read_text(encoding='utf-8')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("RECSYS_")}
