"""Who answers how fast: all the same queries, in blocks by turns, so that a noisy machine hits all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ask = Callable[[int], object]
"""Answers the query with a number, from 0."""
Key = tuple[str, str]
"""Who, and in which window."""
Milliseconds = NDArray[np.float64]

K = 10
"""Headlines that are asked for."""
BLOCK = 50
WARM = 5
"""Queries before every block that are not counted: what the others left in the caches is no part of it."""


@dataclass(frozen=True)
class SystemInfo:
    """Somebody who answers, ready to be asked."""

    name: str
    asks: Mapping[str, Ask]
    """By window."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What is known besides: build time, memory, disk."""


def time_all(contestants: Sequence[SystemInfo], queries: int) -> dict[Key, Milliseconds]:
    """Milliseconds of every query, by contestant and window."""
    asks = {(each.name, window): ask for each in contestants for window, ask in each.asks.items()}
    took = {key: np.zeros(queries) for key in asks}
    for ask in asks.values():
        for number in range(min(BLOCK, queries)):
            ask(number)
    gc.collect()
    gc.freeze()  # what was built is no garbage: a collection in the middle of a query need not look at it
    for first in range(0, queries, BLOCK):
        for key, ask in asks.items():
            for number in range(first - WARM, first):
                ask(number % queries)
            for number in range(first, min(first + BLOCK, queries)):
                began = time.perf_counter_ns()
                ask(number)
                took[key][number] = (time.perf_counter_ns() - began) / 1e6
    gc.unfreeze()
    return took


def summarise(took: Milliseconds) -> dict[str, float]:
    """The median and the 99th percentile."""
    p50, p99 = np.percentile(took, [50, 99]).tolist()
    return {"p50_ms": round(p50, 4), "p99_ms": round(p99, 4)}


class Built:
    """Seconds that the `with` block took."""

    def __enter__(self) -> Built:
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = round(time.perf_counter() - self._began, 3)


def arrays_mb(*arrays: NDArray[Any]) -> float:
    """What arrays hold."""
    return round(sum(array.nbytes for array in arrays) / 1e6, 1)


def peak_memory_mb() -> float | None:
    """The peak memory of this process (not of its parent), None where the system does not say."""
    return _kilobytes(Path("/proc/self/status"), "VmHWM")


def shared_memory_mb() -> float | None:
    """The proportional share of this process (Pss), in which pages that others map too count in part."""
    return _kilobytes(Path("/proc/self/smaps_rollup"), "Pss")


def _kilobytes(path: Path, name: str) -> float | None:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split() for line in lines if line.startswith(f"{name}:")]
    return int(found[0][1]) * 1024 / 1e6 if found else None


def disk_mb(folder: Path) -> float:
    """All files of a folder together."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def take_best(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places of the K largest, the largest first."""
    few = min(K, len(scores))
    found = np.argpartition(scores, len(scores) - few)[len(scores) - few :]
    best: NDArray[np.int64] = found[np.argsort(-scores[found])]
    return best
