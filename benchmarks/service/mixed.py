"""Minutes of questions, fifty writes a second and two other models meanwhile: what fails, and the memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from benchmarks.service.load import Measured, ask_anew
from benchmarks.service.servers import Server, key_of
from recsys.ranking.model_files import load_pretrained, save_bundle

WRITES = 50
"""A second."""
WRITERS = 4
EVERY = 1.0
"""Seconds between two looks at the memory."""


@dataclass
class Mixed:
    """What was seen; `memory` is (seconds since the beginning, resident MB of all processes together)."""

    questions: Measured | None = None
    writes: int = 0
    failed_writes: int = 0
    models: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def summary(self) -> dict[str, object]:
        """What goes into the JSON."""
        return {
            "questions": self.questions,
            "writes": self.writes,
            "failed_writes": self.failed_writes,
            "models": self.models,
            "memory_mb": [[round(at, 1), round(size, 1)] for at, size in self.memory],
        }


def mix(
    server: Server, store: Path, urls: Sequence[str], work: Path, *, seconds: int, connections: int
) -> Mixed:
    """Everything at once for so many seconds."""
    seen, until, key = Mixed(), time.monotonic() + seconds, key_of(store)
    with ThreadPoolExecutor(WRITERS + 2) as beside:
        done = [beside.submit(_write, server, key, seen, number, until) for number in range(WRITERS)]
        done.append(beside.submit(_swap, server, store.parent / "models", seen, seconds))
        done.append(beside.submit(_watch, server.pid, seen, until))
        seen.questions = ask_anew(server.url, urls, work, seconds=seconds, connections=connections)
        for each in done:
            each.result()
    return seen


def _write(server: Server, key: str, seen: Mixed, number: int, until: float) -> None:
    """A share of the writes, evenly in time; what is late is made up for."""
    began, sent = time.monotonic(), 0
    with _client(server, key) as client:
        while time.monotonic() < until:
            wait = began + sent * WRITERS / WRITES - time.monotonic()
            time.sleep(max(wait, 0))
            sent += 1
            name = f"https://bench.example/{number}-{sent}-{time.time_ns()}"
            body = f"The harbour council said of report {sent} that the bridge would stay closed. " * 8
            payload = {"url": name, "headline": f"Report {sent} of the harbour", "body": body}
            try:
                is_stored = client.put("/v1/articles", json=payload).status_code == 200
            except httpx.TransportError:
                is_stored = False
            with seen.lock:
                seen.writes += 1
                seen.failed_writes += not is_stored


def _swap(server: Server, models: Path, seen: Mixed, seconds: int) -> None:
    """Another model after a third of the time, and after two."""
    shipped = load_pretrained()
    for name in ("bench-one", "bench-two"):
        time.sleep(seconds / 3)
        place = save_bundle(shipped.ranker.weights_, replace(shipped.manifest, name=name), models)
        time.sleep(min(1.5, seconds / 6))
        with _client(server) as client:
            answering = client.get("/readyz").json()["model"]
        seen.models.append(f"{place.name}: {'in use' if answering == place.name else f'not, {answering} is'}")


def _watch(pid: int, seen: Mixed, until: float) -> None:
    began = time.monotonic()
    while time.monotonic() < until:
        seen.memory.append((time.monotonic() - began, sum(map(_resident_mb, _family(pid)))))
        time.sleep(EVERY)


def _family(pid: int) -> Iterator[int]:
    """A process and all that it started; nothing where there is no /proc."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _family(int(child))


def _resident_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


@contextmanager
def _client(server: Server, key: str | None = None) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(base_url=server.url, headers=headers, timeout=20, trust_env=False) as client:
        yield client
